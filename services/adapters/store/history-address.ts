/** Where an address names no database. */
export const DEFAULT_DATABASE = "plumbline";

export interface HistoryAddress {
  readonly url: URL;
  readonly database: string;
}

/** A server's or the door's address as `@clickhouse/client` takes it, which wants the database beside the address and not in it. */
export function historyAddress(address: string): HistoryAddress {
  const url = new URL(address);
  const database = url.searchParams.get("database") ?? DEFAULT_DATABASE;
  url.searchParams.delete("database");
  return { url, database };
}
