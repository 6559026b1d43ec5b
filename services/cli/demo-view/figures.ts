/** How the demo writes numbers, in one place. */

/** What stands where there is no value. */
export const NO_VALUE = "–";
const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;

/** A ratio of about 0..1, as `0.53`. */
export function ratio(value: number | null): string {
  return value === null ? NO_VALUE : value.toFixed(2);
}

/** A divergence in bits, as `0.071`. */
export function bits(value: number | null): string {
  return value === null ? NO_VALUE : value.toFixed(3);
}

/** A rate 0..1, as `95.0%`. */
export function percent(value: number | null): string {
  return value === null ? NO_VALUE : `${(value * 100).toFixed(1)}%`;
}

/** Relative change, as `-8.6%` or `-78%`; no value where one of the two is missing or the first is zero. */
export function change(from: number | null, to: number | null): string {
  const relative = relativeChange(from, to);
  if (relative === null) return NO_VALUE;
  const points = relative * 100;
  const shown = points.toFixed(Math.abs(points) < 9.95 ? 1 : 0);
  if (Number(shown) === 0) return "0.0%";
  return `${points > 0 ? "+" : ""}${shown}%`;
}

/** `to / from - 1`; null where one of the two is missing or `from` is zero. */
export function relativeChange(from: number | null, to: number | null): number | null {
  return from === null || to === null || from === 0 ? null : to / from - 1;
}

/** A step's time, as `0.4 s`. */
export function seconds(ms: number): string {
  return `${(ms / SECOND_MS).toFixed(1)} s`;
}

/** Time since the start, as `1:07`. */
export function clockTime(ms: number): string {
  const rest = Math.floor((ms % MINUTE_MS) / SECOND_MS);
  return `${Math.floor(ms / MINUTE_MS)}:${String(rest).padStart(2, "0")}`;
}
