/**
 * What the engine says of a split, read from the rows it publishes: the one place that knows how they look.
 *
 * Stage `reply`, decision windows, segment `pair:<offline metric>~<online metric>`: `drift_correlation` (Pearson) and `drift_lag`
 * (decision windows; positive: offline moved first).
 */
import type { WindowRecord } from "../../core/records.ts";
import type { SplitScenario } from "./split-plan.ts";

const PAIR_PREFIX = "pair:";
/** Weaker pairs are not taken for a proxy: two series without anything in common reach .4 over forty windows. */
const CORRELATION_MIN = 0.5;

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
 * Names in the rows of one decision window: of all pairs that are correlated, the one that was ahead most, by the stronger
 * correlation where two are equally far. The engine publishes no cause yet: `cause` is null.
 */
export function namesIn(rows: readonly WindowRecord[]): SplitNames {
  let first: { readonly offline: string; readonly lag: number; readonly strength: number } | null = null;
  for (const row of rows) {
    if (row.stage !== "reply" || !row.segment.startsWith(PAIR_PREFIX)) continue;
    const strength = Math.abs(resultValue(row, "drift_correlation") ?? 0);
    const lag = resultValue(row, "drift_lag");
    if (lag === null || lag < 0 || strength < CORRELATION_MIN) continue;
    if (first === null || lag > first.lag || (lag === first.lag && strength > first.strength)) {
      first = { offline: offlineOf(row.segment), lag, strength };
    }
  }
  return first === null ? NOTHING_NAMED : { firstProxy: first.offline, lagWindows: first.lag, cause: null };
}

function offlineOf(segment: string): string {
  const pair = segment.slice(PAIR_PREFIX.length);
  const end = pair.indexOf("~");
  return end < 0 ? pair : pair.slice(0, end);
}

function resultValue(row: WindowRecord, metric: string): number | null {
  const result = row.results.find((r) => r.metric === metric && r.bucket === "");
  return result?.status === "ok" ? result.value : null;
}
