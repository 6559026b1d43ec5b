/** Rows of records that hold lists of results: one record becomes several rows. Column names are those of the migrations. */
import type { Row } from "../ports.ts";
import type { Fields } from "./flat-table.ts";

/** Rows by table, for one record; new objects that the caller owns. */
export type TableRows = Readonly<Record<string, readonly Row[]>>;

function listOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? (value as readonly Fields[]) : [];
}

/**
 * One row for each metric result, and one for each result with a subject left out. Rows are written out as one literal each:
 * spread together of parts they took most of the time of this topic.
 */
export function windowRows(record: Fields): TableRows {
  const windows = listOf(record.results).map((result, index) => ({
    lane: record.lane,
    stage: record.stage,
    segment: record.segment,
    window: record.window,
    start_time: record.startMs,
    end_time: record.endMs,
    generation: record.generation,
    reference_version: record.referenceVersion,
    metric: result.metric,
    bucket: result.bucket,
    n: result.n,
    n_ref: result.nRef,
    value: result.value,
    lo: result.lo,
    hi: result.hi,
    null_mean: result.nullMean,
    null_sd: result.nullSd,
    ratio: result.ratio,
    z: result.z,
    e: result.e,
    status: result.status,
    window_n: record.n,
    late: record.late,
    repeated: record.repeated,
    incomplete: record.incomplete,
    policy_version: record.policyVersion,
    evidence: record.evidence,
    row_index: record.rowIndex,
    row_count: record.rowCount,
    _row: index,
  }));
  const leftOut: Row[] = [];
  for (const left of listOf(record.leftOut)) {
    for (const result of listOf(left.results)) {
      leftOut.push({
        lane: record.lane,
        stage: record.stage,
        segment: record.segment,
        window: record.window,
        start_time: record.startMs,
        end_time: record.endMs,
        generation: record.generation,
        reference_version: record.referenceVersion,
        subject: left.subject,
        left_n: left.n,
        metric: result.metric,
        bucket: result.bucket,
        n: result.n,
        n_ref: result.nRef,
        value: result.value,
        lo: result.lo,
        hi: result.hi,
        null_mean: result.nullMean,
        null_sd: result.nullSd,
        ratio: result.ratio,
        z: result.z,
        e: result.e,
        status: result.status,
        _row: leftOut.length,
      });
    }
  }
  return { windows, window_left_out: leftOut };
}

/** The window's own verdict first, with an empty rule, then one row for each rule. */
export function verdictRows(record: Fields): TableRows {
  const window = {
    lane: record.lane,
    window: record.window,
    start_time: record.startMs,
    end_time: record.endMs,
    generation: record.generation,
    rules_version: record.rulesVersion,
    reference_version: record.referenceVersion,
  };
  const whole = {
    ...window,
    rule: "",
    verdict: record.verdict,
    warn: record.warn,
    families: record.families,
    blamed: record.blamed,
    evidence: record.evidence,
    _row: 0,
  };
  const rules = listOf(record.results).map((result, index) => ({
    ...window,
    rule: result.rule,
    verdict: result.verdict,
    warn: result.warn,
    metric: result.metric,
    family: result.family,
    stage: result.stage,
    segment: result.segment,
    bucket: result.bucket,
    n: result.n,
    value: result.value,
    lo: result.lo,
    hi: result.hi,
    ratio: result.ratio,
    z: result.z,
    anchor_ratio: result.anchorRatio,
    arithmetic: result.arithmetic,
    _row: index + 1,
  }));
  return { verdicts: [whole, ...rules] };
}
