import { describe, expect, it } from "vitest";
import { METRICS } from "../../../../services/core/catalogue.generated.ts";
import { Catalogue } from "../../../../services/core/catalogue.ts";
import type { Effect } from "../../../../services/core/effect.ts";
import { Governor } from "../../../../services/core/governor/governor.ts";
import { restoreGovernor } from "../../../../services/core/governor/restore-governor.ts";
import type { CommandInput, Input, InputCut } from "../../../../services/core/input.ts";
import { Policies } from "../../../../services/core/policy.ts";
import type { StateRecord, WindowRecord } from "../../../../services/core/records.ts";
import { okResult } from "../../../../services/core/result.ts";
import type { Rule } from "../../../../services/core/rule.ts";
import { testPolicy } from "../../../support/policy.ts";

const CUT: InputCut = { ranges: [{ topic: "windows", partition: 0, from: 0, to: 9 }], revisions: {} };
const NOW_MS = 1_700_000_000_000;

function rule(id: string, metric: string): Rule {
  return {
    id,
    title: id,
    metric,
    stage: "candidate",
    segment: "generated",
    bucket: "",
    breach: [
      { field: "value", op: "lt", threshold: 0.7 },
      { field: "z", op: "lt", threshold: -4 },
    ],
    warn: [{ field: "value", op: "lt", threshold: 0.85 }],
    severity: "page",
    owner: "data",
    page: "p",
    source: "test",
  };
}
const RULES = [rule("tail", "tail_coverage"), rule("ngrams", "distinct_4")];

class Bench {
  readonly states = new Map<string, StateRecord>();
  readonly leaseMs: number;
  governor: Governor;
  offset = 0;
  clockMs = NOW_MS;

  constructor(leaseMs = 60_000) {
    this.leaseMs = leaseMs;
    this.governor = this.make(false);
  }

  make(restore: boolean): Governor {
    const config = {
      catalogue: new Catalogue(METRICS),
      policies: new Policies(testPolicy({}, { leaseMs: this.leaseMs })),
      rules: RULES,
      rulesVersion: "r1",
    };
    return new Governor(config, restore ? restoreGovernor([...this.states.values()]) : null);
  }

  absorb(...inputs: Input[]): Effect[] {
    const effects = this.governor.absorb(inputs, CUT);
    for (const e of effects)
      if (e.type === "publish" && e.topic === "state") this.states.set(e.key, e.record);
    return effects;
  }

  at(topic: string) {
    this.offset += 1;
    return { topic, partition: 0, offset: this.offset, appendMs: this.clockMs };
  }

  tick(topic: "commands" | "windows"): Input {
    return { kind: "tick", at: this.at(topic), watermarkMs: 0 };
  }

  /** A decision window with this tail coverage and distinct-4, both with z to match. */
  window(tail: number, distinct: number, over: Partial<WindowRecord> = {}): Input {
    const result = (metric: string, value: number) => ({
      ...okResult(metric, 500, value, { lo: value, hi: value }),
      nullMean: 1,
      nullSd: 0.01,
      z: (value - 1) / 0.01,
      ratio: value,
    });
    return {
      kind: "window",
      at: this.at("windows"),
      window: {
        lane: "a",
        stage: "candidate",
        segment: "generated",
        window: "decision",
        startMs: this.offset * 1_000,
        endMs: (this.offset + 1) * 1_000,
        generation: 1,
        n: 500,
        late: 0,
        repeated: 0,
        incomplete: false,
        referenceVersion: "ref",
        policyVersion: "p",
        rowIndex: 0,
        rowCount: 1,
        results: [result("tail_coverage", tail), result("distinct_4", distinct)],
        leftOut: [],
        evidence: ["s1", "s2"],
        ...over,
      },
    };
  }

