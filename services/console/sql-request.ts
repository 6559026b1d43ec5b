import type { IncomingMessage } from "node:http";
import { createGunzip } from "node:zlib";

/** One request for a statement, read from ClickHouse's HTTP dialect. */
export interface SqlRequest {
  readonly sql: string;
  /** Decoded values by name; null is NULL. */
  readonly parameters: Readonly<Record<string, string | null>>;
  readonly format: string;
  readonly queryId: string;
  readonly gzip: boolean;
  readonly headOnly: boolean;
}

export type ReadRequest =
  | { readonly ok: true; readonly request: SqlRequest | "ping" }
  | { readonly ok: false; readonly status: number; readonly code: number | null; readonly message: string };

const PARAMETERS_MAX = 256;
/** Of a name that is repeated in an answer. */
const SHOWN_CHARS_MAX = 128;
const FORMAT_NAME = /^[A-Za-z0-9_]{1,64}$/;
const PARAMETER_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;

/** What clients send beside the statement and what changes nothing here: there is one user, one database, no session. */
const IGNORED: ReadonlySet<string> = new Set([
  "query",
  "query_id",
  "default_format",
  "database",
  "user",
  "password",
  "role",
  "session_id",
  "session_timeout",
  "session_check",
  "quota_key",
  "compress",
  "decompress",
  "buffer_size",
  "wait_end_of_query",
  "enable_http_compression",
  "http_zlib_compression_level",
  "http_response_buffer_size",
  "send_progress_in_http_headers",
  "http_headers_progress_interval_ms",
  "client_protocol_version",
  "date_time_input_format",
]);

/** Settings that are accepted with the one value the door has anyway. */
const FIXED: Readonly<Record<string, string>> = {
  output_format_json_quote_64bit_integers: "1",
  readonly: "1",
  async_insert: "0",
};

function refusal(status: number, code: number | null, message: string): ReadRequest {
  return { ok: false, status, code, message };
}

const ESCAPES: Readonly<Record<string, string>> = {
  "0": "\0",
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

/**
 * Undoes the one level of escaping a `param_` value arrives with (ops 2.5): the engine's binding escapes again.
 * `\N` alone is NULL. In a composite value (array, map, tuple) the quote inside a string becomes `''`, which its
 * text form reads as a quote; a backslash that was escaped is escaped again by the binding.
 */
export function unescapeParameter(value: string, composite: boolean): string | null {
  if (value === "\\N") return null;
  return value.replace(/\\([\s\S])/g, (_whole, character: string) => {
    if (composite && character === "'") return "''";
    return ESCAPES[character] ?? character;
  });
}

/** Whether a statement declares a parameter with a type whose text form has brackets. */
function isComposite(sql: string, name: string): boolean {
  return new RegExp(`\\{\\s*${name}\\s*:\\s*(?:Array|Map|Tuple|Nested|JSON|Variant|Object)\\b`).test(sql);
}

/** The whole body as text, or why not. Gzip is undone with the same bound. */
async function readBody(message: IncomingMessage, bytesMax: number): Promise<string | ReadRequest> {
  const tooLarge = refusal(413, null, `a statement has at most ${bytesMax} bytes here`);
  if (Number(message.headers["content-length"] ?? 0) > bytesMax) return tooLarge;
  const encoding = message.headers["content-encoding"];
  if (encoding !== undefined && encoding !== "gzip" && encoding !== "identity") {
    return refusal(415, null, "content-encoding: gzip or none");
  }
  const source = encoding === "gzip" ? message.pipe(createGunzip()) : message;
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of source) {
      bytes += (chunk as Buffer).byteLength;
      if (bytes > bytesMax) return tooLarge;
      chunks.push(chunk as Buffer);
    }
  } catch {
    return refusal(400, null, "the body ended early or is not gzip");
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Reads one HTTP request. Never throws for what a client sends. */
export async function readSqlRequest(message: IncomingMessage, bodyBytesMax: number): Promise<ReadRequest> {
  const target = message.url ?? "/";
  if (!URL.canParse(target, "http://door")) return refusal(400, null, "the address cannot be read");
  const url = new URL(target, "http://door");
  const method = message.method ?? "GET";
  if (url.pathname === "/ping") return { ok: true, request: "ping" };
  if (url.pathname !== "/" && url.pathname !== "/query") {
    return refusal(404, null, "there is /, /query and /ping");
  }
  if (method !== "GET" && method !== "POST" && method !== "HEAD") return refusal(405, null, "GET or POST");

  const body = method === "POST" ? await readBody(message, bodyBytesMax) : "";
  if (typeof body !== "string") return body;
  // ClickHouse joins the two the same way; so a statement can be split between them but never hidden.
  const inUrl = url.searchParams.get("query") ?? "";
  const sql = inUrl !== "" && body !== "" ? `${inUrl}\n${body}` : inUrl + body;
  if (sql.trim() === "") {
    // What a browser or a health check sees on the bare address.
    if (method === "GET" && url.search === "") return { ok: true, request: "ping" };
    return refusal(400, 62, "no statement: send it as the body or as ?query=");
  }

  const parameters: Record<string, string | null> = Object.create(null);
  let count = 0;
  for (const [name, value] of url.searchParams) {
    if (name.startsWith("param_")) {
      const own = name.slice("param_".length);
      if (!PARAMETER_NAME.test(own))
        return refusal(400, 456, "a parameter's name has letters, digits and _ only");
      count += 1;
      if (count > PARAMETERS_MAX) return refusal(400, 456, `at most ${PARAMETERS_MAX} parameters`);
      parameters[own] = unescapeParameter(value, isComposite(sql, own));
    } else if (!IGNORED.has(name) && FIXED[name] !== value) {
      return refusal(
        403,
        164,
        `Cannot modify '${name.slice(0, SHOWN_CHARS_MAX)}' setting in readonly mode. (READONLY)`,
      );
    }
  }
  const format =
    url.searchParams.get("default_format") ??
    headerText(message.headers["x-clickhouse-format"]) ??
    "TabSeparated";
  if (!FORMAT_NAME.test(format)) return refusal(400, 73, "no such format");
  return {
    ok: true,
    request: {
      sql,
      parameters,
      format,
      queryId: (url.searchParams.get("query_id") ?? "").replace(/[^\w.-]/g, "").slice(0, 128),
      gzip:
        url.searchParams.get("enable_http_compression") === "1" &&
        /\bgzip\b/.test(headerText(message.headers["accept-encoding"]) ?? ""),
      headOnly: method === "HEAD",
    },
  };
}

function headerText(value: string | readonly string[] | undefined): string | null {
  if (value === undefined) return null;
  return typeof value === "string" ? value : value.join(", ");
}
