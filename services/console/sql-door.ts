import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { ReadOnlyAnswer, ReadOnlySql } from "../ports.ts";
import { readSqlRequest, type SqlRequest } from "./sql-request.ts";

export interface SqlDoorOptions {
  readonly sql: ReadOnlySql;
  /** Loopback only: the door has no users. */
  readonly host?: "127.0.0.1" | "::1" | "localhost";
  /** 0 takes a free one. */
  readonly port: number;
  readonly limits?: Partial<SqlDoorLimits>;
}

export interface SqlDoorLimits {
  readonly bodyBytesMax: number;
  /** A client has this long to send its whole request. */
  readonly requestMsMax: number;
  readonly connectionsMax: number;
  /** Time given to running statements at close before they are stopped. */
  readonly closeMsMax: number;
}

const DEFAULT_LIMITS: SqlDoorLimits = {
  bodyBytesMax: 262_144,
  requestMsMax: 10_000,
  connectionsMax: 64,
  closeMsMax: 2_000,
};

export interface SqlDoor {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

const LOOPBACK_HOST = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/;
const GZIP_BYTES_MIN = 1024;
const compress = promisify(gzip);

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  JSON: "application/json; charset=UTF-8",
  JSONCompact: "application/json; charset=UTF-8",
  JSONEachRow: "application/x-ndjson; charset=UTF-8",
  JSONCompactEachRow: "application/x-ndjson; charset=UTF-8",
  CSV: "text/csv; charset=UTF-8; header=absent",
  CSVWithNames: "text/csv; charset=UTF-8; header=present",
};
const TEXT_FORMAT = /^(TSV|TabSeparated|Pretty|Vertical|Values|Markdown|XML|SQLInsert|LineAsString)/;

function contentType(format: string): string {
  const known = CONTENT_TYPES[format];
  if (known !== undefined) return known;
  return TEXT_FORMAT.test(format) ? "text/tab-separated-values; charset=UTF-8" : "application/octet-stream";
}

function fail(response: ServerResponse, status: number, code: number | null, message: string): void {
  if (response.destroyed || response.headersSent) return;
  const headers: Record<string, string> = { "content-type": "text/plain; charset=UTF-8" };
  if (code !== null) headers["x-clickhouse-exception-code"] = String(code);
  // A request that is refused half-read leaves a connection nobody can use again.
  if (status === 413 || status === 408) headers.connection = "close";
  response.writeHead(status, headers);
  response.end(code === null ? `${message}\n` : `Code: ${code}. DB::Exception: ${message}\n`);
}

const STATUS_BY_KIND = { refused: 403, failed: 400, busy: 503, aborted: 499 } as const;

async function answer(request: SqlRequest, result: ReadOnlyAnswer, response: ServerResponse): Promise<void> {
  if (!result.ok) {
    // What the limits stopped is a refusal of the door, not a mistake in the statement: same status, its own code.
    if (result.kind === "busy") response.setHeader("retry-after", "1");
    fail(response, STATUS_BY_KIND[result.kind], result.code, result.message);
    return;
  }
  const headers: Record<string, string> = {
    "content-type": contentType(result.format),
    "x-clickhouse-format": result.format,
    "x-clickhouse-timezone": "UTC",
    "x-clickhouse-query-id": request.queryId,
    "x-clickhouse-summary": JSON.stringify({
      read_rows: String(result.rowsRead),
      read_bytes: String(result.bytesRead),
      written_rows: "0",
      written_bytes: "0",
      total_rows_to_read: "0",
      result_rows: "0",
      result_bytes: String(result.body.byteLength),
      elapsed_ns: String(Math.round(result.elapsedMs * 1e6)),
    }),
  };
  let body: Uint8Array = result.body;
  if (request.gzip && body.byteLength >= GZIP_BYTES_MIN) {
    body = await compress(body);
    headers["content-encoding"] = "gzip";
  }
  headers["content-length"] = String(body.byteLength);
  response.writeHead(200, headers);
  response.end(request.headOnly ? undefined : body);
}

/**
 * The read-only HTTP door in front of the embedded engine: the part of ClickHouse's own HTTP interface that
 * `@clickhouse/client`, curl and notebooks use for reading. `GET /ping`; `GET` or `POST` on `/` or `/query`, with the
 * statement in `query`, in the body, or both one after the other; `param_<name>` for `{name:Type}`; `default_format`.
 *
 * Guarantee  nothing is written and nothing outside the store is read, whatever the statement says (the gate is
 *            `ReadOnlySql`). A client that goes away takes its statement with it.
 * Bound      loopback only, `connectionsMax` sockets, `bodyBytesMax` also after decompression, `requestMsMax` to send
 *            a request; statements by the limits of `ReadOnlySql`.
 * Status     200; 400 the statement fails; 403 not allowed here; 404, 405; 408 too slow; 413 too large; 503 busy.
 *            ClickHouse's code is in `X-ClickHouse-Exception-Code`.
 */
export async function openSqlDoor(options: SqlDoorOptions): Promise<SqlDoor> {
  const host = options.host ?? "127.0.0.1";
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const running = new Set<AbortController>();
  let closing = false;

  async function handle(message: IncomingMessage, response: ServerResponse): Promise<void> {
    // A page that resolves its own name to 127.0.0.1, or posts a form here, is somebody else's browser.
    if (!LOOPBACK_HOST.test(message.headers.host ?? ""))
      return fail(response, 403, null, "unknown host name");
    const origin = message.headers.origin;
    if (origin !== undefined && !LOOPBACK_HOST.test(origin.replace(/^https?:\/\//, ""))) {
      return fail(response, 403, null, "requests of other web pages are not answered");
    }
    if (closing) return fail(response, 503, null, "the door is closing");
    const read = await readSqlRequest(message, limits.bodyBytesMax);
    if (!read.ok) return fail(response, read.status, read.code, read.message);
    if (read.request === "ping") {
      response.writeHead(200, { "content-type": "text/html; charset=UTF-8" });
      response.end("Ok.\n");
      return;
    }
    const abort = new AbortController();
    running.add(abort);
    const onClose = (): void => {
      if (!response.writableEnded) abort.abort();
    };
    response.on("close", onClose);
    try {
      const result = await options.sql.run({
        sql: read.request.sql,
        parameters: read.request.parameters,
        format: read.request.format,
        signal: abort.signal,
      });
      await answer(read.request, result, response);
    } finally {
      running.delete(abort);
      response.off("close", onClose);
    }
  }

  const server: Server = createServer({
    requestTimeout: limits.requestMsMax,
    connectionsCheckingInterval: 250,
  });
  server.headersTimeout = limits.requestMsMax;
  server.maxConnections = limits.connectionsMax;
  server.on("request", (message, response) => {
    handle(message, response).catch(() => fail(response, 500, null, "the statement could not be run"));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : options.port;
  return {
    url: `http://${host === "::1" ? "[::1]" : host}:${port}`,
    port,
    async close(): Promise<void> {
      closing = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      const timer = setTimeout(() => {
        for (const abort of running) abort.abort();
        server.closeAllConnections();
      }, limits.closeMsMax);
      await closed;
      clearTimeout(timer);
    },
  };
}
