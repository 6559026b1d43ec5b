import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { migrate, migrationsDir, readMigrations } from "../../services/adapters/store/migrate.ts";
import { type OpenStore, openStore } from "../../services/adapters/store/open-store.ts";
import type { Clock, Gauges, Logger, Store } from "../../services/ports.ts";

const MARK = "this_is_a_test_store";

export interface TestStore {
  readonly store: OpenStore;
  readonly dataDir: string;
  close(): Promise<void>;
}

/** Every store of one process shares one directory: the engine has no more than one. */
let sharedDir: string | null = null;
let users = 0;

/** An embedded store in a directory of its own, with a database of its own, migrated and marked as test. */
export async function openTestStore(database = "plumbline_test"): Promise<TestStore> {
  sharedDir ??= mkdtempSync(join(tmpdir(), "plumbline-store-"));
  users += 1;
  const dataDir = sharedDir;
  const store = await openStore({ dataDir, database });
  await migrate(store, readMigrations(migrationsDir()));
  await store.command(`CREATE TABLE IF NOT EXISTS ${MARK} (at DateTime DEFAULT now()) ENGINE = Memory`);
  return {
    store,
    dataDir,
    async close(): Promise<void> {
      await store.close();
      users -= 1;
      if (users === 0) {
        rmSync(dataDir, { recursive: true, force: true });
        sharedDir = null;
      }
    },
  };
}

/** Empties tables; throws for a store that is not marked as test. */
export async function wipe(store: Store, tables: readonly string[]): Promise<void> {
  const marked = await store.query(
    "SELECT 1 FROM system.tables WHERE database = currentDatabase() AND name = {mark:String}",
    {
      mark: MARK,
    },
  );
  if (marked.length === 0) throw new Error("this store is not marked as test: nothing is deleted");
  for (const table of tables) await store.command(`TRUNCATE TABLE ${table}`);
}

/** Time that stands still, but for sleeps, which pass at once. */
export function testClock(): Clock & { now: number } {
  const clock = {
    now: 1_700_000_000_000,
    nowMs: () => clock.now,
    sleep: (ms: number): Promise<void> => {
      clock.now += ms;
      return Promise.resolve();
    },
  };
  return clock;
}

export const quietLogger: Logger = { info: () => {}, warn: () => {}, error: () => {} };
export const noGauges: Gauges = { set: () => {}, count: () => {}, drop: () => {} };
