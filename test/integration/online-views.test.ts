/** What history says of online beside offline: cohorts by maturity, buckets ranked, and the records behind them. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Row } from "../../services/ports.ts";
import { insertRows, originAt } from "../support/table-rows.ts";
import { openTestStore, type TestStore } from "../support/test-store.ts";

const HOUR_MS = 3_600_000;
/** A whole hour, lately: rows older than a table's term are dropped at the first merge. */
const START_MS = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - 20 * 24 * HOUR_MS;

let test: TestStore;
let offset = 0;

function origin(topic: string): Row {
  offset += 1;
  return originAt(topic, offset);
}

function outcome(
  interaction: string,
  hour: number,
  delayHours: number,
  resolved: boolean | null,
  over: Row = {},
): Row {
  const interactionMs = START_MS + hour * HOUR_MS + 60_000;
  return {
    id: `o-${offset}`,
    lane: "a",
    bucket: "refund",
    segment: "eu",
    model_id: "m",
    model_version: "1",
    interaction_id: interaction,
    interaction_time: interactionMs,
    event_time: interactionMs + delayHours * HOUR_MS,
    resolved,
    ...origin("outcomes.v1"),
    ...over,
  };
}

beforeAll(async () => {
  test = await openTestStore("plumbline_online");
});
afterAll(async () => {
  await test.close();
});

describe("cohorts of outcomes", () => {
  it("tell how mature they are, and nothing that may still change", async () => {
    await insertRows(test.store, "outcomes", [
      outcome("i1", 0, 0.5, true),
      outcome("i2", 0, 5, false),
      outcome("i3", 0, 30, true),
      outcome("i4", 0, 200, false),
      // The interaction's later outcome counts, and a repeated one counts once.
      outcome("i5", 0, 0.2, false),
      outcome("i5", 0, 0.4, true),
      outcome("i6", 0, 0.1, null),
      outcome("young", 199, 0.5, true),
    ]);
    const rows = await test.store.query("SELECT * FROM outcome_cohorts ORDER BY cohort");
    expect(rows).toHaveLength(2);
    expect(rows[0]).toMatchObject({
      model: "m@1",
      bucket: "refund",
      segment: "eu",
      maturity: "7d",
      resolved_1h: 1,
      resolved_1d: 2 / 3,
      resolved_7d: 3 / 4,
    });
    expect(Number(rows[0]!.outcomes)).toBe(6);
    expect(Number(rows[0]!.outcomes_later)).toBe(1);
    expect(rows[1]).toMatchObject({ maturity: "young", resolved_1h: null, resolved_1d: null });
  });
});

