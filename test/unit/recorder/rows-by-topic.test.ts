import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createCodec } from "../../../services/adapters/avro/codec.ts";
import { loadSchemas } from "../../../services/adapters/avro/schemas.ts";
import { migrationsDir, readMigrations } from "../../../services/adapters/store/migrate.ts";
import type { Row } from "../../../services/ports.ts";
import { FlatTable } from "../../../services/recorder/flat-table.ts";
import { ORIGIN_COLUMNS } from "../../../services/recorder/row-origin.ts";
import {
  type FlatTopic,
  RECORDED_TOPICS,
  recordedTopic,
  tablesOf,
} from "../../../services/recorder/rows-by-topic.ts";
import { createTopicReader } from "../../../services/recorder/topic-reader.ts";
import { MIGRATED_TABLES } from "../../support/table-rows.ts";

/** Fields that are deliberately not stored: they are large, and no question needs them in SQL; or other tables have them. */
const NOT_STORED: Readonly<Record<string, readonly string[]>> = {
  admitted: ["embedding", "tokenLogprobs"],
  quarantined: ["embedding", "tokenLogprobs"],
  // What an alert made of them is in `verdicts`, and all failures are in `outcomes`.
  windows: ["failed"],
  series: ["failed"],
};

const codec = createCodec();
const schemas = loadSchemas();

/** Names of the fields that rows are made of. */
function fieldsRead(topic: (typeof RECORDED_TOPICS)[number]): ReadonlySet<string> {
  const recorded = recordedTopic(topic);
  if (recorded.rows === "flat") {
    const tables = Object.entries(recorded.tables).map(
      ([table, sources]) => new FlatTable(table, MIGRATED_TABLES.get(table)!, codec.walkerOf(topic), sources),
    );
    return new Set(tables.flatMap((table) => [...table.fields]));
  }
  const read = new Set<string>();
  const record = new Proxy(
    {},
    {
      get: (_target, name) => {
        read.add(String(name));
        // Fields of the record are read for each result, so there must be one.
        return name === "results" || name === "leftOut" ? [{ results: [{}] }] : undefined;
      },
    },
  );
  recorded.make(record);
  return read;
}

describe.each(RECORDED_TOPICS)("rows of %s", (topic) => {
  it("hold every field of the schema, but those named as not stored", () => {
    const schema = schemas.current.get(topic)?.schema as unknown as { fields: readonly { name: string }[] };
    const expected = schema.fields
      .map((field) => field.name)
      .filter((name) => !(NOT_STORED[topic] ?? []).includes(name));
    expect([...fieldsRead(topic)].sort()).toEqual([...expected].sort());
  });

  it("fill every column of their tables", () => {
    expect(() => createTopicReader(topic, codec, MIGRATED_TABLES)).not.toThrow();
    const recorded = recordedTopic(topic);
    if (recorded.rows === "flat") return;
    const inner = { subject: "s", results: [{}] };
    const made = recorded.make({ results: [{}], leftOut: [inner] });
    for (const table of recorded.tables) {
      const given = new Set((made[table] as readonly Row[]).flatMap((row) => Object.keys(row)));
      const columns = MIGRATED_TABLES.get(table)!.map((column) => column.name);
      expect([...given, ...ORIGIN_COLUMNS].sort()).toEqual([...columns].sort());
    }
  });
});

describe("tables that are not as they should be", () => {
  const gates = MIGRATED_TABLES.get("gates")!;
  const walker = codec.walkerOf("gates");
  const sources = (recordedTopic("gates") as FlatTopic).tables.gates!;
  const open = (columns: typeof gates) => () => new FlatTable("gates", columns, walker, sources);

  it("are refused at the start, with table and column", () => {
    const changed = gates.map((own) => (own.name === "revision" ? { ...own, type: "String" } : own));
    expect(open(changed)).toThrow("gates.revision: field revision does not go into String");
    expect(open([...gates, { name: "mood", type: "String" }])).toThrow(/gates\.mood: .*no field mood/);
    expect(open(gates.filter((own) => own.name !== "since"))).toThrow("table gates has no column since");
    expect(open(gates.filter((own) => own.name !== "_day"))).toThrow("table gates has no column _day");
    expect(() => createTopicReader("gates", codec, new Map())).toThrow("the store has no table gates");
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
    for (const table of new Set(RECORDED_TOPICS.flatMap((topic) => tablesOf(topic)))) {
      const columns = MIGRATED_TABLES.get(table)!.map((column) => column.name);
      for (const column of ORIGIN_COLUMNS) expect(columns, table).toContain(column);
    }
  });
});
