import { type ReadOnlySql, type Store, StoreError } from "../../ports.ts";
import { openEngine } from "./chdb-engine.ts";
import { createChdbStore } from "./chdb-store.ts";
import { openClickHouseStore } from "./clickhouse-store.ts";
import { DEFAULT_DATABASE, historyAddress } from "./history-address.ts";
import { DEFAULT_LIMITS, type ReadOnlyLimits } from "./read-only-sql.ts";

export interface StoreOptions {
  /** A ClickHouse server, e.g. `http://user:password@host:8123/?database=plumbline`; null or absent: embedded. */
  readonly url?: string | null;
  /** Directory of the embedded engine; one process owns it. */
  readonly dataDir: string;
  /** Default: what `url` names, else `DEFAULT_DATABASE`. */
  readonly database?: string;
  /** Free space of the disk below which the embedded store takes nothing more; default 1 GB or 5 %. */
  readonly freeBytesMin?: number;
}

export interface OpenStore extends Store {
  readonly kind: "embedded" | "server";
  readonly database: string;
  /** Statements of strangers, for the SQL door; null with a server, which has a door, users and limits of its own. */
  openReadOnlySql(limits?: Partial<ReadOnlyLimits>): Promise<ReadOnlySql | null>;
}

/**
 * Opens the one store of this process: a server where `url` names one, else ClickHouse inside this process.
 * Throws `StoreError`: unreachable, refused, or (code 76) another process owns the directory, with what to do.
 */
export async function openStore(options: StoreOptions): Promise<OpenStore> {
  if (options.url !== undefined && options.url !== null && options.url !== "") {
    if (!URL.canParse(options.url)) throw new StoreError("CLICKHOUSE_URL is not a URL", null, false);
    const { url, database } = historyAddress(options.url);
    const server = await openClickHouseStore(url, options.database ?? database);
    return { ...server, openReadOnlySql: () => Promise.resolve(null) };
  }
  const engine = await openEngine(options.dataDir, options.database ?? DEFAULT_DATABASE);
  const embedded = await createChdbStore(engine, options.freeBytesMin ?? null);
  return {
    ...embedded,
    openReadOnlySql: (limits) => embedded.readOnlySql({ ...DEFAULT_LIMITS, ...limits }),
  };
}
