import { describe, expect, it } from "vitest";
import { createCodec, type RecordOf } from "../../../../services/adapters/avro/codec.ts";
import { createRecordDecoder } from "../../../../services/adapters/avro/decode-record.ts";
import type { Input } from "../../../../services/core/input.ts";
import type { Utf8Slice } from "../../../../services/core/sample.ts";
import type { TopicName } from "../../../../services/core/topics.ts";
import { HOSTILE_NAMES } from "../../../support/hostile-names.ts";
import { logRecord, RECORDS, SAMPLE } from "../../../support/wire-records.ts";

const codec = createCodec();
const decode = createRecordDecoder(codec, "t.");

function decoded<T extends TopicName>(
  topic: T,
  record: RecordOf<T>,
  headers: Record<string, string> = {},
): Input {
  return decode(logRecord(topic, codec.encode(topic, record), headers));
}

/** The view of a sample that differs from `SAMPLE` in these fields. */
function sampleOf(change: Partial<RecordOf<"samples">>) {
  const input = decoded("samples", { ...SAMPLE, ...change });
  if (input.kind !== "sample") throw new Error(`got ${input.kind}`);
  return input.sample;
}

/** Code of a sample that differs from `SAMPLE` in these fields; its kind where it is readable. */
function codeOf(change: Partial<RecordOf<"samples">>): string {
  const input = decoded("samples", { ...SAMPLE, ...change });
  return input.kind === "unreadable" ? input.code : input.kind;
}

function textOf(slice: Utf8Slice): string {
  return Buffer.from(slice.bytes).toString("utf8", slice.start, slice.end);
}

describe("a sample", () => {
  it("is reduced to what the core reads, its text left in place", () => {
    const value = codec.encode("samples", SAMPLE);
    const input = decode(logRecord("samples", value));
    if (input.kind !== "sample") throw new Error(`got ${input.kind}`);
    const { output, ...rest } = input.sample;
    expect(rest).toEqual({
      id: "r-1",
      eventMs: 1_750_000_000_000,
      lane: "support/after-sales",
      bucket: "refund",
      origin: "model_generated",
      template: "intro@3",
      teacher: "gen@4",
      judge: "strict@1",
      source: "vendor-a/tickets",
      judgeScore: 0.75,
      judgeVerdict: "",
      missingProvenance: [],
      marks: ["teacher", "maker"],
      scope: null,
    });
    expect(textOf(output)).toBe(SAMPLE.output);
    expect(output.bytes.buffer).toBe(value.buffer);
    expect(input.raw).toBe(value);
    expect(input.at).toEqual({ topic: "samples", partition: 2, offset: 41, appendMs: 1_750_000_001_000 });
  });

  it("without optional fields has empty names and no score", () => {
    const input = decoded("samples", { id: "a", eventTime: 0, lane: "l", output: "" });
    expect(input).toMatchObject({
      sample: {
        eventMs: 0,
        bucket: "",
        origin: "unknown",
        template: "",
        teacher: "",
        judge: "",
        source: "",
        judgeScore: null,
      },
    });
  });

  it("names a subject by id alone where it has no version", () => {
    expect(sampleOf({ templateVersion: null }).template).toBe("intro");
    expect(sampleOf({ templateId: null }).template).toBe("");
    expect(sampleOf({ templateId: "in", templateVersion: "tro" }).template).toBe("in@tro");
    expect(sampleOf({ templateId: "intr", templateVersion: "o" }).template).toBe("intr@o");
  });

  it("with names beyond the bound or reserved for us counts under __other__", () => {
    expect(sampleOf({ bucket: "b".repeat(385) }).bucket).toBe("__other__");
    expect(sampleOf({ bucket: "b".repeat(384) }).bucket).toHaveLength(384);
    expect(sampleOf({ bucket: "__proto__" }).bucket).toBe("__other__");
    expect(sampleOf({ teacherId: "t".repeat(70_000) }).teacher).toBe("__other__");
  });

  it("keeps a score that is no number for the gatekeeper to judge", () => {
    expect(sampleOf({ judgeScore: Number.NaN }).judgeScore).toBeNaN();
  });

  it.each([
    ["empty", ""],
    ["with NUL", "a\u0000b"],
    ["right to left", "\u202eمرحبا بالعالم"],
    ["Chinese", "退款已经处理完毕"],
  ])("takes text as it is: %s", (_what, output) => {
    expect(textOf(sampleOf({ output }).output)).toBe(output);
  });

  it("names what provenance it lacks", () => {
    expect(sampleOf({ licence: null, source: null, sources: [] }).missingProvenance).toEqual([
      "licence",
      "source",
    ]);
    expect(sampleOf({ source: null }).missingProvenance).toEqual([]);
    expect(
      sampleOf({ promptHash: "", seed: null, teacherVersion: null, templateId: null }).missingProvenance,
    ).toEqual(["teacher_version", "template", "prompt_hash", "seed"]);
    expect(sampleOf({ origin: "human_direct", promptHash: null, teacherId: null }).missingProvenance).toEqual(
      [],
    );
  });
});

