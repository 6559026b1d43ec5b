/**
 * An hour of event time through the real broker and the services as processes, with everything in it that must not show in a
 * replay; then the replay, by the product's own command.
 *
 * How an hour passes in minutes: idle ticks are worth their append time, so a past hour that is written now and ticked would
 * find the rest of itself late. It therefore comes in two parts. The past: event times of the last hour, in order, under a
 * policy that never ticks (as imports have it); silent partitions delay panes there and nothing else. Then the present: event
 * times of now, under a second policy that ticks after a second, with partitions that stay silent for good. Between the two,
 * every service is stopped and takes the second policy, so the history also holds two versions of it.
 */
import { setTimeout as delay } from "node:timers/promises";
import { METRICS } from "../../services/core/catalogue.generated.ts";
import { Catalogue } from "../../services/core/catalogue.ts";
import { buildReference } from "../../services/core/reference/build-reference.ts";
import type { Reference } from "../../services/core/reference.ts";
import { STAGES } from "../../services/core/sample.ts";
import { labPolicy } from "../../services/lab/lab-setup.ts";
import type { Writer } from "../../services/ports.ts";
import { RUN_SERVICES, type RunService } from "../../services/runtime/embedded-run.ts";
import { versioned } from "../../services/runtime/policy-files.ts";
import { publishPolicy } from "../../services/runtime/policy-topic.ts";
import type { Rig, RoadOptions } from "../reliability/rig.ts";
import { testPolicy } from "../support/policy.ts";
import { Approvers, FREEZER, RESUMER } from "./approvers.ts";
import { type HourEvent, HourPlan, HourTexts } from "./hour-plan.ts";

const HOUR_MS = 3_600_000;
/** The past ends before the present begins, however long it takes to write it. */
const PAST_MS = 0.97 * HOUR_MS;
const PANE_MS = 10_000;
const BATCH_EVERY_MS = 50;
const UNACKNOWLEDGED_MAX = 4;
/** Samples that the gatekeeper may be behind before producers wait. */
const BACKLOG_MAX = 150_000;
const BACKLOG_EVERY_MS = 1_000;
const REFERENCE_TEXTS = 1_500;
const STEP_MS_MAX = 900_000;
const LIVE_PER_S = 200;
const STARTS_MAX = 5;

export interface HourOptions {
  readonly records: number;
  readonly partitions: number;
  readonly lanesPerPartition: number;
  readonly seed: string;
  readonly recordsPerS: number;
  readonly latenessMs: number;
  /** How long the gatekeeper stands still. */
  readonly stallMs: number;
  readonly liveMs: number;
}

export interface HourRun {
  readonly plan: HourPlan;
  readonly writtenS: number;
  readonly restarts: number;
  readonly commands: number;
  readonly firstEventMs: number;
  readonly lastEventMs: number;
}

type Step = readonly [atShare: number, what: string, act: () => Promise<void>];

/** Runs it to its end: every pane closed and judged. The services go on. */
export async function runHour(rig: Rig, options: HourOptions): Promise<HourRun> {
  const texts = new HourTexts(options.seed);
  const road = roadOptions(options, texts);
  await rig.start(road);
  const nowMs = Date.now();
  const startMs = Math.floor((nowMs - HOUR_MS) / PANE_MS) * PANE_MS;
  const plan = new HourPlan({ ...options, codec: rig.codec, startMs, spanMs: PAST_MS }, texts);
  const writer = await rig.log.writer();
  const approvers = await Approvers.start(rig);
  const beganMs = performance.now();
  const faults = new Faults(rig, options, approvers, plan);
  try {
    await writePast(rig, plan, writer, options.recordsPerS, faults);
    await faults.end();
    const writtenS = (performance.now() - beganMs) / 1_000;
    rig.say(`the past hour is written in ${writtenS.toFixed(0)} s`);
    await takeSecondPolicy(rig, road, writer);
    const lastEventMs = await writePresent(rig, plan, writer, options);
    await judgedThrough(rig, lastEventMs);
    await approvers.stop();
    const { sent } = approvers;
    const restarts = faults.restarts + RUN_SERVICES.length;
    return { plan, writtenS, restarts, commands: sent, firstEventMs: startMs, lastEventMs };
  } finally {
    // After a failure, too, which is then the one that is told.
    await Promise.allSettled([approvers.stop(), writer.close()]);
  }
}

