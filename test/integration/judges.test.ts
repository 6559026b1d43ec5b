/** Judges beside people, in the real engine: the views, and the report over the SQL door. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ACCEPTING_VERDICTS, judgedAccepted, REJECTING_VERDICTS } from "../../services/core/judgement.ts";
import type { SampleView } from "../../services/core/sample.ts";
import type { Row } from "../../services/ports.ts";
import { makeTempDir, runCommand } from "../support/run-command.ts";
import { insertRows, originAt } from "../support/table-rows.ts";
import { openTestDoor, type TestDoor } from "../support/test-door.ts";

const NOW_MS = Date.now();
const dir = makeTempDir();
let test: TestDoor;
let offset = 0;

function origin(topic: string): Row {
  offset += 1;
  return originAt(topic, offset, NOW_MS);
}

function sample(id: string, verdict: string, more: Row = {}): Row {
  return {
    id,
    lane: "a",
    bucket: "refund",
    event_time: NOW_MS - 60_000,
    decision: "admitted",
    origin: "model_generated",
    teacher_id: "gen",
    judge_id: "j",
    judge_version: "1",
    judge_verdict: verdict,
    reasons: [],
    ...origin("admitted.v1"),
    ...more,
  };
}

function review(target: string, reviewer: string, verdict: string, more: Row = {}): Row {
  return {
    id: `r-${offset}`,
    lane: "a",
    event_time: NOW_MS,
    target_topic: "samples",
    target_id: target,
    reviewer,
    verdict,
    labels: [],
    ...origin("reviews.v1"),
    ...more,
  };
}

beforeAll(async () => {
  test = await openTestDoor("plumbline_judges");
});
afterAll(async () => {
  await test.close();
  dir.remove();
});

describe("the view judge_verdicts", () => {
  it("reads the words that the metrics read", async () => {
    const known = `${ACCEPTING_VERDICTS} ${REJECTING_VERDICTS}`.split(" ");
    const words = [
      ...known,
      ...known.map((word) => `\t ${word.toUpperCase()}\n`),
      "maybe",
      "accept it",
      "-1",
    ];
    await insertRows(
      test.store,
      "samples",
      words.map((word, i) => sample(`w${i}`, word, { lane: "words" })),
    );
    const rows = await test.store.query(
      "SELECT judge_verdict AS word, accepts FROM judge_verdicts WHERE lane = 'words' ORDER BY _topic, toUInt32(substring(sample_id, 2))",
    );
    const expected = words.map((word) => ({
      word,
      accepts: judgedAccepted({ judgeVerdict: word } as SampleView, true),
    }));
    expect(rows).toEqual(expected);
  });

  it("leaves out repeats and samples that nobody judged", async () => {
    await insertRows(test.store, "samples", [
      sample("once", "accept", { lane: "repeats" }),
      sample("once", "accept", { lane: "repeats", decision: "quarantined", reasons: ["duplicate_id"] }),
      sample("never", "", { lane: "repeats" }),
      sample("other-run", "reject", { lane: "repeats", ...origin("lab-1.quarantined.v1") }),
    ]);
    const rows = await test.store.query(
      "SELECT sample_id, accepts, judge, run FROM judge_verdicts WHERE lane = 'repeats' ORDER BY sample_id",
    );
    expect(rows).toEqual([
      { sample_id: "once", accepts: true, judge: "j@1", run: "" },
      { sample_id: "other-run", accepts: false, judge: "j@1", run: "lab-1." },
    ]);
  });
});

describe("the view judge_reviews", () => {
  it("has one row a reviewed sample, with each reviewer's latest verdict", async () => {
    await insertRows(test.store, "samples", [
      sample("s1", "accept", { lane: "people" }),
      sample("s2", "reject", { lane: "people" }),
      sample("s3", "accept", { lane: "people" }),
    ]);
    const said = (target: string, reviewer: string, verdict: string, more: Row = {}) =>
      review(target, reviewer, verdict, { lane: "people", ...more });
    await insertRows(test.store, "reviews", [
      said("s1", "ann", "fail", { event_time: NOW_MS - 5_000 }),
      said("s1", "ann", "pass"),
      said("s1", "bob", "PASS", { target_topic: "admitted" }),
      said("s1", "cy", "fail"),
      said("s1", "dee", "unsure"),
      said("s1", "eve", ""),
      said("s2", "ann", "pass"),
      said("s2", "bob", "fail"),
      said("s3", "ann", "pass", { target_topic: "interactions" }),
      said("s3", "bob", "pass", origin("lab-1.reviews.v1")),
    ]);
    const rows = await test.store.query(
      "SELECT sample_id, judge_accepts, reviewers, toFloat64(passes) AS passes, toFloat64(fails) AS fails, " +
        "toFloat64(unsure) AS unsure, people_accept FROM judge_reviews WHERE lane = 'people' ORDER BY sample_id",
    );
    const s1 = {
      judge_accepts: true,
      reviewers: ["ann", "bob", "cy", "dee"],
      passes: 2,
      fails: 1,
      unsure: 1,
    };
    expect(rows).toEqual([
      { sample_id: "s1", ...s1, people_accept: true },
      {
        sample_id: "s2",
        judge_accepts: false,
        reviewers: ["ann", "bob"],
        passes: 1,
        fails: 1,
        unsure: 0,
        people_accept: null,
      },
    ]);
  });

  it("says what its columns mean", async () => {
    const rows = await test.store.query(
      "SELECT name, comment FROM system.columns WHERE database = currentDatabase() AND table = 'judge_reviews' AND comment != ''",
    );
    expect(rows.map(({ name }) => name)).toContain("people_accept");
  });
});

describe("plumbline judge report", () => {
  const report = (...args: string[]) =>
    runCommand(["judge", "report", ...args], { cwd: dir.path, env: { CLICKHOUSE_URL: test.url } });

  it("holds a judge against people: the golden numbers, from rows", async () => {
    const judged = (count: number, verdict: string, name: string): Row[] =>
      Array.from({ length: count }, (_, i) => sample(`${name}${i}`, verdict, { lane: "golden" }));
    await insertRows(test.store, "samples", [...judged(920, "accept", "y"), ...judged(80, "reject", "n")]);
    const reviewed = (from: number, to: number, name: string, verdict: string): Row[] =>
      Array.from({ length: to - from }, (_, i) =>
        review(`${name}${from + i}`, "ann", verdict, { lane: "golden" }),
      );
    await insertRows(test.store, "reviews", [
      ...reviewed(0, 80, "y", "pass"),
      ...reviewed(80, 92, "y", "fail"),
      ...reviewed(0, 2, "n", "pass"),
      ...reviewed(2, 8, "n", "fail"),
    ]);
    const { code, stdout, stderr } = await report("--lane", "golden", "--json");
    expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
    const found = JSON.parse(stdout) as {
      readonly judges: readonly { readonly judge: string; readonly powered: { readonly value: number } }[];
    };
    expect(found).toMatchObject({
      lane: "golden",
      verdict: "breach",
      rotation: { judges: 1, busiestShare: 1 },
    });
    expect(found.judges).toHaveLength(1);
    expect(found.judges[0]).toMatchObject({ judge: "j@1", reviewed: 100, verdict: "breach" });
    expect(found.judges[0]!.powered.value).toBeCloseTo(0.82, 10);
    const text = await report("--lane", "golden");
    expect(text.stdout).toContain("rotation: none, one judge decides everything");
    expect(text.stdout).toContain("j@1: it accepts more than people would");
  });

  it("is inconclusive where nobody reviewed, and where nobody judged in the time asked for", async () => {
    expect((await report("--lane", "words")).code).toBe(3);
    const { code, stdout } = await report("--lane", "golden", "--since", "1s");
    expect(code).toBe(3);
    expect(stdout).toBe("no verdict of a judge on lane golden in this time\n");
  });
});
