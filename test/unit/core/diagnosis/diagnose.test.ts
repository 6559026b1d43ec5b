import { describe, expect, it } from "vitest";
import { METRICS } from "../../../../services/core/catalogue.generated.ts";
import { Catalogue } from "../../../../services/core/catalogue.ts";
import { CAUSE_IDS, causeOf } from "../../../../services/core/diagnosis/causes.ts";
import { diagnose, type FiringRule } from "../../../../services/core/diagnosis/diagnose.ts";
import {
  FACT_IDS,
  type FactId,
  type Facts,
  factKind,
  NOT_MEASURED,
} from "../../../../services/core/diagnosis/facts.ts";
import { loopPicture } from "../../../../services/core/diagnosis/loop.ts";
import { SIGNAL_IDS, signalOf, signalsOfRule } from "../../../../services/core/diagnosis/signals.ts";
import { type FamilySaid, lossPicture } from "../../../../services/core/diagnosis/stage-of-loss.ts";
import { shippedRules } from "../../../../services/print/shipped-rules.ts";

const catalogue = new Catalogue(METRICS);
const rules = shippedRules(catalogue)!;

function facts(known: Partial<Record<FactId, number>> = {}): Facts {
  return Object.fromEntries(
    FACT_IDS.map((id) => [id, known[id] === undefined ? NOT_MEASURED : { value: known[id], n: 100, of: "" }]),
  ) as unknown as Facts;
}

function fires(rule: string, firstMs = 0, family = "support"): FiringRule {
  return { rule, family, breached: true, firstMs, lastMs: firstMs };
}

describe("the table of causes", () => {
  it("has a signal for every shipped rule, and names no rule that is not shipped", () => {
    const shipped = rules.map(({ id }) => id);
    for (const id of shipped) expect(signalsOfRule(id, "").length, id).toBeGreaterThan(0);
    for (const id of SIGNAL_IDS) for (const rule of signalOf(id).rules) expect(shipped).toContain(rule);
  });

  it("leads somewhere for a rule of every judged family", () => {
    const families = new Set(METRICS.map(({ family }) => family).filter((family) => family !== "none"));
    for (const family of families)
      expect(signalsOfRule("of_a_team", family).length, family).toBeGreaterThan(0);
  });

  it("names every cause in a signal, and says of each what would confirm it and rule it out", () => {
    const named = new Set(SIGNAL_IDS.flatMap((id) => signalOf(id).causes));
    expect(CAUSE_IDS.filter((id) => !named.has(id))).toEqual([]);
    for (const id of CAUSE_IDS) {
      const { confirmedBy, ruledOutBy, look } = causeOf(id);
      for (const part of [confirmedBy, ruledOutBy, look]) expect(part.length, id).toBeGreaterThan(0);
    }
  });

  it("reads only metrics that there are, of stages that they have", () => {
    for (const id of FACT_IDS) {
      const { from } = factKind(id);
      if (from === undefined) continue;
      const metric = catalogue.byId.get(from.metric);
      expect(metric, id).toBeDefined();
      expect(metric!.stages, id).toContain(from.stage);
    }
  });

  it("cannot confirm and rule out a cause by one and the same number", () => {
    for (const id of CAUSE_IDS) {
      for (const pro of causeOf(id).confirmedBy) {
        for (const contra of causeOf(id).ruledOutBy.filter(({ fact }) => fact === pro.fact)) {
          expect(contra.op, id).not.toBe(pro.op);
          const apart =
            pro.op === "gte" ? pro.threshold - contra.threshold : contra.threshold - pro.threshold;
          expect(apart, `${id} ${pro.fact}`).toBeGreaterThan(0);
        }
      }
    }
  });
});

