import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { StoreError } from "../../ports.ts";
import { type EngineConnection, engineConnection } from "./chdb-connection.ts";
import { toStoreError } from "./store-error.ts";

/** What ClickHouse's own parser says of a text that was not run. */
export interface StatementAnalysis {
  readonly statementCount: number;
  /** 0 reads only; 1 to 3 change something or leave the engine; 4 did not parse. */
  readonly queryClass: number;
  readonly hasSecrets: boolean;
}

/** ClickHouse inside this process, on one data directory. */
export interface Engine {
  readonly dataDir: string;
  readonly database: string;
  /** A connection of its own, in `database`; `settings` are `SET` on it for its whole life. */
  connect(settings: Readonly<Record<string, string | number>>): Promise<EngineConnection>;
  analyze(sql: string): Promise<StatementAnalysis>;
  /** Closes every connection; waits for what runs. */
  close(): Promise<void>;
}

export const DATABASE_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;

/** Marks a directory as one of this engine's, so that a wrong path is not filled with tables. */
const MARKER = "plumbline-store";

/** Integers of 64 bits leave as strings (a JSON number would lose digits), and no expression passes for a statement. */
const BASE_SETTINGS: Readonly<Record<string, string | number>> = {
  output_format_json_quote_64bit_integers: 1,
  implicit_select: 0,
  async_insert: 0,
};

function setStatement(name: string, value: string | number): string {
  if (!/^[a-z][a-z0-9_]*$/.test(name)) throw new StoreError(`no such setting: ${name}`, null, false);
  return typeof value === "number"
    ? `SET ${name} = ${value}`
    : `SET ${name} = '${value.replaceAll("'", "''")}'`;
}

/** Another process holds the directory's lock: the engine prints the reason (code 76), its error does not carry it. */
function lockedError(dataDir: string, cause: unknown): StoreError {
  return new StoreError(
    `cannot open the embedded store in ${dataDir}: another process holds it, or it is not writable. ` +
      "Stop the other `plumbline` process, query it through its SQL door instead, or set CLICKHOUSE_URL or another data directory.",
    76,
    false,
    cause,
  );
}

/**
 * Opens the embedded engine on a directory (made if absent) with a database (made if absent).
 *
 * Guarantee  one process owns the directory; a second one gets a `StoreError` with code 76 that says what to do.
 * Bound      one directory a process: a second `openEngine` on another one fails.
 * Settings   are set once on each connection and never sent with a statement: the client would apply them as `SET`,
 *            which stays, and a stale deduplication token makes later inserts vanish with success (ops 2.3, defect 1).
 */
export async function openEngine(directory: string, database: string): Promise<Engine> {
  if (!DATABASE_NAME.test(database)) {
    throw new StoreError(
      `database name ${JSON.stringify(database)}: letters, digits and _ only`,
      null,
      false,
    );
  }
  const dataDir = resolve(directory);
  mkdirSync(dataDir, { recursive: true });
  // Loaded here, because the engine is 600 MB of native code that a user of a server never needs.
  const { createClient } = await import("@clickhouse/client");
  const { createChdbConnection } = await import("chdb/connection");
  const { nodeEngineFactory } = await import("chdb/durable/node");

  type Connection = NonNullable<NonNullable<Parameters<typeof createClient>[0]>["connection"]>;

  const connections: EngineConnection[] = [];
  function open(): EngineConnection {
    let raw: ReturnType<typeof createChdbConnection>;
    try {
      raw = createChdbConnection({ path: dataDir });
    } catch (error) {
      throw lockedError(dataDir, error);
    }
    // The two packages carry a copy each of the same contract, which the compiler cannot see to be one.
    const client = createClient({ connection: raw as unknown as Connection });
    const connection = engineConnection(client, raw);
    connections.push(connection);
    return connection;
  }

  async function connect(settings: Readonly<Record<string, string | number>>): Promise<EngineConnection> {
    const connection = open();
    const statements = [`USE ${database}`];
    // `readonly` comes last: after it nothing can be set any more.
    for (const [name, value] of Object.entries({ ...BASE_SETTINGS, ...settings })) {
      statements.push(setStatement(name, value));
    }
    try {
      for (const statement of statements) await connection.raw.chdb.queryAsync(statement);
    } catch (error) {
      throw toStoreError(error, "open a connection of the embedded store");
    }
    return connection;
  }

  const first = open();
  try {
    await first.raw.chdb.queryAsync(`CREATE DATABASE IF NOT EXISTS ${database} ENGINE = Atomic`);
  } catch (error) {
    await first.close();
    throw toStoreError(error, `create database ${database}`);
  }
  const marker = join(dataDir, MARKER);
  if (!existsSync(marker)) writeFileSync(marker, "Data of an embedded ClickHouse engine. Do not edit.\n");

  const classifier = await nodeEngineFactory()();
  await classifier.start({ dataPath: dataDir, backupsAllowedPath: join(dataDir, "backups") });
  let classifying: Promise<unknown> = Promise.resolve();

  return {
    dataDir,
    database,
    connect,
    analyze(sql: string): Promise<StatementAnalysis> {
      const result = classifying.then(() => classifier.analyze(sql, database));
      classifying = result.catch(() => undefined);
      return result;
    },
    async close(): Promise<void> {
      await classifying;
      await classifier.close();
      for (const connection of connections.reverse()) await connection.close();
    },
  };
}
