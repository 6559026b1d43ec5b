/** Reads a topic-partition from an offset to its present end: compacted topics and checkpoints at a start. */
import type { Log, LogRecord, Reader, Watermarks } from "../ports.ts";

const READ_RECORDS_MAX = 2_000;
const READ_TIMEOUT_MS = 100;
/**
 * Without a record for so long the read has failed: a state read in part would be taken for the whole. Longer than the
 * 60 s after which the broker ends the transaction of a process that died in it: until then its records hold readers up.
 */
const SILENCE_MS_MAX = 90_000;

/**
 * All records in [from, end), in order; `from` below the low watermark starts there. The end is the last record at the start
 * of the call, or `to` where that is less. Throws when it is not reached.
 *
 * Not the high watermark: that stops before the first open transaction of *any* writer, and one's own committed state may
 * lie behind another's open transaction.
 */
export async function readPartition(
  log: Log,
  topic: string,
  partition: number,
  from: number,
  take: (record: LogRecord) => void,
  to = Number.POSITIVE_INFINITY,
): Promise<void> {
  const [range] = await log.watermarks([{ topic, partition }]);
  if (range === undefined) throw new Error(`${topic}/${partition} has no watermarks`);
  const [end] = await log.ends([{ topic, partition }]);
  const marks = { ...range, high: Math.min(Math.max(range.high, end?.offset ?? 0), to) };
  const start = Math.max(from, marks.low);
  if (start >= marks.high) return;
  const reader = await log.reader();
  try {
    await reader.assign([{ topic, partition, offset: start }]);
    await readToEnd(reader, [marks], (record) => {
      if (record.offset < marks.high) take(record);
    });
  } finally {
    await reader.close();
  }
}

/**
 * The last `records` of a partition, in order; where `take` has not answered true by the end of them, the last twice as many,
 * and so on to the log's beginning: for what is near the end nearly always.
 */
export async function readBack(
  log: Log,
  topic: string,
  partition: number,
  records: number,
  take: (record: LogRecord) => boolean,
): Promise<void> {
  const [range] = await log.watermarks([{ topic, partition }]);
  if (range === undefined) return;
  for (let back = records; ; back *= 2) {
    const from = Math.max(range.low, range.high - back);
    let found = false;
    await readPartition(log, topic, partition, from, (record) => {
      found = take(record);
    });
    if (found || from === range.low) return;
  }
}

/** Polls until every partition has reached its `high`: offsets below it may be holes that no record shows. */
export async function readToEnd(
  reader: Reader,
  ends: readonly Watermarks[],
  take: (record: LogRecord) => void,
): Promise<void> {
  let silentSinceMs = performance.now();
  for (;;) {
    const positions = reader.positions();
    const behind = ends.find(({ topic, partition, high }) => {
      const position = positions.find((at) => at.topic === topic && at.partition === partition);
      return position !== undefined && position.offset < high;
    });
    if (behind === undefined) return;
    const records = await reader.poll(READ_RECORDS_MAX, READ_TIMEOUT_MS);
    for (const record of records) take(record);
    if (records.length > 0) silentSinceMs = performance.now();
    else if (performance.now() - silentSinceMs > SILENCE_MS_MAX) {
      throw new Error(
        `${behind.topic}/${behind.partition} could not be read to its end ${behind.high} within ${SILENCE_MS_MAX} ms; is the broker up?`,
      );
    }
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
