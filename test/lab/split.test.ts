/** The split lab: that what is planted is there, and that it reaches the history as it was planted. */
import { beforeAll, describe, expect, it } from "vitest";
import { createCodec } from "../../services/adapters/avro/codec.ts";
import { openClock } from "../../services/adapters/clock.ts";
import { openLogger } from "../../services/adapters/logger.ts";
import { chiSquareUpperTail } from "../../services/core/statistics/special.ts";
import { loadDefaultCorpus } from "../../services/lab/corpus.ts";
import { runSplit, splitReference } from "../../services/lab/split/run-split.ts";
import {
  drawSplitPlan,
  SPLIT_SCENARIOS,
  SPLIT_SIZES,
  type SplitPlan,
  type SplitScenario,
  stateAt,
} from "../../services/lab/split/split-plan.ts";
import {
  PEOPLE_SEGMENT,
  type SplitEvent,
  type SplitTimes,
  splitRecords,
  windowStartMs,
} from "../../services/lab/split/split-records.ts";
import { prepareSplit, SPLIT_SUITES, type SplitTask } from "../../services/lab/split/split-task.ts";
import { lossWindow, onlineRate, peopleRate, suiteRate } from "../../services/lab/split/split-truth.ts";
import { canonicalJson } from "../../services/runtime/canonical-json.ts";

const SEED = 2;
const TIMES: SplitTimes = { startMs: 1_700_000_000_000, windowMs: 5_000 };
const WINDOWS = Array.from({ length: SPLIT_SIZES.windows }, (_, i) => i + 1);
const SHORT = { ...SPLIT_SIZES, windows: 12, questions: 300, peopleQuestions: 60, replyTexts: 600 };

let task: SplitTask;
const plans = new Map<SplitScenario, SplitPlan>(
  SPLIT_SCENARIOS.map((scenario) => [scenario, drawSplitPlan(SEED, scenario)]),
);
const collapse = plans.get("collapse")!;

beforeAll(() => {
  task = prepareSplit(loadDefaultCorpus(), SEED, SPLIT_SIZES);
}, 120_000);

interface Tally {
  successes: number;
  trials: number;
}

function tally(events: readonly SplitEvent[], counts: (event: SplitEvent) => Tally | null): Tally {
  const sum = { successes: 0, trials: 0 };
  for (const event of events) {
    const one = counts(event);
    sum.successes += one?.successes ?? 0;
    sum.trials += one?.trials ?? 0;
  }
  return sum;
}

function suiteTally(events: readonly SplitEvent[], suite: string): Tally {
  return tally(events, (event) =>
    event.topic === "evaluations" && event.record.suite === suite
      ? { successes: event.record.successes ?? 0, trials: event.record.trials ?? 0 }
      : null,
  );
}

function outcomeTally(events: readonly SplitEvent[], people: boolean): Tally {
  return tally(events, (event) =>
    event.topic === "outcomes" && (event.record.segment === PEOPLE_SEGMENT) === people
      ? { successes: event.record.resolved === true ? 1 : 0, trials: 1 }
      : null,
  );
}

interface Counted {
  readonly tally: Tally;
  /** Planted. */
  readonly rate: number;
}

/** p of the windows' squared residuals, if they are independent binomials of the planted rates: small on either side. */
function binomialP(windows: readonly Counted[]): number {
  let squares = 0;
  for (const { tally: seen, rate } of windows) {
    squares += (seen.successes - seen.trials * rate) ** 2 / (seen.trials * rate * (1 - rate));
  }
  const upper = chiSquareUpperTail(squares, windows.length);
  return Math.min(upper, 1 - upper);
}

/** Windows without samples, where only traffic and suites are counted. */
function counted(plan: SplitPlan, window: number): readonly SplitEvent[] {
  return splitRecords({ ...task, sizes: { ...SPLIT_SIZES, samples: 0 } }, plan, TIMES, window);
}

/** Windows of all kinds of records, few of each. */
function few(plan: SplitPlan, window: number): readonly SplitEvent[] {
  const sizes = { ...SPLIT_SIZES, samples: 20, questions: 60, peopleQuestions: 20 };
  return splitRecords({ ...task, sizes }, plan, TIMES, window);
}

