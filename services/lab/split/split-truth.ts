/** The true rates of a run, window by window: what is planted, computed from the task instead of measured. */
import { type JudgeVersion, type SplitPlan, servedNarrowing, stateAt } from "./split-plan.ts";
import type { Rank, SplitBucket, SplitSuiteName, SplitTask } from "./split-task.ts";

/** The fall of online success before which a model must be held: five points. */
export const ONLINE_LOSS_MAX = 0.05;
/** How many answers, likeliest first, a judge looks at. */
const JUDGED_RANKS: Readonly<Record<JudgeVersion, number>> = { "1": 5, "2": 1 };

/** What the truth about users needs of a task. */
export type SplitQuestions = Pick<SplitTask, "buckets">;

export function accepts(judge: JudgeVersion, rank: Rank): boolean {
  return rank > 0 && rank <= JUDGED_RANKS[judge];
}

/** Share of a bucket in the questions asked in a window. */
export function shareOf(bucket: SplitBucket, plan: SplitPlan, window: number): number {
  const { mixShift } = stateAt(plan, window);
  return (1 - mixShift) * bucket.usualShare + mixShift * bucket.hardShare;
}

/** Expected success of the questions of one bucket that are asked in a window and answered by the model. */
export function bucketRate({ rates }: SplitBucket, plan: SplitPlan, window: number): number {
  const narrowing = servedNarrowing(plan, window);
  const { hardShare } = stateAt(plan, window);
  const usual = (1 - narrowing) * rates.healthy + narrowing * rates.narrowed;
  return (1 - hardShare) * usual + hardShare * rates.healthyHard;
}

/** Expected success of the questions of one bucket that are asked in a window and answered by people. */
export function peopleBucketRate({ rates }: SplitBucket, plan: SplitPlan, window: number): number {
  const { hardShare } = stateAt(plan, window);
  return (1 - hardShare) * rates.people + hardShare * rates.peopleHard;
}

/**
 * Expected success over the outcomes of the model's answers that arrive in a window; they are of questions asked
 * `outcomeLagWindows` earlier. null in the first windows, in which none arrives.
 */
export function onlineRate(task: SplitQuestions, plan: SplitPlan, window: number): number | null {
  const asked = window - plan.outcomeLagWindows;
  return asked < 1 ? null : mixed(task, plan, asked, (bucket) => bucketRate(bucket, plan, asked));
}

/** The same of what people answered alone: the control that no narrowing touches. */
export function peopleRate(task: SplitQuestions, plan: SplitPlan, window: number): number | null {
  const asked = window - plan.outcomeLagWindows;
  return asked < 1 ? null : mixed(task, plan, asked, (bucket) => peopleBucketRate(bucket, plan, asked));
}

function mixed(
  task: SplitQuestions,
  plan: SplitPlan,
  asked: number,
  rateOf: (bucket: SplitBucket) => number,
): number {
  return task.buckets.reduce((sum, bucket) => sum + shareOf(bucket, plan, asked) * rateOf(bucket), 0);
}

/**
 * Narrowing of the weights that a suite is run on in a window: `main` and `long_tail` see a model's weights as soon as they are
 * made; `cross_domain`, like most outside suites, sees what is released.
 */
export function suiteNarrowing(plan: SplitPlan, suite: SplitSuiteName, window: number): number {
  return suite === "cross_domain" ? servedNarrowing(plan, window) : stateAt(plan, window).narrowing;
}

/** Expected score of a suite in a window. */
export function suiteRate(
  task: Pick<SplitTask, "suites">,
  plan: SplitPlan,
  suite: SplitSuiteName,
  window: number,
): number {
  const narrowing = suiteNarrowing(plan, suite, window);
  const { judgeVersion } = stateAt(plan, window);
  const items = task.suites[suite];
  const share = (solver: "healthy" | "narrowed"): number =>
    items.filter((item) => accepts(judgeVersion, item[solver])).length / items.length;
  return (1 - narrowing) * share("healthy") + narrowing * share("narrowed");
}

/** The first window whose outcomes have lost five points for good, on the ramp without its wobble; null where none has. */
export function lossWindow(task: SplitQuestions, plan: SplitPlan): number | null {
  const ramp: SplitPlan = { ...plan, wobble: [] };
  const before = onlineRate(task, ramp, plan.onsetWindow - 1);
  if (before === null) return null;
  for (let window = plan.onsetWindow; window <= plan.sizes.windows; window += 1) {
    const rate = onlineRate(task, ramp, window);
    if (rate !== null && before - rate >= ONLINE_LOSS_MAX) return window;
  }
  return null;
}
