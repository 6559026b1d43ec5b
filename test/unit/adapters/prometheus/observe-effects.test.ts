import { describe, expect, it } from "vitest";
import { observeEffects } from "../../../../services/adapters/prometheus/observe-effects.ts";
import { SeriesRegistry } from "../../../../services/adapters/prometheus/series-registry.ts";
import type { Effect } from "../../../../services/core/effect.ts";
import {
  type DecisionRecord,
  GATE_STATES,
  type GateRecord,
  type RuleResult,
  type VerdictRecord,
  type WindowKind,
  type WindowRecord,
} from "../../../../services/core/records.ts";
import { type MetricResult, noResult, okResult } from "../../../../services/core/result.ts";
import { seriesOf } from "../../../support/exposition.ts";

function windowEffect(
  window: WindowKind,
  results: readonly MetricResult[],
  row: Partial<WindowRecord> = {},
): Effect {
  const record: WindowRecord = {
    lane: "a",
    stage: "candidate",
    segment: "generated",
    window,
    startMs: 0,
    endMs: 60_000,
    generation: 1,
    n: 512,
    late: 0,
    repeated: 0,
    incomplete: false,
    referenceVersion: "r",
    policyVersion: "p",
    rowIndex: 0,
    rowCount: 1,
    results,
    leftOut: [],
    evidence: [],
    ...row,
  };
  return { type: "publish", topic: "windows", partition: 0, key: record.lane, record };
}

function verdictEffect(window: VerdictRecord["window"], verdict: VerdictRecord["verdict"]): Effect {
  const results = [{ rule: "one", verdict } as RuleResult];
  const record = { lane: "a", window, verdict, results } as unknown as VerdictRecord;
  return { type: "publish", topic: "verdicts", partition: 0, key: "a", record };
}

function gateEffect(gate: Partial<GateRecord>): Effect {
  const record = {
    lane: "a",
    subject: "lane:a",
    state: "open",
    sinceMs: 1_500,
    validUntilMs: 61_500,
    ...gate,
  } as GateRecord;
  return { type: "publish", topic: "gates", partition: 0, key: "k", record };
}

async function observed(...batches: readonly (readonly Effect[])[]): Promise<ReadonlyMap<string, number>> {
  const registry = new SeriesRegistry({ strict: true });
  for (const batch of batches) observeEffects(registry, batch);
  return seriesOf(registry);
}

const AT = 'lane="a",stage="candidate",segment="generated"';

describe("series of windows", () => {
  it("repeat the lane's last decision window", async () => {
    const jsd = { ...okResult("word_jsd", 512, 0.06, null), z: 3 };
    const series = await observed([
      windowEffect("decision", [jsd, okResult("origin_mix", 9, 0.5, null, "simulation")]),
    ]);
    expect(series.get(`plumbline_window_value{${AT},metric="word_jsd"}`)).toBe(0.06);
    expect(series.get(`plumbline_window_z{${AT},metric="word_jsd"}`)).toBe(3);
    expect(series.get(`plumbline_bucket_value{${AT},metric="origin_mix",bucket="simulation"}`)).toBe(0.5);
    expect(series.get(`plumbline_window_records{${AT}}`)).toBe(512);
    expect(series.get('plumbline_window_end_timestamp_seconds{lane="a"}')).toBe(60);
    expect(series.get('plumbline_windows_total{window="decision"}')).toBe(1);
  });

  it("end where a later window could not tell", async () => {
    const series = await observed(
      [windowEffect("decision", [{ ...okResult("word_jsd", 512, 0.06, null), z: 3 }])],
      [windowEffect("decision", [noResult("word_jsd", 3, "insufficient")])],
    );
    expect(series.get(`plumbline_window_value{${AT},metric="word_jsd"}`)).toBeNaN();
    expect(series.get(`plumbline_window_z{${AT},metric="word_jsd"}`)).toBeNaN();
  });

  it("count late and repeated records once, from panes", async () => {
    const row = { late: 3, repeated: 2 };
    const series = await observed([
      windowEffect("pane", [], row),
      windowEffect("decision", [], row),
      windowEffect("1h", [], row),
    ]);
    expect(series.get('plumbline_late_records_total{lane="a"}')).toBe(3);
    expect(series.get('plumbline_repeated_records_total{lane="a"}')).toBe(2);
    expect(series.get('plumbline_windows_total{window="1h"}')).toBe(1);
  });

  it("stay within bounds whatever suites and buckets come", async () => {
    const effects: Effect[] = [];
    for (let suite = 0; suite < 100; suite += 1) {
      const results = Array.from({ length: 100 }, (_, i) => okResult("offline_score", 9, 0.5, null, `b${i}`));
      effects.push(windowEffect("decision", results, { stage: "reply", segment: `suite:s${suite}` }));
    }
    const series = await observed(effects);
    const buckets = [...series.keys()].filter((name) => name.startsWith("plumbline_bucket_value"));
    expect(buckets).toHaveLength(32 * 20);
  });
});