describe("what the split lab plants", () => {
  it("is a main suite that the narrowing cannot move, and suites that it does", () => {
    expect(task.suites.main.length).toBe(600);
    const rates = WINDOWS.map((window) => suiteRate(task, collapse, "main", window));
    for (const rate of rates) expect(rate).toBeCloseTo(rates[0]!, 12);
    expect(suiteRate(task, collapse, "long_tail", 60)).toBeLessThan(
      0.7 * suiteRate(task, collapse, "long_tail", 1),
    );
    expect(suiteRate(task, collapse, "cross_domain", 60)).toBeLessThan(
      suiteRate(task, collapse, "cross_domain", 1),
    );
  });

  it("falls online as the proxy falls, by the planted lag later, and by more than five points", () => {
    const level = (rates: readonly number[]): ((rate: number) => number) => {
      const [from, to] = [rates[0]!, rates.at(-1)!];
      return (rate) => (from - rate) / (from - to);
    };
    for (let seed = 1; seed <= 20; seed += 1) {
      const plan = drawSplitPlan(seed, "collapse");
      const proxies = WINDOWS.map((window) => suiteRate(task, plan, "long_tail", window));
      const online = WINDOWS.map((window) => onlineRate(task, plan, window + plan.lagWindows)!);
      // Both are linear in the narrowing: shifted by the lag they are one curve.
      const [proxyLevel, onlineLevel] = [level(proxies), level(online)];
      for (const [i, proxy] of proxies.entries()) {
        expect(onlineLevel(online[i]!)).toBeCloseTo(proxyLevel(proxy), 9);
      }
      const loss = lossWindow(task, plan);
      expect(loss).not.toBeNull();
      expect(loss!).toBeGreaterThan(plan.onsetWindow + plan.lagWindows + 5);
      expect(loss!).toBeLessThanOrEqual(56);
    }
  });

  it("moves in the look-alikes only what each is about", () => {
    const moves = (scenario: SplitScenario): Record<string, boolean> => {
      const plan = plans.get(scenario)!;
      const moved = (rate: (window: number) => number): boolean => Math.abs(rate(60) - rate(20)) > 1e-9;
      return {
        online: moved((window) => onlineRate(task, plan, window)!),
        people: moved((window) => peopleRate(task, plan, window)!),
        main: moved((window) => suiteRate(task, plan, "main", window)),
        longTail: moved((window) => suiteRate(task, plan, "long_tail", window)),
      };
    };
    expect(moves("collapse")).toEqual({ online: true, people: false, main: false, longTail: true });
    expect(moves("mix")).toEqual({ online: true, people: true, main: false, longTail: false });
    expect(moves("season")).toEqual({ online: true, people: true, main: false, longTail: false });
    expect(moves("judge")).toEqual({ online: false, people: false, main: true, longTail: true });
    // Each of the three that users feel costs five points and more: they are no easy look-alikes.
    for (const scenario of ["mix", "season"] as const) {
      expect(lossWindow(task, plans.get(scenario)!)).not.toBeNull();
    }
  });

  it("is what the records say, window by window: independent binomials of the planted rates", () => {
    const windows = WINDOWS.map((window) => ({ window, events: counted(collapse, window) }));
    const ps = SPLIT_SUITES.map((suite) =>
      binomialP(
        windows.map(({ window, events }) => ({
          tally: suiteTally(events, suite),
          rate: suiteRate(task, collapse, suite, window),
        })),
      ),
    );
    const told = windows.filter(({ window }) => window > collapse.outcomeLagWindows);
    expect(told.length).toBe(SPLIT_SIZES.windows - collapse.outcomeLagWindows);
    const online = told.map(({ window, events }) => ({
      tally: outcomeTally(events, false),
      rate: onlineRate(task, collapse, window)!,
    }));
    const people = told.map(({ window, events }) => ({
      tally: outcomeTally(events, true),
      rate: peopleRate(task, collapse, window)!,
    }));
    ps.push(binomialP(online), binomialP(people));
    for (const p of ps) expect(p).toBeGreaterThan(1e-3);
    const main = suiteTally(
      windows.flatMap(({ events }) => events),
      "main",
    );
    expect(main.trials).toBe(SPLIT_SIZES.windows * SPLIT_SIZES.mainTrials);
  }, 120_000);
});

