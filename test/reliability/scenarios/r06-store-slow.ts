/** ClickHouse takes its time for every insert: batches grow, the group stays as it is, nothing is lost. */
import { join } from "node:path";
import { checkExact } from "../check-exact.ts";
import { drained } from "../drained.ts";
import { assignmentQuestions, storesAgain } from "../recorded-rows.ts";
import type { Rig } from "../rig.ts";
import { Figures, type Form, quantile, type Scenario, type ScenarioResult } from "../scenario.ts";
import { type SeenInsert, StoreDoor } from "../store-door.ts";

const FORMS = {
  short: { eventsPerS: 500, delayMs: 500, slowMs: 8_000, quickMs: 2_000 },
  full: { eventsPerS: 2_000, delayMs: 2_000, slowMs: 300_000, quickMs: 30_000 },
} as const;
const TICK_S_MAX = 60;
/** A turn waits for two slow inserts, one after the other: the tables', which run beside each other, and the progress row's. */
const SLOW_INSERTS = 2;
/** An insert that adapts brings what came in that time; half allows for how records fall into batches. */
const BROUGHT_MIN = 0.5;
const BACK_MS_MAX = 120_000;

export const R6: Scenario = {
  id: "R6",
  title: "ClickHouse is slow",
  pass: "no rebalance; batches grow; p99 of a turn of the recorder's loop under 60 s; nothing lost, nothing doubled",
  forms: {
    short: "500 events/s; every insert takes 0.5 s longer, for 8 s",
    full: "2,000 events/s; every insert takes 2 s longer, for 5 min",
  },
  broker: "shared",
  run,
};

async function run(rig: Rig, form: Form): Promise<ScenarioResult> {
  const { eventsPerS, delayMs, slowMs, quickMs } = FORMS[form];
  const figures = new Figures(form);
  const door = await StoreDoor.open(join(rig.home, "server"));
  await rig.start({ store: door });
  const loadFromMs = Date.now();
  const load = await rig.load({ eventsPerS, lanes: ["a", "b", "c", "d"] });
  await storesAgain(rig, door, BACK_MS_MAX);
  const quickFromMs = Date.now();
  await rig.pass(quickMs);
  // A starved machine may have stored none in that time, and what is slow is held beside it.
  await rig.until("samples are stored while it is quick", async () =>
    (await door.seen()).inserts.some(
      ({ table, arrivedMs, acknowledged }) => table === "samples" && acknowledged && arrivedMs >= quickFromMs,
    ),
  );
  const asked = assignmentQuestions(await door.seen());
  const slowFromMs = Date.now();
  await door.fault({ kind: "slow", delayMs });
  await rig.pass(slowMs);
  const slowToMs = Date.now();
  await door.fault({ kind: "none" });
  await storesAgain(rig, door, BACK_MS_MAX);
  await load.stop();
  await drained(rig);

  const seen = await door.seen();
  const samples = seen.inserts.filter(({ table }) => table === "samples");
  const quick = samples.filter((own) => own.arrivedMs >= quickFromMs && own.storedMs < slowFromMs);
  const slow = samples.filter((own) => own.arrivedMs >= slowFromMs && own.arrivedMs < slowToMs);
  const quickRows = medianRows(quick);
  const slowRows = medianRows(slow);
  const turns = turnsS(seen.inserts, slowFromMs, load.eventMaxMs);
  // Each sample becomes one row.
  const perS = load.acknowledged.samples / ((load.eventMaxMs - loadFromMs) / 1_000);
  const later = rowsOf(samples.filter(({ storedMs }) => storedMs >= slowToMs));
  figures.tell("events", load.total, "events");
  figures.hold("assignments since the start", assignmentQuestions(seen) - asked, "questions", "=", 0);
  figures.tell("rows of samples an insert before, median", quickRows, "rows");
  figures.tell("rows of samples an insert while it is slow, median", slowRows, "rows");
  const cameMeanwhile = ((SLOW_INSERTS * delayMs) / 1_000) * perS;
  figures.hold(
    "of the rows that come while a turn is held up, an insert brings",
    slowRows / cameMeanwhile,
    "times",
    ">=",
    BROUGHT_MIN,
  );
  figures.holdTime("turn of the recorder's loop, p99", quantile(turns, 0.99), "s", "<", TICK_S_MAX);
  figures.tell("turn of the recorder's loop, median", quantile(turns, 0.5), "s");
  figures.tell(
    "unstored at the end of the slow time",
    later / perS - (load.eventMaxMs - slowToMs) / 1_000,
    "s of load",
  );
  figures.note(
    "An assignment shows as the question where to go on, which the recorder asks the store for each topic. A turn is the time between two progress rows, which end each batch.",
  );
  await checkExact(rig, figures);
  return figures.result("R6", form);
}

function medianRows(inserts: readonly SeenInsert[]): number {
  return quantile(
    inserts.map(({ rows }) => rows),
    0.5,
  );
}

/** Seconds between progress rows from a moment on; later than the load only ticks are recorded, seldom. */
function turnsS(inserts: readonly SeenInsert[], fromMs: number, toMs: number): readonly number[] {
  const ends = inserts
    .filter(({ table, storedMs }) => table === "progress" && storedMs >= fromMs && storedMs < toMs)
    .map(({ storedMs }) => storedMs);
  return ends.slice(1).map((end, index) => (end - ends[index]!) / 1_000);
}

function rowsOf(inserts: readonly SeenInsert[]): number {
  return inserts.reduce((sum, { rows }) => sum + rows, 0);
}
