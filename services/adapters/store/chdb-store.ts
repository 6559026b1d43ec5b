import type { ReadOnlySql, Row, Store } from "../../ports.ts";
import { StoreError } from "../../ports.ts";
import type { EngineConnection } from "./chdb-connection.ts";
import { type Engine, refuseNearlyFullDisk } from "./chdb-engine.ts";
import { jsonLines } from "./json-lines.ts";
import { openReadOnlySql, type ReadOnlyLimits } from "./read-only-sql.ts";
import { toStoreError } from "./store-error.ts";

/** An insert above this is refused: batches are split before they come here (ops 2.4). */
export const INSERT_BYTES_MAX = 32 * 1024 * 1024;

/** Parallel reading connections. Each busy one holds one of the four threads of Node's pool, inserts need one. */
const READERS_MAX = 2;
/** Reads that may wait for a connection before the next one is refused. */
const READS_WAITING_MAX = 256;

/** Makes one insert one block: nothing is parsed in parallel pieces, no block is cut by rows. */
const INSERT_SETTINGS: Readonly<Record<string, number>> = {
  async_insert: 0,
  input_format_parallel_parsing: 0,
  max_insert_block_size: 10_000_000,
  min_insert_block_size_rows: 0,
  min_insert_block_size_bytes: 0,
  // A misspelt column or a null in a column that has none is an error here, never a silent default.
  input_format_skip_unknown_fields: 0,
  input_format_null_as_default: 0,
};

/** The settings of one insert; a token makes a repeated attempt of the same rows count once. */
export function insertSettings(token: string | undefined): Record<string, string | number> {
  return token === undefined
    ? { ...INSERT_SETTINGS }
    : { ...INSERT_SETTINGS, insert_deduplication_token: token };
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
    async insert(table, rows, token): Promise<void> {
      if (rows.length === 0) return;
      refuseNearlyFullDisk(engine.dataDir, freeBytesMin);
      const body = jsonLines(rows);
      if (body.byteLength > INSERT_BYTES_MAX) {
        throw new StoreError(
          `insert into ${table}: ${body.byteLength} bytes, at most ${INSERT_BYTES_MAX}`,
          null,
          false,
        );
      }
      try {
        await writer.exclusive(() =>
          // The settings become a clause of this one statement (ops 2.3, defect 1).
          writer.raw.chdb.rawInsert({
            table,
            values: body,
            format: "JSONEachRow",
            settings: insertSettings(token),
          }),
        );
      } catch (error) {
        throw toStoreError(error, `insert ${rows.length} rows into ${table}`);
      }
    },
    readOnlySql: (limits) => openReadOnlySql(engine, limits),
    close: () => engine.close(),
  };
}
