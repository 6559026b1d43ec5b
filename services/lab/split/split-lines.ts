/** A run of the split lab in words, for a terminal. */
import { NOTHING_NAMED } from "./split-names.ts";
import type { SplitCheck, SplitReport, SplitWindow } from "./split-report.ts";

/** Lines of one report, without trailing blanks. */
export function splitLines(report: SplitReport): string[] {
  const { seed, scenario, planted, firstBreach, firstDecision, firstFreeze, named } = report;
  const proxy = planted.firstProxy === null ? "" : `, first ${planted.firstProxy}`;
  const ramp = planted.rampWindows === 1 ? "at once" : `over ${planted.rampWindows} windows`;
  const online = report.windows.map((window) => window.trueOnline);
  const decision = (made: typeof firstDecision): string =>
    made === null ? "none" : `window ${made.window}: ${made.subject} to ${made.to} (${made.rule})`;
  return [
    `${scenario}, seed ${seed}  (${report.seconds.toFixed(1)} s)`,
    `  planted         from window ${planted.onsetWindow} ${ramp}, online ` +
      `${planted.lagWindows} windows behind${proxy}`,
    `  true online     ${rate(first(online))} to ${rate(online.at(-1) ?? null)}, 5 points lost ` +
      `${planted.lossWindow === null ? "never" : `at window ${planted.lossWindow}`}`,
    `  main suite      ${ends(report, "main")}`,
    `  long tail       ${ends(report, "longTail")}`,
    `  other traffic   ${mixWords(report)}`,
    `  first breach    ${firstBreach === null ? "none" : `window ${firstBreach.window}: ${firstBreach.rule}, ${firstBreach.arithmetic}`}`,
    `  first decision  ${decision(firstDecision)}`,
    `  first freeze    ${decision(firstFreeze)}`,
    `  the engine      ${named === NOTHING_NAMED ? "not named" : namedWords(report)}`,
    ...report.checks.map((check) => `  ${mark(check)}${check.what}`),
  ];
}

function mark({ holds }: SplitCheck): string {
  if (holds === null) return "CANNOT TELL     ";
  return holds ? "holds           " : "FAILED          ";
}

function namedWords({ named: { firstProxy, lagWindows, cause } }: SplitReport): string {
  return [
    `first ${firstProxy ?? "not named"}`,
    `lag ${lagWindows ?? "not named"}`,
    `cause ${cause ?? "not named"}`,
  ].join(", ");
}

function mixWords({ mix: { status, drop, explained } }: SplitReport): string {
  if (status !== "ok") return `cannot be told (${status})`;
  if (explained === null) return "nothing to explain: online did not fall";
  const percent = (share: number): string => `${Math.round(share * 100)} %`;
  return (
    `explains ${percent(explained.value)} (${percent(explained.lo)} to ${percent(explained.hi)}) ` +
    `of ${rate(drop.value)} lost`
  );
}

/** First and last published value of a series. */
function ends({ windows }: SplitReport, series: keyof SplitWindow["values"]): string {
  const values = windows.map((window) => window.values[series]);
  return `${rate(first(values))} to ${rate(values.at(-1) ?? null)}`;
}

function first(values: readonly (number | null)[]): number | null {
  return values.find((value) => value !== null) ?? null;
}

function rate(value: number | null): string {
  return value === null ? "unknown" : value.toFixed(3);
}
