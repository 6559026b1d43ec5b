/** What plots share: round values of an axis, and coordinates that are the same for the same data. */
const TICKS = 5;

/** Round values within the range, about five of them; none where it is empty. */
export function ticks(lo: number, hi: number): readonly number[] {
  if (!(hi > lo)) return [];
  const raw = (hi - lo) / TICKS;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= raw) ?? 10);
  const first = Math.ceil(lo / step);
  const count = Math.floor(hi / step) - first + 1;
  return Array.from({ length: Math.max(0, count) }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** A coordinate with two decimals: the same page for the same report. */
export function at(value: number): string {
  return String(Math.round(value * 100) / 100);
}
