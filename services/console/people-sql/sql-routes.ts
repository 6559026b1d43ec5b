/** `/api/sql`: statements of people, the schema, and questions to start from. */
import { Readable } from "node:stream";
import { type Context, Hono } from "hono";
import type { ExamplesAnswer, SchemaAnswer, SchemaTable, SqlAnswer } from "../answers/sql-answer.ts";
import type { ConsoleDependencies } from "../dependencies.ts";
import { jsonBody } from "../json-body.ts";
import { SqlError } from "../sql-query.ts";
import { readCookbook } from "./cookbook.ts";
import { RESULT_FORMAT, readResult } from "./read-result.ts";
import { createTurns } from "./turns.ts";

/** The door runs two statements at a time: the console's own questions always have the other. */
const STATEMENTS_MAX = 1;
const WAITING_MAX = 8;
const SQL_CHARS_MAX = 100_000;
const SCHEMA_COLUMNS_MAX = 10_000;

/**
 * For a server; the embedded engine's door has the same and lets nobody change them (ops 2.3). `readonly = 1` also refuses table
 * functions that read outside.
 */
const SERVER_LIMITS: Readonly<Record<string, string>> = {
  readonly: "1",
  max_execution_time: "10",
  max_memory_usage: "1000000000",
  max_result_rows: "1000000",
  max_result_bytes: "67108864",
  result_overflow_mode: "throw",
  timeout_overflow_mode: "throw",
  // An error that came half-way would otherwise be a line of the result.
  wait_end_of_query: "1",
  output_format_json_quote_64bit_integers: "1",
};

/** Tables that hold history; the engine's own bookkeeping is left out. */
const SCHEMA_SQL = `
SELECT table, name, type, comment, endsWith(engine, 'View') AS is_view
FROM system.columns AS columns
INNER JOIN (SELECT name AS table, engine FROM system.tables WHERE database = currentDatabase()) AS tables USING (table)
WHERE database = currentDatabase() AND table != 'migrations' AND NOT startsWith(table, '.')
ORDER BY table, position
LIMIT ${SCHEMA_COLUMNS_MAX}`;

interface ColumnRow {
  readonly table: string;
  readonly name: string;
  readonly type: string;
  readonly comment: string;
  readonly is_view: number | boolean;
}

/**
 * Guarantee  a statement reads, one at a time, within limits of time, memory and result; one whose page went away is stopped.
 * Status     400 the engine says no, with its own words and code; 429 too many wait; 503 nobody answers.
 */
export function sqlRoutes(deps: ConsoleDependencies): Hono {
  const { sql, clock } = deps;
  const app = new Hono();
  const turns = createTurns(STATEMENTS_MAX, WAITING_MAX);

  app.get("/api/sql/examples", (context) =>
    context.json({ examples: readCookbook() } satisfies ExamplesAnswer),
  );
  app.get("/api/sql/schema", async (context) =>
    context.json(schemaOf(await sql.rows<ColumnRow>(SCHEMA_SQL))),
  );

  const ask = async (
    context: Context,
    format: string,
    answer: (body: Readable, startedMs: number) => Promise<Response>,
  ): Promise<Response> => {
    const read = await jsonBody(context);
    if (!read.ok) return read.answer;
    const text = read.body.sql;
    if (typeof text !== "string" || text.trim() === "" || text.length > SQL_CHARS_MAX) {
      return context.json({ error: `a statement has 1 to ${SQL_CHARS_MAX} characters` }, 400);
    }
    const signal = AbortSignal.any([context.req.raw.signal, deps.signal]);
    const settings = sql.embedded ? {} : SERVER_LIMITS;
    const turn = turns.take(async () => {
      const startedMs = clock.nowMs();
      const body = await sql.stream({ sql: text, format, signal, settings });
      return await answer(body, startedMs);
    });
    if (turn === null) return context.json({ error: "too many statements wait already; try again" }, 429);
    try {
      return await turn;
    } catch (error) {
      if (!(error instanceof SqlError) || error.code === null) throw error;
      return context.json({ error: error.message, code: error.code }, 400);
    }
  };

  app.post("/api/sql", (context) =>
    ask(context, RESULT_FORMAT, async (body, startedMs) => {
      const result = await readResult(body);
      return context.json({ ...result, elapsedMs: clock.nowMs() - startedMs } satisfies SqlAnswer);
    }),
  );
  app.post("/api/sql/csv", (context) =>
    ask(context, "CSVWithNames", async (body) =>
      context.body(Readable.toWeb(body) as ReadableStream, 200, {
        "content-type": "text/csv; charset=UTF-8",
        "content-disposition": 'attachment; filename="result.csv"',
      }),
    ),
  );
  return app;
}

function schemaOf(rows: readonly ColumnRow[]): SchemaAnswer {
  const tables = new Map<string, SchemaTable & { readonly columns: SchemaTable["columns"][number][] }>();
  for (const { table, name, type, comment, is_view: isView } of rows) {
    let known = tables.get(table);
    if (known === undefined) {
      known = { name: table, kind: isView ? "view" : "table", columns: [] };
      tables.set(table, known);
    }
    known.columns.push({ name, type, comment });
  }
  return { tables: [...tables.values()] };
}
