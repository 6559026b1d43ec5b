/** One full record of each topic, and random ones drawn from a schema: what the wire tests write and read. */
import fc from "fast-check";
import type { Codec, RecordOf } from "../../services/adapters/avro/codec.ts";
import type { SchemaJson } from "../../services/adapters/avro/schemas.ts";
import type { MetricResult } from "../../services/core/result.ts";
import { TOPIC_NAMES, type TopicName } from "../../services/core/topics.ts";
import type { LogRecord } from "../../services/ports.ts";

/** Topics of which every record becomes an input of the core. */
export const ABSORBED: readonly TopicName[] = [
  "samples",
  "admitted",
  "quarantined",
  "interactions",
  "outcomes",
  "evaluations",
  "training",
  "windows",
  "gates",
  "commands",
];

const HEAD = { id: "r-1", eventTime: 1_750_000_000_000, lane: "support/after-sales", bucket: "refund" };

export const SAMPLE: RecordOf<"samples"> = {
  ...HEAD,
  origin: "model_generated",
  makerKind: "model",
  usage: "adds",
  source: "vendor-a/tickets",
  teacherId: "gen",
  teacherVersion: "4",
  templateId: "intro",
  templateVersion: "3",
  judgeId: "strict",
  judgeVersion: "1",
  judgeScore: 0.75,
  promptHash: "00ff",
  seed: "18446744073709551615",
  licence: "CC0-1.0",
  sources: ["doc-1"],
  fields: { stem: "Which of these?" },
  toolCalls: [{ name: "lookup", arguments: "{}", ok: true }],
  embedding: new Uint8Array([1, 255, 128]),
  tokenLogprobs: [-0.5, -1.25],
  output: "Grüße: 退款 is on its way 🙂",
};

const RESULT: MetricResult = {
  metric: "distinct_4",
  bucket: "",
  n: 512,
  nRef: 1_000,
  value: 0.43,
  lo: 0.4,
  hi: 0.46,
  nullMean: 0.8,
  nullSd: 0.005,
  ratio: 0.5375,
  z: -74,
  e: null,
  status: "ok",
};

/** Every field of what Plumbline writes; the least a producer must write elsewhere. */
export const RECORDS: { readonly [T in TopicName]: RecordOf<T> } = {
  samples: SAMPLE,
  admitted: SAMPLE,
  quarantined: SAMPLE,
  interactions: { ...HEAD, segment: "eu", modelId: "m", modelVersion: "2", response: "Done.", refused: true },
  outcomes: {
    ...HEAD,
    segment: "eu",
    modelId: "m",
    modelVersion: "2",
    interactionId: "i-1",
    interactionTime: 1_749_999_000_000,
    resolved: false,
  },
  evaluations: {
    ...HEAD,
    runId: "run-1",
    modelId: "m",
    modelVersion: "2",
    suite: "long_tail",
    successes: 31,
    trials: 40,
  },
  training: { ...HEAD, kind: "manifest", runId: "run-1", modelId: "m", modelVersion: "2" },
  reviews: { ...HEAD, targetTopic: "samples", targetId: "s-1", reviewer: "ann", labels: ["template feel"] },
  changes: { ...HEAD, kind: "ratio", actor: "ann", shareFrom: 0.3, shareTo: 0.5 },
  windows: {
    lane: HEAD.lane,
    stage: "candidate",
    segment: "generated",
    window: "decision",
    startMs: 0,
    endMs: 60_000,
    generation: 2,
    n: 512,
    late: 1,
    repeated: 0,
    incomplete: false,
    referenceVersion: "0123456789abcdef",
    policyVersion: "p1",
    rowIndex: 0,
    rowCount: 1,
    results: [RESULT],
    leftOut: [{ subject: "template:intro@3", n: 400, results: [RESULT] }],
    evidence: ["s-1"],
    failed: [{ bucket: "refund", ids: ["i-1", "i-2"] }],
  },
  series: {
    lane: HEAD.lane,
    stage: "reply",
    segment: "buckets",
    window: "decision",
    startMs: 0,
    endMs: 60_000,
    generation: 2,
    n: 512,
    late: 1,
    repeated: 0,
    incomplete: false,
    referenceVersion: "0123456789abcdef",
    policyVersion: "p1",
    rowIndex: 0,
    rowCount: 1,
    results: [RESULT],
    leftOut: [],
    evidence: [],
    failed: [],
  },
  panes: {
    lane: HEAD.lane,
    stage: "reply",
    segment: "all",
    window: "pane",
    startMs: 0,
    endMs: 60_000,
    generation: 1,
    body: new Uint8Array([0, 1, 254]),
  },
  references: {
    kind: "rules",
    lane: "",
    version: "v1",
    chunk: 0,
    chunks: 1,
    body: new Uint8Array([123, 125]),
  },
  state: { service: "monitor", partition: 3, name: "checkpoint", body: new Uint8Array([123, 125]) },
  verdicts: {
    lane: HEAD.lane,
    window: "decision",
    startMs: 0,
    endMs: 60_000,
    generation: 2,
    verdict: "breach",
    warn: false,
    families: ["repetition"],
    rulesVersion: "r1",
    referenceVersion: "0123456789abcdef",
    results: [
      {
        rule: "narrow",
        metric: "distinct_4",
        family: "repetition",
        stage: "candidate",
        segment: "generated",
        bucket: "",
        verdict: "breach",
        warn: false,
        n: 512,
        value: 0.43,
        lo: 0.4,
        hi: 0.46,
        ratio: 0.5375,
        z: -74,
        anchorRatio: null,
        arithmetic: "ratio 0.54 < 0.7 and z -74 < -4",
      },
    ],
    blamed: ["template:intro@3"],
    evidence: ["s-1"],
  },
  decisions: {
    decisionId: "d-1",
    subject: "template:intro@3",
    lane: HEAD.lane,
    from: "watch",
    to: "frozen",
    rule: "narrow",
    cause: "two families twice",
    actor: "governor",
    reason: "",
    window: "decision",
    windowStartMs: 0,
    windowEndMs: 60_000,
    generation: 2,
    evidence: ["s-1"],
    revision: 7,
    atMs: 61_000,
    cut: "windows/0/1-2",
    prevHash: "a",
    hash: "b",
  },
  gates: {
    subject: "template:intro@3",
    lane: HEAD.lane,
    state: "frozen",
    share: 0.25,
    sinceMs: 61_000,
    validUntilMs: 121_000,
    revision: 7,
    rule: "narrow",
    cause: "two families twice",
    decisionId: "d-1",
    cleanWindows: 0,
  },
  commands: {
    commandId: "c-1",
    kind: "resume",
    subject: "template:intro@3",
    lane: HEAD.lane,
    actor: "ann",
    reason: "three clean windows",
    issuedMs: 200_000,
    keyId: "k1",
    signature: "sig",
  },
  rejected: {
    topic: "samples.v1",
    partition: 1,
    offset: 9_007_199_254_740_000,
    appendMs: 61_000,
    code: "decode_failed",
    detail: "field id: bytes end inside the field",
    key: null,
    bytes: new Uint8Array([0, 1]),
    headers: { sender: "ingest-7", "": "without a name" },
  },
};

