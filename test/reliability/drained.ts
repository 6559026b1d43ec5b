/** Waits until everything that was produced is through: judged, in closed panes, governed, recorded. */
import { STAGES } from "../../services/core/sample.ts";
import { TOPIC_NAMES } from "../../services/core/topics.ts";
import type { Rig } from "./rig.ts";

/** Each step of the way may take so long; recovery times have bounds of their own. */
const STEP_MS_MAX = 120_000;

/** Working state, and what comes out of the gatekeeper under other names. */
const NOT_RECORDED: readonly string[] = ["samples", "panes", "references", "state"];

/** After the loads were stopped. `recorder: false` where it is meant to be down. */
export async function drained(rig: Rig, parts: { readonly recorder?: boolean } = {}): Promise<void> {
  const { log, connection } = rig;
  const eventMaxMs = Math.max(...rig.loads.map((load) => load.eventMaxMs));
  const samples = (await log.watermarks("samples")).map(({ high }) => high);
  await rig.until(
    "the gatekeeper has judged every sample",
    async () => reached(await log.committed(connection, "gatekeeper", "samples"), samples),
    STEP_MS_MAX,
  );
  for (const partition of rig.loadedPartitions()) {
    await rig.until(
      `every pane of partition ${partition} is closed`,
      async () => {
        const checkpoint = await log.monitorCheckpoint(partition);
        return checkpoint !== null && STAGES.every((stage) => checkpoint.closedThrough[stage] > eventMaxMs);
      },
      STEP_MS_MAX,
    );
  }
  const windows = (await log.watermarks("windows")).map(({ high }) => high);
  await rig.until(
    "the governor has read every window",
    async () => reached(await log.committed(connection, "governor", "windows"), windows),
    STEP_MS_MAX,
  );
  if (parts.recorder ?? true) await recorded(rig);
  rig.say("drained");
}

/** Waits until the recorder has stored what is in the topics now. */
export async function recorded(rig: Rig): Promise<void> {
  const wanted = await rig.log.nextOffsets(TOPIC_NAMES.filter((name) => !NOT_RECORDED.includes(name)));
  await rig.until(
    "the recorder has stored every row",
    async () => {
      const rows = await rig
        .sql("SELECT topic, partition, max(next_offset) AS next FROM progress GROUP BY topic, partition")
        .catch(() => []);
      const next = new Map(rows.map((row) => [`${row.topic}/${row.partition}`, Number(row.next)]));
      return [...wanted].every(([at, end]) => (next.get(at) ?? 0) >= end);
    },
    STEP_MS_MAX,
  );
}

function reached(offsets: readonly number[], wanted: readonly number[]): boolean {
  return wanted.every((high, partition) => (offsets[partition] ?? 0) >= high);
}
