/** Hours of steady traffic, in small: memory, descriptors and the store's parts must not grow with the length of the stream. */
import { DUPLICATE_MEMORY_MAX } from "../../../services/core/gatekeeper/duplicate-memory.ts";
import { RUN_SERVICES, type RunService } from "../../../services/runtime/embedded-run.ts";
import { drained, recorded } from "../drained.ts";
import { caughtUp } from "../lag.ts";
import { type Point, slopeOf } from "../line-fit.ts";
import { LOAD_TOPICS } from "../load.ts";
import type { Rig } from "../rig.ts";
import { Figures, type Form, quantile, type Scenario, type ScenarioResult } from "../scenario.ts";

const FORMS = {
  short: { eventsPerS: 300, seconds: 60, warmUpS: 20, remembered: 0, everyMs: 1_000, floorMs: 5_000 },
  full: {
    eventsPerS: 1_000,
    seconds: 1_200,
    warmUpS: 300,
    remembered: 2 * DUPLICATE_MEMORY_MAX,
    everyMs: 5_000,
    floorMs: 60_000,
  },
} as const;
const LAG_MS = 1_000;
const BACK_MS_MAX = 90_000;
/** One, so that the gatekeeper has one memory to fill. */
const PARTITIONS = 1;
const FILL_EVENTS_PER_S = 12_000;
const FILL_MS_MAX = 900_000;
const MB = 1e6;
const HOUR_MS = 3_600_000;
const RSS_SLOPE_MB_H_MAX = 1;
const PARTS_MAX = 300;
/** Sockets come and go; in the recorder so do the files of the engine's parts, seen from 150 to 190. */
const DESCRIPTORS_GROWN_MAX: Readonly<Record<RunService, number>> = {
  recorder: 32,
  gatekeeper: 8,
  monitor: 8,
  governor: 8,
};
const LANES = ["a", "b", "c", "d", "e", "f"];
const PARTS_SQL =
  "SELECT toFloat64(count()) AS n FROM system.parts WHERE active AND database = currentDatabase()";

export const R14: Scenario = {
  id: "R14",
  title: "Steady traffic for long",
  pass: "resident memory grows by less than 1 MB/h after warm-up; active parts under 300; descriptors flat",
  forms: {
    short: "300 events/s for 60 s, of which 20 s warm up; too short for slopes of memory, which are told",
    full: "1,000 events/s for 20 min, of which 5 min warm up; before that a million samples, which fill the gatekeeper's memory",
  },
  broker: "shared",
  tier: "chaos",
  run,
};

interface Sample {
  /** Since the warm-up's end. */
  readonly atMs: number;
  readonly rssBytes: number;
  /** The most since its start. */
  readonly rssPeakBytes: number;
  /** What the collector has found alive, and what has come since. */
  readonly heapBytes: number;
  readonly descriptors: number;
  readonly threadDescriptors: number;
}

async function run(rig: Rig, form: Form): Promise<ScenarioResult> {
  const { eventsPerS, seconds, warmUpS, remembered, everyMs, floorMs } = FORMS[form];
  const figures = new Figures(form);
  await rig.start({ partitions: PARTITIONS });
  const load = await rig.load({ eventsPerS, lanes: LANES });
  await caughtUp(rig, "monitor", LAG_MS, BACK_MS_MAX);
  if (remembered > 0) await fillMemory(rig, remembered);
  await rig.pass(warmUpS * 1_000);
  rig.say("warmed up");
  const pids = RUN_SERVICES.map((service) => rig.pid(service));
  const samples = new Map<RunService, Sample[]>(RUN_SERVICES.map((service) => [service, []]));
  const parts: number[] = [];
  const fromMs = performance.now();
  for (;;) {
    const atMs = performance.now() - fromMs;
    if (atMs > (seconds - warmUpS) * 1_000) break;
    for (const service of RUN_SERVICES) samples.get(service)!.push(await sampleOf(rig, service, atMs));
    parts.push(Number((await rig.sql(PARTS_SQL))[0]!.n));
    await rig.pass(everyMs);
  }
  const restarted = RUN_SERVICES.filter((service, i) => rig.pid(service) !== pids[i]).length;
  await load.stop();
  await drained(rig);

  figures.tell("events at the steady rate", load.total, "events");
  figures.tell("events not made, since the broker took no more", load.skipped, "events");
  figures.hold("services that ended", restarted, "services", "=", 0);
  figures.hold("active parts, most", Math.max(...parts), "parts", "<", PARTS_MAX);
  figures.tell("active parts, at the end", parts.at(-1)!, "parts");
  for (const [service, own] of samples) tellService(figures, service, own, form, floorMs);
  figures.note(
    `Memory: slope by least squares of the floor, the least value in each ${floorMs / 1_000} s, since what was not yet collected lies above it; ± is half of the 95 % interval. 1 MB/h is ${(((seconds - warmUpS) * 1_000) / HOUR_MS).toFixed(2)} MB in this run, so what decides is the interval's lower end: growth that is surely above the bound. Slower growth than ± this run cannot see.`,
  );
  figures.note(
    "Descriptors: median of the last third less that of the first, after warm-up. Beside them the embedded engine keeps three on each thread of its pool, for what the kernel says of it; the pool grows with the most that was ever done at once and keeps 1,000 idle threads at most.",
  );
  const missing = await notStored(rig);
  figures.hold("acknowledged events missing in the store", missing.lost, "events", "=", 0);
  figures.hold("events twice in the store", missing.doubled, "events", "=", 0);
  return figures.result("R14", form);
}

