/** All topics, declared once: keys, partitions, time stamps, retention and compaction. */

export const TOPIC_NAMES = [
  "samples",
  "interactions",
  "outcomes",
  "evaluations",
  "training",
  "reviews",
  "changes",
  "admitted",
  "quarantined",
  "windows",
  "series",
  "panes",
  "references",
  "state",
  "verdicts",
  "decisions",
  "gates",
  "commands",
  "rejected",
] as const;
export type TopicName = (typeof TOPIC_NAMES)[number];

export interface TopicDeclaration {
  readonly name: TopicName;
  /** `lanes`: the shared count of all lane-keyed topics; `one`: a single partition, which gives total order. */
  readonly partitions: "lanes" | "one";
  readonly cleanup: "delete" | "compact";
  /** null keeps for ever. */
  readonly retentionMs: number | null;
  readonly maxMessageBytes: number;
}

const DAY_MS = 86_400_000;
/** Producers' topics carry texts up to `textBytesMax`. */
export const SAMPLE_MESSAGE_BYTES_MAX = 1_048_576;
/**
 * A forwarded copy carries the lane as key and the gatekeeper's headers beside the sample's own bytes. With one limit for
 * both, a sample just under it could be read and never passed on: one record would stop its partition for ever.
 */
export const FORWARD_BYTES_MAX = 4_096;
const SMALL_MESSAGE_BYTES_MAX = 1_048_576;

function events(
  name: TopicName,
  retentionDays: number,
  maxMessageBytes = SAMPLE_MESSAGE_BYTES_MAX,
): TopicDeclaration {
  return {
    name,
    partitions: "lanes",
    cleanup: "delete",
    retentionMs: retentionDays * DAY_MS,
    maxMessageBytes,
  };
}

function compacted(name: TopicName, partitions: "lanes" | "one"): TopicDeclaration {
  return {
    name,
    partitions,
    cleanup: "compact",
    retentionMs: null,
    maxMessageBytes: SMALL_MESSAGE_BYTES_MAX,
  };
}

/** Every topic, in the order they are created. */
export const TOPICS: readonly TopicDeclaration[] = [
  events("samples", 14),
  events("interactions", 14),
  events("outcomes", 14),
  events("evaluations", 90),
  events("training", 90),
  events("reviews", 90),
  events("changes", 90),
  events("admitted", 14, SAMPLE_MESSAGE_BYTES_MAX + FORWARD_BYTES_MAX),
  events("quarantined", 14, SAMPLE_MESSAGE_BYTES_MAX + FORWARD_BYTES_MAX),
  events("windows", 90),
  events("series", 90),
  compacted("panes", "lanes"),
  compacted("references", "one"),
  compacted("state", "lanes"),
  events("verdicts", 365),
  {
    name: "decisions",
    partitions: "one",
    cleanup: "delete",
    retentionMs: null,
    maxMessageBytes: SMALL_MESSAGE_BYTES_MAX,
  },
  compacted("gates", "one"),
  {
    name: "commands",
    partitions: "one",
    cleanup: "delete",
    retentionMs: 365 * DAY_MS,
    maxMessageBytes: SMALL_MESSAGE_BYTES_MAX,
  },
  {
    name: "rejected",
    partitions: "lanes",
    cleanup: "delete",
    retentionMs: 30 * DAY_MS,
    maxMessageBytes: 2 * SAMPLE_MESSAGE_BYTES_MAX,
  },
];

/** `<prefix><name>.v1`, e.g. `samples.v1`, or `lab-7f3a.samples.v1` for a run with topics of its own. */
export function topicName(prefix: string, name: TopicName): string {
  return `${prefix}${name}.v1`;
}
