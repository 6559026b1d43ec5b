/** A line of JSON as a record of one of the topics producers write. */
import { ORIGINS } from "../../core/sample.ts";
import { bad, type Parsed, parseObject } from "../lines/bad-lines.ts";
import type { Line } from "../lines/line-splitter.ts";
import type { TextIds } from "../lines/text-ids.ts";

export const INGEST_TOPICS = [
  "samples",
  "interactions",
  "outcomes",
  "evaluations",
  "training",
  "reviews",
  "changes",
] as const;
export type IngestTopic = (typeof INGEST_TOPICS)[number];

export interface RecordDefaults {
  readonly topic: IngestTopic;
  /** For lines without a lane. */
  readonly lane: string | null;
  /** Event time of lines without one, epoch ms. */
  readonly nowMs: number;
  /** True: every record gets `nowMs`, whatever its line says. */
  readonly eventTimeNow: boolean;
}

export type WireRecord = Readonly<Record<string, unknown>> & {
  readonly lane: string;
  readonly eventTime: number;
};

/** Short names of a scan's lines, and the two fields of a sample each stands for. */
const VERSIONED = { template: "template", teacher: "teacher", judge: "judge" } as const;
const TIMES = ["eventTime", "interactionTime", "suiteTime", "startTime", "endTime"];

/**
 * Reads one line. Fields have the names of the topic's schema; for samples the short form of a scan works as well: `text`,
 * and `template`, `teacher`, `judge` as id@version. Times may be epoch ms or ISO 8601. The schema is checked by the caller.
 */
export function recordFromLine(line: Line, defaults: RecordDefaults, ids: TextIds): Parsed<WireRecord> {
  if (line.text === null) return bad("line_too_long", "the line is longer than 64 MiB");
  const parsed = parseObject(line.text);
  if (!parsed.ok) return parsed;
  // Without a prototype, so that a field called __proto__ is a field.
  const record: Record<string, unknown> = Object.assign(Object.create(null), parsed.value);
  if (defaults.topic === "samples") expandSample(record, line.number, ids);
  if (defaults.topic === "samples" || defaults.topic === "evaluations") {
    const field = defaults.topic === "samples" ? "origin" : "itemOrigin";
    const origin = record[field];
    if (typeof origin === "string" && !ORIGINS.some((known) => known === origin)) record[field] = "unknown";
  }
  record.lane ??= defaults.lane;
  if (typeof record.lane !== "string" || record.lane === "") {
    return bad("field_invalid", "no lane; name one in the line, or for all with --lane");
  }
  for (const field of TIMES) {
    if (typeof record[field] !== "string") continue;
    const ms = Date.parse(record[field]);
    if (Number.isNaN(ms)) return bad("field_invalid", `${field} is neither epoch ms nor ISO 8601`);
    record[field] = ms;
  }
  if (defaults.eventTimeNow || record.eventTime === undefined || record.eventTime === null) {
    record.eventTime = defaults.nowMs;
  }
  if (typeof record.eventTime !== "number")
    return bad("field_invalid", "eventTime is neither epoch ms nor ISO 8601");
  return { ok: true, value: record as WireRecord };
}

function expandSample(record: Record<string, unknown>, lineNumber: number, ids: TextIds): void {
  if (record.output === undefined && record.text !== undefined) {
    record.output = record.text;
    delete record.text;
  }
  if (record.id === undefined && typeof record.output === "string") {
    record.id = ids.idOf(record.output, lineNumber);
  }
  for (const [short, field] of Object.entries(VERSIONED)) {
    const value = record[short];
    if (typeof value !== "string") continue;
    delete record[short];
    if (value === "" || record[`${field}Id`] !== undefined) continue;
    const at = value.lastIndexOf("@");
    record[`${field}Id`] = at > 0 ? value.slice(0, at) : value;
    if (at > 0) record[`${field}Version`] = value.slice(at + 1);
  }
}
