/** Two governors by mistake: another one beside it, the same one twice, and one that was thought dead. */
import { BREACH_RULES, copied, freezeCommand } from "../breaching.ts";
import { checkExact } from "../check-exact.ts";
import { drained } from "../drained.ts";
import type { Rig } from "../rig.ts";
import { Figures, type Form, type Scenario, type ScenarioResult } from "../scenario.ts";

const PANE_MS = 2_000;
const LANES = ["a", "b", "c"];
const ACTIVE = "plumbline_governor_active";
const LOOKS = 10;
const LOOK_EVERY_MS = 200;
/** About 5 s: a rebalance is through by then. */
const SETTLED_LOOKS = 25;
/** A standby takes over when the session of a silent member has ended: 45 s and a rebalance. */
const TAKE_OVER_MS_MAX = 60_000;

export const R17: Scenario = {
  id: "R17",
  title: "Two governors by mistake, and one that was thought dead",
  pass: "one acts, the other reports standby; a zombie is fenced, writes nothing and says why it ends",
  forms: {
    short:
      "a second governor beside the first; then the active one stopped by SIGSTOP, replaced under its own name, and woken",
    full: "the same, and before it a zombie whose session ends, so that the standby takes over",
  },
  broker: "shared",
  run,
};

async function run(rig: Rig, form: Form): Promise<ScenarioResult> {
  const figures = new Figures(form);
  await rig.start({
    services: ["recorder", "monitor", "gatekeeper"],
    policy: { paneMs: PANE_MS },
    lane: { decisionMs: PANE_MS, decisionTextsMin: 30, relaxCleanWindows: 1 },
    rules: BREACH_RULES,
  });
  const load = await rig.load({
    eventsPerS: 300,
    lanes: LANES,
    bendSample: (sample, n) =>
      Math.floor(sample.eventTime / PANE_MS / 2) % 2 === 0 ? copied(sample, n) : sample,
  });
  const commander = await openCommander(rig);

  for (const as of ["governor-a", "governor-b"]) await rig.startService("governor", as, { restarted: false });
  let both: readonly string[] = ["governor-a", "governor-b"];
  // Before its first assignment a governor is no standby, it is nothing yet.
  await rig.until("the second governor is in the group", async () =>
    /governor (active|on standby)/.test(await rig.logText("governor-b")),
  );
  // A decision after that: the rebalance has come to its end for both.
  await commander.freezeAndSee();
  let notOne = 0;
  for (let looks = 0; looks < LOOKS; ) {
    await rig.pass(LOOK_EVERY_MS);
    const states = await Promise.all(both.map(async (as) => (await rig.series(as)).get(ACTIVE)));
    // One that could not be asked says nothing.
    if (states.includes(undefined)) continue;
    looks += 1;
    if (states[0]! + states[1]! !== 1) notOne += 1;
  }
  const [active] = await activesOf(rig, both);
  const standbyText = await rig.logText(both.find((as) => as !== active)!);
  figures.hold("looks at which not exactly one governor was active", notOne, `of ${LOOKS}`, "=", 0);
  figures.hold(
    "standby that does not say so",
    standbyText.includes("governor on standby") ? 0 : 1,
    "",
    "=",
    0,
  );

  if (form === "full") {
    const zombie = (await activesOf(rig, both))[0]!;
    const heir = both.find((as) => as !== zombie)!;
    const pid = stopProcess(rig, zombie);
    const fromMs = performance.now();
    await rig.until("the standby takes over", () => isActive(rig, heir), TAKE_OVER_MS_MAX);
    figures.holdTime(
      "standby active after the zombie fell silent",
      (performance.now() - fromMs) / 1_000,
      "s",
      "<=",
      60,
    );
    await commander.freezeAndSee();
    process.kill(pid, "SIGCONT");
    await rig.until(
      "the zombie has ended or stands by",
      async () => rig.pid(zombie) === null || !(await isActive(rig, zombie)),
    );
    const fromWakeMs = performance.now();
    await commander.freezeAndSee();
    const seconds = (performance.now() - fromWakeMs) / 1_000;
    figures.holdTime("a command decided after that zombie woke", seconds, "s", "<=", 15);
    figures.tell(
      "zombies of an ended session that ended themselves",
      rig.pid(zombie) === null ? 1 : 0,
      "of 1",
    );
    if (rig.pid(zombie) === null) both = [heir];
  }

  const zombie = await settled(rig, both);
  const standby = both.find((as) => as !== zombie) ?? "";
  const pid = stopProcess(rig, zombie);
  await rig.startService("governor", "governor-c", {
    restarted: false,
    env: { PLUMBLINE_INSTANCE: zombie },
  });
  await rig.until("the replacement is active", () => isActive(rig, "governor-c"));
  await commander.freezeAndSee();
  const wokenMs = performance.now();
  process.kill(pid, "SIGCONT");
  await rig.until("the zombie has ended", () => rig.pid(zombie) === null);
  figures.holdTime("zombie ended after it woke", (performance.now() - wokenMs) / 1_000, "s", "<=", 10);
  const lastWords = await rig.logText(zombie);
  figures.hold(
    "zombie that does not say why it ended",
    lastWords.includes("another instance took over") ? 0 : 1,
    "",
    "=",
    0,
  );
  await commander.freezeAndSee();
  await rig.pass(LOOKS * LOOK_EVERY_MS);
  figures.hold("replacement that has ended", rig.pid("governor-c") === null ? 1 : 0, "", "=", 0);
  figures.hold(
    "standby that became active",
    rig.pid(standby) !== null && (await isActive(rig, standby)) ? 1 : 0,
    "",
    "=",
    0,
  );

  await load.stop();
  await drained(rig);
  const frozen = (await rig.log.values("decisions")).filter(({ record }) => record.rule === "freeze");
  figures.hold("commands decided", frozen.length, "commands", "=", commander.given());
  await commander.close();
  await checkExact(rig, figures);
  figures.note(
    "That a zombie writes nothing shows in the log of decisions, chained by hash and revision, and in one verdict for each window.",
  );
  return figures.result("R17", form);
}

