/**
 * What must have become of every record producers wrote: a sample is admitted, quarantined or set aside, exactly once and with
 * its own bytes; of the other topics, what cannot be read is set aside, once.
 *
 * The reasons are worked out again: gaps in provenance, repeated ids and texts of a lane, and what the gates say that the
 * gatekeeper had seen. Of a share it only tells that there is one: which ids pass is decided by a hash. Holds for at most
 * 500,000 samples a partition, the gatekeeper's memory.
 */
import { groupBy } from "./group-by.ts";
import { contentOf, naiveTokens } from "./naive-tokens.ts";
import {
  type Fields,
  isCut,
  type Note,
  nameOf,
  noteOf,
  type OracleRecord,
  problemOf,
  textOf,
  tickOf,
  versioned,
} from "./oracle-record.ts";
import type { OracleLane, OracleOptions } from "./pane-oracle.ts";

/** Reasons that depend on gates. */
const GATE_REASONS = new Set(["lane_frozen", "subject_frozen", "share_throttled", "gate_stale"]);
const UNDECODABLE_CODES = new Set(["frame_missing", "schema_unknown", "decode_failed", "value_too_large"]);
/** Whose unreadable records the monitor sets aside. */
const MONITORED = ["interactions", "outcomes", "evaluations", "training"] as const;
const OUTPUT_BYTES_MAX = 524_288;

export interface DispositionOptions extends OracleOptions {
  /** The monitor sets unreadable records aside when a pane closes; false: some may still wait. Default true. */
  readonly settled?: boolean;
}

/** Every difference, in words; empty where everything became what it must. `records` are whole topics, in any order. */
export function expectedDispositions(
  records: readonly OracleRecord[],
  options: DispositionOptions,
): string[] {
  const differences: string[] = [];
  const placeOf = (partition: number, offset: number): string => `samples/${partition}/${offset}`;
  const copies = new Map<string, OracleRecord[]>();
  const aside = new Map<string, string[]>();
  for (const record of records) {
    if (record.topic === "admitted" || record.topic === "quarantined") {
      if (record.value === null && record.undecodable !== true) continue;
      const note = noteOf(record);
      if (note === null) differences.push(`${nameOfRecord(record)} does not say what it is the copy of`);
      else addTo(copies, placeOf(record.partition, note.sourceOffset), record);
    } else if (record.topic === "rejected" && record.value !== null) {
      const { topic, partition, offset, code } = record.value;
      const short = /([a-z]+)\.v1$/.exec(textOf(topic))?.[1] ?? textOf(topic);
      addTo(aside, `${short}/${partition}/${offset}`, textOf(code));
    }
  }
  for (const topic of ["samples", ...MONITORED] as const) {
    for (const record of inOrder(records, topic)) {
      if (tickOf(record) !== null || isCut(record)) continue;
      const name = nameOfRecord(record);
      const codes = aside.get(name) ?? [];
      const problem = problemOf(record);
      const waiting = topic !== "samples" && options.settled === false && codes.length === 0;
      if (problem !== null && !waiting) differences.push(...asideDifferences(name, problem, codes));
      if (problem === null && codes.length > 0)
        differences.push(`${name} is sound, but was set aside: ${codes}`);
      aside.delete(name);
    }
  }
  const gates = new GateHistory(records);
  const memories = new Map<string, Memory>();
  for (const record of inOrder(records, "samples")) {
    if (tickOf(record) !== null || problemOf(record) !== null) continue;
    const name = nameOfRecord(record);
    const own = copies.get(name) ?? [];
    copies.delete(name);
    const value = record.value!;
    const lane = options.lane(value.lane as string);
    const generated = !lane.realOrigins.includes(value.origin as string);
    const memory = memoryOf(memories, `${record.partition}/${value.lane}`);
    const reasons = [...recordReasons(value, generated), ...memory.reasons(value)];
    if (own.length !== 1) {
      const topics = own.map(({ topic }) => topic).join(", ");
      differences.push(`${name} came out ${own.length} times, expected once${topics && ` (${topics})`}`);
    }
    for (const copy of own) {
      const seen = gates.of(value, noteOf(copy)!.gateRevision);
      const expected = { reasons, gates: gateReasons(seen, generated, record.appendMs, lane) };
      differences.push(...copyDifferences(name, record, copy, expected, lane));
    }
  }
  for (const name of copies.keys()) differences.push(`a copy of ${name}, which is no sound sample`);
  for (const name of aside.keys()) {
    const ours = ["samples", ...MONITORED].some((topic) => name.startsWith(`${topic}/`));
    if (ours) differences.push(`${name} was set aside, but never written`);
  }
  return differences;
}

