/** What a ratio experiment is going to do, said before it is done. Source: metric specification 7; Listing 17-2. */
import { compareText } from "../compare-text.ts";
import { isLaneName } from "../lane-name.ts";

/**
 * What a metric is looked at for. `tail` and `robust` ones decide the cap; `main` and `online_proxy` ones are shown beside
 * them: a mean may rise while the tail goes.
 */
export const METRIC_ROLES = ["main", "tail", "robust", "online_proxy"] as const;
export type MetricRole = (typeof METRIC_ROLES)[number];

export const BETTER = ["higher", "lower"] as const;

/** Controls whose removal seeds of the design name; a plan may name others. */
export const KNOWN_CONTROLS = [
  "judge_filter",
  "template_variety",
  "real_infusion",
  "failed_samples",
] as const;

export const RATIOS_MIN = 3;
export const RATIOS_MAX = 21;
/** Shares that lie nearer than this are one arm. */
export const RATIO_GAP_MIN = 0.01;
export const SEEDS_MIN = 3;
export const SEEDS_MAX = 16;
export const PLANNED_METRICS_MAX = 32;
export const ABLATIONS_MAX = 32;
export const REMOVES_MAX = 6;
export const SETTINGS_MAX = 64;
export const WORD_CHARS_MAX = 128;
export const TEXT_CHARS_MAX = 2_000;

export interface PlannedMetric {
  readonly suite: string;
  readonly metric: string;
  /** "" for the whole suite. */
  readonly bucket: string;
  readonly role: MetricRole;
  readonly better: (typeof BETTER)[number];
  /** Non-inferiority margin in the metric's unit, above 0: how much worse than the best is still no worse. null: not judged. */
  readonly delta: number | null;
}

export type MetricName = Pick<PlannedMetric, "suite" | "metric" | "bucket">;

/** One control, or several, taken away at one ratio; compared with the ratio arm of the same share. */
export interface Ablation {
  readonly arm: string;
  readonly removes: readonly string[];
  readonly ratio: number;
}

/** In canonical order: see `canonicalPlan`. */
export interface Plan {
  readonly id: string;
  readonly lane: string;
  readonly author: string;
  /** Generated shares, 0..1; 0 among them: without it nothing shows what generated data add. */
  readonly ratios: readonly number[];
  /** As text: 64-bit seeds fit no number. */
  readonly seeds: readonly string[];
  readonly metrics: readonly PlannedMetric[];
  readonly ablations: readonly Ablation[];
  /** What is equal in all arms: base model, tokens, epochs, harness. */
  readonly settings: readonly string[];
  /** What every result must carry. */
  readonly settingsHash: string;
  readonly notes: string;
}

/** A run of one training mix: a ratio, or an ablation at a ratio. */
export interface Arm {
  readonly name: string;
  readonly ratio: number;
  /** Empty for a ratio arm. */
  readonly removes: readonly string[];
}

export interface PlanProblem {
  /** Of the field, e.g. `metrics[2].delta`; "" for the whole. */
  readonly path: string;
  readonly message: string;
}

/** Name of a ratio arm, e.g. `ratio-0.3`. */
export function ratioArm(ratio: number): string {
  return `ratio-${ratio}`;
}

/** Ratio arms by share, then ablations by name. */
export function armsOf(plan: Plan): readonly Arm[] {
  return [
    ...plan.ratios.map((ratio) => ({ name: ratioArm(ratio), ratio, removes: [] })),
    ...plan.ablations.map(({ arm, ratio, removes }) => ({ name: arm, ratio, removes })),
  ];
}

/** One word for a planned metric, for people: `suite/metric`, with the bucket where there is one. */
export function metricLabel({ suite, metric, bucket }: MetricName): string {
  return `${suite}/${metric}${bucket === "" ? "" : ` [${bucket}]`}`;
}

/** Identity of a planned metric; no two have the same. */
export function metricKey({ suite, metric, bucket }: MetricName): string {
  return JSON.stringify([suite, metric, bucket]);
}

/** The same plan in one order, whatever order it was written in: equal plans are equal as JSON with sorted keys. */
export function canonicalPlan(plan: Plan): Plan {
  return {
    ...plan,
    ratios: plan.ratios.toSorted((a, b) => a - b),
    seeds: plan.seeds.toSorted(compareText),
    metrics: plan.metrics.toSorted((a, b) => compareText(metricKey(a), metricKey(b))),
    ablations: plan.ablations
      .map((ablation) => ({ ...ablation, removes: ablation.removes.toSorted(compareText) }))
      .toSorted((a, b) => compareText(a.arm, b.arm)),
    settings: plan.settings.toSorted(compareText),
  };
}

/** Everything that keeps a plan from being one; empty for a good one. Never throws. */
export function planProblems(plan: Plan): readonly PlanProblem[] {
  const problems: PlanProblem[] = [];
  const report = (path: string, message: string): void => void problems.push({ path, message });
  checkWord(plan.id, "experiment", report);
  if (!isLaneName(plan.lane))
    report("lane", "lane must be 1 to 128 printable characters and not start with __");
  checkWord(plan.author, "author", report);
  checkWord(plan.settingsHash, "settingsHash", report);
  checkRatios(plan.ratios, report);
  checkCount(plan.seeds, "seeds", SEEDS_MIN, SEEDS_MAX, report);
  for (const [i, seed] of plan.seeds.entries()) checkWord(seed, `seeds[${i}]`, report);
  checkDistinct(plan.seeds, (i) => `seeds[${i}]`, "seed", report);
  checkMetrics(plan.metrics, report);
  checkAblations(plan, report);
  checkCount(plan.settings, "settings", 1, SETTINGS_MAX, report);
  for (const [i, setting] of plan.settings.entries()) checkText(setting, `settings[${i}]`, report);
  if (plan.notes !== "") checkText(plan.notes, "notes", report);
  return problems;
}