async function isActive(rig: Rig, as: string): Promise<boolean> {
  return (await rig.series(as)).get(ACTIVE) === 1;
}

async function activesOf(rig: Rig, governors: readonly string[]): Promise<readonly string[]> {
  const actives: string[] = [];
  for (const as of governors) if (await isActive(rig, as)) actives.push(as);
  return actives;
}

/** The one that is active, seen so often in a row: a woken zombie joins again, and partitions may still move. */
async function settled(rig: Rig, governors: readonly string[]): Promise<string> {
  let same: readonly string[] = [];
  await rig.until("one governor stays active", async () => {
    const actives = await activesOf(rig, governors);
    const [active] = actives.length === 1 ? actives : [];
    same = active === undefined ? [] : same[0] === active ? [...same, active] : [active];
    return same.length >= SETTLED_LOOKS;
  });
  return same[0]!;
}

/** SIGSTOP; returns the pid to wake. */
function stopProcess(rig: Rig, as: string): number {
  const pid = rig.pid(as);
  if (pid === null) throw new Error(`${as} is down`);
  process.kill(pid, "SIGSTOP");
  rig.say(`${as} is stopped`);
  return pid;
}

interface Commander {
  /** Freezes one more subject and waits until the decision is in the log. */
  freezeAndSee(): Promise<void>;
  given(): number;
  close(): Promise<void>;
}

async function openCommander(rig: Rig): Promise<Commander> {
  const decisions = await rig.log.tail("decisions");
  const writer = await rig.log.writer();
  let given = 0;
  return {
    given: () => given,
    async freezeAndSee() {
      const command = freezeCommand(given, LANES[0]!);
      given += 1;
      const value = rig.codec.encode("commands", command);
      await writer.write([{ topic: rig.names.full("commands"), partition: 0, key: command.lane, value }]);
      await decisions.next(({ value: bytes }) => {
        if (bytes === null) return false;
        const decoded = rig.codec.decodeGeneric("decisions", bytes);
        return decoded.ok && decoded.record.subject === command.subject;
      });
      rig.say(`${command.commandId} is decided`);
    },
    close: () => decisions.close(),
  };
}
