import type { ClickHouseClient } from "@clickhouse/client";
import type { ChdbConnection } from "chdb/connection";

/**
 * One connection to the embedded engine, with the client that speaks through it.
 *
 * Connections on one directory run in parallel, one connection is serial inside the engine and would hold a thread of
 * the process's pool while it waits, so callers queue here, in `exclusive` (ops 2.3).
 */
export interface EngineConnection {
  readonly client: ClickHouseClient;
  readonly raw: ChdbConnection;
  /** Runs `work` when everything queued before it has settled. */
  exclusive<T>(work: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export function engineConnection(client: ClickHouseClient, raw: ChdbConnection): EngineConnection {
  let tail: Promise<unknown> = Promise.resolve();
  return {
    client,
    raw,
    exclusive<T>(work: () => Promise<T>): Promise<T> {
      const result = tail.then(work, work);
      tail = result.catch(() => undefined);
      return result;
    },
    async close(): Promise<void> {
      await tail;
      await client.close();
    },
  };
}
