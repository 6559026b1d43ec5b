import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { migrate, migrationsDir, readMigrations } from "../../services/adapters/store/migrate.ts";
import { openStore } from "../../services/adapters/store/open-store.ts";
import { dayNumber } from "../../services/recorder/row-origin.ts";
import { HOSTILE_NAMES } from "../support/hostile-names.ts";
import { blockOf, insertRows } from "../support/table-rows.ts";
import { openTestStore, type TestStore, wipe } from "../support/test-store.ts";

let test: TestStore;

beforeAll(async () => {
  test = await openTestStore();
});
afterAll(async () => {
  await test.close();
});

function gate(subject: string, offset: number): Record<string, unknown> {
  return {
    subject,
    lane: subject,
    state: "open",
    share: 1,
    since: 0,
    valid_until: 0,
    revision: offset + 1,
    _topic: "gates.v1",
    _epoch: 0,
    _partition: 0,
    _offset: offset,
    // Of today: rows older than the table's term are dropped at the first merge.
    _append_time: Date.now(),
    _day: dayNumber(Date.now()),
  };
}

/** In the order they are applied. */
const NAMES = readdirSync(migrationsDir()).sort();

describe("migrations", () => {
  it("do nothing the second time", async () => {
    const report = await migrate(test.store, readMigrations(migrationsDir()));
    expect(report.applied).toEqual([]);
    expect(report.alreadyThere).toEqual(NAMES);
  });

  it("are healed by the next run when one stopped half-way", async () => {
    const migrations = readMigrations(migrationsDir());
    await wipe(test.store, ["migrations"]);
    const report = await migrate(test.store, migrations);
    expect(report.applied).toEqual(NAMES);
  });

  it("name the file that was edited after it was applied", async () => {
    const migrations = readMigrations(migrationsDir()).map((migration) =>
      migration.number === 2 ? { ...migration, checksum: "0".repeat(64) } : migration,
    );
    await expect(migrate(test.store, migrations)).rejects.toThrow(/0002_traffic\.sql was edited after/);
  });

  it("refuse a store that a newer version wrote", async () => {
    const migrations = readMigrations(migrationsDir()).slice(0, 1);
    await expect(migrate(test.store, migrations)).rejects.toThrow(
      /000\d_\w+\.sql, this release ends with 0001_history\.sql.*newer Plumbline/,
    );
  });

  it("name file and statement of a failure", async () => {
    const bad = {
      number: 9999,
      name: "9999_bad.sql",
      checksum: "x",
      statements: ["SELECT 1", "CREATE TABLE nonsense"],
    };
    const all = [...readMigrations(migrationsDir()), bad];
    await expect(migrate(test.store, all)).rejects.toThrow(/9999_bad\.sql, statement 2/);
  });

  it("refuse badly named files and repeated numbers", () => {
    const directory = mkdtempSync(join(tmpdir(), "plumbline-migrations-"));
    try {
      writeFileSync(join(directory, "0001_a.sql"), "SELECT 1;\n");
      writeFileSync(join(directory, "0001_b.sql"), "SELECT 1;\n");
      expect(() => readMigrations(directory)).toThrow(/same number/);
      writeFileSync(join(directory, "first.sql"), "SELECT 1;\n");
      expect(() => readMigrations(directory)).toThrow(/0001_words\.sql|same number/);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});

describe("the embedded store", () => {
  it("keeps hostile names as they are, in rows and in parameters", async () => {
    await wipe(test.store, ["gates"]);
    await insertRows(
      test.store,
      "gates",
      HOSTILE_NAMES.map((name, index) => gate(name, index)),
    );
    const rows = await test.store.query("SELECT subject, lane FROM gates ORDER BY revision");
    expect(rows.map((row) => row.subject)).toEqual(HOSTILE_NAMES);
    expect(rows.map((row) => row.lane)).toEqual(HOSTILE_NAMES);
    for (const [index, name] of HOSTILE_NAMES.entries()) {
      const found = await test.store.query("SELECT revision FROM gates WHERE subject = {name:String}", {
        name,
      });
      expect(found, JSON.stringify(name)).toEqual([{ revision: String(index + 1) }]);
    }
  });

  it("replaces lone surrogates, which UTF-8 cannot say, and nothing else", async () => {
    await wipe(test.store, ["gates"]);
    await insertRows(test.store, "gates", [
      gate("a\ud800b", 0),
      gate("\\ud800 as text", 1),
      gate("\u{1f600}", 2),
    ]);
    const rows = await test.store.query("SELECT subject FROM gates ORDER BY revision");
    expect(rows.map((row) => row.subject)).toEqual(["a\ufffdb", "\\ud800 as text", "\u{1f600}"]);
  });

  it("gives integers of 64 bits as strings", async () => {
    const rows = await test.store.query(
      "SELECT toUInt64(18446744073709551615) AS n, toInt64(-1) AS i, 1 AS small",
    );
    expect(rows).toEqual([{ n: "18446744073709551615", i: "-1", small: 1 }]);
  });

  it("counts a repeated insert with one token once, and the token does not stay", async () => {
    await wipe(test.store, ["gates"]);
    await insertRows(test.store, "gates", [gate("a", 0)], "token-1");
    await insertRows(test.store, "gates", [gate("a", 0)], "token-1");
    await insertRows(test.store, "gates", [gate("b", 1)]);
    await insertRows(test.store, "gates", [gate("c", 2)]);
    await insertRows(test.store, "gates", [gate("d", 3)], "token-2");
    const rows = await test.store.query("SELECT subject FROM gates ORDER BY subject");
    expect(rows.map((row) => row.subject)).toEqual(["a", "b", "c", "d"]);
  });

  it("makes one part of one insert of many rows", async () => {
    await wipe(test.store, ["gates"]);
    await insertRows(
      test.store,
      "gates",
      Array.from({ length: 20_000 }, (_, index) => gate(`subject-${index % 50}-${"x".repeat(200)}`, index)),
    );
    const parts = await test.store.query(
      "SELECT count() AS parts, sum(rows) AS rows FROM system.parts WHERE database = currentDatabase() AND table = 'gates' AND active AND level = 0",
    );
    expect(parts).toEqual([{ parts: "1", rows: "20000" }]);
  });

  it("refuses a column that is not there and a null where none may be", async () => {
    const unknown = blockOf("gates", [gate("a", 0)]);
    const named = Buffer.from(unknown.bytes);
    named.write("sbuject", named.indexOf("subject"), "latin1");
    await expect(test.store.insert("gates", { ...unknown, bytes: named })).rejects.toMatchObject({
      name: "StoreError",
      transient: false,
    });
    expect(() => blockOf("gates", [{ ...gate("a", 0), sbuject: "a" }])).toThrow(
      /gates has no column sbuject/,
    );
    expect(() => blockOf("gates", [{ ...gate("a", 0), subject: null }])).toThrow(/gates\.subject: null/);
  });

  it("does not let the reading side write", async () => {
    const write = test.store.query("INSERT INTO migrations (number, name, checksum) VALUES (7, 'x', 'y')");
    await expect(write).rejects.toMatchObject({ code: 164 });
  });

  it("answers a short query beside a long one", async () => {
    const long = test.store.query("SELECT sleepEachRow(0.1) FROM numbers(10)").catch(() => []);
    let longDone = false;
    const watched = long.then(() => {
      longDone = true;
    });
    await test.store.query("SELECT 1");
    expect(longDone).toBe(false);
    await watched;
  });

  it("tells a second process who holds the directory and what to do", () => {
    const script = `
      import { openStore } from ${JSON.stringify(join(import.meta.dirname, "../../services/adapters/store/open-store.ts"))};
      try { await openStore({ dataDir: ${JSON.stringify(test.dataDir)} }); console.log("opened"); }
      catch (error) { console.log(JSON.stringify({ code: error.code, message: error.message })); }
      process.exit(0);`;
    const child = spawnSync(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script], {
      encoding: "utf8",
      timeout: 20_000,
    });
    const answer = JSON.parse(child.stdout.trim().split("\n").at(-1)!) as { code: number; message: string };
    expect(answer.code).toBe(76);
    expect(answer.message).toMatch(/another process holds it/);
    expect(answer.message).toContain(test.dataDir);
  });

  it("takes nothing more on a nearly full disk, and still answers", async () => {
    const full = await openStore({ dataDir: test.dataDir, database: "plumbline_test", freeBytesMin: 1e18 });
    try {
      const insert = insertRows(full, "gates", [gate("a", 0)]);
      await expect(insert).rejects.toMatchObject({ code: 243, transient: true });
      expect(await full.query("SELECT 1 AS one")).toEqual([{ one: 1 }]);
    } finally {
      await full.close();
    }
  });

  it("wipes only what is marked as test", async () => {
    const other = await openTestStore("unmarked");
    try {
      await other.store.command("DROP TABLE this_is_a_test_store");
      await expect(wipe(other.store, ["gates"])).rejects.toThrow(/not marked as test/);
    } finally {
      await other.close();
    }
  });
});
