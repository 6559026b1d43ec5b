import type { Row } from "../ports.ts";
import {
  base64,
  count,
  countOrNull,
  type Fields,
  fieldsList,
  flag,
  real,
  text,
  texts,
  time,
} from "./columns.ts";

/** Rows by table, for one record. Column names are those of `infra/clickhouse/migrations`. */
export type TableRows = Readonly<Record<string, readonly Row[]>>;

function resultColumns(result: Fields): Row {
  return {
    metric: text(result.metric),
    bucket: text(result.bucket),
    n: count(result.n),
    n_ref: countOrNull(result.nRef),
    value: real(result.value),
    lo: real(result.lo),
    hi: real(result.hi),
    null_mean: real(result.nullMean),
    null_sd: real(result.nullSd),
    ratio: real(result.ratio),
    z: real(result.z),
    e: real(result.e),
    status: text(result.status),
  };
}

/** One row for each metric result, and one for each result with a subject left out. */
export function windowRows(record: Fields): TableRows {
  const window = {
    lane: text(record.lane),
    stage: text(record.stage),
    segment: text(record.segment),
    window: text(record.window),
    start_time: time(record.startMs),
    end_time: time(record.endMs),
    generation: count(record.generation),
  };
  const counted = {
    window_n: count(record.n),
    late: count(record.late),
    repeated: count(record.repeated),
    incomplete: flag(record.incomplete),
    reference_version: text(record.referenceVersion),
    policy_version: text(record.policyVersion),
    evidence: texts(record.evidence),
    row_index: count(record.rowIndex),
    row_count: count(record.rowCount),
  };
  const windows = fieldsList(record.results).map((result, index) => ({
    ...window,
    ...resultColumns(result),
    ...counted,
    _row: index,
  }));
  const leftOut: Row[] = [];
  for (const left of fieldsList(record.leftOut)) {
    for (const result of fieldsList(left.results)) {
      leftOut.push({
        ...window,
        subject: text(left.subject),
        left_n: count(left.n),
        ...resultColumns(result),
        reference_version: counted.reference_version,
        _row: leftOut.length,
      });
    }
  }
  return { windows, window_left_out: leftOut };
}

/** The window's own verdict first, with an empty rule, then one row for each rule. */
export function verdictRows(record: Fields): TableRows {
  const window = {
    lane: text(record.lane),
    window: text(record.window),
    start_time: time(record.startMs),
    end_time: time(record.endMs),
    generation: count(record.generation),
    rules_version: text(record.rulesVersion),
    reference_version: text(record.referenceVersion),
  };
  const whole = {
    ...window,
    rule: "",
    verdict: text(record.verdict),
    warn: flag(record.warn),
    families: texts(record.families),
    blamed: texts(record.blamed),
    evidence: texts(record.evidence),
    _row: 0,
  };
  const rules = fieldsList(record.results).map((result, index) => ({
    ...window,
    rule: text(result.rule),
    verdict: text(result.verdict),
    warn: flag(result.warn),
    metric: text(result.metric),
    family: text(result.family),
    stage: text(result.stage),
    segment: text(result.segment),
    bucket: text(result.bucket),
    n: count(result.n),
    value: real(result.value),
    lo: real(result.lo),
    hi: real(result.hi),
    ratio: real(result.ratio),
    z: real(result.z),
    anchor_ratio: real(result.anchorRatio),
    arithmetic: text(result.arithmetic),
    _row: index + 1,
  }));
  return { verdicts: [whole, ...rules] };
}

export function decisionRows(record: Fields): TableRows {
  const row = {
    decision_id: text(record.decisionId),
    at: time(record.atMs),
    subject: text(record.subject),
    lane: text(record.lane),
    from_state: text(record.from),
    to_state: text(record.to),
    rule: text(record.rule),
    cause: text(record.cause),
    actor: text(record.actor),
    reason: text(record.reason),
    window: text(record.window),
    window_start: time(record.windowStartMs),
    window_end: time(record.windowEndMs),
    generation: count(record.generation),
    evidence: texts(record.evidence),
    revision: count(record.revision),
    cut: text(record.cut),
    prev_hash: text(record.prevHash),
    hash: text(record.hash),
  };
  return { decisions: [row] };
}

export function gateRows(record: Fields): TableRows {
  const row = {
    subject: text(record.subject),
    lane: text(record.lane),
    state: text(record.state),
    share: real(record.share) ?? 0,
    since: time(record.sinceMs),
    valid_until: time(record.validUntilMs),
    revision: count(record.revision),
    rule: text(record.rule),
    cause: text(record.cause),
    decision_id: text(record.decisionId),
    clean_windows: count(record.cleanWindows),
  };
  return { gates: [row] };
}

export function commandRows(record: Fields): TableRows {
  const row = {
    command_id: text(record.commandId),
    kind: text(record.kind),
    subject: text(record.subject),
    lane: text(record.lane),
    actor: text(record.actor),
    reason: text(record.reason),
    issued_at: time(record.issuedMs),
    key_id: text(record.keyId),
    signature: text(record.signature),
  };
  return { commands: [row] };
}

export function rejectedRows(record: Fields): TableRows {
  const row = {
    topic: text(record.topic),
    partition: count(record.partition),
    offset: count(record.offset),
    append_time: time(record.appendMs),
    code: text(record.code),
    detail: text(record.detail),
    key_base64: record.key === null || record.key === undefined ? null : base64(record.key),
    bytes_base64: base64(record.bytes),
  };
  return { rejected: [row] };
}
