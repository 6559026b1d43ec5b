/** A result as a page shows it, from the body of a statement. */
import type { Readable } from "node:stream";
import {
  SQL_CELL_CHARS_MAX,
  SQL_ROWS_SHOWN_MAX,
  type SqlAnswer,
  type SqlCell,
  type SqlColumn,
} from "../answers/sql-answer.ts";

/** Names, types, then a row a line; what is asked for where a statement names no format. */
export const RESULT_FORMAT = "JSONCompactEachRowWithNamesAndTypes";
/** Read of a body; beyond it the page is told that there is more. */
export const RESULT_BYTES_MAX = 4 * 1024 * 1024;

export type ShownResult =
  | Omit<Extract<SqlAnswer, { readonly kind: "rows" }>, "elapsedMs">
  | Omit<Extract<SqlAnswer, { readonly kind: "text" }>, "elapsedMs">;

/** Reads at most `RESULT_BYTES_MAX` and leaves the rest: the statement ends with its reader. Throws what the stream throws. */
export async function readResult(body: Readable): Promise<ShownResult> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  let more = false;
  try {
    for await (const chunk of body) {
      chunks.push(chunk as Uint8Array);
      bytes += (chunk as Uint8Array).byteLength;
      if (bytes <= RESULT_BYTES_MAX) continue;
      more = true;
      break;
    }
  } finally {
    body.destroy();
  }
  // A cut inside a character shows as U+FFFD in text, and in a line that is left out anyway.
  const text = Buffer.concat(chunks).subarray(0, RESULT_BYTES_MAX).toString("utf8");
  return rowsOf(text, more) ?? { kind: "text", text, more };
}

/** null where the text is not in `RESULT_FORMAT`: the statement named another. */
function rowsOf(text: string, cut: boolean): ShownResult | null {
  const lines = text.split("\n");
  // What follows the last line feed is nothing, or a line that was cut.
  lines.pop();
  const [names, types] = [textsOf(lines[0]), textsOf(lines[1])];
  if (names === null || types === null || names.length !== types.length) return null;
  const columns = names.map((name, i): SqlColumn => ({ name, type: types[i]! }));
  const rows: SqlCell[][] = [];
  for (const line of lines.slice(2, 2 + SQL_ROWS_SHOWN_MAX)) {
    const row = arrayOf(line);
    if (row === null || row.length !== columns.length) return null;
    rows.push(row.map(cellOf));
  }
  return { kind: "rows", columns, rows, more: cut || lines.length - 2 > rows.length };
}

function arrayOf(line: string | undefined): readonly unknown[] | null {
  if (line?.startsWith("[") !== true) return null;
  try {
    return JSON.parse(line) as readonly unknown[];
  } catch {
    return null;
  }
}

function textsOf(line: string | undefined): readonly string[] | null {
  const row = arrayOf(line);
  return row?.every((item) => typeof item === "string") === true ? row : null;
}

function cellOf(value: unknown): SqlCell {
  if (value === null || typeof value === "number" || typeof value === "boolean") return value;
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > SQL_CELL_CHARS_MAX ? `${text.slice(0, SQL_CELL_CHARS_MAX)}…` : text;
}