/** A log record of a topic under prefix "t.", appended 1 s after `HEAD.eventTime`. */
export function logRecord(
  topic: TopicName,
  value: Uint8Array | null,
  headers: Record<string, string> = {},
): LogRecord {
  return {
    topic: `t.${topic}.v1`,
    partition: 2,
    offset: 41,
    appendMs: HEAD.eventTime + 1_000,
    key: new Uint8Array([107]),
    value,
    headers,
  };
}

/** Every topic with its framed example. */
export function framedExamples(codec: Codec): readonly (readonly [TopicName, Buffer])[] {
  return TOPIC_NAMES.map((topic) => [topic, Buffer.from(codec.encode(topic, RECORDS[topic]))]);
}

/** Random values of a schema, as the Avro library takes them. Longs stay where both readers are exact. */
export function arbitraryOf(
  schema: SchemaJson,
  named = new Map<string, fc.Arbitrary<unknown>>(),
): fc.Arbitrary<unknown> {
  if (typeof schema === "string") return named.get(schema) ?? primitive(schema);
  if (Array.isArray(schema)) return fc.option(arbitraryOf(schema[1] as SchemaJson, named), { nil: null });
  const json = schema as {
    readonly type: SchemaJson;
    readonly name?: string;
    readonly symbols?: readonly string[];
    readonly items?: SchemaJson;
    readonly values?: SchemaJson;
    readonly fields?: readonly { readonly name: string; readonly type: SchemaJson }[];
  };
  if (json.type === "array") return fc.array(arbitraryOf(json.items!, named), { maxLength: 3 });
  if (json.type === "map") {
    const key = fc.string().filter((text) => text !== "__proto__");
    return fc.dictionary(key, arbitraryOf(json.values!, named), { maxKeys: 3, noNullPrototype: true });
  }
  if (json.type === "enum" || json.type === "record") {
    const arbitrary =
      json.type === "enum"
        ? fc.constantFrom(...json.symbols!)
        : fc.record(Object.fromEntries(json.fields!.map((f) => [f.name, arbitraryOf(f.type, named)])));
    named.set(json.name!, arbitrary);
    return arbitrary;
  }
  return arbitraryOf(json.type, named);
}

function primitive(name: string): fc.Arbitrary<unknown> {
  switch (name) {
    case "boolean":
      return fc.boolean();
    case "int":
      return fc.integer();
    case "long":
      return fc.oneof(
        fc.integer(),
        fc.integer({ min: -(2 ** 52), max: 2 ** 53 - 2 }),
        fc.integer({ min: 0, max: 4_102_444_800_000 }),
      );
    case "float":
      return fc.float({ noNaN: true });
    case "double":
      return fc.double();
    case "bytes":
      return fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));
    case "string":
      return fc.oneof(
        { weight: 5, arbitrary: fc.string({ unit: "binary", maxLength: 12 }) },
        { weight: 1, arbitrary: fc.string({ minLength: 60, maxLength: 200 }) },
        { weight: 1, arbitrary: fc.constantFrom("", "__proto__", "退款", "a b", "\u0000") },
      );
    default:
      throw new Error(`no arbitrary for ${name}`);
  }
}