type Report = (path: string, message: string) => void;

function checkRatios(ratios: readonly number[], report: Report): void {
  checkCount(ratios, "ratios", RATIOS_MIN, RATIOS_MAX, report);
  const order = ratios.map((_, i) => i).sort((a, b) => ratios[a]! - ratios[b]!);
  for (const [place, i] of order.entries()) {
    const ratio = ratios[i]!;
    const before = ratios[order[place - 1] ?? -1];
    if (!(ratio >= 0 && ratio <= 1)) report(`ratios[${i}]`, `ratios[${i}] is ${ratio}, must be within 0..1`);
    else if (before !== undefined && !(ratio - before >= RATIO_GAP_MIN - 1e-9)) {
      report(`ratios[${i}]`, `ratios[${i}] is ${ratio}, less than ${RATIO_GAP_MIN} from ${before}`);
    }
  }
  if (!ratios.includes(0))
    report("ratios", "ratios has no 0: an arm without generated data shows what they add");
}

function checkMetrics(metrics: readonly PlannedMetric[], report: Report): void {
  checkCount(metrics, "metrics", 1, PLANNED_METRICS_MAX, report);
  for (const [i, planned] of metrics.entries()) {
    const path = `metrics[${i}]`;
    checkWord(planned.suite, `${path}.suite`, report);
    checkWord(planned.metric, `${path}.metric`, report);
    if (planned.bucket !== "") checkWord(planned.bucket, `${path}.bucket`, report);
    if (planned.delta === null) {
      if (decidesCap(planned)) {
        report(path, `${path} has no delta: how much worse than the best is still no worse`);
      }
    } else if (!(planned.delta > 0 && planned.delta < Number.POSITIVE_INFINITY)) {
      report(`${path}.delta`, `${path}.delta is ${planned.delta}, must be above 0`);
    }
  }
  checkDistinct(metrics.map(metricKey), (i) => `metrics[${i}]`, "metric", report);
  for (const role of ["main", "tail", "robust"] as const) {
    if (!metrics.some((planned) => planned.role === role)) {
      report("metrics", `metrics has none of role ${role}; roles: ${METRIC_ROLES.join(", ")}`);
    }
  }
}

/** Whether a ratio must be no worse in it to count as safe. */
export function decidesCap({ role }: PlannedMetric): boolean {
  return role === "tail" || role === "robust";
}

function checkAblations({ ablations, ratios }: Plan, report: Report): void {
  checkCount(ablations, "ablations", 0, ABLATIONS_MAX, report);
  for (const [i, { arm, removes, ratio }] of ablations.entries()) {
    const path = `ablations[${i}]`;
    checkWord(arm, `${path}.arm`, report);
    if (arm.startsWith("ratio-")) report(`${path}.arm`, `${path}.arm: names of ratio arms start with ratio-`);
    checkCount(removes, `${path}.removes`, 1, REMOVES_MAX, report);
    for (const [j, control] of removes.entries()) checkWord(control, `${path}.removes[${j}]`, report);
    checkDistinct(removes, (j) => `${path}.removes[${j}]`, "control", report);
    if (!ratios.includes(ratio)) {
      report(
        `${path}.ratio`,
        `${path}.ratio is ${ratio}, none of ratios: the arm would have nothing to be compared with`,
      );
    }
  }
  checkDistinct(
    ablations.map(({ arm }) => arm),
    (i) => `ablations[${i}].arm`,
    "arm",
    report,
  );
  const same = ablations.map(({ removes, ratio }) => JSON.stringify([ratio, removes.toSorted(compareText)]));
  checkDistinct(same, (i) => `ablations[${i}]`, "arm with these removes at this ratio", report);
}

function checkCount(items: readonly unknown[], path: string, min: number, max: number, report: Report): void {
  if (items.length >= min && items.length <= max) return;
  report(path, `${path} has ${items.length} entries, must have ${min} to ${max}`);
}

function checkDistinct(
  keys: readonly string[],
  path: (i: number) => string,
  what: string,
  report: Report,
): void {
  const first = new Map<string, number>();
  for (const [i, key] of keys.entries()) {
    const before = first.get(key);
    if (before === undefined) first.set(key, i);
    else report(path(i), `${path(i)}: the same ${what} as ${path(before)}`);
  }
}

function checkWord(text: string, path: string, report: Report): void {
  const isWord = text.length > 0 && text.length <= WORD_CHARS_MAX && text.trim() === text;
  if (isWord && !/[\p{Cc}\p{Cs}\uFFFD]/u.test(text)) return;
  report(path, `${path} must be 1 to ${WORD_CHARS_MAX} printable characters without blanks around them`);
}

function checkText(text: string, path: string, report: Report): void {
  if (text.trim() !== "" && text.length <= TEXT_CHARS_MAX && !/\p{Cs}/u.test(text)) return;
  report(path, `${path} must be a text of 1 to ${TEXT_CHARS_MAX} characters`);
}
