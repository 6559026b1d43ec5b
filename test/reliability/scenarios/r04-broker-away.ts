/** The broker goes away under load and comes back: nothing crashes, memory stays bounded, nothing is lost. */
import { RUN_SERVICES } from "../../../services/runtime/embedded-run.ts";
import { checkExact } from "../check-exact.ts";
import { drained } from "../drained.ts";
import { caughtUp } from "../lag.ts";
import type { Rig } from "../rig.ts";
import { Figures, type Form, type Scenario, type ScenarioResult } from "../scenario.ts";

/** How the broker goes, and for how long. */
interface Outage {
  readonly how: "kill" | "stop";
  readonly awayMs: number;
}

const FORMS: Readonly<Record<Form, { readonly eventsPerS: number; readonly outages: readonly Outage[] }>> = {
  short: { eventsPerS: 500, outages: [{ how: "kill", awayMs: 3_000 }] },
  full: {
    eventsPerS: 2_000,
    outages: [
      { how: "kill", awayMs: 30_000 },
      { how: "stop", awayMs: 300_000 },
    ],
  },
};
/** The short form shares its cores: there it only must come back. */
const LAG_MS: Readonly<Record<Form, number>> = { short: 20_000, full: 1_000 };
const BACK_WITHIN_S = 30;
/** Waited for longer, so that a figure that is too large is a figure. */
const BACK_MS_MAX = 120_000;
/** Bounded means: far from what a machine has, whatever the outage's length. The engine in the recorder has most of it. */
const RSS_MIB_MAX = 1_024;
const MEMORY_EVERY_MS = 500;
const MIB = 2 ** 20;
/** What Node writes below an error that nobody caught. */
const CRASHED = /^Node\.js v\d/gm;
const ENDED = "the service failed and ends";

export const R4: Scenario = {
  id: "R4",
  title: "The broker is away",
  pass: "no crash, memory under 1 GiB a service, recovery within 30 s, nothing lost",
  forms: {
    short: "500 events/s; kill -9 of the broker, 3 s away",
    full: "2,000 events/s; kill -9 of the broker, 30 s away; then stopped, 5 min away",
  },
  broker: "own",
  run,
};

async function run(rig: Rig, form: Form): Promise<ScenarioResult> {
  const { eventsPerS, outages } = FORMS[form];
  const figures = new Figures(form);
  await rig.start();
  const load = await rig.load({ eventsPerS, lanes: ["a", "b", "c", "d"], outages: true });
  await caughtUp(rig, "monitor", LAG_MS[form], BACK_MS_MAX);
  const backS: number[] = [];
  let rssMax = 0;
  const measure = async (): Promise<void> => {
    for (const service of RUN_SERVICES) {
      // One that ended meanwhile takes no memory.
      const found = await rig.processFigures(service).catch(() => null);
      rssMax = Math.max(rssMax, found?.rssBytes ?? 0);
    }
  };
  for (const { how, awayMs } of outages) {
    await rig.broker[how]();
    rig.say(`the broker is away for ${awayMs / 1_000} s`);
    for (let passedMs = 0; passedMs < awayMs; passedMs += MEMORY_EVERY_MS) {
      await rig.pass(MEMORY_EVERY_MS);
      await measure();
    }
    await rig.broker.start();
    const fromMs = performance.now();
    await caughtUp(rig, "gatekeeper", LAG_MS[form], BACK_MS_MAX);
    const seconds = ((await caughtUp(rig, "monitor", LAG_MS[form], BACK_MS_MAX)) - fromMs) / 1_000;
    backS.push(seconds);
    await measure();
    rig.say(`lag under ${LAG_MS[form] / 1_000} s again ${seconds.toFixed(1)} s after the broker answered`);
  }
  await load.stop();
  await drained(rig);
  const logs = (await Promise.all(RUN_SERVICES.map((service) => rig.logText(service)))).join("\n");
  figures.tell("events acknowledged", load.total, "events");
  figures.tell("events not made while the broker took none", load.skipped, "events");
  figures.tell("events whose write failed, there or not", load.unknown, "events");
  figures.hold("crashes", logs.split(CRASHED).length - 1, "crashes", "=", 0);
  figures.tell("orderly ends, started again", logs.split(ENDED).length - 1, "ends");
  figures.hold("largest resident memory of a service", rssMax / MIB, "MiB", "<", RSS_MIB_MAX);
  figures.holdTime(
    `lag under ${LAG_MS[form] / 1_000} s again, slowest`,
    Math.max(...backS),
    "s",
    "<=",
    BACK_WITHIN_S,
  );
  figures.note(
    "A service whose transaction failed ends in order, saying why, and its supervisor starts it again: only a new start knows what was committed.",
  );
  figures.note("Recovery counts from the broker's first answer; its own start is not in it.");
  await checkExact(rig, figures);
  return figures.result("R4", form);
}
