/** ClickHouse goes away under load, hangs and lies: the recorder waits within its memory, and the brake does not notice. */
import { join } from "node:path";
import { BREACH_RULES, copied } from "../breaching.ts";
import { checkExact } from "../check-exact.ts";
import { drained } from "../drained.ts";
import { assignmentQuestions, catchUp, storesAgain } from "../recorded-rows.ts";
import type { Rig } from "../rig.ts";
import { Figures, type Form, type Scenario, type ScenarioResult } from "../scenario.ts";
import { type Fault, StoreDoor } from "../store-door.ts";

interface Outage {
  readonly kind: Exclude<Fault["kind"], "none" | "slow">;
  readonly ms: number;
  /** The recorder is killed when it begins, and starts again while the server is away. */
  readonly killed?: true;
}

interface FormOptions {
  readonly eventsPerS: number;
  /** Before, between and after the outages. */
  readonly quietMs: number;
  readonly outages: readonly Outage[];
}

const FORMS: Readonly<Record<Form, FormOptions>> = {
  short: {
    eventsPerS: 300,
    quietMs: 1_000,
    outages: [
      { kind: "refuse", ms: 6_000 },
      { kind: "hang", ms: 1_000 },
      { kind: "overloaded", ms: 500 },
      { kind: "gateway", ms: 500 },
      { kind: "drop reply", ms: 1_000 },
      { kind: "refuse", ms: 3_000, killed: true },
    ],
  },
  full: {
    eventsPerS: 2_000,
    quietMs: 30_000,
    outages: [
      { kind: "refuse", ms: 300_000 },
      { kind: "hang", ms: 90_000 },
      { kind: "overloaded", ms: 30_000 },
      { kind: "gateway", ms: 30_000 },
      { kind: "drop reply", ms: 30_000 },
      { kind: "refuse", ms: 60_000, killed: true },
    ],
  },
};
const LANES = ["a", "b", "c", "d"];
const PANE_MS = 2_000;
const LEASE_MS = 20_000;
const RSS_MIB_MAX = 512;
const MIB = 2 ** 20;
const TIMES_LIVE_MIN = 5;
const MEMORY_EVERY_MS = 250;
const BACK_MS_MAX = 120_000;
/** What Node writes below an error that nobody caught. */
const CRASHED = /^Node\.js v\d/gm;
const ENDED = "the service failed and ends";

export const R5: Scenario = {
  id: "R5",
  title: "ClickHouse is away",
  pass: "reading pauses below 512 MiB; gates and their leases go on; caught up at 5 times the live rate or faster; nothing lost, nothing doubled",
  forms: {
    short:
      "500 events/s; connections refused for 6 s, then hanging, overloaded, behind a broken proxy, with answers lost; refused for 3 s more, with the recorder killed",
    full: "2,000 events/s; connections refused for 5 min; then hanging for 90 s, and 30 s each of overload, a broken proxy, lost answers; refused for 60 s more, with the recorder killed",
  },
  broker: "shared",
  run,
};

