import type { Row } from "../../ports.ts";

/** A surrogate without its partner: JSON can say it, UTF-8 and ClickHouse cannot. */
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

function wellFormed(_key: string, value: unknown): unknown {
  return typeof value === "string" ? value.replace(LONE_SURROGATE, "\ufffd") : value;
}

/**
 * Rows as JSONEachRow, one line each. Lone surrogates become U+FFFD (ClickHouse refuses the whole insert over one,
 * code 25); NUL, quotes, bidirectional marks and every other character pass unchanged.
 */
export function jsonLines(rows: readonly Row[]): Buffer {
  let text = "";
  for (const row of rows) {
    let line = JSON.stringify(row);
    // JSON.stringify escapes lone surrogates only, always in this spelling; a hit may also be plain text.
    if (line.includes("\\ud")) line = JSON.stringify(row, wellFormed);
    text += line;
    text += "\n";
  }
  return Buffer.from(text, "utf8");
}
