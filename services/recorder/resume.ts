import type { Store, TopicPartition } from "../ports.ts";

/** How far one topic-partition is recorded. */
export interface RecordedTo {
  readonly epoch: number;
  /** Next offset by the progress table. */
  readonly progressNext: number;
  /** Next offset by each table of the topic, never below `progressNext`. */
  readonly nextByTable: ReadonlyMap<string, number>;
  /** Running maximum of append time, which `_day` continues. Epoch ms. */
  readonly appendMaxMs: number;
}

/** What identifies a topic: a topic made anew under the same name differs in one of them. */
export interface TopicIdentity {
  readonly cluster: string;
  readonly topicId: string;
}

/** A topic that is not the one its rows came from. Going on would mix two histories or skip records for ever. */
export class RecreatedTopicError extends Error {
  override readonly name = "RecreatedTopicError";
  readonly topic: string;
  constructor(topic: string, what: string) {
    super(
      `topic ${topic}: ${what}. Its stored rows stay; to record the new topic beside them, run ` +
        `\`plumbline recorder new-epoch --topic ${topic} --yes\` while no recorder runs, then start again`,
    );
    this.topic = topic;
  }
}

interface ProgressRow {
  readonly topic: string;
  readonly partition: number;
  readonly epoch: number;
  readonly nextOffset: number;
  readonly cluster: string;
  readonly topicId: string;
  readonly appendMaxMs: number;
}

const PROGRESS_SQL = `
SELECT topic, partition, epoch, max(next_offset) AS next,
       argMaxIf(progress.cluster, next_offset, progress.topic_id != '') AS cluster,
       argMaxIf(progress.topic_id, next_offset, progress.topic_id != '') AS topic_id,
       toUnixTimestamp64Milli(max(append_max)) AS append_max_ms
FROM progress
WHERE topic IN {topics:Array(String)}
GROUP BY topic, partition, epoch`;

/** `_day` never falls within a topic-partition, so days before the last progress row hold nothing later. */
function tableSql(table: string): string {
  return `
SELECT _partition AS partition, max(_offset) + 1 AS next, toUnixTimestamp64Milli(max(_append_time)) AS append_max_ms
FROM ${table}
WHERE _topic = {topic:String} AND _epoch = {epoch:UInt32} AND _day >= {day:Date}
GROUP BY _partition`;
}

function isoDay(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

export async function readProgress(
  store: Pick<Store, "query">,
  topics: readonly string[],
): Promise<readonly ProgressRow[]> {
  const rows = await store.query(PROGRESS_SQL, { topics });
  return rows.map((row) => ({
    topic: String(row.topic),
    partition: Number(row.partition),
    epoch: Number(row.epoch),
    nextOffset: Number(row.next),
    cluster: String(row.cluster),
    topicId: String(row.topic_id),
    appendMaxMs: Number(row.append_max_ms),
  }));
}

/** The rows of a topic's newest epoch; empty where it was never recorded. */
function newestEpoch(rows: readonly ProgressRow[], topic: string): readonly ProgressRow[] {
  const own = rows.filter((row) => row.topic === topic);
  const epoch = own.reduce((newest, row) => Math.max(newest, row.epoch), 0);
  return own.filter((row) => row.epoch === epoch);
}

/**
 * Where recording goes on, for partitions of one topic (law 3): per table, the larger of the progress row and
 * `max(_offset) + 1` in the newest epoch. Throws `RecreatedTopicError` where the topic's identity is another one than
 * that of its rows, `StoreError` where the store fails. The returned map has every partition asked for.
 */
export async function recordedTo(
  store: Pick<Store, "query">,
  topic: string,
  partitions: readonly number[],
  tables: readonly string[],
  identity: TopicIdentity,
): Promise<ReadonlyMap<number, RecordedTo>> {
  const progress = newestEpoch(await readProgress(store, [topic]), topic);
  for (const row of progress) {
    // A new epoch takes the topic as it finds it.
    if (row.topicId === "") continue;
    if (row.cluster !== identity.cluster) {
      throw new RecreatedTopicError(
        topic,
        `its rows come from cluster ${row.cluster}, this is cluster ${identity.cluster}`,
      );
    }
    if (row.topicId !== identity.topicId) {
      throw new RecreatedTopicError(
        topic,
        `it was made anew (its id was ${row.topicId}, now it is ${identity.topicId})`,
      );
    }
  }
  const epoch = progress[0]?.epoch ?? 0;
  const known = new Map(progress.map((row) => [row.partition, row]));
  const dayFromMs = Math.min(...partitions.map((partition) => known.get(partition)?.appendMaxMs ?? 0));
  const found = new Map<string, Map<number, { next: number; appendMaxMs: number }>>();
  for (const table of tables) {
    const rows = await store.query(tableSql(table), { topic, epoch, day: isoDay(dayFromMs) });
    found.set(
      table,
      new Map(
        rows.map((row) => [
          Number(row.partition),
          { next: Number(row.next), appendMaxMs: Number(row.append_max_ms) },
        ]),
      ),
    );
  }
  const result = new Map<number, RecordedTo>();
  for (const partition of partitions) {
    const progressNext = known.get(partition)?.nextOffset ?? 0;
    let appendMaxMs = known.get(partition)?.appendMaxMs ?? 0;
    const nextByTable = new Map<string, number>();
    for (const table of tables) {
      const own = found.get(table)?.get(partition);
      nextByTable.set(table, Math.max(progressNext, own?.next ?? 0));
      appendMaxMs = Math.max(appendMaxMs, own?.appendMaxMs ?? 0);
    }
    result.set(partition, { epoch, progressNext, nextByTable, appendMaxMs });
  }
  return result;
}

/** What is recorded of one topic in its newest epoch. */
export interface TopicEpoch {
  readonly topic: string;
  readonly epoch: number;
}

/** The newest epoch of every topic that was ever recorded, by name. */
export async function readEpochs(store: Store): Promise<readonly TopicEpoch[]> {
  const rows = await store.query("SELECT DISTINCT topic FROM progress ORDER BY topic");
  const topics = rows.map((row) => String(row.topic));
  const progress = await readProgress(store, topics);
  return topics.map((topic) => ({ topic, epoch: newestEpoch(progress, topic)[0]!.epoch }));
}

/**
 * Declares that a topic starts anew: what is recorded stays under its epoch, and the next recorder takes the topic as it then
 * finds it, from its beginning, under the next one. An operator's decision (`plumbline recorder new-epoch`), never the
 * recorder's own. No recorder may run. Returns the number of the new epoch.
 */
export async function startNewEpoch(store: Store, topic: string): Promise<number> {
  const before = newestEpoch(await readProgress(store, [topic]), topic);
  const epoch = (before[0]?.epoch ?? -1) + 1;
  await store.command(
    `INSERT INTO progress (topic, partition, epoch, next_offset, cluster, topic_id, append_max)
     SELECT {topic:String}, 0, {epoch:UInt32}, 0, '', '', 0`,
    { topic, epoch },
  );
  return epoch;
}

/** Partitions grouped by topic, in the order first met. */
export function byTopic(partitions: readonly TopicPartition[]): ReadonlyMap<string, readonly number[]> {
  const result = new Map<string, number[]>();
  for (const { topic, partition } of partitions) {
    const own = result.get(topic);
    if (own === undefined) result.set(topic, [partition]);
    else own.push(partition);
  }
  return result;
}