describe("the split lab's records", () => {
  it("fit the wire schemas and lie in their window, in the order of time", () => {
    const codec = createCodec();
    for (const scenario of SPLIT_SCENARIOS) {
      const plan = plans.get(scenario)!;
      for (const window of [1, plan.deploymentWindow, plan.onsetWindow, 60]) {
        const events = few(plan, window);
        let latest = windowStartMs(TIMES, window);
        for (const { topic, eventMs, record } of events) {
          expect(codec.problemsOf(topic, record)).toEqual([]);
          expect(record.eventTime).toBe(eventMs);
          expect(eventMs).toBeGreaterThanOrEqual(latest);
          latest = eventMs;
        }
        expect(latest).toBeLessThan(windowStartMs(TIMES, window + 1));
        expect(new Set(events.map(({ topic, record }) => `${topic}/${record.id}`)).size).toBe(events.length);
      }
    }
  }, 120_000);

  it("bring each outcome of the model's questions once, the planted windows later, as it was asked", () => {
    const asked = splitRecords(task, collapse, TIMES, 30);
    const later = splitRecords(task, collapse, TIMES, 30 + collapse.outcomeLagWindows);
    const outcomes = new Map(
      later.flatMap((event) =>
        event.topic === "outcomes" ? [[event.record.interactionId, event.record] as const] : [],
      ),
    );
    const questions = asked.flatMap((event) => (event.topic === "interactions" ? [event.record] : []));
    expect(questions.length).toBe(SPLIT_SIZES.questions);
    expect(outcomes.size).toBe(SPLIT_SIZES.questions + SPLIT_SIZES.peopleQuestions);
    for (const { id, eventTime, bucket, segment, modelVersion } of questions) {
      expect(outcomes.get(id)).toMatchObject({ interactionTime: eventTime, bucket, segment, modelVersion });
    }
  });

  it("are equal for equal seed, and other for another", () => {
    const bytes = (plan: SplitPlan): string => canonicalJson(few(plan, 40));
    expect(bytes(drawSplitPlan(SEED, "collapse"))).toBe(bytes(collapse));
    expect(bytes({ ...collapse, seed: SEED + 1 })).not.toBe(bytes(collapse));
  });

  it("announce a deployment and a season, and a stricter judge in its results only", () => {
    const changes = (scenario: SplitScenario): string[] => {
      const plan = plans.get(scenario)!;
      return WINDOWS.flatMap((window) => few(plan, window)).flatMap((event) =>
        event.topic === "changes" ? [event.record.kind] : [],
      );
    };
    expect(changes("season")).toEqual(["deployment", "season_event"]);
    expect(changes("judge")).toEqual(["deployment"]);
    const judge = plans.get("judge")!;
    const versions = (window: number): unknown[] => [
      ...new Set(
        few(judge, window).flatMap((event) =>
          event.topic === "evaluations" ? [event.record.judgeVersion] : [],
        ),
      ),
    ];
    expect(versions(judge.onsetWindow - 1)).toEqual(["1"]);
    expect(versions(judge.onsetWindow)).toEqual([stateAt(judge, judge.onsetWindow).judgeVersion]);
    expect(versions(judge.onsetWindow)).toEqual(["2"]);
  }, 120_000);
});

describe("a short run over the memory log", () => {
  it("has in its history, window by window, what was written", async () => {
    const short: SplitTask = { ...task, sizes: SHORT };
    const plan = drawSplitPlan(SEED, "collapse", SHORT);
    const seen: number[] = [];
    const { report } = await runSplit({
      task: short,
      plan,
      reference: splitReference(short),
      clock: openClock(),
      logger: openLogger({ service: "lab", level: "warn" }),
      onWindow: (window) => seen.push(window),
    });
    expect(seen).toEqual(Array.from({ length: SHORT.windows }, (_, i) => i + 1));
    expect(report.windows.length).toBe(SHORT.windows);
    for (const { window, values, verdict } of report.windows) {
      const events = splitRecords(short, plan, TIMES, window);
      const rate = ({ successes, trials }: Tally): number => successes / trials;
      const online = outcomeTally(events, false);
      if (online.trials === 0) expect(values.online).toBeNull();
      else expect(values.online).toBeCloseTo(rate(online), 12);
      expect(values.main).toBeCloseTo(rate(suiteTally(events, "main")), 12);
      expect(values.longTail).toBeCloseTo(rate(suiteTally(events, "long_tail")), 12);
      expect(values.crossDomain).toBeCloseTo(rate(suiteTally(events, "cross_domain")), 12);
      expect(values.candidateTailCoverage).not.toBeNull();
      expect(values.replyTailCoverage).not.toBeNull();
      expect(verdict).not.toBeNull();
    }
    expect(report.mix.status).toBe("ok");
    expect(report.checks.find((check) => check.what === "the main suite stayed flat")?.holds).toBe(true);
  }, 180_000);
});
