/** kill -9 of the monitor in the middle of panes, under load. */

import { checkExact } from "../check-exact.ts";
import { drained } from "../drained.ts";
import { caughtUp } from "../lag.ts";
import type { Rig } from "../rig.ts";
import { Figures, type Form, quantile, type Scenario, type ScenarioResult } from "../scenario.ts";

const FORMS = {
  // The short form shares its cores with other tests.
  short: { eventsPerS: 1_000, kills: 2, paneMs: 2_000 },
  full: { eventsPerS: 5_000, kills: 20, paneMs: 10_000 },
} as const;
const BACK_WITHIN_S = 15;
/** The short form shares its cores: there it only must come back. */
const LAG_MS: Readonly<Record<Form, number>> = { short: 20_000, full: 1_000 };
/** Waited for longer, so that a figure that is too large is a figure. */
const BACK_MS_MAX = 90_000;

export const R1: Scenario = {
  id: "R1",
  title: "kill -9 of the monitor in the middle of panes",
  pass: "nothing lost, nothing doubled, windows exact; lag under 1 s again within 15 s",
  forms: {
    short: "1,000 events/s, panes of 2 s, 2 kills at drawn moments",
    full: "5,000 events/s, panes of 10 s, 20 kills at drawn moments",
  },
  broker: "shared",
  run,
};

async function run(rig: Rig, form: Form): Promise<ScenarioResult> {
  const { eventsPerS, kills, paneMs } = FORMS[form];
  const figures = new Figures(form);
  const random = rig.random("moments");
  const backS: number[] = [];
  await rig.start({ policy: { paneMs }, lane: { decisionMs: paneMs } });
  const load = await rig.load({ eventsPerS, lanes: ["a", "b", "c", "d"] });
  await caughtUp(rig, "monitor", LAG_MS[form], BACK_MS_MAX);
  for (let kill = 1; kill <= kills; kill += 1) {
    await rig.pass(random.below(paneMs));
    const fromMs = performance.now();
    const upMs = await rig.kill("monitor");
    const seconds = ((await caughtUp(rig, "monitor", LAG_MS[form], BACK_MS_MAX)) - fromMs) / 1_000;
    backS.push(seconds);
    rig.say(
      `kill ${kill}: up after ${(upMs / 1_000).toFixed(1)} s, lag under ${LAG_MS[form] / 1_000} s after ${seconds.toFixed(1)} s`,
    );
  }
  await load.stop();
  await drained(rig);
  figures.tell("events", load.total, "events");
  figures.tell("events not made, since the broker took no more", load.skipped, "events");
  figures.tell(`lag under ${LAG_MS[form] / 1_000} s again, median`, quantile(backS, 0.5), "s");
  figures.holdTime(
    `lag under ${LAG_MS[form] / 1_000} s again, slowest`,
    Math.max(...backS),
    "s",
    "<=",
    BACK_WITHIN_S,
  );
  figures.note(
    "Lag is now minus the append time of the last record read, of the slowest loaded partition, when the monitor last said it (once a second); from the kill, with the supervisor's pause and Node's start in it.",
  );
  await checkExact(rig, figures);
  return figures.result("R1", form);
}
