import { randomUUID } from "node:crypto";
import type { ReadOnlyAnswer, ReadOnlySql, ReadOnlyStatement } from "../../ports.ts";
import type { EngineConnection } from "./chdb-connection.ts";
import type { Engine } from "./chdb-engine.ts";
import { formatOf, refuseByClass, refuseByTree } from "./statement-gate.ts";
import { toStoreError } from "./store-error.ts";

/** What one statement may use. The engine enforces the first four, on a connection that cannot change them. */
export interface ReadOnlyLimits {
  readonly executionMsMax: number;
  readonly memoryBytesMax: number;
  readonly resultRowsMax: number;
  readonly resultBytesMax: number;
  /** Statements at once; each holds one of the four threads of Node's pool, and inserts need one. */
  readonly statementsMax: number;
  /** Statements that wait for their turn; the next one is told `busy`. */
  readonly waitingMax: number;
}

export const DEFAULT_LIMITS: ReadOnlyLimits = {
  executionMsMax: 10_000,
  memoryBytesMax: 1_000_000_000,
  resultRowsMax: 1_000_000,
  resultBytesMax: 64 * 1024 * 1024,
  statementsMax: 2,
  waitingMax: 16,
};

/** Beyond the engine's own limit, before it is killed from outside. */
const KILL_GRACE_MS = 300;
const KILL_AGAIN_MS = 100;
/** Tries to empty a connection before it is given up for a new one; one has always been enough. */
const EMPTY_TRIES_MAX = 3;
const SQL_BYTES_MAX = 262_144;

const READONLY = 164;
const CANCELLED = 394;
const TOO_MANY = 202;

function refused(message: string): ReadOnlyAnswer {
  return { ok: false, kind: "refused", code: READONLY, message: `${message} (READONLY)` };
}

function stopped(): ReadOnlyAnswer {
  const message = "the statement was stopped (QUERY_WAS_CANCELLED)";
  return { ok: false, kind: "aborted", code: CANCELLED, message };
}

function failed(error: unknown, what: string): ReadOnlyAnswer {
  const known = toStoreError(error, what);
  return { ok: false, kind: "failed", code: known.code, message: known.message };
}

/**
 * Runs exactly this text. `client.query` would append a FORMAT clause and `client.exec` trim the text, so the
 * connection is called itself; of settings it gets only the default format, which never becomes a `SET`.
 */
async function runRaw(
  connection: EngineConnection,
  sql: string,
  parameters: ReadOnlyStatement["parameters"],
  format: string,
): Promise<{ body: Uint8Array; rowsRead: number; bytesRead: number; elapsedMs: number }> {
  const { stream, summary } = await connection.raw.exec({
    query: sql,
    query_params: { ...parameters },
    clickhouse_settings: { default_format: format } as Record<string, string>,
  } as Parameters<EngineConnection["raw"]["exec"]>[0]);
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return {
    body: chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks),
    rowsRead: Number(summary?.read_rows ?? 0),
    bytesRead: Number(summary?.read_bytes ?? 0),
    elapsedMs: Number(summary?.elapsed_ns ?? 0) / 1e6,
  };
}

/**
 * Statements of strangers over the embedded engine (ops 2.3, "Safe SQL console").
 *
 * Guarantee  a statement runs only if ClickHouse's parser counts one, classes it as reading, finds no credential, and
 *            its syntax tree names nothing that reads outside; then on a `readonly = 1` connection with limits.
 *            What was analysed is the text that runs, byte for byte.
 * Bound      `statementsMax` at once, `waitingMax` waiting, time, memory and result by the limits. A statement that is
 *            aborted or overruns is killed in the engine (an abort alone would leave it running).
 * Alone      an answer holds nothing of another statement's, also after one that failed half-way.
 * Errors     none are thrown for what a stranger can cause: every outcome is an answer.
 */
