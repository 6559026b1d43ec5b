import { StoreError } from "../../ports.ts";

/**
 * ClickHouse codes after which the same statement may succeed: timeouts, overload, network, memory, disk full,
 * read-only replicas, too many parts, an insert whose fate the server does not know, Keeper.
 */
const TRANSIENT_CODES: ReadonlySet<number> = new Set([
  159, 202, 203, 209, 210, 225, 241, 242, 243, 252, 279, 285, 319, 425, 439, 473, 999,
]);

/** Errors of sockets, name resolution and a full disk, by Node's codes. */
const TRANSIENT_SYSTEM_CODES: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EAI_AGAIN",
  "ENOTFOUND",
  "ECONNABORTED",
  "ENOSPC",
]);

const REPEATED_PREFIX = /^(Code: \d+\. DB::Exception: )+/;

function clickhouseCode(error: object): number | null {
  const own = (error as { clickhouseCode?: unknown }).clickhouseCode;
  if (typeof own === "number") return own;
  const code = (error as { code?: unknown }).code;
  if (typeof code === "number") return code;
  return typeof code === "string" && /^\d+$/.test(code) ? Number(code) : null;
}

/**
 * Maps whatever a client threw to a `StoreError`, by code and never by message. `what` says which operation failed,
 * on which table or statement, without any value of a row. A failure that never reached ClickHouse is transient only
 * with a known code of the operating system; an unknown one is not, so that its owner crashes instead of looping.
 */
export function toStoreError(error: unknown, what: string): StoreError {
  if (error instanceof StoreError) return error;
  if (typeof error !== "object" || error === null)
    return new StoreError(`${what}: ${String(error)}`, null, false);
  // The client shortens the engine's message at its first bracket; the engine's own is the cause.
  const inner = (error as { cause?: unknown }).cause;
  const speaker = inner instanceof Error && clickhouseCode(inner) !== null ? inner : error;
  const message = (speaker instanceof Error ? speaker.message : String(speaker)).replace(REPEATED_PREFIX, "");
  const code = clickhouseCode(error);
  if (code !== null) return new StoreError(`${what}: ${message}`, code, TRANSIENT_CODES.has(code), error);
  const systemCode = (error as { code?: unknown }).code;
  const transient = typeof systemCode === "string" && TRANSIENT_SYSTEM_CODES.has(systemCode);
  return new StoreError(`${what}: ${message}`, null, transient, error);
}
