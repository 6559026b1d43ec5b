/** Evidence by bucket and by bucket of user segments: found, shared, bounded, restored. */
import { describe, expect, it } from "vitest";
import { METRICS } from "../../../../services/core/catalogue.generated.ts";
import { Catalogue } from "../../../../services/core/catalogue.ts";
import { judgeWindow } from "../../../../services/core/governor/judge-window.ts";
import { Random } from "../../../../services/core/random.ts";
import { rateResult } from "../../../../services/core/rate-result.ts";
import type { WindowRecord } from "../../../../services/core/records.ts";
import {
  BucketEvidence,
  type BucketRow,
  CELL_RATES_MAX,
} from "../../../../services/core/series/bucket-evidence.ts";
import { RATES_MAX } from "../../../../services/core/series/rate-evidence.ts";
import { testPolicy } from "../../../support/policy.ts";
import { productRules } from "../../../support/real-records.ts";
import { windowInputs } from "../../../support/window-inputs.ts";

const CATALOGUE = new Catalogue(METRICS);
const RULES = productRules().filter(({ id }) => id === "bucket_regression");
/** Outcomes a window, of each kind of user and bucket. */
const TRIALS = 60;
const USERS = ["new", "old", "shop"] as const;
const BUCKETS = ["hinge", "latch", "part/a", "part/b"] as const;

type RateOf = (users: string, bucket: string) => number;

/** One window of three kinds of users, each asking of four buckets alike; shops are no segment of their own. */
function windowOf(random: Random, rateOf: RateOf): WindowRecord[] {
  const won = new Map<string, number>();
  for (const users of USERS) {
    for (const bucket of BUCKETS) {
      let successes = 0;
      for (let i = 0; i < TRIALS; i += 1) if (random.nextFloat() < rateOf(users, bucket)) successes += 1;
      won.set(`${users} ${bucket}`, successes);
    }
  }
  const sum = (users: readonly string[], bucket: string): number =>
    users.reduce((total, name) => total + won.get(`${name} ${bucket}`)!, 0);
  const rates = (users: readonly string[]) =>
    BUCKETS.map((bucket) => rateResult("online_success", sum(users, bucket), TRIALS * users.length, bucket));
  return windowInputs(0, [
    ["candidate", "generated", []],
    ["reply", "all", rates(USERS)],
    ["reply", "user:new", rates(["new"])],
    ["reply", "user:old", rates(["old"])],
  ]).map(({ window }) => window);
}

const resultsOf = (rows: readonly BucketRow[], metric: string) =>
  rows.flatMap(({ segment, results }) =>
    results.filter((own) => own.metric === metric).map((own) => ({ ...own, segment })),
  );

function verdictOf(rows: readonly WindowRecord[], made: readonly BucketRow[]) {
  const series = made.map((row) => ({ ...rows[1]!, ...row }));
  const frame = { lane: "a", window: "decision", startMs: 0, endMs: 1, generation: 1, partition: 0 } as const;
  const group = { ...frame, rows: [...rows, ...series] };
  return judgeWindow(group, RULES, "v", CATALOGUE, testPolicy().defaults, new Map()).verdict;
}

function played(windows: number, rateOf: (t: number) => RateOf, seed: string) {
  const random = new Random(`bucket-evidence/${seed}`);
  const evidence = new BucketEvidence();
  let [rows, made]: [WindowRecord[], readonly BucketRow[]] = [[], []];
  for (let t = 0; t < windows; t += 1) {
    rows = windowOf(random, rateOf(t));
    made = evidence.fold(rows);
  }
  return { evidence, rows, made };
}