function asideDifferences(name: string, problem: string, codes: readonly string[]): string[] {
  if (codes.length !== 1) return [`${name} (${problem}) was set aside ${codes.length} times, expected once`];
  const right = problem === "undecodable" ? UNDECODABLE_CODES.has(codes[0]!) : codes[0] === problem;
  return right ? [] : [`${name} was set aside as ${codes[0]}, expected ${problem}`];
}

interface Expected {
  readonly reasons: readonly string[];
  readonly gates: GateReasons;
}

function copyDifferences(
  name: string,
  sample: OracleRecord,
  copy: OracleRecord,
  expected: Expected,
  lane: OracleLane,
): string[] {
  const differences: string[] = [];
  const note = noteOf(copy) as Note;
  if (json(copy.value) !== json(sample.value)) differences.push(`${name} came out changed`);
  if (note.enforced !== lane.enforce) differences.push(`${name}: enforced ${note.enforced}`);
  const held = note.reasons.length > 0 && lane.enforce ? "quarantined" : "admitted";
  if (copy.topic !== held) differences.push(`${name}: ${copy.topic} for [${note.reasons}]`);
  const own = note.reasons.filter((reason) => !GATE_REASONS.has(reason));
  const wanted = expected.reasons.filter((reason) => reason !== UNKNOWN_TEXT);
  // A text that the oracle cannot normalise may repeat another one.
  const known = expected.reasons.includes(UNKNOWN_TEXT) ? own.filter((one) => one !== "duplicate_text") : own;
  if (known.toSorted().join() !== wanted.toSorted().join()) {
    differences.push(`${name}: held for [${own}], expected [${wanted}]`);
  }
  const gated = note.reasons.filter((reason) => GATE_REASONS.has(reason) && reason !== "share_throttled");
  if (gated.toSorted().join() !== [...expected.gates.sure].sort().join()) {
    differences.push(`${name}: gates held it for [${gated}], expected [${[...expected.gates.sure]}]`);
  }
  if (note.reasons.includes("share_throttled") && !expected.gates.shared) {
    differences.push(`${name}: throttled, and no gate it saw has a share`);
  }
  return differences;
}

/** Bytes as hex: two decoded records are equal where their texts are. */
function json(value: Fields | null): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner instanceof Uint8Array ? Buffer.from(inner).toString("hex") : inner,
  );
}

/** Stands for a text that may or may not repeat another one. */
const UNKNOWN_TEXT = "text unknown";

/** What was seen before in one lane of one partition. */
interface Memory {
  reasons(value: Fields): string[];
}

function memoryOf(memories: Map<string, Memory>, key: string): Memory {
  let memory = memories.get(key);
  if (memory === undefined) {
    const ids = new Set<string>();
    const texts = new Set<string>();
    memory = {
      reasons(value) {
        const id = value.id as string;
        const output = textOf(value.output);
        const tokens = output === "" ? null : naiveTokens(output);
        const content = tokens === null ? undefined : contentOf(tokens);
        const repeated = content !== undefined && texts.has(content);
        const knownId = ids.has(id);
        ids.add(id);
        if (content !== undefined) texts.add(content);
        if (knownId) return ["duplicate_id"];
        if (output !== "" && content === undefined) return [UNKNOWN_TEXT];
        return repeated ? ["duplicate_text"] : [];
      },
    };
    memories.set(key, memory);
  }
  return memory;
}

