/** Results held against the plan: each lands in one planned cell, or is named with the reason why not. None is used silently. */
import { compareText } from "../compare-text.ts";
import { type Arm, armsOf, metricKey, metricLabel, type Plan, ratioArm } from "./plan.ts";

/** One evaluation as it was recorded. null, and "" for texts, where the producer said nothing. */
export interface ExperimentResult {
  readonly id: string;
  /** When it was made, epoch ms: the earlier of event time and append time. */
  readonly madeMs: number;
  readonly lane: string;
  readonly arm: string;
  readonly syntheticShare: number | null;
  readonly settingsHash: string;
  readonly seed: string;
  readonly suite: string;
  readonly metric: string;
  readonly bucket: string;
  /** Results of single items are no result of the suite. */
  readonly itemId: string;
  readonly successes: number | null;
  readonly trials: number | null;
  readonly value: number | null;
}

/** Stable: scripts read them. */
export const UNUSED_REASONS = [
  "other_lane",
  "arm_unplanned",
  "share_differs",
  "seed_unplanned",
  "metric_unplanned",
  "single_item",
  "settings_differ",
  "before_plan",
  "value_invalid",
  "contradicting",
] as const;
export type UnusedReason = (typeof UNUSED_REASONS)[number];

export interface UnusedResult {
  readonly reason: UnusedReason;
  readonly id: string;
  readonly detail: string;
}

export interface Cell {
  readonly arm: Arm;
  readonly seed: string;
  /** `metricKey` of the plan's metric. */
  readonly metric: string;
  /** `contradicting`: several results with different numbers; none of them counts. */
  readonly state: "used" | "missing" | "contradicting";
  /** null unless used. */
  readonly value: number | null;
}

export interface Matched {
  /** Every planned cell once, by arm, then seed, then metric, in the plan's order. */
  readonly cells: readonly Cell[];
  /** Sorted by reason and id; at most `UNUSED_MAX` are named, `unusedCounts` has all. */
  readonly unused: readonly UnusedResult[];
  readonly unusedCounts: Readonly<Partial<Record<UnusedReason, number>>>;
  /** Results that said again what another had said. */
  readonly repeated: number;
  /** Of the last result that is used, epoch ms; null for none. */
  readonly lastUsedMs: number | null;
  /** False where it is not known when the plan was published: then nothing shows that it came first. */
  readonly orderShown: boolean;
}

export const UNUSED_MAX = 1_000;
/** A training mix never has exactly the share that was asked for. */
export const SHARE_SLACK = 0.005;

/** `results` are all of one experiment, in any order; `publishedMs` is when the plan was written to the log, null if it was not. */
export function matchResults(
  plan: Plan,
  publishedMs: number | null,
  results: readonly ExperimentResult[],
): Matched {
  const index = new PlanIndex(plan, publishedMs);
  const unused: UnusedResult[] = [];
  const found = new Map<string, ExperimentResult[]>();
  for (const result of results) {
    const place = index.placeOf(result);
    if (!place.ok) {
      unused.push({ reason: place.reason, id: result.id, detail: place.detail });
      continue;
    }
    const own = found.get(place.key);
    if (own === undefined) found.set(place.key, [result]);
    else own.push(result);
  }
  let repeated = 0;
  let lastUsedMs: number | null = null;
  const cells = index.cells().map((cell): Cell => {
    const own = found.get(cellKey(cell.arm.name, cell.seed, cell.metric));
    if (own === undefined) return { ...cell, state: "missing", value: null };
    const values = new Set(own.map((result) => numberOf(result)!));
    if (values.size > 1) {
      for (const { id } of own)
        unused.push({ reason: "contradicting", id, detail: contradiction(cell, values) });
      return { ...cell, state: "contradicting", value: null };
    }
    repeated += own.length - 1;
    for (const { madeMs } of own) lastUsedMs = Math.max(lastUsedMs ?? madeMs, madeMs);
    return { ...cell, state: "used", value: numberOf(own[0]!) };
  });
  const unusedCounts: Partial<Record<UnusedReason, number>> = {};
  for (const { reason } of unused) unusedCounts[reason] = (unusedCounts[reason] ?? 0) + 1;
  unused.sort(
    (a, b) =>
      UNUSED_REASONS.indexOf(a.reason) - UNUSED_REASONS.indexOf(b.reason) ||
      compareText(a.id, b.id) ||
      compareText(a.detail, b.detail),
  );
  return {
    cells,
    unused: unused.slice(0, UNUSED_MAX),
    unusedCounts,
    repeated,
    lastUsedMs,
    orderShown: publishedMs !== null,
  };
}

