import { ORIGINS, type Origin } from "../../core/sample.ts";
import { clip } from "../table.ts";
import { bad, type Parsed, parseObject } from "./bad-lines.ts";
import type { Line } from "./line-splitter.ts";

/** Characters of an id, as on the wire; a longer one would only be kept to be compared. */
const ID_CHARS_MAX = 256;
/** Characters of a bucket's or a subject's name. */
const NAME_CHARS_MAX = 1_024;

/** Where the text and the bucket of a line are found. */
export interface TextFields {
  readonly text: string;
  readonly bucket: string;
}

export const DEFAULT_FIELDS: TextFields = { text: "text", bucket: "bucket" };

/** One text of a file. `id` is null and names are "" where the line has none. */
export interface TextLine {
  readonly text: string;
  readonly id: string | null;
  readonly bucket: string;
  readonly cluster: string;
  readonly template: string;
  readonly teacher: string;
  readonly judge: string;
  readonly source: string;
  /** null where the line names none. A name that is no origin reads as `unknown`, as on the wire. */
  readonly origin: Origin | null;
}

/**
 * Reads `{text, bucket?, id?, template?, teacher?, judge?, source?, origin?, cluster?}`. Numbers and booleans count as
 * their text. An empty text is a text.
 */
export function parseTextLine(line: Line, fields: TextFields): Parsed<TextLine> {
  if (line.text === null) return bad("line_too_long", "the line is longer than 64 MiB");
  const parsed = parseObject(line.text);
  if (!parsed.ok) return parsed;
  const object = parsed.value;
  const text = own(object, fields.text);
  if (typeof text !== "string") {
    return bad("text_missing", textProblem(object, fields.text, text));
  }
  const problems: string[] = [];
  const name = (field: string, charsMax = NAME_CHARS_MAX): string => {
    const value = own(object, field);
    if (value === undefined || value === null) return "";
    if (typeof value === "object") problems.push(`${field} is ${kindOf(value)}, text is expected`);
    const found = String(typeof value === "object" ? "" : value);
    if (found.length > charsMax) problems.push(`${field} has over ${charsMax} characters`);
    return found;
  };
  const id = name("id", ID_CHARS_MAX);
  const origin = name("origin");
  const value: TextLine = {
    text,
    id: id === "" ? null : id,
    bucket: name(fields.bucket),
    cluster: name("cluster"),
    template: name("template"),
    teacher: name("teacher"),
    judge: name("judge"),
    source: name("source"),
    origin: origin === "" ? null : (ORIGINS.find((known) => known === origin) ?? "unknown"),
  };
  return problems.length > 0 ? bad("field_invalid", problems.join("; ")) : { ok: true, value };
}

function own(object: Readonly<Record<string, unknown>>, field: string): unknown {
  return Object.hasOwn(object, field) ? object[field] : undefined;
}

function textProblem(object: Readonly<Record<string, unknown>>, field: string, value: unknown): string {
  if (value !== undefined) return `"${clip(field)}" is ${kindOf(value)}, a string is expected`;
  const candidates = Object.keys(object).filter((key) => typeof object[key] === "string");
  const hint =
    candidates.length === 0
      ? "an object needs a string"
      : `it has ${candidates
          .slice(0, 6)
          .map((key) => `"${clip(key, 30)}"`)
          .join(", ")}: name the one to read with --text-field`;
  return `no "${clip(field)}"; ${hint}`;
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