function roadOptions(options: HourOptions, texts: HourTexts): RoadOptions {
  const { rules } = labPolicy(new Catalogue(METRICS));
  return {
    partitions: options.partitions,
    policy: { paneMs: PANE_MS, latenessMs: options.latenessMs, windows: ["5m"] },
    lane: {
      decisionTextsMin: 150,
      decisionMs: 3 * PANE_MS,
      idleMs: null,
      approvers: [FREEZER, RESUMER],
      resumeCleanWindows: 2,
    },
    rules,
    references: [referenceOf(texts)],
  };
}

function referenceOf(texts: HourTexts): Reference {
  const real = Array.from({ length: REFERENCE_TEXTS }, (_, i) => ({
    id: `real-${i}`,
    text: texts.healthy(),
    bucket: "",
  }));
  return buildReference({ lane: "*", texts: real, seed: 1, nullDraws: 30, metrics: METRICS });
}

/** What goes wrong, and what people do, as the hour goes by. */
class Faults {
  restarts = 0;
  readonly #steps: Step[];
  readonly #running: Promise<void>[] = [];
  #failure: unknown = null;

  constructor(rig: Rig, options: HourOptions, approvers: Approvers, plan: HourPlan) {
    const kill = (service: string) => async (): Promise<void> => {
      this.restarts += 1;
      await rig.kill(service);
    };
    let joined = Promise.resolve();
    const all: Step[] = [
      [
        0.1,
        "a person freezes a source",
        () => approvers.freeze(plan.lanes.at(-1)!, "source:vendor-a/tickets"),
      ],
      [0.15, "kill -9 gatekeeper", kill("gatekeeper")],
      [0.25, "the gatekeeper stands still", () => stall(rig, options.stallMs)],
      [0.4, "kill -9 monitor", kill("monitor")],
      [0.5, "a second gatekeeper and a second monitor join", () => (joined = join(rig))],
      [0.6, "kill -9 governor", kill("governor")],
      [0.65, "kill -9 recorder", kill("recorder")],
      [0.75, "the second ones leave", () => joined.then(() => leave(rig))],
      [0.85, "kill -9 monitor again", kill("monitor")],
    ];
    this.#steps = all.map(([at, what, act]) => [
      at,
      what,
      () => {
        rig.say(what);
        return act();
      },
    ]);
  }

  /** Starts what is due; it goes on beside the writing. Throws what an earlier one threw. */
  reached(share: number): void {
    if (this.#failure !== null) throw this.#failure;
    while (this.#steps.length > 0 && this.#steps[0]![0] <= share) {
      const [, , act] = this.#steps.shift()!;
      this.#running.push(
        act().catch((error: unknown) => {
          this.#failure ??= error;
        }),
      );
    }
  }

  /** Waits for all of them. */
  async end(): Promise<void> {
    this.reached(1);
    await Promise.all(this.#running);
    this.reached(1);
  }
}

async function stall(rig: Rig, ms: number): Promise<void> {
  // One that stands still before it is ready is taken for one that cannot start.
  await rig.until("the gatekeeper is up", () => rig.ready("gatekeeper") !== null);
  const pid = rig.pid("gatekeeper")!;
  process.kill(pid, "SIGSTOP");
  try {
    await rig.pass(ms);
  } finally {
    process.kill(pid, "SIGCONT");
  }
}

/** Resolves when both have been given partitions. */
async function join(rig: Rig): Promise<void> {
  await Promise.all(
    (["gatekeeper", "monitor"] as const).map(async (service) => {
      const as = `${service}-2`;
      await start(rig, service, as);
      const given = async () => (await rig.logText(as)).includes("partitions assigned");
      await rig.until(`${as} is given partitions`, given, STEP_MS_MAX);
    }),
  );
}

/** On a machine that has much else to do a service may need more than the time it is given to become ready. */
async function start(rig: Rig, service: RunService, as: string = service): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await rig.startService(service, as);
      return;
    } catch (error) {
      if (attempt === STARTS_MAX) throw error;
    }
  }
}

async function leave(rig: Rig): Promise<void> {
  await Promise.all([rig.stopService("gatekeeper-2"), rig.stopService("monitor-2")]);
}