  command(kind: "freeze" | "resume", actor: string, reason = "because"): CommandInput {
    return {
      kind: "command",
      at: this.at("commands"),
      command: {
        commandId: "c",
        kind,
        subject: "lane:a",
        lane: "a",
        actor,
        reason,
        issuedMs: 0,
        keyId: "",
        signature: "",
      },
    };
  }
}

function published<T extends "verdicts" | "decisions" | "gates">(effects: readonly Effect[], topic: T) {
  return effects.flatMap((e) =>
    e.type === "publish" && e.topic === topic ? [e.record] : [],
  ) as (T extends "verdicts"
    ? import("../../../../services/core/records.ts").VerdictRecord
    : T extends "gates"
      ? import("../../../../services/core/records.ts").GateRecord
      : import("../../../../services/core/records.ts").DecisionRecord)[];
}

describe("the governor", () => {
  it("freezes the lane after two families breached twice, with rule, arithmetic and evidence", () => {
    const bench = new Bench();
    expect(published(bench.absorb(bench.window(0.4, 0.5)), "gates").map((g) => g.state)).toEqual(["watch"]);
    const effects = bench.absorb(bench.window(0.4, 0.5));
    const [verdict] = published(effects, "verdicts");
    expect(verdict).toMatchObject({
      verdict: "breach",
      families: ["repetition", "support"],
      blamed: ["lane:a"],
    });
    expect(verdict?.results[0]?.arithmetic).toBe("value 0.4 < 0.7 and z -60 < -4");
    expect(published(effects, "decisions")).toMatchObject([
      { from: "watch", to: "frozen", rule: "tail", actor: "plumbline", evidence: ["s1", "s2"] },
    ]);
    expect(effects[0]).toEqual({ type: "cut", topic: "decisions", partition: 0, cut: CUT });
  });

  it("needs effect and significance both", () => {
    const bench = new Bench();
    expect(published(bench.absorb(bench.window(0.95, 0.95)), "verdicts")[0]).toMatchObject({
      verdict: "pass",
      warn: false,
    });
    expect(published(bench.absorb(bench.window(0.8, 1)), "verdicts")[0]).toMatchObject({
      verdict: "pass",
      warn: true,
    });
  });

  it("freezes the one template whose absence restores the null, and not the lane", () => {
    const bench = new Bench();
    const good = bench.window(0.99, 0.99) as Extract<Input, { kind: "window" }>;
    const leftOut = [
      { subject: "template:bad@1", n: 300, results: good.window.results },
      { subject: "template:tiny@1", n: 40, results: good.window.results },
    ];
    bench.absorb(bench.window(0.4, 0.5, { leftOut }));
    const decisions = published(bench.absorb(bench.window(0.4, 0.5, { leftOut })), "decisions");
    expect(decisions).toMatchObject([{ subject: "template:bad@1", to: "frozen" }]);
  });

  it("takes a named approver, three clean windows and a reason to resume; refusals are recorded", () => {
    const bench = new Bench();
    bench.absorb(bench.window(0.4, 0.5), bench.window(0.4, 0.5));
    const refused = published(bench.absorb(bench.command("resume", "ann")), "decisions")[0];
    expect(refused).toMatchObject({ rule: "resume_refused", from: "frozen", to: "frozen" });
    expect(refused?.cause).toContain("0 of 3 clean");
    bench.absorb(bench.window(1, 1), bench.window(1, 1), bench.window(1, 1));
    expect(published(bench.absorb(bench.command("resume", "bob")), "decisions")[0]?.cause).toContain(
      "not among the approvers",
    );
    expect(published(bench.absorb(bench.command("resume", "ann", " ")), "decisions")[0]?.cause).toContain(
      "reason",
    );
    expect(published(bench.absorb(bench.command("resume", "ann")), "decisions")[0]).toMatchObject({
      to: "probation",
      actor: "ann",
    });
  });

  it("freezes once on an alert that comes back again and again, also over a restart and after a resume", () => {
    const bench = new Bench();
    const alert = (commandId: string): CommandInput => {
      const input = bench.command("freeze", "webhook:alertmanager/r/Words", "alert Words of rule w");
      return { ...input, command: { ...input.command, commandId } };
    };
    const decided = (...inputs: Input[]) => published(bench.absorb(...inputs), "decisions");
    expect(decided(alert("1"), alert("1"))).toMatchObject([
      { from: "open", to: "frozen", rule: "freeze", cause: "frozen on alert Words of rule w" },
    ]);
    bench.absorb(bench.window(1, 1), bench.window(1, 1), bench.window(1, 1));
    expect(decided(bench.command("resume", "ann"))).toMatchObject([{ to: "probation" }]);
    bench.governor = bench.make(true);
    expect(decided(alert("1"), alert("1"))).toEqual([]);
    expect(decided(alert("2"))).toMatchObject([{ from: "probation", to: "frozen" }]);
  });

  it("lets nobody resume what they froze themselves", () => {
    const bench = new Bench();
    bench.absorb(bench.window(1, 1), bench.command("freeze", "ann"));
    bench.absorb(bench.window(1, 1), bench.window(1, 1), bench.window(1, 1));
    expect(published(bench.absorb(bench.command("resume", "ann")), "decisions")[0]?.cause).toContain(
      "may not resume",
    );
  });

  it("renews leases only while the lane's monitor shows that it lives", () => {
    const bench = new Bench(20_000);
    bench.absorb(bench.tick("commands"), bench.tick("windows"), bench.window(1, 1));
    bench.clockMs += 12_000;
    expect(published(bench.absorb(bench.tick("commands")), "gates")).toEqual([]);
    expect(published(bench.absorb(bench.tick("windows"), bench.tick("commands")), "gates")).toMatchObject([
      { state: "open", validUntilMs: bench.clockMs + 20_000 },
    ]);
  });

  it("calls a window with too few texts inconclusive, and counts it for nothing", () => {
    const bench = new Bench();
    bench.absorb(bench.window(0.4, 0.5));
    const few = published(bench.absorb(bench.window(0.4, 0.5, { n: 499 })), "verdicts")[0];
    expect(few).toMatchObject({ verdict: "inconclusive", families: [] });
    expect(published(bench.absorb(bench.window(0.4, 0.5)), "gates").map((g) => g.state)).toEqual(["frozen"]);
  });

  it("goes on from its checkpoint as if it had never stopped", () => {
    const whole = new Bench();
    const cut = new Bench();
    const values = [1, 0.4, 1, 0.4, 0.4, 1, 1, 1];
    for (const value of values) {
      const a = whole.absorb(whole.tick("commands"), whole.tick("windows"), whole.window(value, value));
      const b = cut.absorb(cut.tick("commands"), cut.tick("windows"), cut.window(value, value));
      expect(b).toEqual(a);
      cut.governor = cut.make(true);
    }
    expect(published(whole.absorb(whole.command("resume", "ann")), "decisions")[0]?.to).toBe("probation");
    expect(published(cut.absorb(cut.command("resume", "ann")), "decisions")[0]?.to).toBe("probation");
  });

  it("does the same for one cut in whatever order its records were polled", () => {
    const make = (): Bench => new Bench();
    const inputs = (bench: Bench): Input[] => [
      bench.window(0.4, 0.5),
      bench.tick("commands"),
      bench.window(0.4, 0.5),
      bench.command("freeze", "ann"),
      bench.tick("windows"),
    ];
    const a = make();
    const b = make();
    const forwards = a.absorb(...inputs(a));
    const list = inputs(b);
    const windowsFirst = [list[0]!, list[2]!, list[4]!, list[1]!, list[3]!];
    expect(b.absorb(...windowsFirst)).toEqual(forwards);
  });

  it("answers a refused resume with a decision and nothing else: no lease, no gate", () => {
    const bench = new Bench();
    const effects = bench.absorb(bench.tick("commands"), bench.command("resume", "mallory"));
    expect(published(effects, "decisions")).toHaveLength(1);
    expect(published(effects, "gates")).toEqual([]);
    expect(bench.governor.gates()).toEqual([]);
  });

  it("gives no lease while the lane's monitor is silent", () => {
    const bench = new Bench(20_000);
    bench.absorb(bench.tick("windows"), bench.tick("commands"), bench.window(1, 1));
    bench.clockMs += 60_000;
    const [gate] = published(bench.absorb(bench.tick("commands"), bench.command("freeze", "ann")), "gates");
    expect(gate).toMatchObject({ state: "frozen", validUntilMs: bench.clockMs - 40_000 });
  });

  it("does not freeze the lane for what a frozen template still shows", () => {
    const bench = new Bench();
    const good = bench.window(0.99, 0.99) as Extract<Input, { kind: "window" }>;
    const leftOut = [{ subject: "template:bad@1", n: 300, results: good.window.results }];
    for (let i = 0; i < 8; i += 1) bench.absorb(bench.window(0.4, 0.5, { leftOut }));
    const states = new Map(bench.governor.gates().map((gate) => [gate.subject, gate.state]));
    expect(states.get("template:bad@1")).toBe("frozen");
    expect(states.get("lane:a")).not.toBe("frozen");
    bench.absorb(bench.window(0.4, 0.5), bench.window(0.4, 0.5));
    expect(bench.governor.gates().find((gate) => gate.subject === "lane:a")?.state).toBe("frozen");
  });

  it("resumes no subject on windows from before its freeze, and counts none of them for probation", () => {
    const bench = new Bench();
    bench.absorb(bench.window(1, 1), bench.window(1, 1), bench.window(1, 1));
    const template = (kind: "freeze" | "resume", actor: string): Input => {
      const input = bench.command(kind, actor);
      return { ...input, command: { ...input.command, subject: "template:qa@3" } };
    };
    bench.absorb(template("freeze", "bob"));
    expect(published(bench.absorb(template("resume", "ann")), "decisions")[0]?.cause).toContain(
      "0 of 3 clean",
    );

    bench.absorb(bench.window(0.4, 0.5), bench.window(0.4, 0.5));
    bench.absorb(bench.window(1, 1), bench.window(1, 1), bench.window(1, 1), bench.command("resume", "ann"));
    const old = { startMs: 1_000, endMs: 2_000 };
    bench.absorb(bench.window(1, 1, old), bench.window(1, 1, old), bench.window(1, 1, old));
    expect(bench.governor.gates().find((gate) => gate.subject === "lane:a")?.state).toBe("probation");
  });

  it("sets an unreadable row aside once, also where a restart reads it again", () => {
    const bench = new Bench();
    const row = (offset: number, partition = 0): Input => ({
      kind: "unreadable",
      at: { topic: "windows", partition, offset, appendMs: bench.clockMs },
      code: "decode_failed",
      detail: "cut off",
      key: null,
      raw: new Uint8Array([1]),
      headers: {},
    });
    const rejected = (...inputs: Input[]): number =>
      bench.absorb(...inputs).filter((effect) => effect.type === "publish" && effect.topic === "rejected")
        .length;
    expect(rejected(row(4), row(7))).toBe(2);
    bench.governor = bench.make(true);
    expect(rejected(row(4), row(7))).toBe(0);
    expect(rejected(row(8), row(4, 1))).toBe(2);
  });

  it("sets unreadable commands aside and goes on", () => {
    const bench = new Bench();
    const raw = new Uint8Array([1, 2, 3]);
    const bad: Input = {
      kind: "unreadable",
      at: bench.at("commands"),
      code: "decode_failed",
      detail: "",
      key: null,
      raw,
      headers: {},
    };
    const effects = bench.absorb(bad, bench.window(1, 1));
    expect(effects).toContainEqual(expect.objectContaining({ topic: "rejected" }));
    expect(published(effects, "verdicts")).toHaveLength(1);
  });
});
