/** What a run of the split lab came to: the plan beside what the history shows, and whether what must hold holds. */
import type { GateState, Verdict } from "../../core/records.ts";
import type { Stage } from "../../core/sample.ts";
import { type MixShift, mixShift, type Stratum } from "../../core/statistics/mix-shift.ts";
import type { SplitHistory } from "./split-history.ts";
import { NOTHING_NAMED, namesIn, type SplitNames } from "./split-names.ts";
import { firstProxy, levelAt, type SplitPlan, type SplitScenario } from "./split-plan.ts";
import type { SplitTask } from "./split-task.ts";
import { lossWindow, onlineRate, peopleRate, suiteRate } from "./split-truth.ts";

/** How far the named lag may be from the planted one, in decision windows. */
const LAG_ERROR_MAX = 1;
/** Windows at the end, and before the onset, that are held against each other. */
const COMPARED_WINDOWS = 10;
/** Standard errors that the main suite may have moved, of a collapse, and still count as flat. */
const FLAT_Z_MAX = 3;

/** The series a report shows: where each stands in the history. */
const SERIES = {
  online: ["reply", "all", "online_success"],
  main: ["reply", "suite:main", "offline_score"],
  longTail: ["reply", "suite:long_tail", "offline_score"],
  crossDomain: ["reply", "suite:cross_domain", "offline_score"],
  replyTailCoverage: ["reply", "generated", "tail_coverage"],
  replySkeletons: ["reply", "generated", "skeleton_distinct_6"],
  candidateTailCoverage: ["candidate", "generated", "tail_coverage"],
} as const satisfies Readonly<Record<string, readonly [Stage, string, string]>>;
export type SeriesName = keyof typeof SERIES;

/** One decision window; values as published, null where there is none. */
export interface SplitWindow {
  readonly window: number;
  /** How much of the scenario was there, 0..1. */
  readonly level: number;
  /** Expected success of this window's outcomes, of people's among them, and expected score of the main suite. */
  readonly trueOnline: number | null;
  readonly truePeople: number | null;
  readonly trueMain: number;
  readonly values: Readonly<Record<SeriesName, number | null>>;
  readonly verdict: Verdict | null;
  readonly families: readonly string[];
}

export interface SplitVerdict {
  readonly window: number;
  readonly rule: string;
  readonly arithmetic: string;
}

export interface SplitDecision {
  readonly window: number;
  readonly subject: string;
  readonly to: GateState;
  readonly rule: string;
  readonly cause: string;
}

/** null: it cannot be told, because the engine names nothing. */
export interface SplitCheck {
  readonly what: string;
  readonly holds: boolean | null;
}

export interface SplitReport {
  readonly seed: number;
  readonly scenario: SplitScenario;
  /** Real time from start to end. */
  readonly seconds: number;
  readonly planted: {
    readonly deploymentWindow: number;
    readonly onsetWindow: number;
    readonly rampWindows: number;
    readonly lagWindows: number;
    readonly serveLagWindows: number;
    readonly outcomeLagWindows: number;
    readonly firstProxy: string | null;
    /** When true online success has lost five points; null where it never does. */
    readonly lossWindow: number | null;
  };
  readonly windows: readonly SplitWindow[];
  readonly firstBreach: SplitVerdict | null;
  readonly firstDecision: SplitDecision | null;
  /** The first decision that freezes anything. */
  readonly firstFreeze: SplitDecision | null;
  readonly named: SplitNames;
  /** The fall of online success by buckets, the last windows against the last before the onset. */
  readonly mix: MixShift;
  readonly checks: readonly SplitCheck[];
}

export function splitReport(
  task: SplitTask,
  plan: SplitPlan,
  history: SplitHistory,
  seconds: number,
): SplitReport {
  const windows = Array.from({ length: plan.sizes.windows }, (_, i) =>
    splitWindow(task, plan, history, i + 1),
  );
  const decisions = history.decisions.map(
    ({ windowEndMs, subject, to, rule, cause }): SplitDecision => ({
      window: history.windowEnding(windowEndMs),
      subject,
      to,
      rule,
      cause,
    }),
  );
  const found = {
    firstBreach: firstBreach(history, plan),
    firstDecision: decisions[0] ?? null,
    firstFreeze: decisions.find((decision) => decision.to === "frozen") ?? null,
    named: lastNames(history, plan),
  };
  const loss = lossWindow(task, plan);
  return {
    seed: plan.seed,
    scenario: plan.scenario,
    seconds,
    planted: {
      deploymentWindow: plan.deploymentWindow,
      onsetWindow: plan.onsetWindow,
      rampWindows: plan.rampWindows,
      lagWindows: plan.lagWindows,
      serveLagWindows: plan.serveLagWindows,
      outcomeLagWindows: plan.outcomeLagWindows,
      firstProxy: firstProxy(plan),
      lossWindow: loss,
    },
    windows,
    ...found,
    mix: mixOf(history, plan),
    checks:
      plan.scenario === "collapse"
        ? collapseChecks(plan, history, found.firstFreeze, loss, found.named)
        : lookAlikeChecks(plan, found.firstFreeze, found.named),
  };
}