describe("a diagnosis", () => {
  it("keeps the table's order where nothing is measured, and calls every cause possible", () => {
    const { signals, causes } = diagnose([fires("tail_coverage_collapse", 5)], facts());
    expect(signals).toEqual([{ signal: "tail_lost", rules: ["tail_coverage_collapse"], sinceMs: 5 }]);
    expect(causes.map(({ cause }) => cause)).toEqual(signalOf("tail_lost").causes);
    expect(new Set(causes.map(({ standing }) => standing))).toEqual(new Set(["possible"]));
    expect(causes[0]!.confirmedBy.every(({ seen }) => seen === "unknown")).toBe(true);
  });

  it("puts first what is confirmed, then what is mixed, unknown, and ruled out", () => {
    const known = {
      blamed_template: 0.9,
      template_share: 0.8,
      generated_share: 0.9,
      trained_generated_share: 0.1,
      real_arrivals_change: 0,
    };
    const { causes } = diagnose([fires("tail_coverage_collapse")], facts(known));
    const standing = Object.fromEntries(causes.map(({ cause, standing: own }) => [cause, own]));
    expect(standing).toMatchObject({
      template_rigid: "likely",
      share_too_high: "mixed",
      teacher_dominant: "possible",
      real_scarce: "unlikely",
    });
    expect(causes[0]!.cause).toBe("template_rigid");
    expect(causes.at(-1)!.cause).toBe("real_scarce");
  });

  it("orders signals by when they were seen, and counts those that agree", () => {
    const { signals, causes } = diagnose(
      [fires("training_calm_stall", 9), fires("tail_coverage_collapse", 3)],
      facts(),
    );
    expect(signals.map(({ signal }) => signal)).toEqual(["tail_lost", "training_calm"]);
    expect(causes[0]).toMatchObject({ cause: "share_too_high", signals: ["tail_lost", "training_calm"] });
  });

  it("says nothing where nothing fires", () => {
    expect(diagnose([], facts({ template_share: 1 }))).toEqual({ signals: [], causes: [] });
  });
});

describe("the loop", () => {
  it("is coloured by the worst of what is measured, and never by what is not", () => {
    const picture = loopPicture(facts({ template_share: 0.95, prompt_repeated: 0, generated_share: 0.6 }));
    const state = (to: string, from: string): string =>
      picture.edges.find((edge) => edge.to === to && edge.from === from)!.state;
    expect(state("generator", "template")).toBe("closed");
    expect(state("mix", "world")).toBe("narrowing");
    expect(state("users", "trainer")).toBe("not_measured");
    expect(picture).toMatchObject({ closedEdges: 1, measuredEdges: 2, closed: { value: null } });
  });

  it("counts a value on the line as beyond it, in both directions", () => {
    const low = loopPicture(facts({ suite_judges: 1 }));
    expect(low.edges.find(({ to }) => to === "suites")!.state).toBe("narrowing");
    const high = loopPicture(facts({ own_teacher_share: 0.5 }));
    expect(high.edges.find(({ from, to }) => from === "trainer" && to === "generator")!.state).toBe("closed");
  });
});

describe("the stage of loss", () => {
  const said = (family: string, firstBreachMs: number | null, latest: FamilySaid["latest"]): FamilySaid => ({
    family,
    firstBreachMs,
    latest,
  });

  it("goes rare events, variance, quality", () => {
    const picture = lossPicture([
      said("support", 1, "breach"),
      said("repetition", 2, "breach"),
      said("divergence", null, "pass"),
      said("online", null, "pass"),
    ]);
    expect(picture.stages.map(({ state }) => state)).toEqual(["lost", "lost", "holds"]);
    expect(picture).toMatchObject({ reached: "variance", inOrder: null });
    const later = [
      said("support", 2, "breach"),
      said("repetition", 1, "breach"),
      said("offline", 3, "breach"),
    ];
    expect(lossPicture(later)).toMatchObject({ reached: "quality", inOrder: true });
  });

  it("says where it went otherwise", () => {
    expect(lossPicture([said("support", 9, "breach"), said("online", 2, "breach")])).toMatchObject({
      reached: "quality",
      inOrder: false,
    });
  });

  it("calls what cannot be told not measured, and what has ended no longer lost", () => {
    const picture = lossPicture([said("support", 1, "pass"), said("online", null, "inconclusive")]);
    expect(picture.stages.map(({ state }) => state)).toEqual(["was_lost", "not_measured", "not_measured"]);
    expect(picture).toMatchObject({ reached: null, inOrder: null });
  });
});
