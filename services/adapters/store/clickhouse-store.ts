import { Readable } from "node:stream";
import type { Row, Store } from "../../ports.ts";
import { StoreError } from "../../ports.ts";
import { DATABASE_NAME } from "./chdb-engine.ts";
import { insertSettings, refuseLargeInsert } from "./insert-settings.ts";
import { toStoreError } from "./store-error.ts";

export interface ServerStore extends Store {
  readonly kind: "server";
  readonly database: string;
}

const REQUEST_MS_MAX = 60_000;
const CONNECTIONS_MAX = 8;

/**
 * As `toStoreError`; but an error that neither ClickHouse nor the system gave a code is the answer of something in between
 * (a proxy's page), or none in time. Both may pass. A mistake of ours is another kind of error.
 */
function serverError(error: unknown, what: string): StoreError {
  const own = toStoreError(error, what);
  const unnamed =
    error instanceof Error && error.constructor === Error && (error as { code?: unknown }).code === undefined;
  return unnamed ? new StoreError(own.message, null, true, error) : own;
}

/**
 * The `Store` port over a ClickHouse server by HTTP. User, password and TLS come in the URL.
 *
 * Guarantee  one `insert` is one block or nothing. After a transient error its fate is unknown: the same
 *            rows with the same token may be sent again. Settings travel with each request and do not stay.
 * Bound      `CONNECTIONS_MAX` sockets, `requestMsMax` a request.
 * Errors     `StoreError` with ClickHouse's code. The password never appears in one.
 */
export async function openClickHouseStore(
  url: URL,
  database: string,
  requestMsMax = REQUEST_MS_MAX,
): Promise<ServerStore> {
  if (!DATABASE_NAME.test(database)) {
    throw new StoreError(
      `database name ${JSON.stringify(database)}: letters, digits and _ only`,
      null,
      false,
    );
  }
  const where = url.host;
  const { ClickHouseLogLevel, createClient } = await import("@clickhouse/client");
  // Failures are thrown; what the client prints of them would be said twice, and not as a log line.
  const log = { level: ClickHouseLogLevel.OFF };
  const first = createClient({ url, log, request_timeout: requestMsMax });
  try {
    const known = await first.query({
      query: "SELECT name FROM system.databases WHERE name = {name:String}",
      query_params: { name: database },
      format: "JSONEachRow",
    });
    // Asked first, because a user without the right to create may use a database that an administrator made.
    if ((await known.json()).length === 0)
      await first.command({ query: `CREATE DATABASE IF NOT EXISTS ${database}` });
  } catch (error) {
    throw serverError(error, `reach ClickHouse at ${where}`);
  } finally {
    await first.close();
  }
  const client = createClient({
    url,
    database,
    log,
    request_timeout: requestMsMax,
    max_open_connections: CONNECTIONS_MAX,
    compression: { request: false, response: true },
    clickhouse_settings: {
      output_format_json_quote_64bit_integers: 1,
      async_insert: 0,
      wait_end_of_query: 1,
    },
  });
  return {
    kind: "server",
    database,
    async query(sql, parameters): Promise<readonly Row[]> {
      try {
        const result = await client.query({
          query: sql,
          format: "JSONEachRow",
          ...(parameters === undefined ? {} : { query_params: { ...parameters } }),
        });
        return await result.json<Record<string, unknown>>();
      } catch (error) {
        throw serverError(error, `query ClickHouse at ${where}`);
      }
    },
    async command(sql, parameters): Promise<void> {
      try {
        await client.command({
          query: sql,
          ...(parameters === undefined ? {} : { query_params: { ...parameters } }),
        });
      } catch (error) {
        throw serverError(error, `run a statement in ClickHouse at ${where}`);
      }
    },
    async insert(table, block, token): Promise<void> {
      const { rows, bytes } = block;
      if (rows === 0) return;
      refuseLargeInsert(table, bytes);
      if (!DATABASE_NAME.test(table)) throw new StoreError(`no such table: ${table}`, null, false);
      try {
        const { stream } = await client.exec({
          query: `INSERT INTO ${table} FORMAT Native`,
          values: Readable.from([bytes], { objectMode: false }),
          clickhouse_settings: insertSettings(token),
        });
        // The answer is empty; unread, it would hold its socket.
        for await (const _ of stream);
      } catch (error) {
        throw serverError(error, `insert ${rows} rows into ${table} of ClickHouse at ${where}`);
      }
    },
    close: () => client.close(),
  };
}
