/** Statements of the timeline: one branch a kind, newest first. Values are bound; nothing of a reader's is in the text. */

import type { TopicName } from "../../core/topics.ts";
import type { TimelineKind } from "../answers/timeline-answer.ts";

interface Branch {
  readonly topic: TopicName;
  readonly at: string;
  readonly where: string;
  readonly subject: string;
  readonly title: string;
  readonly detail: string;
  readonly actor: string;
  readonly state?: string;
  /** Columns of the window behind it. */
  readonly window?: readonly [kind: string, end: string];
}

const VERSIONS =
  "if(from_version = '' AND to_version = '', '', concat(': ', from_version, ' → ', to_version))";
const SHARES =
  "if(isNull(share_from) AND isNull(share_to), '', concat(': share ', ifNull(toString(share_from), '?'), ' → ', ifNull(toString(share_to), '?')))";
const CHANGE = {
  topic: "changes",
  at: "event_time",
  subject: "subject",
  detail: "concat(reason, if(approver = '', '', concat(' (approved by ', approver, ')')))",
  actor: "toString(actor)",
} as const;

const BRANCHES: Readonly<Record<TimelineKind, Branch>> = {
  alarm: {
    topic: "verdicts",
    at: "end_time",
    where: "rule = '' AND verdict = 'breach'",
    subject: "arrayStringConcat(blamed, ', ')",
    title: "concat('Breach: ', arrayStringConcat(families, ', '))",
    detail: "if(empty(blamed), '', concat('Restored without ', arrayStringConcat(blamed, ', ')))",
    actor: "''",
    window: ["toString(window)", "end_time"],
  },
  decision: {
    topic: "decisions",
    at: "at",
    where: "1",
    subject: "subject",
    title:
      "if(endsWith(rule, '_refused'), concat('Refused: ', replaceOne(toString(rule), '_refused', '')), concat(from_state, ' → ', to_state))",
    detail: "concat(cause, if(reason = '', '', concat(' · ', reason)))",
    actor: "actor",
    state: "toString(to_state)",
    window: ["toString(window)", "window_end"],
  },
  request: {
    topic: "commands",
    at: "issued_at",
    where: "1",
    subject: "subject",
    title: "concat('Asked to ', kind)",
    detail: "reason",
    actor: "actor",
  },
  change: {
    ...CHANGE,
    where: "kind NOT IN ('misses', 'policy')",
    title: `concat('Changed ', replaceAll(toString(kind), '_', ' '), ${VERSIONS}, ${SHARES})`,
  },
  export: { ...CHANGE, where: "kind = 'misses'", title: "'Exported failures'" },
  policy: { ...CHANGE, where: "kind = 'policy'", title: `concat('Changed the policy', ${VERSIONS})` },
  review: {
    topic: "reviews",
    at: "event_time",
    where: "1",
    subject: "if(subject = '', concat(target_topic, '/', target_id), subject)",
    title: "concat('Reviewed', if(verdict = '', '', concat(': ', verdict)))",
    detail:
      "arrayStringConcat(arrayFilter(part -> part != '', [arrayStringConcat(labels, ', '), note]), ' · ')",
    actor: "toString(reviewer)",
  },
  training: {
    topic: "training",
    at: "event_time",
    where: "kind = 'manifest'",
    subject: "concat('model:', model)",
    title: "concat('Trained ', model)",
    detail: "if(empty(data_dataset), '', concat('On ', arrayStringConcat(data_dataset, ', ')))",
    actor: "''",
  },
};

/** Topics to bind as `{topic_<kind>:String}`. */
export function topicOf(kind: TimelineKind): TopicName {
  return BRANCHES[kind].topic;
}

/**
 * Binds `lane` ("" for every lane), `from_ms` and `to_ms` (half-open), `before_ms` and `before_key` (entries before that one), `page`,
 * and the topic of each kind. `kinds` is not empty.
 */
export function timelineSql(kinds: readonly TimelineKind[]): string {
  const branches = kinds.map((kind) => `SELECT * FROM (${branchSql(kind, BRANCHES[kind])})`);
  return `
SELECT *
FROM (
${branches.join("\nUNION ALL\n")}
)
ORDER BY at_ms DESC, key DESC
LIMIT {page:UInt32}`;
}

function branchSql(kind: TimelineKind, branch: Branch): string {
  const { topic, at, where, subject, title, detail, actor, state = "''" } = branch;
  const [windowKind, windowEnd] = branch.window ?? ["''", "toDateTime64(0, 3, 'UTC')"];
  return `
  SELECT '${kind}' AS entry_kind, toFloat64(toUnixTimestamp64Milli(${at})) AS at_ms,
    concat('${kind}/', leftPad(toString(_epoch), 6, '0'), '/', leftPad(toString(_partition), 6, '0'), '/', leftPad(toString(_offset), 20, '0')) AS key,
    toString(lane) AS lane_name, ${subject} AS about, ${title} AS title, ${detail} AS detail, ${actor} AS who, ${state} AS state,
    ${windowKind} AS window_kind, toFloat64(toUnixTimestamp64Milli(${windowEnd})) AS window_end_ms
  FROM ${topic}
  WHERE _topic = {topic_${kind}:String} AND (${where}) AND ({lane:String} = '' OR lane = {lane:String})
    AND ${at} >= fromUnixTimestamp64Milli({from_ms:Int64}) AND ${at} < fromUnixTimestamp64Milli({to_ms:Int64})
    AND (at_ms, key) < ({before_ms:Float64}, {before_key:String})
  ORDER BY at_ms DESC, key DESC
  LIMIT {page:UInt32}`;
}

/**
 * Times in which gates held something back, newest first: from each decision that moved a gate to the subject's next one. Binds
 * `topic`, `lane`, `from_ms` and `to_ms`: spans that reach into them.
 */
export const HELD_SPANS_SQL = `
SELECT lane_name, subject, state, from_at_ms, to_at_ms
FROM (
  SELECT toString(lane) AS lane_name, subject, toString(to_state) AS state, toFloat64(toUnixTimestamp64Milli(at)) AS from_at_ms,
    toFloat64(toUnixTimestamp64Milli(leadInFrame(at) OVER (
      PARTITION BY lane, subject ORDER BY revision ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING))) AS to_at_ms
  FROM decisions
  WHERE _topic = {topic:String} AND from_state != to_state AND ({lane:String} = '' OR lane = {lane:String})
)
WHERE state IN ('frozen', 'throttled', 'rolled_back', 'probation') AND from_at_ms < {to_ms:Float64}
  AND (to_at_ms = 0 OR to_at_ms > {from_ms:Float64})
ORDER BY from_at_ms DESC, subject
LIMIT 500`;
