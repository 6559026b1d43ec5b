/**
 * What the oracle reads: whole topics as arrays of decoded records, and what a reader may make of one record. The rules of
 * reading are written here a second time, from the schemas and law 1, so that a mistake in the services' decoder shows.
 */
import type { Codec } from "../../services/adapters/avro/codec.ts";
import type { TopicName } from "../../services/core/topics.ts";
import type { LogRecord } from "../../services/ports.ts";

export type Fields = Readonly<Record<string, unknown>>;

export interface OracleRecord {
  /** Short name: `samples`, not `run.samples.v1`. */
  readonly topic: TopicName;
  readonly partition: number;
  readonly offset: number;
  readonly appendMs: number;
  /** Generically decoded; null for records without value, and for those whose bytes no schema reads. */
  readonly value: Fields | null;
  readonly headers: Readonly<Record<string, string>>;
  /** The record has bytes that no schema reads. */
  readonly undecodable?: boolean;
}

/** Recorded log records as the oracle reads them. `prefix` is the run's topic prefix; foreign topics throw. */
export function oracleRecords(records: readonly LogRecord[], codec: Codec, prefix: string): OracleRecord[] {
  return records.map(({ topic, partition, offset, appendMs, value, headers }) => {
    if (!topic.startsWith(prefix) || !topic.endsWith(".v1")) throw new Error(`${topic} is not of this run`);
    const short = topic.slice(prefix.length, -".v1".length) as TopicName;
    const at = { topic: short, partition, offset, appendMs, headers };
    if (value === null) return { ...at, value: null };
    const decoded = codec.decodeGeneric(short, value);
    return decoded.ok
      ? { ...at, value: decoded.record as unknown as Fields }
      : { ...at, value: null, undecodable: true };
  });
}

const YEAR_2100_MS = Date.UTC(2100, 0, 1);
const FIVE_MINUTES_MS = 5 * 60 * 1_000;

/** The watermark a tick vouches for; null where the record is no tick. */
export function tickOf(record: OracleRecord): number | null {
  const text = record.headers["plumbline-tick"];
  if (record.value !== null || record.undecodable === true || text === undefined) return null;
  if (text === "append") return record.appendMs;
  return /^[0-9]{1,13}$/.test(text) && Number(text) < YEAR_2100_MS ? Number(text) : null;
}

/** Whether the record is an input cut: in band, but nobody's data. */
export function isCut(record: OracleRecord): boolean {
  return record.value === null && record.undecodable !== true && "plumbline-cut" in record.headers;
}

/** Why a producer's record cannot be read, as the code it must be set aside with; null where it can be. */
export function problemOf(record: OracleRecord): string | null {
  if (record.undecodable === true) return "undecodable";
  if (record.value === null) return "value_missing";
  const { lane, id, eventTime, interactionTime } = record.value;
  if (typeof lane !== "string" || !isLane(lane)) return "lane_invalid";
  if (typeof id !== "string" || id.length < 1 || id.length > 256) return "id_invalid";
  if (!isTime(eventTime)) return "event_time_invalid";
  if (eventTime > record.appendMs + FIVE_MINUTES_MS) return "event_time_future";
  if (record.topic === "outcomes" && !isTime(interactionTime)) return "event_time_invalid";
  if (record.topic === "evaluations" && contradicts(record.value)) return "counts_contradict";
  return null;
}

function contradicts({ successes, trials }: Fields): boolean {
  const [some, of] = [successes ?? null, trials ?? null];
  if (some === null && of === null) return false;
  return !(typeof some === "number" && typeof of === "number" && of > 0 && some >= 0 && some <= of);
}

function isLane(lane: string): boolean {
  return (
    lane.length >= 1 && lane.length <= 128 && !lane.startsWith("__") && !/[\p{Cc}\p{Cs}\ufffd]/u.test(lane)
  );
}

function isTime(ms: unknown): ms is number {
  return typeof ms === "number" && ms >= 0 && ms < YEAR_2100_MS;
}

/** A text field; "" where it is null or absent. */
export function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** A producer's name as windows show it: reserved, overlong and control characters are `__other__`. */
export function nameOf(value: unknown): string {
  const name = textOf(value);
  const refused = name.startsWith("__") || Buffer.byteLength(name) > 384 || hasControl(name);
  return refused ? "__other__" : name;
}

function hasControl(name: string): boolean {
  return [...name].some((point) => point < " " || point === "\u007f");
}

/** `id@version`; the id alone where there is no version, "" where there is no id. */
export function versioned(id: unknown, version: unknown): string {
  if (textOf(id) === "") return "";
  return nameOf(textOf(version) === "" ? textOf(id) : `${textOf(id)}@${textOf(version)}`);
}

/** What the gatekeeper says in the header of a forwarded sample: `<offset> <gate revision> <enforced> <reasons>`. */
export interface Note {
  readonly sourceOffset: number;
  readonly gateRevision: number;
  readonly enforced: boolean;
  readonly reasons: readonly string[];
}

/** null where the record is not the gatekeeper's. */
export function noteOf(record: OracleRecord): Note | null {
  const parts = record.headers.plumbline?.split(" ");
  if (parts?.length !== 4) return null;
  const [sourceOffset, gateRevision, enforced, reasons] = parts as [string, string, string, string];
  return {
    sourceOffset: Number(sourceOffset),
    gateRevision: Number(gateRevision),
    enforced: enforced === "1",
    reasons: reasons === "" ? [] : reasons.split(","),
  };
}
