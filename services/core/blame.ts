/** The smallest brake (law 6): which subject, left out, brings every breached metric back to its null. */
import { laneSubject } from "./gate.ts";
import type { RuleResult, WindowRecord } from "./records.ts";
import { type Anchor, allHold, type Rule } from "./rule.ts";

/** With fewer texts left than this, leaving a subject out proves nothing. */
export const TEXTS_LEFT_MIN = 100;

/**
 * Subjects to brake for these breaches: the one subject whose absence ends every breach with at least 100 texts left
 * (the one that leaves most texts, where several do), else the lane. Sets of several subjects are not tried.
 */
export function blame(
  lane: string,
  breaches: readonly RuleResult[],
  rules: ReadonlyMap<string, Rule>,
  rows: readonly WindowRecord[],
  anchorOf: (result: RuleResult) => Anchor | null,
): readonly string[] {
  if (breaches.length === 0) return [];
  const left = new Map<string, number>();
  for (const row of rows) {
    for (const out of row.leftOut) left.set(out.subject, Math.min(left.get(out.subject) ?? out.n, out.n));
  }
  const restoring = [...left]
    .filter(
      ([subject, n]) =>
        n >= TEXTS_LEFT_MIN && breaches.every((b) => isRestored(b, subject, rules, rows, anchorOf)),
    )
    .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  return [restoring[0]?.[0] ?? laneSubject(lane)];
}

function isRestored(
  breach: RuleResult,
  subject: string,
  rules: ReadonlyMap<string, Rule>,
  rows: readonly WindowRecord[],
  anchorOf: (result: RuleResult) => Anchor | null,
): boolean {
  const rule = rules.get(breach.rule);
  const row = rows.find(
    (candidate) => candidate.stage === breach.stage && candidate.segment === breach.segment,
  );
  const out = row?.leftOut.find((candidate) => candidate.subject === subject);
  const result = out?.results.find((r) => r.metric === breach.metric && r.bucket === breach.bucket);
  if (rule === undefined || result === undefined || result.status !== "ok") return false;
  return !allHold(rule.breach, result, anchorOf(breach));
}
