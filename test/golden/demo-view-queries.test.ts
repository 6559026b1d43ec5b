/** The statements the demo tells people to type, asked of the real engine through its read-only door. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { demoQueries } from "../../services/cli/demo-view/run-info-lines.ts";
import { dayNumber } from "../../services/recorder/row-origin.ts";
import { insertRows } from "../support/table-rows.ts";
import { openTestStore, type TestStore } from "../support/test-store.ts";

const PREFIX = "lab-7f3a21.";
const DAY = dayNumber(Date.now());
let test: TestStore;

beforeAll(async () => {
  test = await openTestStore();
  for (const [prefix, coverage] of [
    [PREFIX, 0.53432],
    ["lab-other.", 0.9],
  ] as const) {
    await insertRows(test.store, "windows", [
      {
        ...place(`${prefix}windows.v1`),
        lane: "replace",
        stage: "candidate",
        segment: "generated",
        window: "generation",
        generation: 2,
        metric: "tail_coverage",
        value: coverage,
        z: -25.11,
        status: "ok",
      },
    ]);
    await insertRows(test.store, "decisions", [
      {
        ...place(`${prefix}decisions.v1`),
        lane: "replace",
        generation: 2,
        from_state: "open",
        to_state: prefix,
      },
    ]);
    await insertRows(test.store, "texts", [
      { ...place(`${prefix}quarantined.v1`), id: "replace-g2-s265", output: `written in ${prefix}` },
    ]);
  }
});
afterAll(async () => {
  await test.close();
});

function place(topic: string): Record<string, unknown> {
  return { _topic: topic, _epoch: 0, _partition: 0, _offset: 0, _append_time: Date.now(), _day: DAY };
}

describe("what to type next", () => {
  it("asks of this run alone, and is answered", async () => {
    const door = await test.store.openReadOnlySql();
    const answers: unknown[][] = [];
    for (const clauses of demoQueries(PREFIX, "replace-g2-s265")) {
      const sql = `\n    ${clauses.join("\n    ")}`;
      const answer = await door!.run({ sql, parameters: {}, format: "JSONEachRow" });
      if (!answer.ok) throw new Error(`${answer.message}: ${sql}`);
      const lines = new TextDecoder().decode(answer.body).trim().split("\n");
      answers.push(lines.map((line) => JSON.parse(line) as unknown));
    }
    expect(answers[0]).toEqual([{ lane: "replace", generation: 2, coverage: 0.534, sigmas: -25.1 }]);
    expect(answers[1]).toMatchObject([{ lane: "replace", from_state: "open", to_state: PREFIX }]);
    expect(answers[2]).toEqual([{ output: `written in ${PREFIX}` }]);
  });
});