function recordReasons(value: Fields, generated: boolean): string[] {
  const reasons: string[] = [];
  const bytes = Buffer.byteLength(textOf(value.output));
  if (bytes === 0) reasons.push("text_empty");
  if (bytes > OUTPUT_BYTES_MAX) reasons.push("text_too_long");
  const missing = (...names: string[]): boolean => names.some((name) => textOf(value[name]) === "");
  const sourceless = missing("source") && (value.sources as readonly string[]).length === 0;
  const made =
    value.origin === "model_generated" &&
    missing("teacherId", "teacherVersion", "templateId", "templateVersion", "promptHash", "seed");
  if (missing("licence") || sourceless || made) reasons.push("provenance_missing");
  const { judgeScore } = value;
  if (generated && typeof judgeScore === "number" && !Number.isFinite(judgeScore)) {
    reasons.push("judge_score_not_finite");
  }
  return reasons;
}

/** What a gatekeeper knew of the gates, by lane and revision. */
class GateHistory {
  readonly #byLane: ReadonlyMap<string, readonly Fields[]>;
  readonly #known = new Map<string, ReadonlyMap<string, Fields>>();

  constructor(records: readonly OracleRecord[]) {
    const gates = inOrder(records, "gates")
      .map(({ value }) => value)
      .filter((gate) => gate !== null);
    this.#byLane = groupBy(gates, (gate) => gate.lane as string);
  }

  /** The latest gates of a sample's lane and subjects as of one revision. */
  of(value: Fields, revision: number): Fields[] {
    const own = this.#byLane.get(value.lane as string);
    if (own === undefined || revision === 0) return [];
    const key = `${value.lane} ${revision}`;
    let latest = this.#known.get(key);
    if (latest === undefined) {
      const seen = own.filter((gate) => (gate.revision as number) <= revision);
      seen.sort((a, b) => (a.revision as number) - (b.revision as number));
      latest = new Map(seen.map((gate) => [gate.subject as string, gate]));
      this.#known.set(key, latest);
    }
    const subjects = [
      `lane:${value.lane}`,
      `template:${versioned(value.templateId, value.templateVersion)}`,
      `teacher:${versioned(value.teacherId, value.teacherVersion)}`,
      `judge:${versioned(value.judgeId, value.judgeVersion)}`,
      `source:${nameOf(value.source)}`,
    ];
    return subjects.map((subject) => latest.get(subject)).filter((gate) => gate !== undefined);
  }
}

interface GateReasons {
  readonly sure: ReadonlySet<string>;
  /** Some gate lets a share through. */
  readonly shared: boolean;
}

function gateReasons(
  gates: readonly Fields[],
  generated: boolean,
  appendMs: number,
  lane: OracleLane,
): GateReasons {
  const sure = new Set<string>();
  let shared = false;
  for (const gate of gates) {
    const subject = gate.subject as string;
    // Real samples pass all gates but their source's.
    if (!generated && !subject.startsWith("source:")) continue;
    const stale = (gate.validUntilMs as number) < appendMs;
    if (stale && lane.staleGate === "open") continue;
    if (stale && lane.staleGate === "freeze") sure.add("gate_stale");
    if (gate.state === "frozen" || gate.state === "rolled_back") {
      sure.add(subject.startsWith("lane:") ? "lane_frozen" : "subject_frozen");
    } else if ((gate.share as number) < 1) shared = true;
  }
  return { sure, shared };
}

function inOrder(records: readonly OracleRecord[], topic: string): OracleRecord[] {
  return records
    .filter((record) => record.topic === topic)
    .sort((a, b) => a.partition - b.partition || a.offset - b.offset);
}

function nameOfRecord({ topic, partition, offset }: OracleRecord): string {
  return `${topic}/${partition}/${offset}`;
}

function addTo<T>(map: Map<string, T[]>, key: string, item: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [item]);
  else list.push(item);
}
