/** Whether a drained run lost or doubled anything: in the topics, in the windows by the oracle, in the store. */
import { decodeForwardNote, FORWARD_HEADER } from "../../services/core/record-headers.ts";
import type { TopicName } from "../../services/core/topics.ts";
import type { Rig } from "./rig.ts";
import type { Figures } from "./scenario.ts";

/** Adds the figures of exactness; each must be 0. */
export async function checkExact(rig: Rig, figures: Figures): Promise<void> {
  await checkTopics(rig, figures);
  await checkStore(rig, figures);
}

/** Every acknowledged event is in its topic once, every sample was passed on once. */
async function checkTopics(rig: Rig, figures: Figures): Promise<void> {
  const { log } = rig;
  let lost = 0;
  let doubled = 0;
  for (const topic of ["samples", "interactions", "outcomes"] as const) {
    const wanted = rig.loads.reduce((sum, load) => sum + load.acknowledged[topic], 0);
    const ids = new Set<string>();
    let count = 0;
    for (const { record } of await log.values(topic)) {
      ids.add(record.id);
      count += 1;
    }
    lost += Math.max(0, wanted - ids.size);
    doubled += count - ids.size;
  }
  figures.hold("acknowledged events missing in their topics", lost, "events", "=", 0);
  figures.hold("events twice in their topics", doubled, "events", "=", 0);
  const judged = new Map<string, number>();
  for (const topic of ["admitted", "quarantined"] as const) {
    await log.each(topic, (record) => {
      if (record.value === null) return;
      const note = decodeForwardNote(record.headers[FORWARD_HEADER]);
      if (note === null) throw new Error(`${topic}/${record.partition} ${record.offset} has no note`);
      const at = `${record.partition}/${note.sourceOffset}`;
      judged.set(at, (judged.get(at) ?? 0) + 1);
    });
  }
  let unjudged = 0;
  await log.each("samples", (record) => {
    if (record.value !== null && !judged.has(`${record.partition}/${record.offset}`)) unjudged += 1;
  });
  await log.each("rejected", () => {
    unjudged -= 1;
  });
  const twice = [...judged.values()].filter((times) => times > 1).length;
  figures.hold("samples not passed on", unjudged, "samples", "=", 0);
  figures.hold("samples passed on twice", twice, "samples", "=", 0);
}

/** Tables that hold one row a record, and the topics those come from. */
const ONE_ROW: readonly (readonly [string, readonly TopicName[]])[] = [
  ["samples", ["admitted", "quarantined"]],
  ["interactions", ["interactions"]],
  ["outcomes", ["outcomes"]],
  ["texts", ["admitted", "quarantined", "interactions"]],
  ["decisions", ["decisions"]],
  ["gates", ["gates"]],
];

/** Every record has its row once. */
async function checkStore(rig: Rig, figures: Figures): Promise<void> {
  const counts = new Map<TopicName, number>();
  let lost = 0;
  let doubled = 0;
  for (const [table, topics] of ONE_ROW) {
    let wanted = 0;
    for (const topic of topics) wanted += await countOf(rig, topic, counts);
    const [row] = await rig.sql(
      `SELECT count() AS n, uniqExact(_topic, _partition, _offset) AS own FROM ${table} WHERE _topic LIKE '${rig.names.prefix}%'`,
    );
    const own = Number(row?.own ?? Number.NaN);
    lost += Math.abs(wanted - own);
    doubled += Number(row?.n ?? Number.NaN) - own;
  }
  for (const table of ["windows", "verdicts", "window_left_out"]) {
    const [row] = await rig.sql(
      `SELECT count() AS n, uniqExact(_topic, _partition, _offset, _row) AS own FROM ${table}`,
    );
    doubled += Number(row?.n ?? Number.NaN) - Number(row?.own ?? Number.NaN);
  }
  figures.hold("rows lost in the store", lost, "rows", "=", 0);
  figures.hold("rows twice in the store", doubled, "rows", "=", 0);
}

async function countOf(rig: Rig, topic: TopicName, counts: Map<TopicName, number>): Promise<number> {
  let count = counts.get(topic);
  if (count === undefined) {
    let n = 0;
    await rig.log.each(topic, (record) => {
      if (record.value !== null) n += 1;
    });
    count = n;
    counts.set(topic, count);
  }
  return count;
}