function splitWindow(task: SplitTask, plan: SplitPlan, history: SplitHistory, window: number): SplitWindow {
  const verdict = history.verdicts.get(window);
  const value = (name: SeriesName): number | null => {
    const [stage, segment, metric] = SERIES[name];
    return history.value(window, stage, segment, metric);
  };
  return {
    window,
    level: levelAt(plan, window),
    trueOnline: onlineRate(task, plan, window),
    truePeople: peopleRate(task, plan, window),
    trueMain: suiteRate(task, plan, "main", window),
    values: {
      online: value("online"),
      main: value("main"),
      longTail: value("longTail"),
      crossDomain: value("crossDomain"),
      replyTailCoverage: value("replyTailCoverage"),
      replySkeletons: value("replySkeletons"),
      candidateTailCoverage: value("candidateTailCoverage"),
    },
    verdict: verdict?.verdict ?? null,
    families: verdict?.families ?? [],
  };
}

function firstBreach(history: SplitHistory, plan: SplitPlan): SplitVerdict | null {
  for (let window = 1; window <= plan.sizes.windows; window += 1) {
    const breach = history.verdicts.get(window)?.results.find((result) => result.verdict === "breach");
    if (breach !== undefined) return { window, rule: breach.rule, arithmetic: breach.arithmetic };
  }
  return null;
}

/** What was named last: a name needs windows to be sure of. */
function lastNames(history: SplitHistory, plan: SplitPlan): SplitNames {
  for (let window = plan.sizes.windows; window >= plan.onsetWindow; window -= 1) {
    const names = namesIn(history.rows.get(window) ?? []);
    if (names.firstProxy !== null || names.cause !== null) return names;
  }
  return NOTHING_NAMED;
}

/** The windows before the onset, and the last ones. */
function compared(plan: SplitPlan): {
  readonly before: readonly number[];
  readonly after: readonly number[];
} {
  const ending = (last: number): number[] =>
    Array.from({ length: COMPARED_WINDOWS }, (_, i) => last - i).filter((window) => window >= 1);
  return { before: ending(plan.onsetWindow - 1), after: ending(plan.sizes.windows) };
}

function mixOf(history: SplitHistory, plan: SplitPlan): MixShift {
  const { before, after } = compared(plan);
  const strata = new Map<
    string,
    { readonly [side in keyof Stratum]: { successes: number; trials: number } }
  >();
  for (const [side, windows] of [["before", before] as const, ["after", after] as const]) {
    for (const window of windows) {
      for (const { bucket, value, n } of history.results(window, ...SERIES.online)) {
        if (bucket === "" || value === null) continue;
        const stratum = strata.get(bucket) ?? {
          before: { successes: 0, trials: 0 },
          after: { successes: 0, trials: 0 },
        };
        strata.set(bucket, stratum);
        stratum[side].successes += Math.round(value * n);
        stratum[side].trials += n;
      }
    }
  }
  return mixShift([...strata.values()]);
}

function collapseChecks(
  plan: SplitPlan,
  history: SplitHistory,
  freeze: SplitDecision | null,
  loss: number | null,
  { firstProxy: proxy, lagWindows: lag }: SplitNames,
): SplitCheck[] {
  const planted = firstProxy(plan);
  return [
    { what: "the main suite stayed flat", holds: isFlat(history, plan) },
    {
      what: "the model was held before online success had lost 5 points",
      holds:
        loss === null ? null : freeze !== null && freeze.window >= plan.onsetWindow && freeze.window < loss,
    },
    {
      what: `the lag of ${plan.lagWindows} was named, 1 more or less`,
      holds: lag === null ? null : Math.abs(lag - plan.lagWindows) <= LAG_ERROR_MAX,
    },
    {
      what: `${planted} was named as the first to move`,
      holds: proxy === null || planted === null ? null : proxy.includes(planted),
    },
  ];
}

function lookAlikeChecks(
  { scenario }: SplitPlan,
  freeze: SplitDecision | null,
  { cause }: SplitNames,
): SplitCheck[] {
  return [
    { what: "nothing was frozen", holds: freeze === null },
    { what: `the cause was named: ${scenario}`, holds: cause === null ? null : cause === scenario },
  ];
}

/** Whether the main suite's score at the end is that before the onset, as far as chance tells; null without values. */
function isFlat(history: SplitHistory, plan: SplitPlan): boolean | null {
  const { before, after } = compared(plan);
  const counts = (windows: readonly number[]): { readonly rate: number; readonly n: number } => {
    const totals = windows
      .flatMap((window) => history.results(window, ...SERIES.main))
      .filter((result) => result.bucket === "" && result.value !== null);
    const n = totals.reduce((sum, result) => sum + result.n, 0);
    return { rate: totals.reduce((sum, result) => sum + result.value! * result.n, 0) / n, n };
  };
  const [early, late] = [counts(before), counts(after)];
  if (early.n === 0 || late.n === 0) return null;
  const pooled = (early.rate * early.n + late.rate * late.n) / (early.n + late.n);
  const error = Math.sqrt(pooled * (1 - pooled) * (1 / early.n + 1 / late.n));
  return Math.abs(late.rate - early.rate) <= FLAT_Z_MAX * error;
}

/** The worst of all checks: false before null before true. */
export function worstCheck(reports: readonly SplitReport[]): boolean | null {
  const all = reports.flatMap((report) => report.checks.map((check) => check.holds));
  if (all.includes(false)) return false;
  return all.length === 0 || all.includes(null) ? null : true;
}
