/** Whether an offline series that stands for a problem moved before users complained, and how long before. */
import { compareText } from "../compare-text.ts";
import { holm } from "../statistics/holm.ts";
import { levelShift, SHIFT_BEFORE_MIN } from "../statistics/level-shift.ts";
import type { ProxySeries } from "./proxy-map.ts";

/** Level at which a proxy is said to have moved, over all proxies of the alarm. */
const ALPHA = 0.05;

export interface Explanation {
  readonly series: string;
  /** Decision windows from its move to the alarm. */
  readonly lead: number;
  /** Of its move, adjusted over the proxies of the alarm. */
  readonly p: number;
  /** Windows it was told from. */
  readonly n: number;
}

export interface ExplainedAlarm {
  /** Mapped proxies of which there was enough to tell. */
  readonly looked: number;
  /** The proxy that moved first; null: the alarm is uncovered. */
  readonly first: Explanation | null;
}

/**
 * `valuesOf` gives a series' windows, oldest first, the alarm's own last, null for gaps; empty where it is not kept. A proxy *moved* where the
 * clearest shift of its level in the mapped direction lies within its lags before the alarm and is shown at 5 % over all proxies
 * of the alarm (Holm). An alarm is looked at once, as it is raised, and never again: asking later cannot make it explained.
 */
export function explainAlarm(
  proxies: readonly ProxySeries[],
  valuesOf: (series: string) => readonly (number | null)[],
): ExplainedAlarm {
  const moves = proxies.flatMap((proxy) => {
    const values = valuesOf(proxy.series);
    const n = values.filter((value) => value !== null).length;
    if (n <= SHIFT_BEFORE_MIN) return [];
    const shift = levelShift(values, proxy.moves === "up" ? 1 : -1);
    const lead = shift === null ? Number.NaN : values.length - 1 - shift.at;
    const inTime = lead >= proxy.lagMin && lead <= proxy.lagMax;
    return [{ series: proxy.series, n, lead, p: inTime ? shift!.p : 1 }];
  });
  const adjusted = holm(moves.map(({ p }) => p));
  const shown = moves
    .map((move, i) => ({ ...move, p: adjusted[i]! }))
    .filter(({ p }) => p <= ALPHA)
    .sort((a, b) => b.lead - a.lead || a.p - b.p || compareText(a.series, b.series));
  return { looked: moves.length, first: shown[0] ?? null };
}
