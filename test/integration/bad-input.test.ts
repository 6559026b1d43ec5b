/**
 * Bad input, kind by kind, through the real services over a memory log: each gives a row with a stable code, or a late count,
 * or an error that says what to do; every good record around it is admitted and counted, and nothing is lost.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { METRICS } from "../../services/core/catalogue.generated.ts";
import { Catalogue } from "../../services/core/catalogue.ts";
import type { TopicName } from "../../services/core/topics.ts";
import { CorpusError, loadCorpusFile } from "../../services/lab/corpus.ts";
import { policyDirectory } from "../../services/runtime/policy-directory.ts";
import { loadPolicyFiles } from "../../services/runtime/policy-files.ts";
import { MemoryRun, RUN_START_MS } from "../support/memory-run.ts";
import { noteOf } from "../support/note-of.ts";
import {
  commandOf,
  evaluationOf,
  interactionOf,
  LANE,
  manifestOf,
  outcomeOf,
  sampleOf,
} from "../support/producers.ts";

const YEAR_2099 = Date.UTC(2099, 0);
const YEAR_2100 = Date.UTC(2100, 0);
const LONG_LANE = "l".repeat(65_536);

let run: MemoryRun;
beforeEach(() => {
  run = new MemoryRun();
});
afterEach(() => run.kill());

function encoded(topic: TopicName, record: object): Uint8Array {
  return run.codec.encode(topic, record as never);
}

/** Up to the first block of an array field, then a block that announces 50 million items, of which none comes. */
function arrayBomb(topic: "samples", field: string, record: object): Uint8Array {
  const bytes = encoded(topic, record);
  const walker = run.codec.walkerOf(topic);
  const row = walker.newRow();
  expect(run.codec.walk(topic, bytes, row).ok).toBe(true);
  const start = row.starts[walker.indexOf(field)]!;
  return Buffer.concat([bytes.subarray(0, start), Buffer.from([0x80, 0xc2, 0xd7, 0x2f])]);
}

/** The record with a stretch of ASCII replaced by other bytes of the same length: what no encoder of ours would write. */
function withBytes(value: Uint8Array, text: string, bytes: readonly number[]): Uint8Array {
  const at = Buffer.from(value).indexOf(text);
  expect(at).toBeGreaterThan(0);
  expect(text.length).toBe(bytes.length);
  const copy = Buffer.from(value);
  copy.set(bytes, at);
  return copy;
}

type Outcome =
  | { readonly in: "rejected"; readonly code: string }
  | { readonly in: "quarantined"; readonly reasons: string }
  | { readonly in: "admitted" };
type Case = readonly [name: string, value: () => Uint8Array | null, outcome: Outcome];

const rejected = (code: string): Outcome => ({ in: "rejected", code });
const quarantined = (reasons: string): Outcome => ({ in: "quarantined", reasons });
const admitted: Outcome = { in: "admitted" };
const sample = (name: string, over: object): (() => Uint8Array) => {
  return () => encoded("samples", sampleOf(`bad ${name}`, over));
};
const text = (name: string, output: string): (() => Uint8Array) => sample(name, { output });

