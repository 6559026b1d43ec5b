import { describe, expect, it } from "vitest";
import type { Effect } from "../../../../services/core/effect.ts";
import { MEMORY_SEGMENT_SAMPLES } from "../../../../services/core/gatekeeper/duplicate-memory.ts";
import {
  GatekeeperPartition,
  MEMORY_UNSAVED_MS_MAX,
  MEMORY_UNSAVED_SAMPLES_MAX,
} from "../../../../services/core/gatekeeper/gatekeeper.ts";
import { decodeMemorySegment } from "../../../../services/core/gatekeeper/memory-segment.ts";
import type { Input, SampleInput } from "../../../../services/core/input.ts";
import { type LanePolicy, Policies } from "../../../../services/core/policy.ts";
import { decodeForwardNote } from "../../../../services/core/record-headers.ts";
import type { GateRecord } from "../../../../services/core/records.ts";
import type { SampleView } from "../../../../services/core/sample.ts";
import { NO_WATERMARK } from "../../../../services/core/time.ts";
import { encodeUtf8 } from "../../../../services/core/utf8.ts";
import { testPolicy } from "../../../support/policy.ts";

const NOW_MS = 1_700_000_000_000;

function keeper(lane: Partial<LanePolicy> = {}): GatekeeperPartition {
  const config = { partition: 0, policies: new Policies(testPolicy({}, lane)) };
  return new GatekeeperPartition(config, { checkpoint: null, nextOffset: 0, watermarkMs: NO_WATERMARK });
}

/** What a restart reads back of a batch's transaction. */
function checkpointsOf(effects: readonly Effect[]) {
  return effects.flatMap((effect) => (effect.type === "publish" && effect.topic === "state" ? [effect] : []));
}

/** The gatekeeper that goes on where `core` is, from these checkpoints. */
function restarted(
  core: GatekeeperPartition,
  checkpoints: ReturnType<typeof checkpointsOf>,
): GatekeeperPartition {
  const checkpoint = checkpoints.map(({ record }) => decodeMemorySegment(record.body));
  const { nextOffset, watermarkMs } = core;
  const config = { partition: 0, policies: new Policies(testPolicy()) };
  return new GatekeeperPartition(config, { checkpoint, nextOffset, watermarkMs });
}

function sample(offset: number, over: Partial<SampleView> & { readonly text?: string } = {}): SampleInput {
  const bytes = encodeUtf8(over.text ?? `text number ${offset} of many`);
  return {
    kind: "sample",
    at: { topic: "samples", partition: 0, offset, appendMs: NOW_MS + offset },
    raw: encodeUtf8(`raw ${offset}`),
    sample: {
      id: `s${offset}`,
      eventMs: NOW_MS - 10,
      lane: "a",
      bucket: "",
      origin: "model_generated",
      template: "qa@1",
      teacher: "t@1",
      judge: "j@1",
      source: "",
      judgeScore: 0.9,
      judgeVerdict: "accept",
      output: { bytes, start: 0, end: bytes.length },
      missingProvenance: [],
      marks: [],
      ...over,
    },
  };
}

function gate(subject: string, state: GateRecord["state"], over: Partial<GateRecord> = {}): GateRecord {
  return {
    subject,
    lane: "a",
    state,
    share: state === "frozen" ? 0 : 0.5,
    sinceMs: 0,
    validUntilMs: NOW_MS + 60_000,
    revision: 1,
    rule: "",
    cause: "",
    decisionId: "d1",
    cleanWindows: 0,
    ...over,
  };
}

function forwards(effects: readonly Effect[]): string[] {
  return effects.flatMap((e) =>
    e.type === "forward" ? [`${e.topic}:${decodeForwardNote(e.headers.plumbline)?.reasons.join()}`] : [],
  );
}

function judge(core: GatekeeperPartition, ...inputs: Input[]): string[] {
  return forwards(core.absorb(inputs));
}

