import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { loadSchemas } from "../../../services/adapters/avro/schemas.ts";
import { migrationsDir, readMigrations } from "../../../services/adapters/store/migrate.ts";
import { RECORDED_TOPICS, recordedTopic } from "../../../services/recorder/rows-by-topic.ts";

/** Fields that are deliberately not stored: they are large, and no question needs them in SQL. */
const NOT_STORED: Readonly<Record<string, readonly string[]>> = {
  admitted: ["embedding", "tokenLogprobs"],
  quarantined: ["embedding", "tokenLogprobs"],
};

const schemas = loadSchemas();

function fieldsOf(topic: (typeof RECORDED_TOPICS)[number]): readonly string[] {
  const schema = schemas.current.get(topic)?.schema as unknown as { fields: readonly { name: string }[] };
  return schema.fields.map((field) => field.name);
}

/** Column names by table, from the migrations themselves. */
function columnsByTable(): ReadonlyMap<string, ReadonlySet<string>> {
  const result = new Map<string, Set<string>>();
  for (const { statements } of readMigrations(migrationsDir())) {
    for (const statement of statements) {
      const table = /^CREATE TABLE IF NOT EXISTS (\w+)/.exec(statement)?.[1];
      if (table === undefined) continue;
      const body = statement.slice(statement.indexOf("(\n"), statement.indexOf("\n)\n"));
      result.set(
        table,
        new Set(
          [...body.matchAll(/^ {4}(\w+) /gm)].map((match) => match[1]!).filter((name) => name !== "INDEX"),
        ),
      );
    }
  }
  return result;
}

describe.each(RECORDED_TOPICS)("rows of %s", (topic) => {
  it("read every field of the schema, but those named as not stored", () => {
    const read = new Set<string>();
    const record = new Proxy(
      {},
      {
        get: (_target, name) => {
          read.add(String(name));
          return undefined;
        },
      },
    );
    recordedTopic(topic)!.rows(record, {});
    const expected = fieldsOf(topic).filter((name) => !(NOT_STORED[topic] ?? []).includes(name));
    expect([...read].sort()).toEqual([...expected].sort());
  });

  it("have no column that the tables have not, and no table that is not declared", () => {
    const columns = columnsByTable();
    const inner = { subject: "s", results: [{}] };
    const tables = recordedTopic(topic)!.rows({ results: [{}], leftOut: [inner] }, {});
    for (const [table, rows] of Object.entries(tables)) {
      expect(recordedTopic(topic)!.tables).toContain(table);
      for (const row of rows) {
        expect(Object.keys(row).filter((name) => !columns.get(table)!.has(name))).toEqual([]);
      }
    }
  });

  it("come from an empty record without a throw", () => {
    expect(() => recordedTopic(topic)!.rows({}, {})).not.toThrow();
  });
});

describe("the migrations", () => {
  it("argue order, partitions and term of every table beside it", () => {
    for (const { name } of readMigrations(migrationsDir())) {
      const text = readFileSync(`${migrationsDir()}/${name}`, "utf8");
      for (const [, comment, table] of text.matchAll(/((?:^--.*\n)+)CREATE TABLE IF NOT EXISTS (\w+)/gm)) {
        expect(comment, `${name}: ${table}`).toContain("ORDER BY");
        expect(comment, `${name}: ${table}`).toContain("TTL");
        if (table !== "progress") expect(comment, `${name}: ${table}`).toContain("PARTITION BY");
      }
    }
  });

  it("give every recorded table the columns that say where a row comes from", () => {
    const columns = columnsByTable();
    const tables = new Set(RECORDED_TOPICS.flatMap((topic) => recordedTopic(topic)!.tables));
    for (const table of tables) {
      for (const column of [
        "_cluster",
        "_topic",
        "_epoch",
        "_partition",
        "_offset",
        "_append_time",
        "_day",
      ]) {
        expect(columns.get(table)?.has(column), `${table}.${column}`).toBe(true);
      }
    }
  });
});