const SAMPLE_CASES: readonly Case[] = [
  ["no value", () => null, rejected("value_missing")],
  ["no frame", () => Buffer.from('{"id":"json is not Avro"}'), rejected("frame_missing")],
  ["four bytes", () => Buffer.from([0, 0, 0, 1]), rejected("frame_missing")],
  ["unknown schema id", () => Buffer.from([0, 0x7f, 0xff, 0xff, 0xff, 1, 2, 3]), rejected("schema_unknown")],
  ["another topic's schema", () => encoded("outcomes", outcomeOf("x")), rejected("schema_unknown")],
  ["truncated Avro", () => sample("cut", {})().subarray(0, -7), rejected("decode_failed")],
  ["bytes left over", () => Buffer.concat([sample("more", {})(), Buffer.of(9)]), rejected("decode_failed")],
  ["array bomb", () => arrayBomb("samples", "sources", sampleOf("bomb")), rejected("decode_failed")],
  ["lane __proto__", sample("proto", { lane: "__proto__" }), rejected("lane_invalid")],
  ["lane of 64 kB", sample("long lane", { lane: LONG_LANE }), rejected("lane_invalid")],
  ["lane of nothing", sample("no lane", { lane: "" }), rejected("lane_invalid")],
  ["lane with NUL", sample("nul lane", { lane: "a\u0000b" }), rejected("lane_invalid")],
  ["no id", sample("", { id: "" }), rejected("id_invalid")],
  ["id of 64 kB", sample("", { id: LONG_LANE }), rejected("id_invalid")],
  ["event time before 1970", sample("old", { eventTime: -1 }), rejected("event_time_invalid")],
  ["event time in 2100", sample("2100", { eventTime: YEAR_2100 }), rejected("event_time_invalid")],
  ["event time in 2099", sample("2099", { eventTime: YEAR_2099 }), rejected("event_time_future")],
  ["empty text", text("empty", ""), quarantined("text_empty")],
  ["text of 600 kB", text("long", "many words ".repeat(54_546)), quarantined("text_too_long")],
  ["NaN score", sample("nan", { judgeScore: Number.NaN }), quarantined("judge_score_not_finite")],
  ["infinite score", sample("inf", { judgeScore: -1 / 0 }), quarantined("judge_score_not_finite")],
  ["missing provenance", sample("gap", { licence: null, seed: null }), quarantined("provenance_missing")],
  ["repeated id", sample("", { id: "first", output: "Another text, same id." }), quarantined("duplicate_id")],
  ["repeated text", sample("twin", { output: sampleOf("first").output }), quarantined("duplicate_text")],
  [
    "several reasons",
    sample("many", { output: "", judgeScore: Number.NaN, source: null }),
    quarantined("text_empty,provenance_missing,judge_score_not_finite"),
  ],
  ["lone surrogates", text("lone", "\ud800 stands alone \udfff"), admitted],
  [
    "surrogate bytes",
    () => withBytes(text("raw", "three bytes #@! in here")(), "#@!", [0xed, 0xa0, 0x80]),
    admitted,
  ],
  ["NUL in the text", text("nul", "before\u0000after, then \u0000 again"), admitted],
  ["right to left", text("rtl", "\u202eהחבילה הגיעה באיחור\u202c ולכן החזרנו את הכסף"), admitted],
  ["CJK", text("cjk", "包裹来晚了，所以我们退了款并道歉。配送が遅れました。"), admitted],
  ["bucket __proto__", sample("bucket", { bucket: "__proto__" }), admitted],
  ["event time in 1970", sample("1970", { eventTime: 0 }), admitted],
];

describe("bad samples", () => {
  it("each has its outcome, and everything good around them is admitted and counted", async () => {
    // The watermark stands where the first sample was: what is much older from here on is late.
    await run.write("samples", [encoded("samples", sampleOf("first"))]);
    await run.untilJudged(1);
    const values: (Uint8Array | null)[] = [];
    for (const [i, [, make]] of SAMPLE_CASES.entries())
      values.push(make(), encoded("samples", sampleOf(`good ${i}`)));
    await run.write("samples", values);
    const read = 1 + values.length;
    await run.untilJudged(read);

    const outputs = { admitted: run.values("admitted"), quarantined: run.values("quarantined") };
    const rows = run.read("rejected");
    const bySource = new Map(
      [...outputs.admitted, ...outputs.quarantined].map((r) => [noteOf(r).sourceOffset, r]),
    );
    SAMPLE_CASES.forEach(([name, , outcome], i) => {
      // Records written outside transactions stand one after the other.
      const offset = 1 + 2 * i;
      const value = values[2 * i]!;
      const row = rows.find((r) => r.offset === offset);
      const output = bySource.get(offset);
      if (outcome.in === "rejected") {
        expect(row, name).toMatchObject({ topic: "run.samples.v1", partition: 0, code: outcome.code });
        expect(row!.detail, name).not.toBe("");
        expect(Buffer.from(row!.bytes).equals(value ?? Buffer.alloc(0)), name).toBe(true);
        expect(output, name).toBeUndefined();
      } else {
        expect(row, name).toBeUndefined();
        expect(output!.topic, name).toBe(`run.${outcome.in}.v1`);
        expect(noteOf(output!).reasons.join(), name).toBe(
          outcome.in === "quarantined" ? outcome.reasons : "",
        );
        expect(Buffer.from(output!.value!).equals(value!), name).toBe(true);
      }
    });

    const expected = (kind: Outcome["in"]): number => SAMPLE_CASES.filter(([, , o]) => o.in === kind).length;
    const good = SAMPLE_CASES.length;
    expect(rows).toHaveLength(expected("rejected"));
    expect(outputs.quarantined).toHaveLength(expected("quarantined"));
    expect(outputs.admitted).toHaveLength(1 + good + expected("admitted"));
    expect(rows.length + outputs.quarantined.length + outputs.admitted.length).toBe(read);

    await run.passTime(60_000);
    await run.until("the pane", () => run.windows("pane", "admitted", "all").length > 0);
    const [survivors] = run.windows("pane", "admitted", "all");
    // All that was admitted, but for the one from 1970, which is late and says so.
    expect(survivors).toMatchObject({ n: good + expected("admitted"), late: 1, repeated: 0 });
    const candidates = run.windows("pane", "candidate", "all");
    expect(candidates).toHaveLength(1);
    // Of what was quarantined everything but the repeated id is a candidate of its own.
    expect(candidates[0]).toMatchObject({
      n: good + expected("admitted") + expected("quarantined") - 1,
      late: 1,
      repeated: 1,
    });
    expect([...new Set(run.read("windows").map((row) => row.lane))]).toEqual([LANE]);
  });

  it("goes on after a sample so large that nothing is left for the gatekeeper's own headers", async () => {
    const empty = encoded("samples", sampleOf("large", { output: "" })).length;
    // Two more bytes for the length of the text; 70 the broker's own; no key, where the copy has one.
    const output = "x".repeat(1_048_576 - 70 - empty - 2);
    await run.write("samples", [
      encoded("samples", sampleOf("large", { output })),
      encoded("samples", sampleOf("good")),
    ]);
    await run.untilJudged(2);
    expect(run.values("quarantined").map(noteOf)).toMatchObject([{ reasons: ["text_too_long"] }]);
    expect(run.values("admitted")).toHaveLength(1);
  });

  it("refuses a text of 10 MB where it is written, naming topic and size, and writes nothing of that batch", async () => {
    const output = "ten megabytes ".repeat(750_000);
    await expect(run.send("samples", [sampleOf("good"), sampleOf("huge", { output })])).rejects.toThrow(
      /a record of 105\d{5} bytes is too large for topic run\.samples\.v1/,
    );
    await run.send("samples", [sampleOf("good")]);
    await run.untilJudged(1);
    expect(run.values("samples")).toHaveLength(1);
  });
});

