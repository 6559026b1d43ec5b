/** SQL as a product: every column explained, any client within bounds, and the command's own output. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openSqlDoor, type SqlDoor } from "../../services/console/sql-door.ts";
import { openSqlQuery } from "../../services/console/sql-query.ts";
import { type CommandRun, makeTempDir, runCommand } from "../support/run-command.ts";
import { openTestDoor, type TestDoor } from "../support/test-door.ts";

const ROWS = 10;
const dir = makeTempDir();
const paged = join(dir.path, "paged.txt");
let door: TestDoor;
beforeAll(async () => {
  door = await openTestDoor("plumbline_paged");
});
afterAll(async () => {
  await door.close();
  dir.remove();
});

function ask(sql: string, pager: string | undefined, screenRows?: number): Promise<CommandRun> {
  const env = {
    CLICKHOUSE_URL: `${door.url}/?database=plumbline_paged`,
    ...(pager === undefined ? {} : { PAGER: pager }),
  };
  const args = ["sql", sql, "--format", "TSV"];
  return runCommand(args, { cwd: dir.path, env, ...(screenRows === undefined ? {} : { screenRows }) });
}

const numbers = (count: number): string => Array.from({ length: count }, (_, i) => `${i}\n`).join("");

describe("every table and view", () => {
  it("says what it is, and what each of its columns holds", async () => {
    const here = "database = currentDatabase() AND NOT startsWith(name, 'this_is_a_test')";
    const tables = await door.store.query(`SELECT name FROM system.tables WHERE ${here} AND comment = ''`);
    expect(tables.map(({ name }) => name)).toEqual([]);
    const columns = await door.store.query(
      "SELECT concat(table, '.', name) AS name FROM system.columns WHERE database = currentDatabase() AND comment = '' AND NOT startsWith(table, 'this_is_a_test')",
    );
    expect(columns.map(({ name }) => name)).toEqual([]);
  });
});

describe("@clickhouse/client in another process", () => {
  const EXECUTION_MS_MAX = 2_000;
  let bounded: SqlDoor;
  beforeAll(async () => {
    const sql = await door.store.openReadOnlySql({
      executionMsMax: EXECUTION_MS_MAX,
      memoryBytesMax: 300_000_000,
      resultRowsMax: 1_000_000,
    });
    bounded = await openSqlDoor({ sql: sql!, port: 0 });
  });
  afterAll(() => bounded.close());

  it("asks, streams and is told what failed, bounded in time, memory and rows", async () => {
    const tsx = createRequire(import.meta.url).resolve("tsx");
    const program = join(import.meta.dirname, "../support/sql-client-process.ts");
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ["--import", tsx, program, bounded.url, "plumbline_paged"],
      { timeout: 50_000 },
    );
    const said = JSON.parse(stdout.trim().split("\n").at(-1)!) as {
      failures: Record<string, { code: string; ms: number }>;
    };
    expect(said).toMatchObject({
      ping: true,
      rows: [{ lane: "a'b\n<i>", ids: [1, 2] }],
      count: 200_000,
      after: [{ one: 1 }],
    });
    const codes = Object.fromEntries(Object.entries(said.failures).map(([name, { code }]) => [name, code]));
    expect(codes).toEqual({
      syntax: "62",
      column: "47",
      writing: "164",
      file: "164",
      time: "159",
      memory: "241",
      rows: "396",
    });
    // Ten times the limit is still the limit at work, and not the hours the statement would take.
    expect(said.failures.time!.ms).toBeLessThan(10 * EXECUTION_MS_MAX);
  });
});

it("the console takes the address's database, as the command does", async () => {
  const sql = openSqlQuery(`${door.url}/?database=plumbline_paged`, true);
  try {
    expect(await sql.rows("SELECT currentDatabase() AS name")).toEqual([{ name: "plumbline_paged" }]);
  } finally {
    await sql.close();
  }
});

describe("what `plumbline sql` prints", () => {
  it("goes through the pager where it is longer than the screen, all of it", async () => {
    const answer = await ask("SELECT number FROM numbers(50000)", "cat > paged.txt", ROWS);
    expect(answer).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(readFileSync(paged, "utf8")).toBe(numbers(50_000));
  });

  it.each([
    ["it fits on the screen", ROWS - 1, "exit 7", ROWS],
    ["stdout is no terminal", 500, "exit 7", undefined],
    ["PAGER is empty", 500, "", ROWS],
  ])("goes straight to stdout where %s", async (_why, count, pager, screenRows) => {
    const answer = await ask(`SELECT number FROM numbers(${count})`, pager, screenRows);
    expect(answer).toEqual({ code: 0, stdout: numbers(count), stderr: "" });
  });

  it("ends well where the reader leaves the pager at once", async () => {
    const answer = await ask(
      "SELECT number, repeat('x', 100) FROM numbers(100000)",
      "head -n 1 > paged.txt",
      ROWS,
    );
    expect(answer).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(readFileSync(paged, "utf8")).toMatch(/^0\tx+\n$/);
  });

  it("says an error on stderr, and no rows as no rows", async () => {
    expect(await ask("SELECT nothing", "cat > paged.txt", ROWS)).toMatchObject({ code: 2, stdout: "" });
    expect(await ask("SELECT 1 WHERE 0", "cat > paged.txt", ROWS)).toMatchObject({
      stdout: "",
      stderr: "no rows\n",
    });
    expect(await ask("SELECT 1 WHERE 0", undefined)).toMatchObject({ stdout: "", stderr: "" });
  });
});
