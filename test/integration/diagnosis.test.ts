/** A diagnosis from history, in the real engine: the breakdowns, the facts, the ranked causes. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sqlRows } from "../../services/cli/sql-client.ts";
import { LOOK_IDS } from "../../services/core/diagnosis/looks.ts";
import type { AskRows, LaneSpan } from "../../services/diagnosis/ask-rows.ts";
import { BREAKDOWNS } from "../../services/diagnosis/breakdowns.ts";
import { readDiagnosis } from "../../services/diagnosis/read-diagnosis.ts";
import { HOSTILE_NAMES } from "../support/hostile-names.ts";
import { insertLaneHistory, WINDOW_MS } from "../support/lane-history.ts";
import { openTestDoor, type TestDoor } from "../support/test-door.ts";

const END_MS = Math.floor(Date.now() / WINDOW_MS) * WINDOW_MS;
const LANE = "support/after-sales";
let test: TestDoor;
const ask: AskRows = (sql, parameters) => sqlRows(test.url, sql, parameters);

function span(lane: string, more: Partial<LaneSpan> = {}): LaneSpan {
  return {
    lane,
    prefix: "",
    sinceMs: END_MS - 7 * 86_400_000,
    untilMs: END_MS + 1,
    realOrigins: ["human_direct", "licensed", "web_crawl"],
    ...more,
  };
}

beforeAll(async () => {
  test = await openTestDoor("plumbline_diagnosis");
  await insertLaneHistory(test.store, { lane: LANE, endMs: END_MS });
});
afterAll(async () => {
  await test.close();
});

describe("a breakdown", () => {
  it.each(LOOK_IDS)("%s is answered, also for a name that is no name", async (look) => {
    await ask(BREAKDOWNS[look], { lane: LANE });
    expect(await ask(BREAKDOWNS[look], { lane: "'; DROP TABLE gates; --" })).toEqual([]);
  });

  it("says who makes the samples", async () => {
    const rows = await ask<{ readonly name: string }>(BREAKDOWNS.makers, { lane: LANE });
    expect(rows.map(({ name }) => name)).toEqual(["feed-a", "gen@1", "gen@1", "qa@3", "qa@2"]);
  });
});

describe("a diagnosis", () => {
  it("reads facts as samples, windows, verdicts and manifests have them", async () => {
    const { facts } = await readDiagnosis(ask, span(LANE));
    expect(facts.template_share).toEqual({ value: 0.8, n: 150, of: "qa@3" });
    expect(facts.teacher_share).toEqual({ value: 1, n: 150, of: "gen@1" });
    expect(facts.blamed_template).toEqual({ value: 1, n: 4, of: "template:qa@3" });
    expect(facts.blamed_judge).toEqual({ value: 0, n: 4, of: "" });
    expect(facts.own_judge_share).toMatchObject({ value: 1, n: 150 });
    expect(facts.closed_share).toMatchObject({ value: 0.75, n: 200 });
    expect(facts.recursive_share).toMatchObject({ value: 0.75, n: 200 });
    expect(facts.trained_generated_share).toEqual({ value: 0.75, n: 2, of: "m@2" });
    expect(facts.new_maker).toMatchObject({ value: 1, of: "qa@3" });
    expect(facts.generated_share.value).toBeCloseTo(0.9);
    expect(facts.generated_share_change.value).toBeCloseTo(0.4);
    expect(facts.skeleton_ratio.value).toBeCloseTo(0.5 / 0.91);
    expect(facts.online_success_change.value).toBeCloseTo(-0.2);
    // Nobody reviewed, nobody evaluated with a judge, and too few state their form to compare: not measured, never 0.
    for (const id of ["template_feel_reviews", "suite_kin", "messy_survival", "mix_explained"] as const) {
      expect(facts[id].value, id).toBeNull();
    }
  });

  it("puts the template that alone explains the breach first, and says how far the loss has come", async () => {
    const { diagnosis, loop, loss } = await readDiagnosis(ask, span(LANE));
    expect(diagnosis.signals[0]).toMatchObject({ signal: "tail_lost", rules: ["tail_coverage_collapse"] });
    expect(diagnosis.causes[0]).toMatchObject({ cause: "template_rigid", standing: "likely" });
    expect(loss).toMatchObject({ reached: "quality", inOrder: true });
    expect(loop.closed.value).toBe(0.75);
    expect(loop.edges.find(({ to }) => to === "judge")!.state).toBe("closed");
    expect(loop.edges.find(({ to }) => to === "suites")!.state).toBe("not_measured");
  });

  it("knows nothing of a lane without history, of another run, and of another time", async () => {
    const spans = [
      span("none"),
      span(LANE, { prefix: "lab-1." }),
      span(LANE, { sinceMs: 0, untilMs: END_MS - 30 * 86_400_000 }),
      span(HOSTILE_NAMES[0]!),
      span("%s\\N\u202e\n"),
    ];
    for (const each of spans) {
      const { rules, diagnosis, loop, loss } = await readDiagnosis(ask, each);
      expect(rules).toEqual([]);
      expect(diagnosis).toEqual({ signals: [], causes: [] });
      expect(loop.closed.value).toBeNull();
      expect(loss.reached).toBeNull();
    }
  });
});
