/** The history as the console asks it: ClickHouse over HTTP, the embedded engine's read-only door or a server. */
import type { Readable } from "node:stream";
import { ClickHouseLogLevel, createClient } from "@clickhouse/client";
import { historyAddress } from "../adapters/store/history-address.ts";

/** Of one statement of the console's own. Those of people have the door's limits. */
const REQUEST_MS_MAX = 30_000;
/** The door runs two at a time and lets sixteen wait; the rest of them are other people's. */
const STATEMENTS_MAX = 4;
const WAITING_MAX = 256;
const ROWS_TEXT_BYTES_MAX = 64 * 1024 * 1024;

/** Values of `{name:Type}`, bound by the engine and never put into the text. */
export type SqlParameters = Readonly<Record<string, string | number | readonly string[]>>;

export interface SqlText {
  readonly sql: string;
  readonly parameters?: SqlParameters;
  /** ClickHouse's name of the output format, where the statement names none. */
  readonly format: string;
  /** Aborting stops the statement in the engine, too. */
  readonly signal?: AbortSignal;
  /** Settings of a server's session; the embedded door has its own and takes none. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface SqlQuery {
  /** True where the history is the embedded engine's, behind its read-only door. */
  readonly embedded: boolean;
  /** Rows as objects. Throws `SqlError`. */
  rows<T>(sql: string, parameters?: SqlParameters, signal?: AbortSignal): Promise<readonly T[]>;
  /** The body as it comes, in the format asked for. Throws `SqlError`. */
  stream(text: SqlText): Promise<Readable>;
  close(): Promise<void>;
}

/** Why a statement has no answer. `code` is ClickHouse's own number; null where nobody answered. */
export class SqlError extends Error {
  override readonly name = "SqlError";
  readonly code: number | null;
  constructor(message: string, code: number | null, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

/**
 * Opens nothing yet: the first statement connects, and one that finds nobody says so.
 *
 * Bound   `STATEMENTS_MAX` at once, `WAITING_MAX` waiting for their turn, `REQUEST_MS_MAX` each.
 */
export function openSqlQuery(address: string, embedded: boolean): SqlQuery {
  const { url, database } = historyAddress(address);
  const { host } = url;
  const client = createClient({
    url,
    database,
    request_timeout: REQUEST_MS_MAX,
    max_open_connections: STATEMENTS_MAX,
    // Failures are thrown; what the client prints of them would be said twice.
    log: { level: ClickHouseLogLevel.OFF },
  });
  let running = 0;
  const waiting: (() => void)[] = [];

  async function turn(): Promise<void> {
    if (running < STATEMENTS_MAX) {
      running += 1;
      return;
    }
    if (waiting.length >= WAITING_MAX) throw new SqlError("too many questions at once; try again", 202);
    await new Promise<void>((resolve) => waiting.push(resolve));
  }
  function done(): void {
    const next = waiting.shift();
    if (next === undefined) running -= 1;
    else next();
  }

  async function stream(text: SqlText): Promise<Readable> {
    await turn();
    let ended = false;
    const end = (): void => {
      if (ended) return;
      ended = true;
      done();
    };
    try {
      const { stream: body } = await client.exec({
        query: text.sql,
        query_params: { ...text.parameters },
        clickhouse_settings: { ...text.settings, default_format: text.format } as never,
        ...(text.signal === undefined ? {} : { abort_signal: text.signal }),
      });
      (body as Readable).once("close", end);
      return body as Readable;
    } catch (error) {
      end();
      throw explained(error, host);
    }
  }

  return {
    embedded,
    stream,
    async rows<T>(sql: string, parameters: SqlParameters = {}, signal?: AbortSignal): Promise<readonly T[]> {
      const body = await stream({
        sql,
        parameters,
        format: "JSONEachRow",
        ...(signal === undefined ? {} : { signal }),
      });
      const chunks: Uint8Array[] = [];
      let bytes = 0;
      try {
        for await (const chunk of body) {
          bytes += (chunk as Uint8Array).byteLength;
          if (bytes > ROWS_TEXT_BYTES_MAX) throw new SqlError("the answer is too large for a page", null);
          chunks.push(chunk as Uint8Array);
        }
      } catch (error) {
        throw explained(error, host);
      } finally {
        body.destroy();
      }
      return Buffer.concat(chunks)
        .toString("utf8")
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as T);
    },
    close: () => client.close(),
  };
}

/** Never with the address's credentials. */
function explained(error: unknown, host: string): SqlError {
  if (error instanceof SqlError) return error;
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  if (typeof code === "string" && /^\d+$/.test(code))
    return new SqlError(String(message).trim(), Number(code), error);
  if (typeof code === "string" && /^E[A-Z]+$/.test(code))
    return new SqlError(`the history at ${host} does not answer (${code})`, null, error);
  const why = error instanceof Error && error.message !== "" ? error.message.trim() : "no answer";
  return new SqlError(`the history was not read: ${why}`, null, error);
}
