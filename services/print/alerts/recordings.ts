/** Recorded series that alerts read. */

export interface Recording {
  /** `level:metric:operations`. */
  readonly record: string;
  readonly expr: string;
}

export const HELD_BREACH = "lane_rule:plumbline_rule_breach:held";
export const HELD_WARN = "lane_rule:plumbline_rule_warn:held";

/** Of samples, at least so many are let through, all lanes together: the objective whose budget burns. */
const SAMPLES_PASSED_MIN = 0.95;

/** A pair of windows of which both must burn faster than `factor` times what the budget lasts for. */
export interface Burn {
  readonly long: string;
  readonly short: string;
  readonly factor: number;
}

/** Google, The Site Reliability Workbook, chapter 5: 2 % of a 30-day budget in 1 h, 5 % in 6 h; and 10 % in 1 d, 10 % in 3 d. */
export const PAGE_BURNS: readonly Burn[] = [
  { long: "1h", short: "5m", factor: 14.4 },
  { long: "6h", short: "30m", factor: 6 },
];
export const TICKET_BURNS: readonly Burn[] = [
  { long: "1d", short: "2h", factor: 3 },
  { long: "3d", short: "6h", factor: 1 },
];

export function failingShare(window: string): string {
  return `plumbline:samples_failing:ratio_rate${window}`;
}

/** Both windows of a pair are over it. */
export function burns({ long, short, factor }: Burn): string {
  const share = Number((factor * (1 - SAMPLES_PASSED_MIN)).toFixed(4));
  return `(${failingShare(long)} > ${share} and ${failingShare(short)} > ${share})`;
}

/**
 * A verdict stands until the next conclusive one, and a decision window takes at most `decisionMsMax`, a day: longer than
 * a governor may need to come back. Of governors, the one that decides is heard.
 */
function held(name: string): string {
  return `max by (lane, rule) (last_over_time(${name}[25h]) and on (instance) last_over_time(plumbline_governor_active[5m]) == 1)`;
}

const WINDOWS = new Set([...PAGE_BURNS, ...TICKET_BURNS].flatMap(({ long, short }) => [short, long]));

export const RECORDINGS: readonly Recording[] = [
  { record: HELD_BREACH, expr: held("plumbline_rule_breach") },
  { record: HELD_WARN, expr: held("plumbline_rule_warn") },
  ...[...WINDOWS].map((window) => ({
    record: failingShare(window),
    expr: `sum(rate(plumbline_samples_judged_total{decision="quarantined"}[${window}])) / sum(rate(plumbline_samples_judged_total[${window}]))`,
  })),
];