type Place =
  | { readonly ok: true; readonly key: string }
  | { readonly ok: false; readonly reason: UnusedReason; readonly detail: string };

class PlanIndex {
  readonly #plan: Plan;
  readonly #publishedMs: number | null;
  readonly #arms: ReadonlyMap<string, Arm>;
  readonly #seeds: ReadonlySet<string>;
  readonly #metrics: ReadonlySet<string>;

  constructor(plan: Plan, publishedMs: number | null) {
    this.#plan = plan;
    this.#publishedMs = publishedMs;
    this.#arms = new Map(armsOf(plan).map((arm) => [arm.name, arm]));
    this.#seeds = new Set(plan.seeds);
    this.#metrics = new Set(plan.metrics.map(metricKey));
  }

  cells(): readonly Pick<Cell, "arm" | "seed" | "metric">[] {
    const metrics = [...this.#metrics];
    return [...this.#arms.values()].flatMap((arm) =>
      this.#plan.seeds.flatMap((seed) => metrics.map((metric) => ({ arm, seed, metric }))),
    );
  }

  placeOf(result: ExperimentResult): Place {
    const no = (reason: UnusedReason, detail: string): Place => ({ ok: false, reason, detail });
    if (result.lane !== this.#plan.lane) return no("other_lane", `lane ${result.lane}`);
    const arm = this.#armOf(result);
    if (arm === null) return no("arm_unplanned", armWords(result));
    const share = result.syntheticShare;
    if (share !== null && !(Math.abs(share - arm.ratio) <= SHARE_SLACK)) {
      return no("share_differs", `share ${share} in arm ${arm.name}, planned ${arm.ratio}`);
    }
    if (!this.#seeds.has(result.seed)) return no("seed_unplanned", `seed ${result.seed || "missing"}`);
    const metric = metricKey(result);
    if (!this.#metrics.has(metric)) return no("metric_unplanned", metricLabel(result));
    if (result.itemId !== "") return no("single_item", `item ${result.itemId} of ${metricLabel(result)}`);
    if (result.settingsHash !== this.#plan.settingsHash) {
      return no(
        "settings_differ",
        `settings ${result.settingsHash || "missing"}, planned ${this.#plan.settingsHash}`,
      );
    }
    if (this.#publishedMs !== null && !(result.madeMs >= this.#publishedMs)) {
      return no("before_plan", `made ${this.#publishedMs - result.madeMs} ms before the plan was published`);
    }
    if (numberOf(result) === null) return no("value_invalid", valueWords(result));
    return { ok: true, key: cellKey(arm.name, result.seed, metric) };
  }

  /** By name; a result that names no arm by its share. */
  #armOf({ arm, syntheticShare }: ExperimentResult): Arm | null {
    if (arm !== "") return this.#arms.get(arm) ?? null;
    if (syntheticShare === null) return null;
    const ratio = this.#plan.ratios.find((planned) => Math.abs(planned - syntheticShare) <= SHARE_SLACK);
    return ratio === undefined ? null : this.#arms.get(ratioArm(ratio))!;
  }
}

function cellKey(arm: string, seed: string, metric: string): string {
  return JSON.stringify([arm, seed, metric]);
}

/** The number of a result; null where it has none, or two that disagree. */
function numberOf({ successes, trials, value }: ExperimentResult): number | null {
  if (successes === null && trials === null) return Number.isFinite(value) ? value : null;
  if (successes === null || trials === null || !(trials >= 1 && successes >= 0 && successes <= trials))
    return null;
  const rate = successes / trials;
  return value === null || Math.abs(value - rate) <= ROUNDED ? rate : null;
}

/** A rate beside its counts is often rounded. */
const ROUNDED = 0.000_5;

function valueWords({ successes, trials, value }: ExperimentResult): string {
  return `${successes ?? "no"} successes of ${trials ?? "no"} trials, ${value === null ? "no value" : `value ${value}`}`;
}

function armWords({ arm, syntheticShare }: ExperimentResult): string {
  if (arm !== "") return `arm ${arm}`;
  return syntheticShare === null ? "neither arm nor share" : `share ${syntheticShare}`;
}

const CONTRADICTIONS_SHOWN_MAX = 4;

function contradiction({ arm, seed }: Pick<Cell, "arm" | "seed">, values: ReadonlySet<number>): string {
  const shown = [...values].sort((a, b) => a - b).slice(0, CONTRADICTIONS_SHOWN_MAX);
  return `arm ${arm.name}, seed ${seed}: ${values.size} numbers, ${shown.join(", ")}`;
}
