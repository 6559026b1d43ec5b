import type { Row } from "../../services/ports.ts";

/** Rows of one statement, asked of a ClickHouse HTTP address; throws what the engine says. */
export async function askRows(url: string, statement: string, database?: string): Promise<readonly Row[]> {
  const asked = new URLSearchParams({ default_format: "JSONEachRow" });
  if (database !== undefined) asked.set("database", database);
  const response = await fetch(`${url}/?${asked}`, { method: "POST", body: statement });
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Row);
}
