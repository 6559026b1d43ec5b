/** From a window's state to its row of values: metrics, evidence and, where a rule was met, leave-one-out. */
import { subjectsOf } from "../cell.ts";
import { judge } from "../null.ts";
import type { LeftOut, WindowKind, WindowRecord } from "../records.ts";
import type { Reference } from "../reference.ts";
import type { MetricResult } from "../result.ts";
import { allHold, type Rule } from "../rule.ts";
import type { Stage } from "../sample.ts";
import { EMPTY_SAMPLE, sampleWithout, type TextSample } from "../sketches/text-sample.ts";
import { type ClosedSegment, EVIDENCE_MAX } from "./segment.ts";
import type { WindowAccumulator } from "./window-accumulator.ts";

/** Subjects tried one by one when a rule's condition is met: the largest by n. */
export const LEFT_OUT_SUBJECTS_MAX = 16;
/** A window is incomplete when more than this share of its records came late. */
const INCOMPLETE_LATE_SHARE = 0.01;

export interface WindowFrame {
  readonly lane: string;
  readonly window: WindowKind;
  readonly startMs: number;
  readonly endMs: number;
  readonly generation: number;
  readonly policyVersion: string;
}

/**
 * The row of one segment. Leave-one-out is computed on decision and generation windows, for conditions met only. `generated` is
 * the sample of generated texts of the same window and stage; null where it has none.
 */
export function windowRow(
  frame: WindowFrame,
  stage: Stage,
  segment: string,
  state: ClosedSegment,
  reference: Reference | null,
  rules: readonly Rule[],
  generated: TextSample | null = null,
): WindowRecord {
  const { sample } = state;
  const results = measure(state, sample, reference, null, generated);
  const judged = frame.window === "decision" || frame.window === "generation";
  const counted = state.n + state.late;
  return {
    lane: frame.lane,
    stage,
    segment,
    window: frame.window,
    startMs: frame.startMs,
    endMs: frame.endMs,
    generation: frame.generation,
    n: state.n,
    late: state.late,
    repeated: state.repeated,
    incomplete: counted > 0 && state.late / counted > INCOMPLETE_LATE_SHARE,
    referenceVersion: reference?.version ?? "",
    policyVersion: frame.policyVersion,
    rowIndex: 0,
    rowCount: 1,
    results,
    leftOut: judged ? leaveOneOut(stage, segment, state, sample, reference, results, rules, generated) : [],
    evidence: sample === null ? [] : sample.texts.slice(0, EVIDENCE_MAX).map((text) => text.id),
    failed: judged ? (state.failed?.byBucket() ?? []).map(([bucket, ids]) => ({ bucket, ids })) : [],
  };
}

/** The rows of a finished window, each with its place among them. */
export function windowRows(
  frame: WindowFrame,
  window: WindowAccumulator,
  reference: Reference | null,
  rules: readonly Rule[],
): WindowRecord[] {
  const rows = window.entries().map(({ key, state }) => {
    const generated = window.generatedSample(key.stage);
    return windowRow(frame, key.stage, key.segment, state, reference, rules, generated);
  });
  return rows.map((row, rowIndex) => ({ ...row, rowIndex, rowCount: rows.length }));
}

function measure(
  state: ClosedSegment,
  sample: TextSample | null,
  reference: Reference | null,
  only: ReadonlySet<string> | null,
  generated: TextSample | null,
  leavingOut?: (cell: string) => boolean,
): MetricResult[] {
  const results: MetricResult[] = [];
  if (only === null) {
    results.push(...state.counted(reference));
  } else {
    const { states } = state.total(leavingOut);
    state.plan.counts.forEach((metric, i) => {
      if (only.has(metric.id)) results.push(...metric.value(states[i], reference));
    });
  }
  if (sample !== null) {
    for (const metric of state.plan.samples) {
      if (only !== null && !only.has(metric.id)) continue;
      const result = judge(metric, sample, reference, generated ?? EMPTY_SAMPLE);
      // A lane with few real texts would be inconclusive for good; what it has no input for is not asked.
      if (metric.beside === undefined || result.status === "ok") results.push(result);
    }
  }
  return results;
}

/**
 * The values of the metrics whose own condition was met, in total and in the bucket of the condition, with one subject left
 * out at a time. Conditions against the anchor are the governor's; a rule that has one counts as met here when its other
 * conditions hold.
 */
function leaveOneOut(
  stage: Stage,
  segment: string,
  state: ClosedSegment,
  sample: TextSample | null,
  reference: Reference | null,
  results: readonly MetricResult[],
  rules: readonly Rule[],
  generated: TextSample | null,
): LeftOut[] {
  const met = new Set<string>();
  const buckets = new Set([""]);
  for (const rule of rules) {
    if (rule.stage !== stage || rule.segment !== segment || rule.breach.length === 0) continue;
    const own = rule.breach.filter((c) => c.field !== "anchorRatio" && c.field !== "anchorZ");
    const result = results.find((r) => r.metric === rule.metric && r.bucket === rule.bucket);
    if (result === undefined || result.status !== "ok") continue;
    if (own.length === 0 || allHold(own, result, null)) {
      met.add(rule.metric);
      buckets.add(rule.bucket);
    }
  }
  if (met.size === 0) return [];
  return largestSubjects(state).map((subject) => {
    const cells = new Set([...state.cells.keys()].filter((cell) => subjectsOf(cell).includes(subject)));
    const leavingOut = (cell: string): boolean => cells.has(cell);
    const kept = sample === null ? null : sampleWithout(sample, leavingOut);
    return {
      subject,
      n: kept === null ? state.total(leavingOut).n : kept.texts.length,
      results: measure(state, kept, reference, met, generated, leavingOut).filter(({ bucket }) =>
        buckets.has(bucket),
      ),
    };
  });
}

function largestSubjects(state: ClosedSegment): readonly string[] {
  const counts = new Map<string, number>();
  for (const [cell, { n }] of state.cells) {
    for (const subject of subjectsOf(cell)) counts.set(subject, (counts.get(subject) ?? 0) + n);
  }
  return [...counts]
    .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
    .slice(0, LEFT_OUT_SUBJECTS_MAX)
    .map(([subject]) => subject);
}