describe("the gatekeeper of one partition", () => {
  it("passes a sample's bytes on unchanged, with what it saw in headers", () => {
    const core = keeper();
    core.applyGates([gate("lane:a", "watch", { share: 1, revision: 7 })]);
    const effects = core.absorb([sample(4)]);
    const [cut, forward, ...ticks] = effects.filter((e) => e.type !== "count");
    expect(cut).toMatchObject({ type: "cut", topic: "admitted", cut: { revisions: { gates: "7" } } });
    expect(forward).toMatchObject({
      type: "forward",
      topic: "admitted",
      headers: {
        plumbline: "4 7 1 ",
      },
    });
    expect(forward?.type === "forward" && forward.raw).toEqual(encodeUtf8("raw 4"));
    expect(ticks.map((tick) => tick.type === "tick" && [tick.topic, tick.watermarkMs])).toEqual([
      ["admitted", NOW_MS - 10],
      ["quarantined", NOW_MS - 10],
    ]);
  });

  it("holds back what the record itself gives away, with every code", () => {
    const core = keeper();
    expect(judge(core, sample(0, { text: "" }))).toEqual(["quarantined:text_empty"]);
    expect(judge(core, sample(1, { missingProvenance: ["seed"] }))).toEqual([
      "quarantined:provenance_missing",
    ]);
    expect(judge(core, sample(2, { judgeScore: Number.NaN }))).toEqual([
      "quarantined:judge_score_not_finite",
    ]);
    expect(judge(core, sample(3, { text: "x".repeat(600_000) }))).toEqual(["quarantined:text_too_long"]);
  });

  it("knows ids and texts it has seen in the lane, whatever case and spacing", () => {
    const core = keeper();
    judge(core, sample(0, { text: "The cat sat." }));
    expect(judge(core, sample(1, { id: "s0" }))).toEqual(["quarantined:duplicate_id"]);
    expect(judge(core, sample(2, { text: "the  CAT sat." }))).toEqual(["quarantined:duplicate_text"]);
    expect(judge(core, sample(3, { lane: "b", text: "The cat sat." }))).toEqual(["admitted:"]);
  });

  it("holds what models made while the lane is frozen, and lets real samples pass", () => {
    const core = keeper();
    core.applyGates([gate("lane:a", "frozen")]);
    expect(judge(core, sample(0))).toEqual(["quarantined:lane_frozen"]);
    expect(judge(core, sample(1, { origin: "human_direct" }))).toEqual(["admitted:"]);
    expect(judge(core, sample(2, { lane: "b" }))).toEqual(["admitted:"]);
  });

  it("freezes one template and leaves the others alone", () => {
    const core = keeper();
    core.applyGates([gate("template:qa@1", "frozen")]);
    expect(judge(core, sample(0))).toEqual(["quarantined:subject_frozen"]);
    expect(judge(core, sample(1, { template: "qa@2" }))).toEqual(["admitted:"]);
  });

  it("lets the gate's share of ids through, the same ids every time", () => {
    const many = Array.from({ length: 400 }, (_, i) => sample(i));
    const run = (): string[] => {
      const core = keeper();
      core.applyGates([gate("lane:a", "throttled", { share: 0.5 })]);
      return judge(core, ...many);
    };
    const first = run();
    const admitted = first.filter((f) => f === "admitted:").length;
    expect(admitted).toBeGreaterThan(150);
    expect(admitted).toBeLessThan(250);
    expect(run()).toEqual(first);
  });

  it("treats an expired lease as the policy says, and says so", () => {
    const expired = gate("lane:a", "frozen", { validUntilMs: NOW_MS - 1 });
    const hold = keeper();
    hold.applyGates([expired]);
    const effects = hold.absorb([sample(0)]);
    expect(forwards(effects)).toEqual(["quarantined:lane_frozen"]);
    expect(effects).toContainEqual({ type: "count", name: "stale_gate_samples", labels: {}, by: 1 });
    const open = keeper({ staleGate: "open" });
    open.applyGates([expired]);
    expect(judge(open, sample(0))).toEqual(["admitted:"]);
    const freeze = keeper({ staleGate: "freeze" });
    freeze.applyGates([gate("lane:a", "open", { share: 1, validUntilMs: NOW_MS - 1 })]);
    expect(judge(freeze, sample(0))).toEqual(["quarantined:gate_stale"]);
  });

  it("passes everything on without enforcement and records what it would have done", () => {
    const core = keeper({ enforce: false });
    core.applyGates([gate("lane:a", "frozen")]);
    expect(judge(core, sample(0))).toEqual(["admitted:lane_frozen"]);
  });

  it("counts each kind once a batch", () => {
    const core = keeper();
    core.applyGates([gate("lane:a", "frozen", { validUntilMs: 0 })]);
    const effects = core.absorb([sample(0), sample(1), sample(2, { lane: "b" })]);
    expect(effects.filter((effect) => effect.type === "count")).toEqual([
      { type: "count", name: "stale_gate_samples", labels: {}, by: 2 },
      { type: "count", name: "samples_judged", labels: { decision: "quarantined" }, by: 2 },
      { type: "count", name: "sample_reasons", labels: { reason: "lane_frozen" }, by: 2 },
      { type: "count", name: "samples_judged", labels: { decision: "admitted" }, by: 1 },
    ]);
  });

  it("goes on after a restart as if there had been none", () => {
    const core = keeper();
    const samples = Array.from({ length: MEMORY_SEGMENT_SAMPLES + 100 }, (_, i) => sample(i));
    const checkpoints = checkpointsOf(core.absorb(samples));
    expect(checkpoints.map(({ key, record }) => [key, record.name])).toEqual([
      ["gatekeeper/0/memory/0", "memory/0"],
    ]);
    const again = restarted(core, checkpoints);
    expect(again.memoryTo).toBe(MEMORY_SEGMENT_SAMPLES);
    for (const input of samples.slice(again.memoryTo)) again.restoreSample(input);
    const next = [
      sample(60_000, { id: "s3" }),
      sample(60_001, { id: `s${MEMORY_SEGMENT_SAMPLES + 3}` }),
      sample(60_002, { text: `text number ${MEMORY_SEGMENT_SAMPLES + 99} of many` }),
      sample(60_003),
    ];
    const effects = again.absorb(next);
    expect(effects).toEqual(core.absorb(next));
    expect(forwards(effects)).toEqual([
      "quarantined:duplicate_id",
      "quarantined:duplicate_id",
      "quarantined:duplicate_text",
      "admitted:",
    ]);
  });

  it("checkpoints a segment as it fills, so that little is read again by who takes the partition over", () => {
    const core = keeper();
    const samples = Array.from({ length: 2 * MEMORY_UNSAVED_SAMPLES_MAX + 1 }, (_, i) => sample(i));
    const absorbed = (from: number, to: number) => checkpointsOf(core.absorb(samples.slice(from, to)));
    expect(absorbed(0, MEMORY_UNSAVED_SAMPLES_MAX - 1)).toEqual([]);
    const [first] = absorbed(MEMORY_UNSAVED_SAMPLES_MAX - 1, MEMORY_UNSAVED_SAMPLES_MAX + 1);
    expect(absorbed(MEMORY_UNSAVED_SAMPLES_MAX + 1, 2 * MEMORY_UNSAVED_SAMPLES_MAX)).toEqual([]);
    const [second] = absorbed(2 * MEMORY_UNSAVED_SAMPLES_MAX, samples.length);
    // The second takes the first one's place.
    expect([first, second].map((effect) => effect?.key)).toEqual(Array(2).fill("gatekeeper/0/memory/0"));
    const again = restarted(core, [second!]);
    expect(again.memoryTo).toBe(samples.length);
    const next = [
      sample(30_000, { id: "s0" }),
      sample(30_001, { id: `s${samples.length - 1}` }),
      sample(30_002),
    ];
    expect(again.absorb(next)).toEqual(core.absorb(next));
  });

  it("checkpoints what few samples leave unfilled, in time before retention takes them, and knows them after a restart", () => {
    const core = keeper();
    const tick = (offset: number, ms: number): Input => ({
      kind: "tick",
      at: { topic: "samples", partition: 0, offset, appendMs: NOW_MS + ms },
      watermarkMs: NOW_MS + ms,
    });
    expect(checkpointsOf(core.absorb([sample(0), sample(1)]))).toEqual([]);
    expect(checkpointsOf(core.absorb([tick(2, MEMORY_UNSAVED_MS_MAX - 1)]))).toEqual([]);
    const [saved, ...more] = checkpointsOf(core.absorb([tick(3, MEMORY_UNSAVED_MS_MAX)]));
    expect(more).toEqual([]);
    // Nothing new: nothing is written again.
    expect(checkpointsOf(core.absorb([tick(4, 3 * MEMORY_UNSAVED_MS_MAX)]))).toEqual([]);
    const again = restarted(core, [saved!]);
    expect(again.memoryTo).toBe(2);
    const twice = again.absorb([sample(5, { id: "s1" }), sample(6, { id: "s2" })]);
    expect(twice.flatMap((effect) => (effect.type === "forward" ? [effect.topic] : []))).toEqual([
      "quarantined",
      "admitted",
    ]);
  });

  it("checkpoints again what it had to read again", () => {
    const core = keeper();
    for (let i = 0; i < MEMORY_SEGMENT_SAMPLES + 1; i += 1) core.restoreSample(sample(i));
    const states = (): number => checkpointsOf(core.absorb([])).length;
    expect([states(), states()]).toEqual([1, 0]);
  });

  it("sets unreadable records aside and goes on", () => {
    const core = keeper();
    const at = { topic: "samples", partition: 0, offset: 3, appendMs: NOW_MS };
    const bad: Input = {
      kind: "unreadable",
      at,
      code: "decode_failed",
      detail: "cut off",
      key: null,
      raw: new Uint8Array([1]),
      headers: {},
    };
    const effects = core.absorb([sample(2), bad, sample(4)]);
    expect(forwards(effects)).toEqual(["admitted:", "admitted:"]);
    expect(effects).toContainEqual(
      expect.objectContaining({
        type: "publish",
        topic: "rejected",
        record: expect.objectContaining({ code: "decode_failed", offset: 3 }),
      }),
    );
    expect(core.nextOffset).toBe(5);
  });
});
