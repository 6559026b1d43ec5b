/** The oracle's reading of the decision log and of the store, on a real log and on rows changed on purpose. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { MemoryRun, RUN_START_MS } from "../support/memory-run.ts";
import { testPolicy } from "../support/policy.ts";
import { commandOf, sampleOf } from "../support/producers.ts";
import { decisionDifferences } from "./decision-log.ts";
import { expectedDispositions } from "./dispositions.ts";
import { memoryRecords } from "./memory-records.ts";
import type { Fields, OracleRecord } from "./oracle-record.ts";
import { oracleOptions } from "./pane-oracle.ts";
import {
  compareStore,
  expectedStoreCounts,
  expectedTexts,
  STORE_TABLES,
  type StoredRows,
} from "./store-rows.ts";

const run = new MemoryRun();
let records: OracleRecord[] = [];

beforeAll(async () => {
  await run.send("samples", [sampleOf("before")]);
  await run.untilJudged(1);
  await run.send("commands", [commandOf("1"), commandOf("2", { subject: "teacher:gen@4" })]);
  await run.until("both gates", () => run.values("gates").length >= 2);
  await run.send("samples", [sampleOf("after", { eventTime: RUN_START_MS + 1 })]);
  await run.untilJudged(2);
  await run.send("commands", [commandOf("3", { kind: "resume", reason: "checked" })]);
  await run.until("the answer", () => run.values("decisions").length >= 3);
  await run.kill();
  records = memoryRecords(run);
}, 30_000);
afterAll(() => run.kill());

function altered(topic: string, nth: number, over: Fields): OracleRecord[] {
  const own = records.filter((record) => record.topic === topic && record.value !== null)[nth]!;
  return records.map((record) =>
    record === own ? { ...record, value: { ...record.value, ...over } } : record,
  );
}

function doubled(topic: string): OracleRecord[] {
  const own = records.findLast((record) => record.topic === topic && record.value !== null)!;
  return [...records, { ...own, offset: own.offset + 1_000 }];
}

it("finds a whole log whole, and the gates that held a sample", () => {
  expect(decisionDifferences(records)).toEqual([]);
  expect(expectedDispositions(records, oracleOptions(testPolicy()))).toEqual([]);
  expect(run.values("quarantined")).toHaveLength(1);
});

it("finds a changed decision, one that is missing and one made twice", () => {
  expect(decisionDifferences(altered("decisions", 0, { reason: "none" }))).toEqual([
    "decision d00000001 is not what its hash says",
  ]);
  expect(
    decisionDifferences(
      records.filter(({ value }) => value?.decisionId !== "d00000001" || value.hash === undefined),
    ).join(),
  ).toMatch(/does not follow the one before it/);
  expect(decisionDifferences(doubled("decisions")).join()).toMatch(
    /does not follow.*2 decisions are called/s,
  );
});

it("finds two decisions for one cause, and one that nobody asked for", () => {
  const one = { window: "decision", windowStartMs: 0, windowEndMs: 5 };
  const once = altered("decisions", 0, one);
  const other = once.filter(({ topic, value }) => topic === "decisions" && value !== null)[1]!;
  const twice = once.map((record) =>
    record === other ? { ...record, value: { ...other.value, ...one } } : record,
  );
  expect(decisionDifferences(once).join()).not.toMatch(/for one cause/);
  expect(decisionDifferences(twice).join()).toMatch(
    /2 decisions for one cause: support\/after-sales decision 0 to 5/,
  );
  const unasked = records.filter(({ topic }) => topic !== "commands");
  expect(decisionDifferences(unasked)).toEqual(["3 decisions on 0 commands"]);
});

it("finds a gate that opens without a decision, and one that comes again", () => {
  expect(decisionDifferences(altered("gates", 1, { state: "throttled" })).join()).toMatch(/moved no gate/);
  expect(decisionDifferences(altered("gates", 1, { state: "throttled", decisionId: "x" })).join()).toMatch(
    /went from open to throttled without a decision/,
  );
  expect(decisionDifferences(doubled("gates")).join()).toMatch(/comes again/);
});

it("finds a sample that passed a frozen gate", () => {
  const passed = records.map((record) => {
    if (record.topic !== "quarantined" || record.value === null) return record;
    const note = record.headers.plumbline!.split(" ");
    return {
      ...record,
      topic: "admitted" as const,
      headers: { plumbline: [...note.slice(0, 3), ""].join(" ") },
    };
  });
  expect(expectedDispositions(passed, oracleOptions(testPolicy()))).toEqual([
    expect.stringMatching(/gates held it for \[\], expected \[subject_frozen\]/),
  ]);
});

it("finds rows that the store lacks, has twice, or has of nobody", () => {
  const expected = expectedStoreCounts(records);
  const stored: StoredRows[] = [...expected].flatMap(([table, rows]) =>
    [...rows].map(([name, count]) => {
      const [topic, partition, offset] = name.split("/") as [string, string, string];
      return {
        table,
        topic: `run.${topic}.v1`,
        partition: Number(partition),
        offset: Number(offset),
        rows: count,
      };
    }),
  );
  expect([...expected.keys()]).toEqual(STORE_TABLES);
  expect([...expected].map(([, rows]) => rows.size).filter((size) => size > 0).length).toBeGreaterThan(3);
  expect(compareStore(expected, stored)).toEqual([]);
  const at = stored.findIndex(({ table }) => table === "samples");
  expect(compareStore(expected, stored.toSpliced(at, 1))).toEqual([
    expect.stringMatching(/^samples: 0 rows of admitted\/0\/\d+, expected 1$/),
  ]);
  expect(compareStore(expected, stored.with(at, { ...stored[at]!, rows: 2 }))).toEqual([
    expect.stringMatching(/^samples: 2 rows of admitted\/0\/\d+, expected 1$/),
  ]);
  expect(compareStore(expected, [...stored, { ...stored[at]!, offset: 777 }])).toEqual([
    "samples: 1 rows of admitted/0/777, expected none",
  ]);
});

it("expects a text once, however often its record was sent", () => {
  const twice = doubled("admitted");
  expect(expectedTexts(twice)).toEqual(expectedTexts(records));
  expect(expectedTexts(records).size).toBe(2);
  expect(expectedTexts(altered("admitted", 0, { output: "another" })).size).toBe(2);
  expect(expectedTexts([...twice, ...altered("admitted", 0, { output: "another" })]).size).toBe(3);
});

it("expects no rows of what cannot be read, but for what the recorder alone reads", () => {
  const at = { partition: 0, appendMs: 1, headers: {} };
  const far = { id: "i", lane: "l", eventTime: 300_002, response: "x" };
  const expected = expectedStoreCounts([
    { ...at, topic: "interactions", offset: 0, value: far },
    { ...at, topic: "interactions", offset: 1, value: { ...far, eventTime: 300_001 } },
    { ...at, topic: "reviews", offset: 2, value: { ...far, lane: "__other__" } },
    { ...at, topic: "changes", offset: 3, value: null, undecodable: true },
    { ...at, topic: "outcomes", offset: 4, value: null, undecodable: true },
    { ...at, topic: "reviews", offset: 5, value: null },
  ]);
  const rows = [...expected].flatMap(([table, own]) => [...own.keys()].map((place) => `${table} ${place}`));
  expect(rows).toEqual(["interactions interactions/0/1", "rejected reviews/0/2", "rejected changes/0/3"]);
});
