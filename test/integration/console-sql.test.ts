import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SchemaAnswer, SqlAnswer } from "../../services/console/answers/sql-answer.ts";
import { consoleApp } from "../../services/console/console-app.ts";
import { readCookbook } from "../../services/console/people-sql/cookbook.ts";
import { openSqlDoor, type SqlDoor } from "../../services/console/sql-door.ts";
import { consoleDeps, type TestConsoleDependencies } from "../support/console-deps.ts";
import { HOSTILE_NAMES } from "../support/hostile-names.ts";
import { openTestStore, type TestStore } from "../support/test-store.ts";

const HOST = { host: "127.0.0.1:8420" };
let test: TestStore;
let door: SqlDoor;
let deps: TestConsoleDependencies;
let app: ReturnType<typeof consoleApp>;

beforeAll(async () => {
  test = await openTestStore("plumbline_console_sql");
  const sql = await test.store.openReadOnlySql({
    executionMsMax: 700,
    memoryBytesMax: 300_000_000,
    resultRowsMax: 200_000,
    resultBytesMax: 16 * 1024 * 1024,
  });
  door = await openSqlDoor({ sql: sql!, port: 0 });
  deps = consoleDeps({ sqlUrl: door.url });
  app = consoleApp({ deps, files: new Map(), hostNames: [] });
});
afterAll(async () => {
  await deps.close();
  await door.close();
  await test.close();
});

async function post(path: string, body: unknown, type = "application/json"): Promise<Response> {
  return await app.request(path, {
    method: "POST",
    headers: { ...HOST, "content-type": type },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

async function ask(
  sql: string,
): Promise<{ status: number; answer: SqlAnswer & { error?: string; code?: number } }> {
  const response = await post("/api/sql", { sql });
  return { status: response.status, answer: (await response.json()) as never };
}

describe("the SQL page's API", () => {
  it("answers with columns, types and rows", async () => {
    const { status, answer } = await ask("SELECT toUInt64(1) AS a, 'x' AS b, NULL AS c -- a comment");
    expect(status).toBe(200);
    expect(answer).toMatchObject({
      kind: "rows",
      columns: [
        { name: "a", type: "UInt64" },
        { name: "b", type: "String" },
        { name: "c", type: "Nullable(Nothing)" },
      ],
      rows: [["1", "x", null]],
      more: false,
    });
    expect((await ask("SELECT 1 AS a FORMAT TSV")).answer).toMatchObject({ kind: "text", text: "1\n" });
  });

  it("gives back hostile text as it is", async () => {
    const names = HOSTILE_NAMES.filter((name) => name.length < 1_000);
    const list = names.map((name) => `base64Decode('${Buffer.from(name).toString("base64")}')`);
    const { answer } = await ask(`SELECT arrayJoin([${list.join(", ")}]) AS name`);
    expect(answer.kind === "rows" && answer.rows.map(([name]) => name)).toEqual(names);
  });

  it("says what the engine says of a mistake, with its code, and lets nothing write", async () => {
    const mistake = await ask("SELECT nonsense FROM windows");
    expect(mistake.status).toBe(400);
    expect(mistake.answer.code).toBe(47);
    expect(mistake.answer.error).toContain("nonsense");
    for (const sql of [
      "DROP TABLE windows",
      "SELECT 1; SELECT 2",
      "SELECT * FROM file('/etc/passwd', 'LineAsString')",
    ]) {
      const refused = await ask(sql);
      expect([refused.status, refused.answer.code], sql).toEqual([400, 164]);
    }
    for (const sql of ["", "   ", "x".repeat(100_001)]) expect((await ask(sql)).status).toBe(400);
    expect((await post("/api/sql", { sql: 5 })).status).toBe(400);
  });

  it("takes only JSON of its own page", async () => {
    expect((await post("/api/sql", '{"sql":"SELECT 1"}', "text/plain")).status).toBe(403);
    expect((await post("/api/sql", '{"sql":"SELECT 1"}', "application/xml")).status).toBe(415);
    expect((await post("/api/sql", "{")).status).toBe(400);
    expect((await post("/api/sql", "[]")).status).toBe(400);
  });

  it("stops a bomb by the door's limits and goes on answering", async () => {
    const bomb = await ask("SELECT sum(sipHash64(number)) FROM numbers(100000000000000)");
    expect(bomb.status).toBe(400);
    expect([159, 394]).toContain(bomb.answer.code);
    expect((await ask("SELECT groupArray(toString(number)) FROM numbers(100000000)")).status).toBe(400);
    expect((await ask("SELECT number FROM numbers(100000)")).answer).toMatchObject({
      kind: "rows",
      more: true,
    });
    expect((await ask("SELECT 7 AS a")).answer).toMatchObject({ rows: [[7]] });
  });

  it("gives all rows as CSV", async () => {
    const response = await post("/api/sql/csv", {
      sql: "SELECT toUInt32(number) AS n, 'a\"b' AS t FROM numbers(1500)",
    });
    expect(response.headers.get("content-type")).toBe("text/csv; charset=UTF-8");
    expect(response.headers.get("content-disposition")).toContain("result.csv");
    const lines = (await response.text()).trim().split("\n");
    expect([lines.length, lines[0], lines[1]]).toEqual([1_501, '"n","t"', '0,"a""b"']);
    expect((await post("/api/sql/csv", { sql: "SELECT nonsense" })).status).toBe(400);
  });

  it("shows the schema with its comments, and the cookbook", async () => {
    const schema = (await (await app.request("/api/sql/schema", { headers: HOST })).json()) as SchemaAnswer;
    const windows = schema.tables.find(({ name }) => name === "windows")!;
    expect(windows.kind).toBe("table");
    expect(windows.columns.find(({ name }) => name === "end_time")).toMatchObject({ comment: "Exclusive" });
    expect(schema.tables.find(({ name }) => name === "gate_now")).toMatchObject({ kind: "view" });
    expect(schema.tables.map(({ name }) => name)).not.toContain("migrations");
    const examples = (await (await app.request("/api/sql/examples", { headers: HOST })).json()) as object;
    expect(examples).toEqual({ examples: readCookbook() });
  });
});
