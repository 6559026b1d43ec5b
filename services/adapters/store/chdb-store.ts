import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ReadOnlySql, Row, Store } from "../../ports.ts";
import { StoreError } from "../../ports.ts";
import type { EngineConnection } from "./chdb-connection.ts";
import { DATABASE_NAME, type Engine } from "./chdb-engine.ts";
import { refuseNearlyFullDisk } from "./disk-watermark.ts";
import { insertSettings, refuseLargeInsert } from "./insert-settings.ts";
import { openReadOnlySql, type ReadOnlyLimits } from "./read-only-sql.ts";
import { toStoreError } from "./store-error.ts";

/** Parallel reading connections. Each busy one holds one of the four threads of Node's pool, inserts need one. */
const READERS_MAX = 2;
/** Reads that may wait for a connection before the next one is refused. */
const READS_WAITING_MAX = 256;

/** Stores opened by this process: each has a file of its own, and after a crash the same names are used again. */
let stores = 0;

function identifier(name: string): string {
  if (!DATABASE_NAME.test(name)) throw new StoreError(`no such table: ${name}`, null, false);
  return name;
}

function literal(value: string | number): string {
  return typeof value === "number"
    ? String(value)
    : `'${value.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

function settingsClause(token: string | undefined): string {
  return Object.entries(insertSettings(token))
    .map(([name, value]) => `${name} = ${literal(value)}`)
    .join(", ");
}

export interface EmbeddedStore extends Store {
  readonly kind: "embedded";
  readonly database: string;
  readonly readOnlySql: (limits: ReadOnlyLimits) => Promise<ReadOnlySql>;
}

/**
 * The `Store` port over the embedded engine.
 *
 * Guarantee  one `insert` is one block or nothing; it is durable against a crash of the process when it resolves
 *            (ops 2.3: 0 rows lost over `kill -9`), not against power loss.
 * Bound      one insert or command at a time; `READERS_MAX` reads at a time, `READS_WAITING_MAX` waiting.
 * Disk       an insert is refused (243, transient) before the disk is full; reading goes on.
 * Errors     `StoreError` with ClickHouse's code; `transient` ones may be tried again with the same token.
 */
export async function createChdbStore(engine: Engine, freeBytesMin: number | null): Promise<EmbeddedStore> {
  const writer = await engine.connect({});
  const readers: EngineConnection[] = [];
  for (let i = 0; i < READERS_MAX; i += 1) readers.push(await engine.connect({ readonly: 1 }));
  const insertFile = join(engine.dataDir, `plumbline-insert-${stores}.native`);
  stores += 1;
  let next = 0;
  let waiting = 0;

  async function query(sql: string, parameters?: Readonly<Record<string, unknown>>): Promise<readonly Row[]> {
    if (waiting >= READS_WAITING_MAX) {
      throw new StoreError(
        `more than ${READS_WAITING_MAX} queries are waiting for the embedded store`,
        202,
        true,
      );
    }
    const reader = readers[next % readers.length]!;
    next += 1;
    waiting += 1;
    try {
      return await reader.exclusive(async () => {
        const result = await reader.client.query({
          query: sql,
          format: "JSONEachRow",
          ...(parameters === undefined ? {} : { query_params: { ...parameters } }),
        });
        return await result.json<Record<string, unknown>>();
      });
    } catch (error) {
      throw toStoreError(error, "query the embedded store");
    } finally {
      waiting -= 1;
    }
  }

  return {
    kind: "embedded",
    database: engine.database,
    query,
    async command(sql, parameters): Promise<void> {
      try {
        await writer.exclusive(async () => {
          await writer.client.command({
            query: sql,
            ...(parameters === undefined ? {} : { query_params: { ...parameters } }),
          });
        });
      } catch (error) {
        throw toStoreError(error, "run a statement in the embedded store");
      }
    },
    async insert(table, block, token): Promise<void> {
      const { rows, bytes } = block;
      if (rows === 0) return;
      refuseLargeInsert(table, bytes);
      try {
        await writer.exclusive(async () => {
          // In turn, since those before it take room, too.
          refuseNearlyFullDisk(engine.dataDir, freeBytesMin);
          // Binary bodies pass into the engine through a file only (ops 2.3, defect 4); it is read from the page cache.
          await writeFile(insertFile, bytes);
          // The settings are a clause of this one statement (ops 2.3, defect 1).
          await writer.raw.chdb.queryAsync(
            `INSERT INTO ${identifier(table)} FROM INFILE ${literal(insertFile)} SETTINGS ${settingsClause(token)} FORMAT Native`,
          );
        });
      } catch (error) {
        throw toStoreError(error, `insert ${rows} rows into ${table}`);
      }
    },
    readOnlySql: (limits) => openReadOnlySql(engine, limits),
    async close(): Promise<void> {
      await engine.close();
      await rm(insertFile, { force: true });
    },
  };
}
