/** Every record of a `MemoryRun`, control records included, as the oracle reads them. */
import { TOPIC_NAMES, type TopicName } from "../../services/core/topics.ts";
import type { MemoryRun } from "../support/memory-run.ts";
import { type OracleRecord, oracleRecords } from "./oracle-record.ts";

const RECORDS_MAX = 1_000_000;
const OWN_STATE: readonly TopicName[] = ["panes", "references", "state"];

export function memoryRecords(run: MemoryRun): OracleRecord[] {
  return TOPIC_NAMES.filter((topic) => !OWN_STATE.includes(topic)).flatMap((topic) => {
    const at = { topic: run.names.full(topic), partition: 0 };
    return oracleRecords(run.broker.read(at, 0, RECORDS_MAX).records, run.codec, run.names.prefix);
  });
}
