import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { SQL_CELL_CHARS_MAX, SQL_ROWS_SHOWN_MAX } from "../../../services/console/answers/sql-answer.ts";
import { readCookbook } from "../../../services/console/people-sql/cookbook.ts";
import { RESULT_BYTES_MAX, readResult } from "../../../services/console/people-sql/read-result.ts";
import { createTurns } from "../../../services/console/people-sql/turns.ts";

const body = (...chunks: readonly string[]): Readable =>
  Readable.from(chunks.map((chunk) => Buffer.from(chunk)));

describe("a result", () => {
  it("is columns and rows, with everything that is not a number or text as JSON", async () => {
    const found = await readResult(
      body('["a","b"]\n["UInt64","Ar', 'ray(String)"]\n["18446744073709551615",["x\'",null]]\n[null,[]]\n'),
    );
    expect(found).toEqual({
      kind: "rows",
      columns: [
        { name: "a", type: "UInt64" },
        { name: "b", type: "Array(String)" },
      ],
      rows: [
        ["18446744073709551615", '["x\'",null]'],
        [null, "[]"],
      ],
      more: false,
    });
  });

  it("is bounded in rows, in bytes and in each cell, and says that there is more", async () => {
    const head = '["n"]\n["String"]\n';
    const line = (text: string): string => `${JSON.stringify([text])}\n`;
    const exactly = await readResult(body(head, line("x").repeat(SQL_ROWS_SHOWN_MAX)));
    expect(exactly).toMatchObject({ more: false });
    const many = await readResult(body(head, line("x").repeat(SQL_ROWS_SHOWN_MAX + 1)));
    expect(many).toMatchObject({ more: true });
    expect(many.kind === "rows" && many.rows.length).toBe(SQL_ROWS_SHOWN_MAX);
    const long = await readResult(body(head, line("y".repeat(SQL_CELL_CHARS_MAX + 1))));
    expect(long.kind === "rows" && String(long.rows[0]![0]).length).toBe(SQL_CELL_CHARS_MAX + 1);
    const huge = await readResult(body(head, line("z"), line("w".repeat(RESULT_BYTES_MAX))));
    expect(huge).toMatchObject({ kind: "rows", rows: [["z"]], more: true });
  });

  it("is text where the statement named a format of its own", async () => {
    expect(await readResult(body("a,b\n1,2\n"))).toEqual({ kind: "text", text: "a,b\n1,2\n", more: false });
    expect(await readResult(body(""))).toMatchObject({ kind: "text", text: "" });
    expect(await readResult(body("[1]\n[2]\n"))).toMatchObject({ kind: "text" });
  });
});

describe("turns", () => {
  it("are taken one after the other, also after a failure, and refused beyond the bound", async () => {
    const turns = createTurns(1, 1);
    const order: string[] = [];
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const first = turns.take(async () => {
      await held;
      order.push("first");
      throw new Error("no");
    });
    const second = turns.take(async () => {
      order.push("second");
    });
    expect(turns.take(() => Promise.resolve())).toBeNull();
    release();
    await expect(first).rejects.toThrow("no");
    await second;
    expect(order).toEqual(["first", "second"]);
    expect(await turns.take(() => Promise.resolve(7))).toBe(7);
  });
});

describe("the cookbook", () => {
  it("has twenty questions, each with its statement", () => {
    const recipes = readCookbook();
    expect(recipes).toHaveLength(20);
    for (const { question, sql } of recipes) {
      expect(question).toMatch(/\?$/);
      expect(sql).toMatch(/^(SELECT|WITH)\b/);
    }
  });
});