describe("evidence by bucket and user segment", () => {
  it("finds one kind of user served worse in one bucket, and names bucket and users", () => {
    const { evidence, rows, made } = played(
      30,
      (t) => (users, bucket) => (t >= 15 && users === "new" && bucket === "hinge" ? 0.55 : 0.9),
      "one cell",
    );
    expect(evidence.isWorse("user:new")).toBe(true);
    expect(evidence.isWorse("user:old")).toBe(false);
    expect(made.map(({ segment }) => segment)).toEqual(["buckets", "buckets/user:new", "buckets/user:old"]);
    const { verdict, results } = verdictOf(rows, made);
    expect(verdict).toBe("breach");
    const breaches = results.filter((result) => result.verdict === "breach");
    expect(breaches.map(({ segment, bucket }) => [segment, bucket])).toEqual([
      ["buckets", ""],
      ["buckets/user:new", "hinge"],
      ["buckets", "hinge"],
    ]);
    const own = rows
      .find(({ segment }) => segment === "user:new")!
      .results.find(({ bucket }) => bucket === "hinge")!;
    const failed = TRIALS - Math.round(own.value! * TRIALS);
    expect(breaches[0]!.arithmetic).toContain(
      `; most in hinge of user:new: ${failed} of the window's ${TRIALS} outcomes failed`,
    );
  });

  it("finds a cell that its bucket hides", () => {
    const { evidence, made } = played(
      60,
      (t) => (users, bucket) => {
        if (t < 15 || bucket !== "latch") return 0.8;
        // What new users lose, the others gain.
        return users === "new" ? 0.6 : 0.9;
      },
      "hidden",
    );
    expect(evidence.isWorse("all")).toBe(false);
    expect(evidence.isWorse("user:new")).toBe(true);
    const [regressed] = resultsOf(made, "regressed_buckets");
    expect(regressed!.value).toBe(1);
    const hidden = resultsOf(made, "bucket_regression").find(
      ({ segment, bucket }) => segment === "buckets" && bucket === "latch",
    );
    expect(hidden!.e).toBeLessThan(1);
  });

  it("pools cells to their parent bucket, and shrinks them towards their own users", () => {
    const { made } = played(
      30,
      (t) => (users, bucket) => (t >= 15 && users === "old" && bucket.startsWith("part/") ? 0.6 : 0.9),
      "parents",
    );
    const old = made.find(({ segment }) => segment === "buckets/user:old")!.results;
    const fallen = old.filter(({ metric, e }) => metric === "bucket_regression" && e! >= 20);
    expect(fallen.map(({ bucket }) => bucket)).toEqual(["part/*", "part/a", "part/b"]);
    const shrunk = old.find(({ metric, bucket }) => metric === "bucket_rate" && bucket === "part/a")!.value!;
    expect(shrunk).toBeGreaterThan(0.55);
    expect(shrunk).toBeLessThan(0.75);
  });

  it("shares half of the error among cells, and gives it all to buckets where there are none", () => {
    const random = new Random("bucket-evidence/shared");
    const [alone, beside] = [new BucketEvidence(), new BucketEvidence()];
    const e = (rows: readonly BucketRow[]) =>
      resultsOf(rows, "bucket_regression").find(
        ({ bucket, segment }) => bucket === "hinge" && segment === "buckets",
      )?.e;
    let [first, second]: (readonly BucketRow[])[] = [[], []];
    for (let t = 0; t < 20; t += 1) {
      const rows = windowOf(random, (_users, bucket) => (t >= 14 && bucket === "hinge" ? 0.75 : 0.9));
      first = alone.fold(rows.filter(({ segment }) => !segment.startsWith("user:")));
      second = beside.fold(rows);
    }
    expect(e(first!)! / e(second!)!).toBeCloseTo(2, 10);
  });

  it("does not leave a lane without a word where the strongest of its buckets has too few outcomes since", () => {
    const evidence = new BucketEvidence();
    let made: readonly BucketRow[] = [];
    for (let t = 0; t < 20; t += 1) {
      const ended = rateResult("online_success", 80, 100, "ended");
      const going = rateResult("online_success", 80, 100, "going");
      made = evidence.fold(
        windowInputs(t, [["reply", "all", t < 12 ? [ended, going] : [going]]]).map(({ window }) => window),
      );
    }
    const [whole, ended] = resultsOf(made, "bucket_regression");
    expect(ended).toMatchObject({ bucket: "ended", status: "insufficient" });
    expect(whole).toMatchObject({ bucket: "", status: "ok" });
  });

  it("is bounded, counts what it does not follow, and keeps the same whatever the order", () => {
    const flood = (order: number): BucketEvidence => {
      const evidence = new BucketEvidence();
      for (let t = 0; t < 13; t += 1) {
        const rates = Array.from({ length: 200 }, (_, i) => rateResult("online_success", 80, 100, `b${i}`));
        const own = order > 0 ? rates : rates.toReversed();
        const rows = Array.from({ length: 16 }, (_, s) => ["reply", `user:s${s}`, own] as const);
        const shown = windowInputs(t, [["reply", "all", own], ...(order > 0 ? rows : rows.toReversed())]);
        made = evidence.fold(shown.map(({ window }) => window));
      }
      return evidence;
    };
    let made: readonly BucketRow[] = [];
    const json = flood(1).toJson() as { buckets: { rates: unknown[] }; cells: { rates: unknown[] } };
    expect(json.buckets.rates).toHaveLength(200);
    expect(json.cells.rates).toHaveLength(CELL_RATES_MAX);
    const [untested] = resultsOf(made, "untested_buckets");
    expect(untested).toMatchObject({ value: 16 * 200 - CELL_RATES_MAX, n: 17 * 200 });
    const byName = (rates: readonly unknown[]) => JSON.stringify(rates.map(String).sort());
    const other = flood(-1).toJson() as typeof json;
    expect(byName(other.cells.rates)).toBe(byName(json.cells.rates));
    expect(RATES_MAX).toBeGreaterThanOrEqual(200);
  });

  it("comes back from a checkpoint as it was, also from one that knew buckets alone", () => {
    const random = new Random("bucket-evidence/checkpoint");
    const whole = new BucketEvidence();
    let restored = new BucketEvidence();
    for (let t = 0; t < 40; t += 1) {
      const rows = windowOf(random, (users) => (t > 20 && users === "new" ? 0.6 : 0.9));
      expect(restored.fold(rows)).toEqual(whole.fold(rows));
      restored = BucketEvidence.fromJson(JSON.parse(JSON.stringify(restored.toJson())), "buckets");
      if (t === 30) {
        whole.restart();
        restored.restart();
        expect(restored.isWorse("user:new")).toBe(false);
      }
    }
    const { buckets } = whole.toJson() as { buckets: object };
    const older = BucketEvidence.fromJson(JSON.parse(JSON.stringify(buckets)), "buckets");
    expect(older.toJson().buckets).toEqual(buckets);
    expect(() => BucketEvidence.fromJson({}, "buckets")).toThrow("buckets windows");
  });
});
