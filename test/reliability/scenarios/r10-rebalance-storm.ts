/** A rebalance storm: a second monitor and a second gatekeeper join and leave, again and again, under load. */
import { checkExact } from "../check-exact.ts";
import { drained } from "../drained.ts";
import type { Rig } from "../rig.ts";
import { Figures, type Form, quantile, type Scenario, type ScenarioResult } from "../scenario.ts";

const FORMS = {
  short: { eventsPerS: 600, changes: 4, everyMs: 2_500 },
  full: { eventsPerS: 2_000, changes: 60, everyMs: 5_000 },
} as const;
/** Both services write at least so often into each of their partitions while they own it and nothing goes wrong. */
const BEAT_MS = 1_000;
/** Of any partition, at any rebalance. */
const STOP_S_MAX = 3;
const SECOND = ["monitor", "gatekeeper"] as const;

export const R10: Scenario = {
  id: "R10",
  title: "A rebalance storm",
  pass: "nothing lost, nothing doubled, no stale offset accepted; every partition at work again within 3 s of a rebalance",
  forms: {
    short:
      "600 events/s on 4 partitions; a second monitor and a second gatekeeper join and leave every 2.5 s, 4 changes",
    full: "2,000 events/s on 4 partitions; they join and leave every 5 s, 60 changes",
  },
  broker: "shared",
  run,
};

async function run(rig: Rig, form: Form): Promise<ScenarioResult> {
  const { eventsPerS, changes, everyMs } = FORMS[form];
  const figures = new Figures(form);
  await rig.start({ partitions: 4 });
  const lanes = Array.from({ length: 16 }, (_, i) => `lane-${i}`);
  const load = await rig.load({ eventsPerS, lanes });
  await rig.pass(3_000);
  const fromMs = Date.now();
  let badExits = 0;
  for (let change = 0; change < changes; change += 1) {
    const turnMs = performance.now();
    if (change % 2 === 0) {
      await Promise.all(SECOND.map((service) => rig.startService(service, `${service}-2`)));
    } else {
      const well = await Promise.all(SECOND.map((service) => endsWell(rig, `${service}-2`)));
      badExits += well.filter((ended) => !ended).length;
    }
    rig.say(`change ${change + 1}: the second ones ${change % 2 === 0 ? "joined" : "left"}`);
    await rig.pass(Math.max(0, everyMs - (performance.now() - turnMs)));
  }
  const toMs = Date.now();
  await load.stop();
  await drained(rig);
  const silences = {
    gatekeeper: await silencesOf(rig, "admitted", fromMs, toMs),
    monitor: await silencesOf(rig, "windows", fromMs, toMs),
  };
  figures.tell("events", load.total, "events");
  figures.tell("events not made, since the broker took no more", load.skipped, "events");
  figures.hold("ends with another exit code than 0", badExits, "ends", "=", 0);
  for (const [service, all] of Object.entries(silences)) {
    const stops = all.map((ms) => Math.max(0, ms - BEAT_MS) / 1_000);
    figures.tell(
      `${service}: partition at rest beyond its second, 99th percentile`,
      quantile(stops, 0.99),
      "s",
    );
    figures.holdTime(
      `${service}: partition at rest beyond its second, longest`,
      stops.reduce((a, b) => Math.max(a, b), 0),
      "s",
      "<",
      STOP_S_MAX,
    );
  }
  figures.note(
    "A partition's rest is the longest time between two records its owner wrote into it (the gatekeeper into `admitted`, the monitor into `windows`), less the second after which an owner writes even with nothing to say. It contains Node's start where an instance joins only as far as it holds partitions up.",
  );
  figures.note(
    "A stale offset that were accepted would show as samples passed on twice or windows that are not exact.",
  );
  await checkExact(rig, figures);
  return figures.result("R10", form);
}

/** Whether it ends as asked to; why not is in its log. */
async function endsWell(rig: Rig, as: string): Promise<boolean> {
  const { code, signal, ms } = await rig.stopService(as);
  if (code !== 0) {
    rig.say(`${as} ended with ${signal ?? code} after ${Math.round(ms)} ms:\n${await rig.logTail(as)}`);
  }
  return code === 0;
}

/** Times between neighbouring records of each partition, by append time, ms. */
async function silencesOf(
  rig: Rig,
  topic: "admitted" | "windows",
  fromMs: number,
  toMs: number,
): Promise<readonly number[]> {
  const silences: number[] = [];
  const last = new Map<number, number>();
  await rig.log.each(topic, ({ partition, appendMs }) => {
    const before = last.get(partition);
    last.set(partition, appendMs);
    if (before !== undefined && appendMs >= fromMs && before <= toMs) silences.push(appendMs - before);
  });
  return silences;
}