async function run(rig: Rig, form: Form): Promise<ScenarioResult> {
  const { eventsPerS, quietMs, outages } = FORMS[form];
  const figures = new Figures(form);
  const door = await StoreDoor.open(join(rig.home, "server"));
  await rig.start({
    store: door,
    policy: { paneMs: PANE_MS },
    lane: { decisionMs: PANE_MS, decisionTextsMin: 30, relaxCleanWindows: 1, leaseMs: LEASE_MS },
    rules: BREACH_RULES,
  });
  const loadFromMs = Date.now();
  const load = await rig.load({
    eventsPerS,
    lanes: LANES,
    bendSample: (sample, n) =>
      Math.floor(sample.eventTime / PANE_MS / 2) % 2 === 0 ? copied(sample, n) : sample,
  });
  await storesAgain(rig, door, BACK_MS_MAX);
  await rig.pass(quietMs);
  const asked = assignmentQuestions(await door.seen());
  let rssMax = 0;
  const away: { kind: string; awayMs: number; backMs: number }[] = [];
  for (const { kind, ms, killed } of outages) {
    const awayMs = Date.now();
    await door.fault({ kind });
    if (killed === true) rig.killOnly("recorder");
    while (Date.now() - awayMs < ms) {
      await rig.pass(MEMORY_EVERY_MS);
      // One that ended meanwhile takes no memory.
      rssMax = Math.max(rssMax, (await rig.processFigures("recorder").catch(() => null))?.rssBytes ?? 0);
    }
    await door.fault({ kind: "none" });
    away.push({ kind, awayMs, backMs: Date.now() });
    await storesAgain(rig, door, BACK_MS_MAX);
    await rig.pass(quietMs);
    rssMax = Math.max(rssMax, (await rig.processFigures("recorder")).rssBytes);
    rig.say(`${kind}: stores again`);
  }
  await load.stop();
  await drained(rig);

  const seen = await door.seen();
  const log = await rig.logText("recorder");
  // Each sample becomes one row.
  const livePerS = load.acknowledged.samples / ((load.eventMaxMs - loadFromMs) / 1_000);
  const [first] = away;
  const caught = catchUp(seen.inserts, "samples", livePerS, first!.awayMs, first!.backMs);
  figures.tell("events", load.total, "events");
  figures.hold("largest resident memory of the recorder", rssMax / MIB, "MiB", "<", RSS_MIB_MAX);
  figures.hold("crashes of the recorder", log.split(CRASHED).length - 1, "crashes", "=", 0);
  figures.tell("its orderly ends, started again", log.split(ENDED).length - 1, "ends");
  figures.tell(
    "its questions where to go on, one a topic for each assignment, since the first outage",
    assignmentQuestions(seen) - asked,
    "questions",
  );
  figures.tell(
    "inserts stored whose answer was lost",
    seen.inserts.filter(({ acknowledged }) => !acknowledged).length,
    "inserts",
  );
  figures.tell("samples that come", livePerS, "rows/s");
  figures.tell("first row after the server was back", (caught?.firstMs ?? Number.NaN) / 1_000, "s");
  figures.tell("caught up after that row", (caught?.tookMs ?? Number.NaN) / 1_000, "s");
  const times = caught?.timesLive ?? Number.NaN;
  // What a few seconds leave behind is one batch: its time says nothing of a rate.
  figures.holdTime("catching up, times live", times, "", ">=", TIMES_LIVE_MIN);
  await tellGates(rig, figures, first!.awayMs, first!.backMs);
  figures.note(
    "The recorder alone talks to ClickHouse: gates are in Kafka, and decisions and leases depend on Kafka alone. What was decided and renewed while connections were refused is counted by the broker's append times.",
  );
  await checkExact(rig, figures);
  return figures.result("R5", form);
}

/** What the governor did while the store was away. */
async function tellGates(rig: Rig, figures: Figures, awayMs: number, backMs: number): Promise<void> {
  const within = ({ appendMs }: { appendMs: number }): boolean => appendMs >= awayMs && appendMs < backMs;
  const decisions = (await rig.log.values("decisions")).filter(({ at }) => within(at));
  const gates = await rig.log.values("gates");
  let expired = 0;
  const latest = new Map<string, number>();
  for (const { at, record } of gates) {
    const key = `${record.lane} ${record.subject}`;
    const untilMs = latest.get(key);
    if (untilMs !== undefined && untilMs >= awayMs && untilMs < Math.min(at.appendMs, backMs)) expired += 1;
    latest.set(key, record.validUntilMs);
  }
  for (const untilMs of latest.values()) if (untilMs >= awayMs && untilMs < backMs) expired += 1;
  figures.hold("decisions while it was away", decisions.length, "decisions", ">=", 1);
  figures.hold("gates while it was away", gates.filter(({ at }) => within(at)).length, "gates", ">=", 1);
  figures.hold("leases that ran out while it was away", expired, "leases", "=", 0);
}
