/** kill -9 of the governor around the moment in which a verdict becomes a gate. */
import { BREACH_RULES, copied, freezeCommand } from "../breaching.ts";
import { checkExact } from "../check-exact.ts";
import { drained } from "../drained.ts";
import type { Rig } from "../rig.ts";
import { gateRevisionOf } from "../run-log.ts";
import { Figures, type Form, type Scenario, type ScenarioResult } from "../scenario.ts";

const FORMS = {
  short: { eventsPerS: 400, kills: 4 },
  full: { eventsPerS: 1_000, kills: 60 },
} as const;
const LANES = ["a", "b", "c", "d", "e", "f"];
const PANE_MS = 2_000;
/** Kills come so long after the first row of a decision window is seen in the topic. */
const KILL_DELAY_MS_MAX = 60;
/** A lane's texts are copies for so many panes, then for as many they are not. */
const PHASE_PANES = 2;

export const R3: Scenario = {
  id: "R3",
  title: "kill -9 of the governor between verdict and gate",
  pass: "one decision a cause; its gate published and seen by the gatekeeper; no contradictory states; the chain whole",
  forms: {
    short:
      "400 events/s on 6 lanes that breach and recover, a command with each kill; 4 kills, each up to 60 ms after a decision window's rows are in the topic",
    full: "the same at 1,000 events/s with 60 kills",
  },
  broker: "shared",
  run,
};

async function run(rig: Rig, form: Form): Promise<ScenarioResult> {
  const { eventsPerS, kills } = FORMS[form];
  const figures = new Figures(form);
  const random = rig.random("moments");
  await rig.start({
    policy: { paneMs: PANE_MS },
    lane: { decisionMs: PANE_MS, decisionTextsMin: 30, relaxCleanWindows: 1 },
    rules: BREACH_RULES,
  });
  const load = await rig.load({
    eventsPerS,
    lanes: LANES,
    bendSample: (sample, n) => (breaches(sample.lane, sample.eventTime) ? copied(sample, n) : sample),
  });
  const windows = await rig.log.tail("windows");
  const commands = await rig.log.writer();
  const killedMs: number[] = [];
  for (let kill = 0; kill < kills; kill += 1) {
    await windows.next((record) => record.value !== null);
    await rig.pass(random.below(KILL_DELAY_MS_MAX));
    killedMs.push(Date.now());
    const killed = rig.kill("governor");
    // In flight while nobody is there to take it.
    await commands.write([
      {
        topic: rig.names.full("commands"),
        partition: 0,
        key: LANES[0]!,
        value: rig.codec.encode("commands", freezeCommand(kill, LANES[0]!)),
      },
    ]);
    rig.say(`kill ${kill + 1}: up after ${((await killed) / 1_000).toFixed(1)} s`);
    await rig.until("the governor is active", async () => {
      return (await rig.series("governor")).get("plumbline_governor_active") === 1;
    });
    // The windows that came meanwhile are decided on first; the kill is to hit others.
    await rig.pass(random.below(PANE_MS));
    await windows.skip();
  }
  await windows.close();
  await load.stop();
  await drained(rig);
  await tellDecisions(rig, figures, kills);
  await tellSeen(rig, figures);
  await tellHits(rig, figures, killedMs);
  await checkExact(rig, figures);
  figures.note(
    "Verdict, decision and gate are one transaction, so there is no moment between them in which a reader of committed records sees one without the others; kills fall before, into and after that transaction.",
  );
  return figures.result("R3", form);
}

function breaches(lane: string, eventMs: number): boolean {
  return Math.floor(eventMs / PANE_MS / PHASE_PANES + LANES.indexOf(lane) / 2) % 2 === 0;
}

async function tellDecisions(rig: Rig, figures: Figures, kills: number): Promise<void> {
  const decisions = (await rig.log.values("decisions")).map(({ record }) => record);
  const gates = (await rig.log.values("gates")).map(({ record }) => record);
  const frozen = decisions.filter(({ rule }) => rule === "freeze");
  const causes = decisions.map((decision) => {
    const { lane, subject, rule, window, windowStartMs, windowEndMs, from, to } = decision;
    return [lane, subject, rule === "freeze" ? rule : "", window, windowStartMs, windowEndMs, from, to].join(
      " ",
    );
  });
  // A lane that is frozen stays so: beside the commands each lane comes to at least watch and freeze.
  figures.hold("decisions", decisions.length, "decisions", ">=", kills + 2 * LANES.length);
  figures.hold(
    "decisions whose id another has",
    decisions.length - distinct(decisions.map((d) => d.decisionId)),
    "decisions",
    "=",
    0,
  );
  figures.hold("decisions whose cause another has", causes.length - distinct(causes), "decisions", "=", 0);
  figures.hold(
    "commands given while the governor was down, decided once",
    distinct(frozen.map((d) => d.subject)),
    "commands",
    "=",
    kills,
  );
  figures.hold(
    "of them decided twice",
    frozen.length - distinct(frozen.map((d) => d.subject)),
    "commands",
    "=",
    0,
  );
  figures.hold(
    "gate revisions that come twice",
    gates.length - distinct(gates.map((g) => g.revision)),
    "gates",
    "=",
    0,
  );
}

/** The gatekeeper judges by the newest gate as soon as it judges anything again. */
async function tellSeen(rig: Rig, figures: Figures): Promise<void> {
  const gates = await rig.log.values("gates");
  const newest = Math.max(...gates.map(({ record }) => record.revision));
  const admitted = await rig.log.tail("admitted");
  const load = await rig.load({ eventsPerS: 50, lanes: LANES, idPrefix: "after" });
  await admitted.next(({ headers }) => gateRevisionOf(headers) >= newest);
  await admitted.close();
  await load.stop();
  await drained(rig);
  figures.tell("newest gate after the kills, seen by the gatekeeper", newest, "revision");
}

/** Where the kills fell: how many before the transaction with the verdict was in the log. */
async function tellHits(rig: Rig, figures: Figures, killedMs: readonly number[]): Promise<void> {
  const verdicts = (await rig.log.values("verdicts")).map(({ at, record }) => ({
    appendMs: at.appendMs,
    endMs: record.endMs,
  }));
  const rows = (await rig.log.values("windows"))
    .filter(({ record }) => record.window === "decision")
    .map(({ at, record }) => ({ appendMs: at.appendMs, endMs: record.endMs }));
  const before = killedMs.filter((atMs) => {
    const window = rows.filter(({ appendMs }) => appendMs <= atMs).at(-1);
    return (
      window !== undefined &&
      verdicts.some((verdict) => verdict.endMs === window.endMs && verdict.appendMs > atMs)
    );
  });
  figures.tell("kills that fell before the window's verdict was written", before.length, "kills");
}

function distinct(values: readonly unknown[]): number {
  return new Set(values).size;
}