describe("the marks of a generator", () => {
  const bare = { teacherId: null, makerKind: "person", generationDepth: null, labels: [] } as const;

  it.each([
    [{}, []],
    [{ generationDepth: 0, makerKind: "privacy_transform" }, []],
    [{ generationDepth: 1 }, ["depth"]],
    [{ makerKind: "simulator" }, ["maker"]],
    [{ teacherId: "gen" }, ["teacher"]],
    [{ labels: ["ai_assisted", "ai_generated"] }, ["ai_generated", "ai_assisted"]],
    [{ labels: ["x", "watermark:synthid", "credential:c2pa-1"] }, ["watermark", "credential"]],
    [{ labels: ["watermark", "watermark:", "AI_GENERATED", "ai_generated2", "credentials:1", ""] }, []],
  ] as const)("of %j are %j", (change, marks) => {
    expect(
      sampleOf({ ...bare, ...change, labels: [...((change as { labels?: string[] }).labels ?? [])] }).marks,
    ).toEqual(marks);
  });
});

describe("a sample is unreadable", () => {
  const YEAR_2100 = 4_102_444_800_000;
  const APPENDED = SAMPLE.eventTime + 1_000;

  it.each([
    ["without lane", { lane: "" }, "lane_invalid"],
    ["with a control character in its lane", { lane: "a\u0007b" }, "lane_invalid"],
    ["with a lane that is no text", { lane: "a\ud800" }, "lane_invalid"],
    ["with a lane of ours", { lane: "__other__" }, "lane_invalid"],
    ["with lane __proto__", { lane: "__proto__" }, "lane_invalid"],
    ["with a lane of 129 characters", { lane: "l".repeat(129) }, "lane_invalid"],
    ["with a lane of 64 kB", { lane: "l".repeat(65_536) }, "lane_invalid"],
    ["without id", { id: "" }, "id_invalid"],
    ["with an id of 257 characters", { id: "i".repeat(257) }, "id_invalid"],
    ["with an id of 64 kB", { id: "i".repeat(65_536) }, "id_invalid"],
    ["before 1970", { eventTime: -1 }, "event_time_invalid"],
    ["in 2100", { eventTime: YEAR_2100 }, "event_time_invalid"],
    ["in 2099", { eventTime: YEAR_2100 - 1 }, "event_time_future"],
    ["over five minutes ahead of its append time", { eventTime: APPENDED + 300_001 }, "event_time_future"],
    ["over 1 MB", { output: "x".repeat(1_048_576) }, "value_too_large"],
  ])("%s", (_what, change, code) => {
    expect(codeOf(change)).toBe(code);
  });

  it.each([
    ["in 1970: it is late, not wrong", { eventTime: 0 }],
    ["five minutes ahead", { eventTime: APPENDED + 300_000 }],
    ["with a lane of 128 characters of three bytes", { lane: "退".repeat(128) }],
    ["with an id of 256 characters", { id: "退".repeat(256) }],
    ["with constructor as lane", { lane: "constructor" }],
  ])("but not %s", (_what, change) => {
    expect(codeOf(change)).toBe("sample");
  });

  it("keeps what it was, and says why in words", () => {
    const value = codec.encode("samples", { ...SAMPLE, lane: "x".repeat(200) });
    const record = logRecord("samples", value, { sender: "ingest-7" });
    expect(decode(record)).toEqual({
      kind: "unreadable",
      at: { topic: "samples", partition: 2, offset: 41, appendMs: APPENDED },
      code: "lane_invalid",
      detail: `lane "${"x".repeat(64)}" of 200 bytes; 1 to 128 characters, no control characters, not starting with __`,
      key: record.key,
      raw: value,
      headers: { sender: "ingest-7" },
    });
  });

  it("never quotes more than a little of what it was sent", () => {
    const input = decoded("samples", { ...SAMPLE, lane: "\u0000".repeat(60_000) });
    expect(input.kind === "unreadable" && input.detail.length).toBeLessThan(1_000);
  });
});