/** Ids are remembered up to a bound that the steady traffic alone would reach after the run. */
async function fillMemory(rig: Rig, samples: number): Promise<void> {
  const fill = await rig.load({
    eventsPerS: FILL_EVENTS_PER_S,
    lanes: LANES,
    idPrefix: "fill",
    interactionPercent: 0,
    outcomePercent: 0,
  });
  await rig.until("the memory is filled", () => fill.acknowledged.samples >= samples, FILL_MS_MAX);
  await fill.stop();
  rig.say(`${fill.acknowledged.samples} samples to be remembered are written`);
  await caughtUp(rig, "gatekeeper", LAG_MS, FILL_MS_MAX);
  await caughtUp(rig, "monitor", LAG_MS, FILL_MS_MAX);
  await recorded(rig);
}

async function sampleOf(rig: Rig, service: RunService, atMs: number): Promise<Sample> {
  const { rssBytes, rssPeakBytes, descriptors, threadDescriptors } = await rig.processFigures(service);
  const heapBytes = (await rig.series(service)).get("nodejs_heap_size_used_bytes") ?? Number.NaN;
  return { atMs, rssBytes, rssPeakBytes, heapBytes, descriptors, threadDescriptors };
}

function tellService(
  figures: Figures,
  service: RunService,
  samples: readonly Sample[],
  form: Form,
  floorMs: number,
): void {
  const slopes = {
    rss: slopeOf(floors(samples, floorMs, ({ rssBytes }) => rssBytes)),
    heap: slopeOf(floors(samples, floorMs, ({ heapBytes }) => heapBytes)),
  };
  const mbPerHour = (bytesPerMs: number): number => (bytesPerMs * HOUR_MS) / MB;
  figures.tell(`${service}: resident memory at the end`, samples.at(-1)!.rssBytes / MB, "MB");
  const peak = `${service}: resident memory at its most, the warm-up included`;
  figures.tell(peak, samples.at(-1)!.rssPeakBytes / MB, "MB");
  figures.tell(`${service}: slope of resident memory`, mbPerHour(slopes.rss.value), "MB/h");
  figures.tell(`${service}: ±`, mbPerHour(slopes.rss.half), "MB/h");
  const lower = mbPerHour(slopes.rss.value - slopes.rss.half);
  if (form === "full") {
    figures.hold(`${service}: lower end of that slope`, lower, "MB/h", "<", RSS_SLOPE_MB_H_MAX);
  }
  figures.tell(`${service}: slope of the heap in use`, mbPerHour(slopes.heap.value), "MB/h");
  figures.tell(`${service}: ± of the heap`, mbPerHour(slopes.heap.half), "MB/h");
  const third = Math.floor(samples.length / 3);
  const descriptors = samples.map((sample) => sample.descriptors);
  const grown = quantile(descriptors.slice(-third), 0.5) - quantile(descriptors.slice(0, third), 0.5);
  figures.hold(`${service}: descriptors more`, grown, "descriptors", "<=", DESCRIPTORS_GROWN_MAX[service]);
  figures.tell(`${service}: descriptors at the end`, descriptors.at(-1)!, "descriptors");
  if (service !== "recorder") return;
  const ofThreads = samples.map((sample) => sample.threadDescriptors);
  figures.tell(
    "recorder: descriptors of the engine's threads, after the warm-up",
    ofThreads[0]!,
    "descriptors",
  );
  figures.tell("recorder: descriptors of the engine's threads, at the end", ofThreads.at(-1)!, "descriptors");
}

/** The least value of each whole stretch of time, in its middle. */
function floors(samples: readonly Sample[], floorMs: number, take: (sample: Sample) => number): Point[] {
  const least = new Map<number, number>();
  for (const sample of samples) {
    const stretch = Math.floor(sample.atMs / floorMs);
    least.set(stretch, Math.min(least.get(stretch) ?? Number.POSITIVE_INFINITY, take(sample)));
  }
  return [...least].map(([stretch, y]) => ({ x: (stretch + 0.5) * floorMs, y }));
}

/** By counts in the store: a history of this length is not read whole. */
async function notStored(rig: Rig): Promise<{ readonly lost: number; readonly doubled: number }> {
  let lost = 0;
  let doubled = 0;
  for (const topic of LOAD_TOPICS) {
    const acknowledged = rig.loads.reduce((sum, load) => sum + load.acknowledged[topic], 0);
    const [row] = await rig.sql(
      `SELECT toFloat64(count()) AS n, toFloat64(uniqExact(id)) AS ids FROM ${topic}`,
    );
    lost += Math.max(0, acknowledged - Number(row!.ids));
    doubled += Number(row!.n) - Number(row!.ids);
  }
  return { lost, doubled };
}
