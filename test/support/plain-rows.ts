/**
 * What the recorder must store of a record, said the plain way: from the record as the Avro library decodes it, one object
 * a row. It shares no code with the recorder.
 */
import type { TopicName } from "../../services/core/topics.ts";
import type { Row } from "../../services/ports.ts";
import { MIGRATED_TABLES } from "./table-rows.ts";

type Fields = Readonly<Record<string, unknown>>;
type List = readonly Fields[];

const TIME_MS_MIN = Date.UTC(1900, 0, 1);
const TIME_MS_MAX = Date.UTC(2300, 0, 1) - 1;

function whole(value: unknown, least: number, most: number): number {
  return Math.min(most, Math.max(least, Math.trunc(Number(value ?? 0))));
}

/** A value as a column of a type holds it. */
function fitted(type: string, value: unknown): unknown {
  const inner = /^(?:Nullable|Array)\((.*)\)$/.exec(type)?.[1];
  if (type.startsWith("Nullable")) {
    const none =
      value === null || value === undefined || (typeof value === "number" && !Number.isFinite(value));
    return none ? null : fitted(inner!, value);
  }
  if (type.startsWith("Array"))
    return ((value ?? []) as readonly unknown[]).map((item) => fitted(inner!, item));
  if (type.startsWith("Map")) return value ?? {};
  if (type.endsWith("String)") || type === "String") return value ?? "";
  if (type === "UInt32") return whole(value, 0, 2 ** 32 - 1);
  if (type === "UInt64") return whole(value, 0, Number.MAX_SAFE_INTEGER);
  if (type.startsWith("DateTime64")) return whole(value, TIME_MS_MIN, TIME_MS_MAX);
  if (type === "Float64") return Number.isFinite(value) ? value : 0;
  if (type === "Bool") return value === true;
  throw new Error(`no rule for ${type}`);
}

const utf8Length = (text: unknown): number => new TextEncoder().encode(String(text ?? "")).length;
const base64 = (bytes: unknown): string => Buffer.from(bytes as Uint8Array).toString("base64");
const jsonOrEmpty = (list: unknown): string => ((list as List).length === 0 ? "" : JSON.stringify(list));

/** Columns that are not simply the field of their name. */
function special(topic: TopicName, table: string, record: Fields): Row {
  const calls = {
    tool_calls: (record.toolCalls as List)?.length,
    context_turns: (record.context as List)?.length,
  };
  const data = (record.data ?? []) as List;
  switch (`${topic} ${table}`) {
    case "admitted samples":
    case "quarantined samples":
      return {
        ...calls,
        decision: topic,
        input_bytes: utf8Length(record.input),
        output_bytes: utf8Length(record.output),
      };
    case "interactions interactions":
      return {
        ...calls,
        request_bytes: utf8Length(record.request),
        response_bytes: utf8Length(record.response),
      };
    case "admitted texts":
    case "quarantined texts":
    case "interactions texts":
      return {
        kind: topic === "interactions" ? "interaction" : "sample",
        ...(topic === "interactions" ? { input: record.request, output: record.response } : {}),
        context: jsonOrEmpty(record.context),
        tool_calls: jsonOrEmpty(record.toolCalls),
      };
    case "training training":
      return {
        data_dataset: data.map((use) => `${String(use.datasetId)}@${String(use.datasetVersion ?? "")}`),
        data_origin: data.map((use) => use.origin),
        data_weight: data.map((use) => use.weight),
        data_epochs: data.map((use) => use.epochs),
        data_samples: data.map((use) => use.samples),
        data_tokens: data.map((use) => use.tokens),
      };
    case "decisions decisions":
      return {
        at: record.atMs,
        from_state: record.from,
        to_state: record.to,
        window_start: record.windowStartMs,
        window_end: record.windowEndMs,
      };
    case "gates gates":
      return { since: record.sinceMs, valid_until: record.validUntilMs };
    case "commands commands":
      return { issued_at: record.issuedMs };
    case "rejected rejected":
      return {
        append_time: record.appendMs,
        key_base64: record.key === null ? null : base64(record.key),
        bytes_base64: base64(record.bytes),
      };
    default:
      return {};
  }
}

/** Several rows of one record, each with what is its own; the record's fields are under it. */
function several(table: string, record: Fields): List {
  const window = { start_time: record.startMs, end_time: record.endMs };
  const results = record.results as List;
  if (table === "windows") {
    const counted = { window_n: record.n };
    return results.map((result, row) => ({ ...window, ...counted, ...result, _row: row }));
  }
  if (table === "window_left_out") {
    const rows = (record.leftOut as List).flatMap((left) =>
      (left.results as List).map((result) => ({
        ...window,
        subject: left.subject,
        left_n: left.n,
        ...result,
      })),
    );
    return rows.map((row, index) => ({ ...row, _row: index }));
  }
  const { families, blamed, evidence, ...shared } = record;
  const rules = results.map((result, row) => ({ ...shared, ...window, ...result, _row: row + 1 }));
  return [{ ...window, rule: "", families, blamed, evidence, _row: 0 }, ...rules];
}

const camelCase = (name: string): string =>
  name.replace(/_([a-z])/g, (_all, letter: string) => letter.toUpperCase());

/** The rows of one table, without the columns that say where they come from and those of the forwarding note. */
export function plainRows(topic: TopicName, table: string, record: Fields): readonly Row[] {
  const columns = MIGRATED_TABLES.get(table)!.filter(
    (own) => !own.name.startsWith("_") || own.name === "_row",
  );
  const nested = topic === "windows" || topic === "series" || topic === "verdicts";
  const rows = nested ? several(table, record) : [special(topic, table, record)];
  const inherited: Fields =
    topic === "verdicts" ? { ...record, families: [], blamed: [], evidence: [] } : record;
  return rows.map((own) => {
    const row: Record<string, unknown> = {};
    for (const { name, type } of columns) {
      if (NOTE_COLUMNS.includes(name)) continue;
      const field = camelCase(name);
      const value = name in own ? own[name] : field in own ? own[field] : inherited[field];
      row[name] = fitted(type, value);
    }
    return row;
  });
}

/** Filled from the gatekeeper's header. */
const NOTE_COLUMNS: readonly string[] = ["reasons", "enforced", "gate_revision", "source_offset"];