it("hostile names are kept verbatim, or refused by the one rule", () => {
  for (const name of HOSTILE_NAMES) {
    const input = decoded("samples", { ...SAMPLE, lane: name, bucket: name, templateId: name });
    if (input.kind === "unreadable") {
      expect(input.code).toBe("lane_invalid");
    } else {
      expect(input).toMatchObject({
        kind: "sample",
        sample: { lane: name, bucket: name, template: `${name}@3` },
      });
    }
  }
});

describe("records of the other topics", () => {
  it("admitted and quarantined are samples with the gatekeeper's reasons", () => {
    expect(decoded("admitted", SAMPLE, { plumbline: "4 7 1 " })).toMatchObject({
      kind: "judged",
      admitted: true,
      reasons: [],
      sample: { id: "r-1" },
    });
    expect(decoded("quarantined", SAMPLE, { plumbline: "4 7 1 lane_frozen,duplicate_text" })).toMatchObject({
      kind: "judged",
      admitted: false,
      reasons: ["lane_frozen", "duplicate_text"],
    });
    expect(decoded("quarantined", SAMPLE)).toMatchObject({ reasons: [] });
  });

  it("say what their text is about: in fields of their own, or among the named ones", () => {
    const sample = (fields: Record<string, string>) => {
      const input = decoded("samples", { ...SAMPLE, fields });
      return input.kind === "sample" ? input.sample.scope : input.kind;
    };
    expect(sample({ stem: "product", product: "watch", channel: "app" })).toEqual({
      product: "watch",
      region: "",
      channel: "app",
    });
    expect(sample({ products: "watch", region: "" })).toBeNull();
    expect(sample({ region: "__mine__" })).toEqual({ product: "", region: "__other__", channel: "" });
    const reply = decoded("interactions", { ...RECORDS.interactions, region: "eu", product: "" });
    if (reply.kind !== "interaction") throw new Error(`got ${reply.kind}`);
    expect(reply.interaction.scope).toEqual({ product: "", region: "eu", channel: "" });
  });

  it("interactions", () => {
    const input = decoded("interactions", RECORDS.interactions);
    if (input.kind !== "interaction") throw new Error(`got ${input.kind}`);
    const { request, response, ...rest } = input.interaction;
    expect(textOf(request)).toBe("");
    expect(textOf(response)).toBe("Done.");
    expect(rest).toEqual({
      id: "r-1",
      eventMs: 1_750_000_000_000,
      lane: "support/after-sales",
      bucket: "refund",
      segment: "eu",
      model: "m@2",
      refused: true,
      turn: null,
      interrupted: null,
      scope: null,
    });
    const told = { request: "Where is it?", turn: 2, interrupted: false };
    const more = decoded("interactions", { ...RECORDS.interactions, ...told });
    if (more.kind !== "interaction") throw new Error(`got ${more.kind}`);
    expect(textOf(more.interaction.request)).toBe("Where is it?");
    expect(more.interaction).toMatchObject({ turn: 2, interrupted: false });
  });

  it("outcomes, also where nobody could say", () => {
    expect(decoded("outcomes", RECORDS.outcomes)).toMatchObject({
      kind: "outcome",
      outcome: {
        interactionId: "i-1",
        interactionMs: 1_749_999_000_000,
        resolved: false,
        segment: "eu",
        model: "m@2",
      },
    });
    expect(decoded("outcomes", { ...RECORDS.outcomes, resolved: true })).toMatchObject({
      outcome: { resolved: true },
    });
    expect(decoded("outcomes", { ...RECORDS.outcomes, resolved: null })).toMatchObject({
      outcome: { resolved: null },
    });
  });

  it("outcomes of an interaction at no possible time are unreadable", () => {
    expect(decoded("outcomes", { ...RECORDS.outcomes, interactionTime: -5 })).toMatchObject({
      kind: "unreadable",
      code: "event_time_invalid",
    });
  });

  it("evaluations, by trials or by value", () => {
    expect(decoded("evaluations", RECORDS.evaluations)).toMatchObject({
      kind: "evaluation",
      evaluation: { suite: "long_tail", model: "m@2", successes: 31, trials: 40, value: null },
    });
    const measured = {
      itemOrigin: "simulation",
      perplexity: 9.5,
      perplexityModel: "lm@1",
      tokenizerId: "bpe",
    } as const;
    expect(decoded("evaluations", { ...RECORDS.evaluations, ...measured })).toMatchObject({
      evaluation: { itemOrigin: "simulation", perplexity: 9.5, perplexityModel: "lm@1", tokenizer: "bpe" },
    });
    expect(decoded("evaluations", RECORDS.evaluations)).toMatchObject({
      evaluation: { itemOrigin: "unknown", perplexity: null, perplexityModel: "", tokenizer: "" },
    });
    expect(
      decoded("evaluations", { ...RECORDS.evaluations, successes: null, trials: null, value: 0.5 }),
    ).toMatchObject({
      evaluation: { successes: null, trials: null, value: 0.5 },
    });
  });

  it("evaluations, with what is known of their suite", () => {
    const known = {
      metric: "f1",
      suiteTime: 1_740_000_000_000,
      itemOrigin: "benchmark",
      judgeId: "strict",
    } as const;
    expect(decoded("evaluations", { ...RECORDS.evaluations, ...known, judgeVersion: "4" })).toMatchObject({
      evaluation: { metric: "f1", suiteMs: 1_740_000_000_000, itemOrigin: "benchmark", judge: "strict@4" },
    });
    expect(decoded("evaluations", RECORDS.evaluations)).toMatchObject({
      evaluation: { metric: "accuracy", suiteMs: null, itemOrigin: "unknown", judge: "" },
    });
  });

  it("training runs and manifests", () => {
    expect(decoded("training", RECORDS.training)).toMatchObject({
      kind: "training",
      training: { kind: "manifest", model: "m@2", lane: "support/after-sales" },
    });
    expect(decoded("training", { ...RECORDS.training, kind: "run" })).toMatchObject({
      training: { kind: "run" },
    });
    const report = { kind: "run", loss: 2.5, lossVariance: 0.04, holdoutLoss: 2.75 } as const;
    expect(decoded("training", { ...RECORDS.training, ...report })).toMatchObject({
      training: { ...report, run: "run-1" },
    });
    expect(decoded("training", RECORDS.training)).toMatchObject({
      training: { loss: null, lossVariance: null, holdoutLoss: null },
    });
    expect(decoded("training", { ...RECORDS.training, kind: undefined })).toMatchObject({
      training: { kind: "run" },
    });
  });

  it("windows, gates and commands whole", () => {
    const window = decoded("windows", RECORDS.windows);
    const gate = decoded("gates", RECORDS.gates);
    const command = decoded("commands", RECORDS.commands);
    expect(window.kind === "window" && { ...window.window }).toEqual(RECORDS.windows);
    expect(gate.kind === "gate" && { ...gate.gate }).toEqual(RECORDS.gates);
    expect(command.kind === "command" && { ...command.command }).toEqual(RECORDS.commands);
  });

  it.each([
    [
      "windows",
      { ...RECORDS.windows, stage: "trained" },
      'stage "trained" is not one of candidate, admitted, reply',
    ],
    ["windows", { ...RECORDS.windows, window: "2h" }, 'window "2h" is not one of pane, decision'],
    [
      "windows",
      { ...RECORDS.windows, results: [{ ...RECORDS.windows.results[0]!, status: "fine" }] },
      'status "fine"',
    ],
    [
      "windows",
      {
        ...RECORDS.windows,
        leftOut: [{ subject: "s", n: 1, results: [{ ...RECORDS.windows.results[0]!, status: "" }] }],
      },
      'status "" is not one of ok, insufficient',
    ],
    ["gates", { ...RECORDS.gates, state: "ajar" }, 'state "ajar" is not one of open, watch'],
    ["commands", { ...RECORDS.commands, kind: "delete" }, 'kind "delete" is not one of freeze, resume'],
  ] as const)("%s with a word from outside its list are unreadable", (topic, record, detail) => {
    const input = decoded(topic, record as never);
    expect(input).toMatchObject({ kind: "unreadable", code: "decode_failed" });
    expect(input.kind === "unreadable" && input.detail).toContain(detail);
  });

  it("poison is unreadable in every topic the core absorbs", () => {
    for (const topic of ["interactions", "windows", "admitted", "training"] as const) {
      expect(decode(logRecord(topic, Buffer.from("poison")))).toMatchObject({
        kind: "unreadable",
        code: "frame_missing",
      });
    }
  });

  it("topics the core does not absorb, and topics of somebody else, are the caller's mistake", () => {
    expect(() => decode(logRecord("panes", codec.encode("panes", RECORDS.panes)))).toThrow("does not absorb");
    expect(() => decode({ ...logRecord("samples", null), topic: "u.samples.v1" })).toThrow(
      "not a topic of this run",
    );
  });
});

