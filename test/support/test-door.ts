import { openSqlDoor } from "../../services/console/sql-door.ts";
import { openTestStore, type TestStore } from "./test-store.ts";

/** A store with its read-only door, as the CLI asks it. */
export interface TestDoor extends TestStore {
  readonly url: string;
}

export async function openTestDoor(database: string): Promise<TestDoor> {
  const test = await openTestStore(database);
  const sql = await test.store.openReadOnlySql();
  const door = await openSqlDoor({ sql: sql!, port: 0 });
  return {
    ...test,
    url: door.url,
    async close(): Promise<void> {
      await door.close();
      await test.close();
    },
  };
}