type ReplyTopic = "interactions" | "outcomes" | "evaluations" | "training";
const GOOD: Readonly<Record<ReplyTopic, (id: string, over?: object) => object>> = {
  interactions: interactionOf,
  outcomes: outcomeOf,
  evaluations: evaluationOf,
  training: manifestOf,
};

describe.each(["interactions", "outcomes", "evaluations", "training"] as const)("bad %s", (topic) => {
  const make = (over: object) => () => encoded(topic, GOOD[topic]("bad", over));
  const cases: readonly (readonly [string, () => Uint8Array | null, string])[] = [
    ["no value", () => null, "value_missing"],
    ["unknown schema id", () => Buffer.from([0, 0, 0, 0, 0, 1]), "schema_unknown"],
    ["another topic's schema", () => encoded("samples", sampleOf("x")), "schema_unknown"],
    ["truncated Avro", () => make({})().subarray(0, -3), "decode_failed"],
    ["lane __proto__", make({ lane: "__proto__" }), "lane_invalid"],
    ["lane of 64 kB", make({ lane: LONG_LANE }), "lane_invalid"],
    ["event time in 2100", make({ eventTime: YEAR_2100 }), "event_time_invalid"],
    ["event time in 2099", make({ eventTime: YEAR_2099 }), "event_time_future"],
    ["no id", make({ id: "" }), "id_invalid"],
  ];

  it("goes to rejected with its place, code and bytes; the good ones around it are counted", async () => {
    const values = cases.flatMap(([, value], i) => [
      value(),
      encoded(topic, GOOD[topic](`good ${i}`, { eventTime: RUN_START_MS + 1 + i })),
    ]);
    await run.write(topic, values);
    if (topic === "training") await run.send("samples", [sampleOf("one")]);
    await run.passTime(60_000);
    await run.until("all rejected", () => run.values("rejected").length >= cases.length);
    const rows = run.read("rejected");
    expect(rows.map(({ offset, code }) => [offset, code])).toEqual(
      cases.map(([, , code], i) => [2 * i, code]),
    );
    for (const row of rows) {
      expect(row).toMatchObject({ topic: `run.${topic}.v1`, partition: 0 });
      expect(Buffer.from(row.bytes).equals(values[row.offset] ?? Buffer.alloc(0))).toBe(true);
    }
    if (topic === "training") {
      // Nine manifests before one pane boundary close one generation: the sample's.
      await run.until("the generation", () => run.windows("generation", "candidate", "all").length > 0);
      const generations = run.windows("generation", "candidate", "all");
      expect(generations.map(({ generation, n }) => [generation, n])).toEqual([[1, 1]]);
      return;
    }
    const segment = topic === "evaluations" ? "suite:main" : "all";
    expect(run.windows("pane", "reply", segment).map(({ n }) => n)).toEqual([cases.length]);
  });
});