describe("a record without value", () => {
  const at = { topic: "samples", partition: 2, offset: 41, appendMs: SAMPLE.eventTime + 1_000 };
  const CUT = { ranges: [{ topic: "samples", partition: 0, from: 3, to: 9 }], revisions: { gates: "12" } };

  it("is a tick worth what its header says", () => {
    expect(decode(logRecord("samples", null, { "plumbline-tick": "1750000000500" }))).toEqual({
      kind: "tick",
      at,
      watermarkMs: 1_750_000_000_500,
    });
    expect(decode(logRecord("samples", null, { "plumbline-tick": "append" }))).toEqual({
      kind: "tick",
      at,
      watermarkMs: at.appendMs,
    });
  });

  it("is a cut with its ranges and revisions", () => {
    expect(decode(logRecord("samples", null, { "plumbline-cut": JSON.stringify(CUT) }))).toEqual({
      kind: "cut",
      at,
      cut: CUT,
    });
  });

  it("is unreadable without a header of ours", () => {
    expect(decode(logRecord("samples", null, { trace: "1" }))).toMatchObject({
      kind: "unreadable",
      code: "value_missing",
    });
  });

  it.each(["", "soon", "-1", "1.5", "1e3", " 7", "4102444800000", "99999999999999999999"])(
    "tick %j is unreadable",
    (tick) => {
      expect(decode(logRecord("samples", null, { "plumbline-tick": tick }))).toMatchObject({
        kind: "unreadable",
        code: "decode_failed",
      });
    },
  );

  it.each([
    ["no JSON", "{"],
    ["no object", "[]"],
    ["no ranges", '{"revisions":{}}'],
    ["no revisions", '{"ranges":[]}'],
    ["a range that is none", '{"ranges":[null],"revisions":{}}'],
    ["a negative offset", '{"ranges":[{"topic":"a","partition":0,"from":-1,"to":0}],"revisions":{}}'],
    [
      "a range that ends before it starts",
      '{"ranges":[{"topic":"a","partition":0,"from":2,"to":1}],"revisions":{}}',
    ],
    ["a revision that is no text", '{"ranges":[],"revisions":{"gates":1}}'],
    [
      "too many ranges",
      JSON.stringify({ ranges: Array.from({ length: 10_001 }, () => CUT.ranges[0]), revisions: {} }),
    ],
    ["nesting without end", "[".repeat(500_000)],
    ["over a million characters", `{"ranges":[],"revisions":{},"x":"${"y".repeat(1_048_576)}"}`],
  ])("a cut with %s is unreadable", (_what, cut) => {
    expect(decode(logRecord("samples", null, { "plumbline-cut": cut }))).toMatchObject({
      kind: "unreadable",
      code: "decode_failed",
    });
  });

  it("a cut whose revisions name __proto__ changes no prototype", () => {
    const input = decode(
      logRecord("samples", null, {
        "plumbline-cut": '{"ranges":[],"revisions":{"__proto__":"1","gates":"2"}}',
      }),
    );
    if (input.kind !== "cut") throw new Error(`got ${input.kind}`);
    expect(Object.getPrototypeOf(input.cut.revisions)).toBe(Object.prototype);
    expect(Object.keys(input.cut.revisions)).toEqual(["__proto__", "gates"]);
  });

  it("a record with a value is read as such, whatever its headers say", () => {
    expect(decoded("samples", SAMPLE, { "plumbline-tick": "7" })).toMatchObject({ kind: "sample" });
  });
});
