/** Reads a topic-partition from an offset to its present end: compacted topics and checkpoints at a start. */
import type { Log, LogRecord } from "../ports.ts";

const READ_RECORDS_MAX = 2_000;
const READ_TIMEOUT_MS = 200;
/** Polls without a record after which the end is taken as reached: offsets below the high watermark may be holes. */
const EMPTY_POLLS_MAX = 3;

/** All records in [from, end), in order; `from` below the low watermark starts there. */
export async function readPartition(
  log: Log,
  topic: string,
  partition: number,
  from: number,
  take: (record: LogRecord) => void,
): Promise<void> {
  const [marks] = await log.watermarks([{ topic, partition }]);
  if (marks === undefined) throw new Error(`${topic}/${partition} has no watermarks`);
  const start = Math.max(from, marks.low);
  if (start >= marks.high) return;
  const reader = await log.reader();
  try {
    await reader.assign([{ topic, partition, offset: start }]);
    let next = start;
    let empty = 0;
    while (next < marks.high && empty < EMPTY_POLLS_MAX) {
      const records = await reader.poll(READ_RECORDS_MAX, READ_TIMEOUT_MS);
      empty = records.length === 0 ? empty + 1 : 0;
      for (const record of records) {
        if (record.offset < marks.high) take(record);
        next = record.offset + 1;
      }
    }
  } finally {
    await reader.close();
  }
}

/** Latest value per key of a compacted topic-partition; tombstoned keys are absent. Control records are passed over. */
export async function readCompacted(
  log: Log,
  topic: string,
  partition: number,
): Promise<Map<string, Uint8Array>> {
  const latest = new Map<string, Uint8Array>();
  const decoder = new TextDecoder();
  await readPartition(log, topic, partition, 0, (record) => {
    if (record.key === null) return;
    const key = decoder.decode(record.key);
    if (record.value === null) latest.delete(key);
    else latest.set(key, record.value);
  });
  return latest;
}
