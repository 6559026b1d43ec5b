import type { Readable } from "node:stream";
import { ClickHouseLogLevel, createClient } from "@clickhouse/client";
import { historyAddress } from "../adapters/store/history-address.ts";
import { CliError } from "./io.ts";

const REQUEST_MS_MAX = 120_000;

export interface SqlQuestion {
  readonly sql: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** ClickHouse's name of the output format, where the statement names none. */
  readonly format: string;
}

/**
 * Sends one statement and hands over the body as it comes. Throws `CliError` with ClickHouse's own message and code, or
 * that nobody answers; never with the address's credentials.
 */
export async function askSql(
  address: string,
  question: SqlQuestion,
  take: (chunk: Uint8Array) => void | Promise<void>,
): Promise<void> {
  const { url, database } = historyAddress(address);
  const client = createClient({
    url,
    database,
    request_timeout: REQUEST_MS_MAX,
    // Failures are thrown; what the client prints of them would be said twice.
    log: { level: ClickHouseLogLevel.OFF },
  });
  try {
    const { stream } = await client.exec({
      query: question.sql,
      query_params: { ...question.parameters },
      clickhouse_settings: { default_format: question.format } as never,
    });
    for await (const chunk of stream as Readable) await take(chunk as Uint8Array);
  } catch (error) {
    throw explained(error, url.host);
  } finally {
    await client.close();
  }
}

/** Rows of a statement as objects. */
export async function sqlRows<T>(
  address: string,
  sql: string,
  parameters: Readonly<Record<string, string>> = {},
): Promise<readonly T[]> {
  const chunks: Uint8Array[] = [];
  await askSql(address, { sql, parameters, format: "JSONEachRow" }, (chunk) => {
    chunks.push(chunk);
  });
  const text = Buffer.concat(chunks).toString("utf8");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as T);
}

function explained(error: unknown, host: string): Error {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  if (typeof code === "string" && /^\d+$/.test(code)) {
    return new CliError(`ClickHouse says (code ${code}): ${String(message).trim()}`, 2, error);
  }
  if (typeof code === "string" && /^E[A-Z]+$/.test(code)) {
    return new CliError(
      `${host} does not answer (${code}); is the run still up? See \`plumbline status\``,
      2,
      error,
    );
  }
  if (error instanceof Error && error.message !== "") {
    return new CliError(`the statement was not answered: ${error.message.trim()}`, 2, error);
  }
  return new CliError(`${host} does not answer`, 2, error);
}
