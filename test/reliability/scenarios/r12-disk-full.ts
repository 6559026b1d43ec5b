/** The disk under the store fills up: recording stops before it is full, everything else goes on, and recording resumes. */
import { execFile } from "node:child_process";
import { mkdir, rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { freeBytesKept } from "../../../services/adapters/store/disk-watermark.ts";
import { checkExact } from "../check-exact.ts";
import { drained, recorded } from "../drained.ts";
import { caughtUp } from "../lag.ts";
import type { Rig } from "../rig.ts";
import { Figures, type Form, type Scenario, type ScenarioResult } from "../scenario.ts";

const FORMS = {
  short: { eventsPerS: 300, diskMib: 512, fullMs: 5_000 },
  // Longer than the recorder tries: its process ends and starts again while the disk is full.
  full: { eventsPerS: 1_000, diskMib: 1_024, fullMs: 300_000 },
} as const;
const MIB = 2 ** 20;
const LAG_MS = 1_000;
const BACK_MS_MAX = 90_000;
/** What the ballast leaves above the watermark: soon written. */
const ROOM_BYTES = MIB / 2;
const SAMPLE_EVERY_MS = 250;
/** The recorder pauses for up to 10 s between tries. */
const RESUMED_WITHIN_S = 20;
const READ_MS_MAX = 30_000;
const COUNT_SQL = "SELECT toFloat64(count()) AS n FROM samples";
const FULL = /No space left|ENOSPC|Cannot reserve/;

const run = promisify(execFile);

export const R12: Scenario = {
  id: "R12",
  title: "The store's disk is full",
  pass: "recording stops at the watermark (5 % or 1 GB free) before the disk is full; reads work; it resumes by itself",
  forms: {
    short: "300 events/s into a file system of 512 MiB in memory; at the watermark for 5 s",
    full: "1,000 events/s into a file system of 1 GiB in memory; at the watermark for 5 min",
  },
  broker: "shared",
  tier: "chaos",
  run: onSmallDisk,
};

async function onSmallDisk(rig: Rig, form: Form): Promise<ScenarioResult> {
  const disk = join(rig.home, "clickhouse");
  await mkdir(disk, { recursive: true });
  try {
    await run("mount", ["-t", "tmpfs", "-o", `size=${FORMS[form].diskMib}m`, "plumbline-r12", disk]);
  } catch (error) {
    throw new Error("needs a small file system of its own, and so the right to mount one (root)", {
      cause: error,
    });
  }
  try {
    return await fillUp(rig, form, disk);
  } finally {
    await rig.stopService("recorder").catch(() => {});
    await run("umount", ["--lazy", disk]);
  }
}

async function fillUp(rig: Rig, form: Form, disk: string): Promise<ScenarioResult> {
  const { eventsPerS, fullMs } = FORMS[form];
  const figures = new Figures(form);
  const { blocks, bsize } = await statfs(disk);
  const keptBytes = freeBytesKept(blocks * bsize);
  await rig.start();
  const load = await rig.load({ eventsPerS, lanes: ["a", "b", "c", "d"], textChars: 300 });
  await caughtUp(rig, "monitor", LAG_MS, BACK_MS_MAX);
  await rig.until("rows are stored", async () => (await stored(rig)) > 0);

  // 1. Fill the disk to just above the watermark; the recorder's own rows do the rest.
  const ballast = join(disk, "ballast");
  const ballastBytes = Math.floor((await freeBytes(disk)) - keptBytes - ROOM_BYTES);
  await run("fallocate", ["-l", String(ballastBytes), ballast]);
  await rig.until("the recorder waits", async () => (await waiting(rig)) > 0);
  const stoppedAtBytes = await freeBytes(disk);
  rig.say(`recording has stopped with ${mib(stoppedAtBytes)} MiB free, ${mib(keptBytes)} MiB are kept`);

  // 2. Look at it for a while.
  let leastBytes = stoppedAtBytes;
  let reads = 0;
  let readsFailed = 0;
  let readMs = 0;
  let rssMax = 0;
  const before = await stored(rig);
  let after = before;
  const untilMs = performance.now() + fullMs;
  while (performance.now() < untilMs) {
    leastBytes = Math.min(leastBytes, await freeBytes(disk));
    // While its process starts again there is no door; that is told by the longest read.
    const fromMs = performance.now();
    reads += 1;
    try {
      const answered = async (): Promise<boolean> => {
        const rows = await stored(rig).catch(() => -1);
        after = Math.max(after, rows);
        return rows >= 0;
      };
      await rig.until("a read is answered", answered, READ_MS_MAX);
    } catch {
      readsFailed += 1;
    }
    readMs = Math.max(readMs, performance.now() - fromMs);
    rssMax = Math.max(rssMax, (await rig.processFigures("recorder").catch(() => null))?.rssBytes ?? 0);
    await rig.pass(SAMPLE_EVERY_MS);
  }
  await caughtUp(rig, "gatekeeper", LAG_MS, BACK_MS_MAX);
  await caughtUp(rig, "monitor", LAG_MS, BACK_MS_MAX);

  // 3. Room again.
  await rm(ballast);
  const fromMs = performance.now();
  await rig.until(
    "rows are stored again",
    async () => (await stored(rig).catch(() => 0)) > after,
    BACK_MS_MAX,
  );
  const resumedS = (performance.now() - fromMs) / 1_000;
  await recorded(rig);
  const caughtUpS = (performance.now() - fromMs) / 1_000;
  rig.say(`rows again after ${resumedS.toFixed(1)} s, all of them after ${caughtUpS.toFixed(1)} s`);
  await rig.until("no insert waits", async () => (await waiting(rig)) === 0);
  await load.stop();
  await drained(rig);

  const log = await rig.logText("recorder");
  figures.tell("events", load.total, "events");
  figures.tell("kept free of the disk", mib(keptBytes), "MiB");
  figures.hold("free when recording stopped", stoppedAtBytes / keptBytes, "of that", "<", 1);
  figures.hold("least free while it was stopped", leastBytes / keptBytes, "of that", ">=", 0.5);
  figures.hold("errors of a full disk", log.split(FULL).length - 1, "errors", "=", 0);
  figures.hold("times the log says what to do", log.split("make room").length - 1, "times", ">=", 1);
  figures.tell("rows that came in while it was stopped", after - before, "rows");
  figures.tell("reads while it was stopped", reads, "reads");
  figures.hold("reads that failed", readsFailed, "reads", "=", 0);
  figures.tell("longest read", readMs / 1_000, "s");
  figures.tell("largest resident memory of the recorder", rssMax / MIB, "MiB");
  figures.hold("rows again after there was room", resumedS, "s", "<=", RESUMED_WITHIN_S);
  figures.tell("all rows after there was room", caughtUpS, "s");
  figures.note(
    "The file system is a tmpfs; a file takes the room that others would. Gatekeeper and monitor were within 1 s of now while recording was stopped, or this would be an error.",
  );
  figures.note(
    "Only the embedded engine is looked after so; a server has `min_free_disk_bytes_to_perform_insert`.",
  );
  await checkExact(rig, figures);
  return figures.result("R12", form);
}

async function stored(rig: Rig): Promise<number> {
  return Number((await rig.sql(COUNT_SQL))[0]!.n);
}

/** Tables whose insert waits. */
async function waiting(rig: Rig): Promise<number> {
  let tables = 0;
  for (const [name, value] of await rig.series("recorder")) {
    if (name.startsWith("plumbline_recorder_waiting{")) tables += value;
  }
  return tables;
}

async function freeBytes(disk: string): Promise<number> {
  const { bavail, bsize } = await statfs(disk);
  return bavail * bsize;
}

function mib(bytes: number): number {
  return Math.round((10 * bytes) / MIB) / 10;
}