async function writePast(
  rig: Rig,
  plan: HourPlan,
  writer: Writer,
  recordsPerS: number,
  faults: Faults,
): Promise<void> {
  const sender = new Sender(rig, writer);
  const perBatch = Math.max(1, Math.round((recordsPerS * BATCH_EVERY_MS) / 1_000));
  let backlogDueMs = performance.now() + BACKLOG_EVERY_MS;
  for (;;) {
    const fromMs = performance.now();
    const batch: HourEvent[] = [];
    for (let event = plan.next(); event !== null; event = plan.next()) {
      batch.push(event);
      if (batch.length >= perBatch) break;
    }
    if (batch.length === 0) break;
    await sender.send(batch);
    faults.reached(plan.progress);
    if (performance.now() >= backlogDueMs) {
      await rig.until(
        "the gatekeeper comes after",
        async () => (await backlog(rig)) < BACKLOG_MAX,
        STEP_MS_MAX,
      );
      backlogDueMs = performance.now() + BACKLOG_EVERY_MS;
    }
    await delay(Math.max(0, fromMs + BATCH_EVERY_MS - performance.now()));
  }
  await sender.settle();
}

async function backlog(rig: Rig): Promise<number> {
  const ends = await rig.log.watermarks("samples");
  const committed = await rig.log.committed(rig.connection, "gatekeeper", "samples");
  return ends.reduce((sum, { high }, partition) => sum + Math.max(0, high - committed[partition]!), 0);
}

/** The same policy, but silent partitions are ticked; every service is stopped and takes it. */
async function takeSecondPolicy(rig: Rig, road: RoadOptions, writer: Writer): Promise<void> {
  const { version: _, ...policy } = testPolicy(
    { lanesMax: 200, ...road.policy },
    { ...road.lane, idleMs: 1_000 },
  );
  await publishPolicy(writer, rig.codec, rig.names.prefix, versioned(policy, road.rules ?? []));
  for (const service of ["gatekeeper-2", "monitor-2"]) {
    if (rig.pid(service) !== null) await rig.stopService(service);
  }
  await Promise.all(
    RUN_SERVICES.map(async (service) => {
      await rig.stopService(service);
      await start(rig, service);
    }),
  );
  rig.say("every service has taken the second policy");
}

/** Half of the partitions stay silent. Returns the last event's time. */
async function writePresent(rig: Rig, plan: HourPlan, writer: Writer, options: HourOptions): Promise<number> {
  const sender = new Sender(rig, writer);
  const endMs = Date.now() + options.liveMs;
  let lastMs = 0;
  while (Date.now() < endMs) {
    const nowMs = Date.now();
    const count = Math.ceil((LIVE_PER_S * BATCH_EVERY_MS) / 1_000);
    await sender.send(
      Array.from({ length: count }, () => plan.live(nowMs, Math.ceil(options.partitions / 2))),
    );
    lastMs = nowMs;
    await rig.pass(BATCH_EVERY_MS);
  }
  await sender.settle();
  return lastMs;
}

async function judgedThrough(rig: Rig, eventMs: number): Promise<void> {
  for (let partition = 0; partition < rig.partitions; partition += 1) {
    await rig.until(
      `every pane of partition ${partition} is closed`,
      async () => {
        const checkpoint = await rig.log.monitorCheckpoint(partition);
        return checkpoint !== null && STAGES.every((stage) => checkpoint.closedThrough[stage] > eventMs);
      },
      STEP_MS_MAX,
    );
  }
  const ends = await rig.log.watermarks("windows");
  await rig.until(
    "the governor has read every window",
    async () => {
      const committed = await rig.log.committed(rig.connection, "governor", "windows");
      return ends.every(({ high }, partition) => committed[partition]! >= high);
    },
    STEP_MS_MAX,
  );
}

/** Writes batches, a few of them unacknowledged at a time. */
class Sender {
  readonly #rig: Rig;
  readonly #writer: Writer;
  readonly #waiting = new Set<Promise<void>>();
  #failure: unknown = null;

  constructor(rig: Rig, writer: Writer) {
    this.#rig = rig;
    this.#writer = writer;
  }

  async send(events: readonly HourEvent[]): Promise<void> {
    const { names } = this.#rig;
    const written = this.#writer
      .write(
        events.map(({ topic, lane, value }) => ({
          topic: names.full(topic),
          partition: null,
          key: lane,
          value,
        })),
      )
      .catch((error: unknown) => {
        this.#failure ??= error;
      })
      .finally(() => this.#waiting.delete(written));
    this.#waiting.add(written);
    if (this.#waiting.size >= UNACKNOWLEDGED_MAX) await Promise.race(this.#waiting);
    if (this.#failure !== null) throw this.#failure;
  }

  async settle(): Promise<void> {
    await Promise.all(this.#waiting);
    if (this.#failure !== null) throw this.#failure;
  }
}
