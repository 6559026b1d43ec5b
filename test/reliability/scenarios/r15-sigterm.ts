/** SIGTERM: each service is asked to stop under load, comes back, and nothing is delivered twice. */
import { RUN_SERVICES } from "../../../services/runtime/embedded-run.ts";
import { checkExact } from "../check-exact.ts";
import { drained } from "../drained.ts";
import type { Rig } from "../rig.ts";
import { Figures, type Form, type Scenario, type ScenarioResult } from "../scenario.ts";

const FORMS = {
  short: { eventsPerS: 1_000, rounds: 1, betweenMs: 1_000 },
  full: { eventsPerS: 5_000, rounds: 5, betweenMs: 5_000 },
} as const;

export const R15: Scenario = {
  id: "R15",
  title: "SIGTERM to every service, under load",
  pass: "drained within 10 s; nothing delivered again, since sinks keep their own offsets",
  forms: {
    short: "1,000 events/s; each service once, one after the other, then all at once",
    full: "5,000 events/s; each service five times in a drawn order, then all at once",
  },
  broker: "shared",
  run,
};

async function run(rig: Rig, form: Form): Promise<ScenarioResult> {
  const { eventsPerS, rounds, betweenMs } = FORMS[form];
  const figures = new Figures(form);
  const random = rig.random("order");
  const stopMs: number[] = [];
  let badExits = 0;
  let repeated = 0;

  async function stop(service: (typeof RUN_SERVICES)[number]): Promise<void> {
    const { code, signal, ms } = await rig.stopService(service);
    stopMs.push(ms);
    if (code !== 0) badExits += 1;
    rig.say(`${service} ended with ${signal ?? `exit code ${code}`} after ${Math.round(ms)} ms`);
  }

  await rig.start();
  const load = await rig.load({ eventsPerS, lanes: ["a", "b", "c", "d"] });
  await rig.pass(3_000);
  for (let round = 0; round < rounds; round += 1) {
    for (const service of random.shuffle([...RUN_SERVICES])) {
      await stop(service);
      await rig.startService(service);
      await rig.pass(betweenMs);
    }
  }
  await Promise.all(RUN_SERVICES.map(stop));
  await Promise.all(RUN_SERVICES.map((service) => rig.startService(service)));
  await rig.pass(betweenMs);
  await load.stop();
  await drained(rig);
  for (const [name, value] of await rig.series("recorder")) {
    if (name.startsWith("plumbline_recorder_repeated_total")) repeated += value;
  }
  figures.tell("events", load.total, "events");
  figures.tell("events not made, since the broker took no more", load.skipped, "events");
  figures.holdTime("slowest end after SIGTERM", Math.max(...stopMs) / 1_000, "s", "<=", 10);
  figures.hold("ends with another exit code than 0", badExits, "ends", "=", 0);
  figures.hold("records delivered again to the store", repeated, "records", "=", 0);
  await checkExact(rig, figures);
  return figures.result("R15", form);
}
