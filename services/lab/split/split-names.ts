/**
 * What the engine says of a split, read from the rows it publishes: the one place that knows how they look.
 *
 * Stage `reply`, segment `drift`, one result a pair of series, whose bucket is `<offline series>~<online series>`, a series being
 * `<stage>/<segment>/<metric>`: `drift_correlation` (Pearson), `drift_lag` (decision windows; positive: offline moved first) and
 * `drift_concluded` (0: not shown). Segment `rates`: `mix_explained`, the share of a fall that other traffic explains;
 * `control_explained`, the share that people's questions show as well; `new_judge_share`, of a suite's results.
 */
import type { WindowRecord } from "../../core/records.ts";
import type { SplitScenario } from "./split-plan.ts";

const DRIFT_SEGMENT = "drift";
const RATES_SEGMENT = "rates";
const ONLINE_SERIES = "reply/all/online_success";
/** Weaker pairs are no proxy: one in forty of series without anything in common is concluded by chance, weakly. */
const CORRELATION_MIN = 0.5;

/** Of the fall, or of a suite's results: where as much has another cause, it is the cause. */
const CAUSE_SHARE_MIN = 0.5;

/** null: not named. */
export interface SplitNames {
  /** Offline side of the pair that moved first, as the engine calls it. */
  readonly firstProxy: string | null;
  /** Decision windows by which it was ahead of online success. */
  readonly lagWindows: number | null;
  /** What the engine holds the fall for. */
  readonly cause: SplitScenario | null;
}

export const NOTHING_NAMED: SplitNames = { firstProxy: null, lagWindows: null, cause: null };

/**
 * Names in the rows of one decision window: of all pairs concluded to go together, the one that was ahead most, by the stronger
 * correlation where two are equally far; and the cause, where it is none of the model's.
 */
export function namesIn(rows: readonly WindowRecord[]): SplitNames {
  let first: { readonly offline: string; readonly lag: number; readonly strength: number } | null = null;
  for (const row of rows) {
    if (row.stage !== "reply" || row.segment !== DRIFT_SEGMENT) continue;
    for (const pair of new Set(row.results.map((result) => result.bucket))) {
      const [offline, online] = pair.split("~");
      const strength = Math.abs(resultValue(row, "drift_correlation", pair) ?? 0);
      const lag = resultValue(row, "drift_lag", pair);
      const isConcluded = (resultValue(row, "drift_concluded", pair) ?? 0) !== 0;
      if (online !== ONLINE_SERIES || !isConcluded || strength < CORRELATION_MIN) continue;
      if (offline === undefined || lag === null || lag < 0) continue;
      if (first === null || lag > first.lag || (lag === first.lag && strength > first.strength)) {
        first = { offline, lag, strength };
      }
    }
  }
  return { firstProxy: first?.offline ?? null, lagWindows: first?.lag ?? null, cause: causeIn(rows) };
}

/** Other traffic first: it moves people's questions, too. */
function causeIn(rows: readonly WindowRecord[]): SplitScenario | null {
  const row = rows.find(({ stage, segment }) => stage === "reply" && segment === RATES_SEGMENT);
  if (row === undefined) return null;
  const told = (metric: string, bucket: string): boolean =>
    (resultValue(row, metric, bucket) ?? 0) >= CAUSE_SHARE_MIN;
  if (told("mix_explained", ONLINE_SERIES)) return "mix";
  if (told("control_explained", ONLINE_SERIES)) return "season";
  return told("new_judge_share", "") ? "judge" : null;
}

function resultValue(row: WindowRecord, metric: string, bucket: string): number | null {
  const result = row.results.find((r) => r.metric === metric && r.bucket === bucket);
  return result?.status === "ok" ? result.value : null;
}
