/** Lengths of time as people write them in policy files. */

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const WRITTEN = /^(\d{1,9})(ms|s|m|h|d)$/;

/** Milliseconds of `250ms`, `30s`, `5m`, `1h`, `14d`, or of a plain whole number of ms; null for anything else. */
export function parseDurationMs(written: unknown): number | null {
  if (typeof written === "number") return Number.isSafeInteger(written) && written >= 0 ? written : null;
  const match = typeof written === "string" ? WRITTEN.exec(written) : null;
  return match === null ? null : Number(match[1]) * UNIT_MS[match[2]!]!;
}

/** The shortest exact way to write a whole number of ms, e.g. `90s`, `1h`. */
export function formatDuration(ms: number): string {
  for (const unit of ["d", "h", "m", "s"]) {
    if (ms > 0 && ms % UNIT_MS[unit]! === 0) return `${ms / UNIT_MS[unit]!}${unit}`;
  }
  return `${ms}ms`;
}