describe("bad values in readable records", () => {
  it("leaves evaluations that contradict themselves out of the score", async () => {
    await run.send("evaluations", [
      evaluationOf("good", { successes: 30, trials: 40 }),
      evaluationOf("more than all", { successes: 41, trials: 40 }),
      evaluationOf("negative", { successes: -1, trials: 40 }),
      evaluationOf("of none", { successes: 0, trials: 0 }),
      evaluationOf("not a number", { successes: null, trials: null, value: Number.NaN }),
      evaluationOf("nothing", { successes: null, trials: null }),
    ]);
    await run.passTime(60_000);
    await run.until("the pane", () => run.windows("pane", "reply", "suite:main").length > 0);
    const [row] = run.windows("pane", "reply", "suite:main");
    expect(row!.n).toBe(3);
    expect(run.read("rejected").map(({ code }) => code)).toEqual(Array(3).fill("counts_contradict"));
    const scores = row!.results.filter((result) => result.metric === "offline_score");
    expect(scores.find((result) => result.bucket === "")).toMatchObject({ status: "ok", n: 40, value: 0.75 });
  });

  it("counts late replies, repeated ids and empty or odd responses where they belong", async () => {
    await run.send("interactions", [
      interactionOf("a"),
      interactionOf("a", { response: "the same id again" }),
      interactionOf("b", { response: "" }),
      interactionOf("c", { response: "\u0000\ud800" }),
      interactionOf("1970", { eventTime: 0 }),
    ]);
    await run.send("outcomes", [
      outcomeOf("a"),
      outcomeOf("no interaction time", { interactionTime: -1 }),
      outcomeOf("unknown", { resolved: null }),
    ]);
    await run.passTime(60_000);
    await run.until("the pane", () => run.windows("pane", "reply", "all").length > 0);
    const [row] = run.windows("pane", "reply", "all");
    expect(row).toMatchObject({ n: 5, late: 1, repeated: 1, incomplete: true });
    expect(run.read("rejected").map(({ topic, code }) => [topic, code])).toEqual([
      ["run.outcomes.v1", "event_time_invalid"],
    ]);
  });
});

describe("garbage where the governor reads", () => {
  it.each(["commands", "windows"] as const)("does not stop it: %s", async (topic) => {
    await run.write(topic, [
      Buffer.from("freeze everything"),
      Buffer.from([0, 0, 0, 0, 0]),
      encoded("commands", commandOf("cut")).subarray(0, -4),
      topic === "commands" ? encoded("commands", commandOf("x", { kind: "open" as never })) : null,
    ]);
    await run.send("commands", [commandOf("good")]);
    await run.until("the freeze", () => run.values("decisions").length > 0);
    expect(run.read("decisions")).toMatchObject([{ subject: "template:intro@3", to: "frozen" }]);
    await run.until("the garbage set aside", () => run.values("rejected").length >= 4);
    expect(run.read("rejected").map((row) => [row.topic, row.offset, row.code])).toEqual([
      [`run.${topic}.v1`, 0, "frame_missing"],
      [`run.${topic}.v1`, 1, "schema_unknown"],
      [`run.${topic}.v1`, 2, topic === "commands" ? "decode_failed" : "schema_unknown"],
      [`run.${topic}.v1`, 3, topic === "commands" ? "decode_failed" : "value_missing"],
    ]);
  });
});

describe("bad files", () => {
  let dir = "";
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "plumbline-bad-input-"));
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  it("names file, line and shape for a corpus that is not JSONL", async () => {
    const path = join(dir, "corpus.csv");
    await writeFile(path, '{"text": "One good line of text."}\n\nid,text\n1,"a text"\n');
    const error = await loadCorpusFile(path).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CorpusError);
    expect((error as CorpusError).message).toBe(
      `corpus ${path}, line 3: not JSON; each line must be a JSON object {"text": "...", "bucket": "..."} (bucket optional)`,
    );
  });

  it("names line and allowed values for a rule over an unknown metric", async () => {
    const rulesPath = join(dir, "rules.yaml");
    await writeFile(
      rulesPath,
      `rules:
  - id: narrow
    title: Narrower
    metric: distinct_5
    stage: candidate
    segment: generated
    severity: page
    owner: data
    page: docs/rules.md
    source: measured
    breach: [{ field: z, op: lt, threshold: -4 }]
`,
    );
    const lanesPath = join(policyDirectory(), "lanes.yaml");
    const loaded = loadPolicyFiles({ rulesPath, lanesPath, catalogue: new Catalogue(METRICS) });
    expect(loaded.ok).toBe(false);
    if (loaded.ok) return;
    expect(loaded.problems).toHaveLength(1);
    expect(loaded.problems[0]).toMatchObject({ file: rulesPath, line: 4 });
    const { message } = loaded.problems[0]!;
    expect(message).toContain('"distinct_5"');
    for (const metric of METRICS) expect(message).toContain(metric.id);
    expect(message).not.toContain("stage");
  });
});