describe("series of verdicts and gates", () => {
  it("say breach until a conclusive decision window passes", async () => {
    const breach = verdictEffect("decision", "breach");
    const name = 'plumbline_rule_breach{lane="a",rule="one"}';
    expect((await observed([breach])).get(name)).toBe(1);
    expect((await observed([breach], [verdictEffect("decision", "inconclusive")])).get(name)).toBe(1);
    expect((await observed([breach], [verdictEffect("generation", "pass")])).get(name)).toBe(1);
    const series = await observed([breach], [verdictEffect("decision", "pass")]);
    expect(series.get(name)).toBe(0);
    expect(series.get('plumbline_verdicts_total{lane="a",window="decision",verdict="breach"}')).toBe(1);
  });

  it("say warn where a rule warned and did not breach", async () => {
    const judged = (...results: Partial<RuleResult>[]): Promise<ReadonlyMap<string, number>> => {
      const record = { lane: "a", window: "decision", verdict: "pass", results } as unknown as VerdictRecord;
      return observed([{ type: "publish", topic: "verdicts", partition: 0, key: "a", record }]);
    };
    const warn = 'plumbline_rule_warn{lane="a",rule="one"}';
    const breach = 'plumbline_rule_breach{lane="a",rule="one"}';
    const warned = await judged({ rule: "one", verdict: "pass", warn: true });
    expect([warned.get(warn), warned.get(breach)]).toEqual([1, 0]);
    const both = await judged(
      { rule: "one", verdict: "breach", warn: true },
      { rule: "one", verdict: "pass", warn: false, bucket: "refund" },
    );
    expect([both.get(warn), both.get(breach)]).toEqual([0, 1]);
    const unknown = await judged({ rule: "one", verdict: "inconclusive", warn: true });
    expect(unknown.has(warn)).toBe(false);
  });

  it.each(GATE_STATES)("show a gate that is %s in exactly that state", async (state) => {
    const series = await observed([gateEffect({ state: "open" })], [gateEffect({ state, sinceMs: 2_500 })]);
    const states = GATE_STATES.map((s) =>
      series.get(`plumbline_gate_state{lane="a",subject="lane:a",state="${s}"}`),
    );
    expect(states).toEqual(GATE_STATES.map((s) => (s === state ? 1 : 0)));
    expect(series.get('plumbline_gate_state_changed_timestamp_seconds{lane="a",subject="lane:a"}')).toBe(2.5);
    expect(series.get('plumbline_gate_lease_end_timestamp_seconds{lane="a",subject="lane:a"}')).toBe(61.5);
  });

  it("show a gate in all its states or not at all, however many gates there are", async () => {
    const effects = Array.from({ length: 200 }, (_, lane) =>
      Array.from({ length: 10 }, (_, i) => gateEffect({ lane: `l${lane}`, subject: `template:${i}@1` })),
    ).flat();
    const series = await observed(effects);
    const byGate = new Map<string, number>();
    for (const [name, value] of series) {
      if (!name.startsWith("plumbline_gate_state{")) continue;
      const gate = name.replace(/,state=.*/, "");
      byGate.set(gate, (byGate.get(gate) ?? 0) + value);
    }
    expect(byGate.size).toBe(500);
    expect(new Set(byGate.values())).toEqual(new Set([1]));
  });

  it("count decisions by what was decided and why", async () => {
    const record = { to: "frozen", rule: "one" } as DecisionRecord;
    const decision: Effect = { type: "publish", topic: "decisions", partition: 0, key: "k", record };
    const series = await observed([decision, decision]);
    expect(series.get('plumbline_gate_decisions_total{decision="frozen",rule="one"}')).toBe(2);
  });
});

describe("series of operation", () => {
  it("count what the core counts, and a rejected record once", async () => {
    const rejected = { code: "decode_failed" };
    const series = await observed([
      { type: "count", name: "samples_judged", labels: { decision: "admitted" }, by: 1 },
      { type: "count", name: "sample_reasons", labels: { reason: "lane_frozen" }, by: 1 },
      { type: "count", name: "stale_gate_samples", labels: {}, by: 1 },
      { type: "count", name: "commands_refused", labels: { code: "lanes_max" }, by: 1 },
      { type: "publish", topic: "rejected", partition: 0, key: "", record: rejected as never },
    ]);
    expect(series.get('plumbline_samples_judged_total{decision="admitted"}')).toBe(1);
    expect(series.get('plumbline_sample_reasons_total{reason="lane_frozen"}')).toBe(1);
    expect(series.get("plumbline_stale_gate_samples_total")).toBe(1);
    expect(series.get('plumbline_commands_refused_total{code="lanes_max"}')).toBe(1);
    expect(series.get('plumbline_rejected_total{code="decode_failed"}')).toBe(1);
  });

  it("show the watermark that ticks carry", async () => {
    const tick = (watermarkMs: number): Effect => ({
      type: "tick",
      topic: "admitted",
      partition: 3,
      watermarkMs,
    });
    const name = 'plumbline_watermark_timestamp_seconds{topic="admitted",partition="3"}';
    expect((await observed([tick(0)])).has(name)).toBe(false);
    expect((await observed([tick(1_000), tick(2_500)])).get(name)).toBe(2.5);
  });
});