export async function openReadOnlySql(engine: Engine, limits: ReadOnlyLimits): Promise<ReadOnlySql> {
  // Kills; never sees a stranger's statement.
  const control = await engine.connect({});
  const parser = await engine.connect({ readonly: 1 });
  const openConnection = (): Promise<EngineConnection> =>
    engine.connect({
      max_execution_time: limits.executionMsMax / 1000,
      timeout_overflow_mode: "throw",
      max_memory_usage: limits.memoryBytesMax,
      max_result_rows: limits.resultRowsMax,
      max_result_bytes: limits.resultBytesMax,
      result_overflow_mode: "throw",
      max_threads: 2,
      readonly: 1,
    });
  const free: EngineConnection[] = [];
  for (let i = 0; i < limits.statementsMax; i += 1) free.push(await openConnection());
  const waiters: ((connection: EngineConnection) => void)[] = [];
  const tableFunctions = new Set(
    (
      await (
        await control.client.query({
          query: "SELECT name FROM system.table_functions",
          format: "JSONEachRow",
        })
      ).json<{ name: string }>()
    ).map((row) => row.name.toLowerCase()),
  );

  function acquire(): Promise<EngineConnection> | null {
    const connection = free.pop();
    if (connection !== undefined) return Promise.resolve(connection);
    if (waiters.length >= limits.waitingMax) return null;
    return new Promise((resolve) => waiters.push(resolve));
  }
  function release(connection: EngineConnection): void {
    const waiter = waiters.shift();
    if (waiter !== undefined) waiter(connection);
    else free.push(connection);
  }

  /**
   * A connection whose next answer is its own. What a failed statement had written before it failed stays in its connection, and the
   * next answer would begin with it (measured on engine 26.7): somebody else's rows.
   */
  async function emptied(connection: EngineConnection): Promise<EngineConnection> {
    for (let tries = 0; tries < EMPTY_TRIES_MAX; tries += 1) {
      const answer = await connection
        .exclusive(() => runRaw(connection, "SELECT 1", {}, "TabSeparated"))
        .catch(() => null);
      if (answer !== null && Buffer.from(answer.body).toString("latin1") === "1\n") return connection;
    }
    const fresh = await openConnection();
    await connection.close();
    return fresh;
  }

  async function kill(tag: string): Promise<void> {
    try {
      await control.exclusive(() =>
        control.client.command({
          query: "KILL QUERY WHERE startsWith(query, {tag:String}) ASYNC",
          query_params: { tag },
        }),
      );
    } catch {
      // It ended by itself in the meantime; the engine's own time limit stands behind this one.
    }
  }

  async function gate(sql: string, statement: ReadOnlyStatement): Promise<ReadOnlyAnswer | { tree: string }> {
    const analysis = await engine.analyze(sql);
    const first = refuseByClass(analysis);
    if (first !== null) return refused(first.message);
    let tree: string;
    try {
      const explained = await parser.exclusive(() =>
        runRaw(parser, `EXPLAIN AST ${sql}`, statement.parameters, "TSVRaw"),
      );
      tree = Buffer.from(explained.body).toString("utf8");
    } catch (error) {
      return failed(error, "read the statement");
    }
    const second = refuseByTree(tree, tableFunctions);
    if (second !== null) return refused(second.message);
    // What the classifier did not understand has failed above with its syntax error; if it did not, it still stays out.
    if (analysis.statementCount !== 1 || analysis.queryClass !== 0)
      return refused("not a statement that only reads");
    return { tree };
  }

  async function execute(
    connection: EngineConnection,
    sql: string,
    tag: string,
    tree: string,
    statement: ReadOnlyStatement,
  ): Promise<ReadOnlyAnswer> {
    let again: NodeJS.Timeout | undefined;
    const onAbort = (): void => {
      void kill(tag);
      // Again until it ends: a kill that comes before the engine has listed the statement finds nothing.
      again ??= setInterval(() => void kill(tag), KILL_AGAIN_MS);
    };
    const isAborted = (): boolean => statement.signal?.aborted === true;
    if (isAborted()) return stopped();
    statement.signal?.addEventListener("abort", onAbort, { once: true });
    const timer = setTimeout(onAbort, limits.executionMsMax + KILL_GRACE_MS);
    try {
      const result = await connection.exclusive(() =>
        runRaw(connection, sql, statement.parameters, statement.format),
      );
      return { ok: true, format: formatOf(tree) ?? statement.format, ...result };
    } catch (error) {
      return isAborted() ? stopped() : failed(error, "run the statement");
    } finally {
      clearTimeout(timer);
      clearInterval(again);
      statement.signal?.removeEventListener("abort", onAbort);
    }
  }

  return {
    async run(statement): Promise<ReadOnlyAnswer> {
      if (Buffer.byteLength(statement.sql) > SQL_BYTES_MAX) {
        return refused(`a statement has at most ${SQL_BYTES_MAX} bytes`);
      }
      const acquiring = acquire();
      if (acquiring === null) {
        return {
          ok: false,
          kind: "busy",
          code: TOO_MANY,
          message: "too many statements at once, try again (TOO_MANY_SIMULTANEOUS_QUERIES)",
        };
      }
      let connection = await acquiring;
      try {
        if (statement.signal?.aborted === true) return stopped();
        // The comment is part of what is analysed; by it the statement is found again to be killed.
        const tag = `/* console ${randomUUID()} */ `;
        const sql = tag + statement.sql;
        const gated = await gate(sql, statement);
        if ("ok" in gated) return gated;
        const answer = await execute(connection, sql, tag, gated.tree, statement);
        if (!answer.ok) connection = await emptied(connection);
        return answer;
      } finally {
        release(connection);
      }
    },
  };
}
