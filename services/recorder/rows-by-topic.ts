import type { TopicName } from "../core/topics.ts";
import type { Fields } from "./columns.ts";
import {
  commandRows,
  decisionRows,
  gateRows,
  rejectedRows,
  type TableRows,
  verdictRows,
  windowRows,
} from "./control-rows.ts";
import {
  changeRows,
  evaluationRows,
  interactionRows,
  outcomeRows,
  reviewRows,
  sampleRows,
  trainingRows,
} from "./traffic-rows.ts";

/** Makes the rows of one decoded record, new objects that the caller owns; `headers` are the record's own. */
export type RowMaker = (record: Fields, headers: Readonly<Record<string, string>>) => TableRows;

interface RecordedTopic {
  /** Every table the topic's rows go to, in the order they are written. */
  readonly tables: readonly string[];
  readonly rows: RowMaker;
}

/**
 * What is stored of each topic. `samples` is missing, as each of its records comes out as admitted, quarantined or
 * rejected; `panes`, `references` and `state` are working state, not history.
 */
const RECORDED: Readonly<Partial<Record<TopicName, RecordedTopic>>> = {
  admitted: { tables: ["samples", "texts"], rows: sampleRows("admitted") },
  quarantined: { tables: ["samples", "texts"], rows: sampleRows("quarantined") },
  interactions: { tables: ["interactions", "texts"], rows: interactionRows },
  outcomes: { tables: ["outcomes"], rows: outcomeRows },
  evaluations: { tables: ["evaluations"], rows: evaluationRows },
  training: { tables: ["training"], rows: trainingRows },
  reviews: { tables: ["reviews"], rows: reviewRows },
  changes: { tables: ["changes"], rows: changeRows },
  windows: { tables: ["windows", "window_left_out"], rows: windowRows },
  verdicts: { tables: ["verdicts"], rows: verdictRows },
  decisions: { tables: ["decisions"], rows: decisionRows },
  gates: { tables: ["gates"], rows: gateRows },
  commands: { tables: ["commands"], rows: commandRows },
  rejected: { tables: ["rejected"], rows: rejectedRows },
};

export const RECORDED_TOPICS = Object.keys(RECORDED) as readonly TopicName[];

/** Undefined for a topic that is not stored. */
export function recordedTopic(topic: TopicName): RecordedTopic | undefined {
  return RECORDED[topic];
}