describe("buckets", () => {
  const value = (metric: string, bucket: string, own: Row, endHour = 2): Row => ({
    lane: "a",
    stage: "reply",
    segment: "buckets",
    window: "decision",
    start_time: START_MS,
    end_time: START_MS + endHour * HOUR_MS,
    metric,
    bucket,
    status: "ok",
    ...origin("series.v1"),
    ...own,
  });

  it("are ranked by evidence, in the lane's latest window", async () => {
    await insertRows(test.store, "windows", [
      value("bucket_regression", "old", { value: 0.3, e: 900, n: 10 }, 1),
      value("bucket_regression", "", { value: 0.2, e: 40, n: 2 }),
      value("bucket_regression", "mild", { value: 0.01, lo: -0.1, hi: 0.1, e: 0.2, n: 400 }),
      value("bucket_regression", "refund", { value: 0.2, lo: 0.1, hi: 0.3, e: 40, n: 90 }),
      value("bucket_rate", "refund", { value: 0.7, n: 90 }),
      value("bucket_regression", "refund", { value: 0.4, e: 30, n: 40, segment: "buckets/user:new" }),
      value("bucket_rate", "refund", { value: 0.5, n: 40, segment: "buckets/user:new" }),
    ]);
    const rows = await test.store.query("SELECT bucket, users, rate, drop, e FROM bucket_ranking");
    expect(rows).toEqual([
      { bucket: "refund", users: "all", rate: 0.7, drop: 0.2, e: 40 },
      { bucket: "refund", users: "user:new", rate: 0.5, drop: 0.4, e: 30 },
      { bucket: "mild", users: "all", rate: null, drop: 0.01, e: 0.2 },
    ]);
    const [shown] = await test.store.query("SELECT e FROM window_values WHERE bucket = 'mild'");
    expect(shown).toEqual({ e: 0.2 });
  });

  it("lead to the interactions that failed, with their words", async () => {
    const text = (id: string): Row => ({
      id,
      kind: "interaction",
      lane: "a",
      input: `ask ${id}`,
      output: `say ${id}`,
      ...origin("interactions.v1"),
    });
    await insertRows(test.store, "texts", [text("i2"), text("i4")]);
    const rows = await test.store.query(
      "SELECT interaction_id, request, response FROM bucket_failures WHERE lane = 'a' AND bucket = 'refund'",
    );
    expect(rows).toEqual([
      { interaction_id: "i4", request: "ask i4", response: "say i4" },
      { interaction_id: "i2", request: "ask i2", response: "say i2" },
      // The first word of the interaction that was resolved in the end stays on record.
      { interaction_id: "i5", request: "", response: "" },
    ]);
  });

  it("stand beside what the suites say of them, day by day", async () => {
    const rate = (segment: string, metric: string, bucket: string, value_: number, n: number, hour: number) =>
      value(metric, bucket, { segment, value: value_, n, lane: "beside", ...origin("windows.v1") }, hour);
    await insertRows(test.store, "windows", [
      // Two windows of one day: rates are pooled by their trials.
      rate("all", "online_success", "refund", 0.5, 100, 1),
      rate("all", "online_success", "refund", 0.8, 50, 1),
      rate("user:new", "online_success", "refund", 0.4, 50, 1),
      rate("suite:main", "offline_score", "refund", 0.9, 200, 1),
      rate("suite:main", "offline_score", "other", 0.9, 200, 1),
    ]);
    const rows = await test.store.query(
      "SELECT bucket, users, suite, offline, online, gap, gap_lo, gap_hi, online_n FROM offline_beside_online WHERE lane = 'beside'",
    );
    expect(rows).toMatchObject([
      { bucket: "refund", users: "all", suite: "main", offline: 0.9, online: 0.6 },
      { bucket: "refund", users: "user:new", suite: "main", offline: 0.9, online: 0.4 },
    ]);
    expect(Number(rows[0]!.online_n)).toBe(150);
    // Newcombe 1998, method 10: .9 of 200 (.8506 to .9343) minus .6 of 150 (.5200 to .6750).
    expect(rows[0]!.gap).toBeCloseTo(0.3, 10);
    expect(rows[0]!.gap_lo).toBeCloseTo(0.3 - Math.hypot(0.9 - 0.8506, 0.675 - 0.6), 3);
    expect(rows[0]!.gap_hi).toBeCloseTo(0.3 + Math.hypot(0.9343 - 0.9, 0.6 - 0.52), 3);
  });
});

describe("the records behind an alert", () => {
  it("are told with what became of them and their words, in the run of the alert alone", async () => {
    const verdict = (run: string, own: Row): Row => ({
      lane: "alert",
      window: "decision",
      start_time: START_MS,
      end_time: START_MS + HOUR_MS,
      rule: "",
      families: ["online"],
      ...origin(`${run}verdicts.v1`),
      ...own,
    });
    await insertRows(test.store, "verdicts", [
      verdict("", { verdict: "breach", evidence: ["f1", "f2", "s1"] }),
      verdict("", { verdict: "pass", evidence: [], end_time: START_MS + 2 * HOUR_MS }),
      verdict("", { verdict: "breach", rule: "bucket_regression", evidence: [] }),
      verdict("other.", { verdict: "breach", evidence: ["f1"] }),
    ]);
    const own = { lane: "alert", bucket: "hinge", segment: "new" };
    await insertRows(test.store, "outcomes", [
      outcome("f1", 0, 1, false, own),
      // Told twice: one record.
      outcome("f1", 0, 2, false, own),
      outcome("f2", 0, 1, false, own),
      outcome("f9", 0, 1, false, own),
    ]);
    const text = (id: string, kind: string): Row => ({
      ...{ id, kind, lane: "alert", input: `ask ${id}`, output: `say ${id}` },
      ...origin("interactions.v1"),
    });
    await insertRows(test.store, "texts", [text("f1", "interaction"), text("s1", "sample")]);
    const rows = await test.store.query(
      "SELECT run, id, kind, bucket, segment, model, request, response FROM alert_samples WHERE lane = 'alert' ORDER BY run, id",
    );
    const hinge = { kind: "interaction", bucket: "hinge", segment: "new", model: "m@1" };
    const nobody = { kind: "text", bucket: "", segment: "", model: "" };
    expect(rows).toEqual([
      { run: "", id: "f1", ...hinge, request: "ask f1", response: "say f1" },
      { run: "", id: "f2", ...hinge, request: "", response: "" },
      { run: "", id: "s1", ...nobody, request: "ask s1", response: "say s1" },
      { run: "other.", id: "f1", ...nobody, request: "ask f1", response: "say f1" },
    ]);
  });
});
