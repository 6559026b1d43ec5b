/** Lines that could not be used, by reason: counted, with the first few line numbers, so that a run goes on. */
import { CliError } from "../io.ts";
import { clip } from "../table.ts";

/** Stable: scripts read them. */
export type BadLineCode =
  | "json_invalid"
  | "not_an_object"
  | "text_missing"
  | "field_invalid"
  | "line_too_long"
  | "origin_not_real"
  | "record_invalid"
  | "event_time_past";

export interface BadLine {
  readonly code: BadLineCode;
  /** What is wrong with this one, in words. */
  readonly detail: string;
}

export interface BadLineCount {
  readonly count: number;
  readonly firstLines: readonly number[];
  /** Of the first of them. */
  readonly detail: string;
}

const FIRST_LINES_MAX = 5;
/** A file whose first so many lines are all bad is not what was asked for. */
const BAD_AT_START_MAX = 20;

export class BadLines {
  readonly #counts = new Map<BadLineCode, { count: number; firstLines: number[]; detail: string }>();
  readonly #path: string;
  #bad = 0;
  #good = 0;
  #first: { readonly line: number; readonly bad: BadLine } | null = null;

  constructor(path: string) {
    this.#path = path;
  }

  good(): void {
    this.#good += 1;
  }

  /** Counts a bad line. Throws `CliError`, naming the first, once the file's first 20 lines were all bad. */
  bad(line: number, bad: BadLine): void {
    this.#bad += 1;
    this.#first ??= { line, bad };
    const entry = this.#counts.get(bad.code);
    if (entry === undefined) {
      this.#counts.set(bad.code, { count: 1, firstLines: [line], detail: bad.detail });
    } else {
      entry.count += 1;
      if (entry.firstLines.length < FIRST_LINES_MAX) entry.firstLines.push(line);
    }
    if (this.#good === 0 && this.#bad >= BAD_AT_START_MAX) this.#refuse();
  }

  /** To be called at the end: throws `CliError` where there was no usable line at all. */
  finish(): void {
    if (this.#good > 0) return;
    if (this.#first !== null) this.#refuse();
    throw new CliError(`${this.#path} has no lines; one JSON object a line is expected, e.g. {"text": "…"}`);
  }

  get total(): number {
    return this.#bad;
  }

  counts(): Readonly<Record<string, BadLineCount>> {
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** One line a reason, for people. */
  lines(): readonly string[] {
    return Object.entries(this.counts()).map(([code, { count, firstLines, detail }]) => {
      const more = count > firstLines.length ? ", …" : "";
      return `${count.toLocaleString("en")} lines not used, ${code} (line ${firstLines.join(", ")}${more}): ${detail}`;
    });
  }

  #refuse(): never {
    const { line, bad } = this.#first!;
    throw new CliError(
      `${this.#path}, line ${line}: ${bad.detail} (${bad.code}); none of its lines can be used`,
    );
  }
}

/** A line read as `T`, or why it is not one. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly bad: BadLine };

export function bad(code: BadLineCode, detail: string): { readonly ok: false; readonly bad: BadLine } {
  return { ok: false, bad: { code, detail } };
}

/** Parses one line as a JSON object. */
export function parseObject(text: string): Parsed<Readonly<Record<string, unknown>>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return bad("json_invalid", `not JSON: ${clip(text, 40)}${hintFor(text)}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    const hint = Array.isArray(value) ? "; to split one array into lines: jq -c '.[]'" : "";
    return bad("not_an_object", `a JSON object is expected, this is ${clip(text, 40)}${hint}`);
  }
  return { ok: true, value: value as Readonly<Record<string, unknown>> };
}

function hintFor(text: string): string {
  if (text.startsWith("\u001f")) return "; it looks compressed: zcat FILE | plumbline scan - …";
  const start = text.trim();
  if (start === "[" || start === "{") return "; to make it one object a line: jq -c '.[]' or jq -c .";
  return "; one JSON object a line is expected";
}
