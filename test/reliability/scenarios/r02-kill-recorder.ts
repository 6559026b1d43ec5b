/** kill -9 of the recorder, and with it of the engine, under load; then how fast it is back over a large table. */
import { join } from "node:path";
import { checkExact } from "../check-exact.ts";
import { drained } from "../drained.ts";
import type { Rig } from "../rig.ts";
import { Figures, type Form, quantile, type Scenario, type ScenarioResult } from "../scenario.ts";
import { StoreDoor } from "../store-door.ts";

const FORMS = {
  short: { eventsPerS: 300, kills: 2, moments: 1_000, rows: 200_000 },
  full: { eventsPerS: 2_000, kills: 20, moments: 3_000, rows: 10_000_000 },
} as const;
const REOPEN_MS_MAX = 2_000;
const FILLED = "filled by a test";
/** What the recorder says once engine, tables and door are there. */
const OPENED = /^\{.*"the store is open".*\}$/gm;

export const R2: Scenario = {
  id: "R2",
  title: "kill -9 of the recorder, which has the engine within it",
  pass: "no acknowledged row lost, none doubled; reopened within 2 s at 10 million rows",
  forms: {
    short: "300 events/s, 2 kills within a second of work each, the last over 200,000 rows",
    full: "2,000 events/s, 20 kills within 3 s of work each, half of them over 10 million rows",
  },
  broker: "shared",
  run,
};

async function run(rig: Rig, form: Form): Promise<ScenarioResult> {
  const { eventsPerS, kills, moments, rows } = FORMS[form];
  const figures = new Figures(form);
  const random = rig.random("moments");
  await rig.start();
  const load = await rig.load({ eventsPerS, lanes: ["a", "b", "c", "d"] });
  await stored(rig, 1);
  const reopened: Reopened[] = [];
  for (let kill = 1; kill <= kills; kill += 1) {
    // The second half is killed, and comes back, over a large table of today's, of the topics that are read.
    if (kill === Math.floor(kills / 2) + 1) await offline(rig, (door) => fill(rig, door, rows));
    await rig.pass(random.below(moments));
    reopened.push(await reopen(rig));
    rig.say(`kill ${kill}: ${JSON.stringify(reopened.at(-1))}`);
    await stored(rig, 1);
  }
  await load.stop();
  await drained(rig);
  await offline(rig, async (door) => {
    await door.sql(`ALTER TABLE samples DELETE WHERE source = '${FILLED}' SETTINGS mutations_sync = 2`);
  });
  const large = reopened.slice(Math.floor(kills / 2));
  figures.tell("events", load.total, "events");
  figures.tell("rows in the largest table at the last kills", large.at(-1)!.rows, "rows");
  const slowestMs = Math.max(...large.map(({ openMs, answerMs }) => openMs + answerMs));
  figures.holdTime("reopened over that, slowest", slowestMs, "ms", "<", REOPEN_MS_MAX);
  figures.tell(
    "reopened before it was filled, slowest",
    Math.max(...reopened.slice(0, Math.floor(kills / 2)).map(({ openMs, answerMs }) => openMs + answerMs)),
    "ms",
  );
  figures.tell(
    "from the kill until ready, median",
    quantile(
      reopened.map(({ readyMs }) => readyMs),
      0.5,
    ),
    "ms",
  );
  figures.note(
    "Reopened: from the first touch of the engine's directory until tables are checked and the SQL door is open, as the recorder says, and until a count of the largest table is answered. From the kill until ready there are the supervisor's pause, Node's start, the broker and the group in it, too.",
  );
  await checkExact(rig, figures);
  return figures.result("R2", form);
}

interface Reopened {
  readonly openMs: number;
  readonly answerMs: number;
  readonly readyMs: number;
  readonly rows: number;
}

async function reopen(rig: Rig): Promise<Reopened> {
  const before = (await opened(rig)).length;
  const readyMs = await rig.kill("recorder");
  const fromMs = performance.now();
  const [counted] = await rig.sql("SELECT toFloat64(count()) AS rows FROM samples");
  const answerMs = performance.now() - fromMs;
  await rig.until("the recorder has said how long it took", async () => (await opened(rig)).length > before);
  return {
    openMs: (await opened(rig)).at(-1)!,
    answerMs: Math.round(answerMs),
    readyMs: Math.round(readyMs),
    rows: Number(counted!.rows),
  };
}

async function opened(rig: Rig): Promise<readonly number[]> {
  const lines = (await rig.logText("recorder")).match(OPENED) ?? [];
  return lines.map((line) => Number((JSON.parse(line) as { ms: number }).ms));
}

/** Waits until the recorder that runs now has stored so many batches. */
async function stored(rig: Rig, batches: number): Promise<void> {
  await rig.until("the recorder stores", async () => {
    const series = await rig.series("recorder");
    return (series.get('plumbline_recorder_inserts_total{table="progress"}') ?? 0) > batches;
  });
}

/** Does something with the engine's directory while no recorder has it. */
async function offline(rig: Rig, work: (door: StoreDoor) => Promise<void>): Promise<void> {
  await rig.stopService("recorder");
  const door = await StoreDoor.open(join(rig.home, "clickhouse"));
  try {
    await work(door);
  } finally {
    await door.close();
  }
  await rig.startService("recorder");
}

/**
 * Rows of today, as if the recorder had written them: of its topic, spread over the offsets below those it has come to, so that
 * where it goes on is found among them. Taken out again before anything is counted.
 */
async function fill(rig: Rig, door: StoreDoor, rows: number): Promise<void> {
  const fromMs = performance.now();
  await door.sql(
    `INSERT INTO samples (id, event_time, lane, bucket, decision, source, template_id, prompt_hash, seed, _cluster, _topic, _epoch, _partition, _offset, _append_time, _day)
     SELECT concat('${FILLED} ', toString(number)), own.appended - toIntervalMillisecond(number % 3600000), 'a', 'b1', 'admitted',
            '${FILLED}', 't1', hex(cityHash64(number)), toString(number), own.cluster, own.topic, own.epoch, own.partition,
            number % own.next, own.appended, own.day
     FROM numbers(${rows}) AS many
     CROSS JOIN (
       SELECT any(_cluster) AS cluster, _topic AS topic, _epoch AS epoch, _partition AS partition, max(_offset) AS next,
              max(_append_time) AS appended, max(_day) AS day
       FROM samples GROUP BY topic, epoch, partition ORDER BY next DESC LIMIT 1
     ) AS own`,
  );
  rig.say(`${rows} rows were filled in within ${Math.round(performance.now() - fromMs)} ms`);
}
