/** One lane brings nine tenths of the traffic: the others' records and windows stay about as fresh as under even traffic. */
import { partitionOf } from "../../../services/adapters/murmur2.ts";
import { checkExact } from "../check-exact.ts";
import { drained } from "../drained.ts";
import { caughtUp } from "../lag.ts";
import type { Rig } from "../rig.ts";
import { Figures, type Form, quantile, type Scenario, type ScenarioResult } from "../scenario.ts";

const FORMS = {
  short: { eventsPerS: 400, seconds: 12, rounds: 1 },
  full: { eventsPerS: 2_000, seconds: 60, rounds: 2 },
} as const;
const PANE_MS = 2_000;
const LAG_MS = 1_000;
const BACK_MS_MAX = 90_000;
/** After traffic changed, before anything is measured. */
const SETTLE_MS = 3_000;
const LOUD = "loud";
const OTHERS = ["b", "c", "d", "e", "f", "g", "h", "i"];
/** A lane is drawn as often as it is named: 72 to 8. */
const TRAFFIC = {
  even: [LOUD, ...OTHERS],
  loud: [...new Array<string>(9 * OTHERS.length).fill(LOUD), ...OTHERS],
} as const;
type Traffic = keyof typeof TRAFFIC;
const TIMES_MAX = 2;

export const R13: Scenario = {
  id: "R13",
  title: "One lane has nine tenths of the traffic",
  pass: "the other lanes' p99 freshness under twice that of the same traffic spread evenly",
  forms: {
    short: "400 events/s over 9 lanes, 12 s evenly, then 12 s with 90 % in one lane",
    full: "2,000 events/s over 9 lanes, twice 60 s evenly and 60 s with 90 % in one lane",
  },
  broker: "shared",
  tier: "chaos",
  run,
};

/** A stretch of event time under one kind of traffic. */
interface Phase {
  readonly traffic: Traffic;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Delays in ms by kind of traffic, of lanes beside the loud one in its partition, and of those in others. */
type Delays = Readonly<Record<Traffic, { readonly beside: number[]; readonly elsewhere: number[] }>>;

async function run(rig: Rig, form: Form): Promise<ScenarioResult> {
  const { eventsPerS, seconds, rounds } = FORMS[form];
  const figures = new Figures(form);
  await rig.start({ policy: { paneMs: PANE_MS } });
  const phases: Phase[] = [];
  for (let round = 0; round < rounds; round += 1) {
    for (const traffic of ["even", "loud"] as const) {
      const lanes = TRAFFIC[traffic];
      const load = await rig.load({ eventsPerS, lanes, idPrefix: `${traffic}${round}` });
      await caughtUp(rig, "monitor", LAG_MS, BACK_MS_MAX);
      await rig.pass(SETTLE_MS);
      const fromMs = Date.now();
      await rig.pass(seconds * 1_000);
      phases.push({ traffic, fromMs, toMs: Date.now() });
      await load.stop();
      rig.say(`${traffic}: ${load.total} events, ${load.skipped} not made`);
    }
  }
  await drained(rig);

  const loudShare = await shareOfLoud(rig, phases);
  const records = await recordDelays(rig, phases);
  const windows = await windowDelays(rig, phases);
  figures.tell(
    "events",
    rig.loads.reduce((sum, load) => sum + load.total, 0),
    "events",
  );
  figures.hold("samples of the loud lane, in its traffic", 100 * loudShare, "%", ">=", 85);
  tell(figures, "sample to its place in `admitted`, other lanes", records);
  tell(figures, "end of the pane to its window row, other lanes", windows);
  figures.note(
    "By append times of the broker. Freshness of a record: from the sample's append to that of its judged copy. Of a window: from the end of the pane to its row; the lateness bound of 1 s and the wait for the next tick are in it, under either traffic.",
  );
  figures.note(
    `Of ${rig.partitions} partitions, the loud lane's has ${OTHERS.filter(besideLoud(rig)).length} of the ${OTHERS.length} other lanes.`,
  );
  await checkExact(rig, figures);
  return figures.result("R13", form);
}

function tell(figures: Figures, what: string, { even, loud }: Delays): void {
  const all = (of: Delays[Traffic]): number[] => [...of.beside, ...of.elsewhere];
  const p99 = { even: quantile(all(even), 0.99), loud: quantile(all(loud), 0.99) };
  figures.tell(`${what}, median, even`, quantile(all(even), 0.5), "ms");
  figures.tell(`${what}, median, one loud`, quantile(all(loud), 0.5), "ms");
  figures.tell(`${what}, p99, even`, p99.even, "ms");
  figures.tell(`${what}, p99, one loud`, p99.loud, "ms");
  figures.tell(`${what}, p99, one loud, beside it in its partition`, quantile(loud.beside, 0.99), "ms");
  figures.hold(`${what}, p99, one loud over even`, p99.loud / p99.even, "times", "<", TIMES_MAX);
}

function besideLoud(rig: Rig): (lane: string) => boolean {
  const of = (lane: string): number => partitionOf(Buffer.from(lane), rig.partitions);
  return (lane) => of(lane) === of(LOUD);
}

function noDelays(): Delays {
  return { even: { beside: [], elsewhere: [] }, loud: { beside: [], elsewhere: [] } };
}

function phaseAt(phases: readonly Phase[], ms: number): Phase | undefined {
  return phases.find(({ fromMs, toMs }) => ms >= fromMs && ms < toMs);
}

async function shareOfLoud(rig: Rig, phases: readonly Phase[]): Promise<number> {
  let all = 0;
  let own = 0;
  for (const { record, at } of await rig.log.values("samples")) {
    if (phaseAt(phases, at.appendMs)?.traffic !== "loud") continue;
    all += 1;
    if (record.lane === LOUD) own += 1;
  }
  return own / all;
}

/** From each sample's append to that of its copy in `admitted` or `quarantined`. */
async function recordDelays(rig: Rig, phases: readonly Phase[]): Promise<Delays> {
  const delays = noDelays();
  const beside = besideLoud(rig);
  const appendedMs = new Map<string, number>();
  for (const { record, at } of await rig.log.values("samples")) {
    if (record.lane !== LOUD) appendedMs.set(record.id, at.appendMs);
  }
  for (const topic of ["admitted", "quarantined"] as const) {
    for (const { record, at } of await rig.log.values(topic)) {
      const fromMs = appendedMs.get(record.id);
      const phase = fromMs === undefined ? undefined : phaseAt(phases, fromMs);
      if (fromMs === undefined || phase === undefined) continue;
      delays[phase.traffic][beside(record.lane) ? "beside" : "elsewhere"].push(at.appendMs - fromMs);
    }
  }
  return delays;
}

/** From the end of each pane that lies in a phase to its lane's row of all records, whatever the stage. */
async function windowDelays(rig: Rig, phases: readonly Phase[]): Promise<Delays> {
  const delays = noDelays();
  const beside = besideLoud(rig);
  for (const { record, at } of await rig.log.values("windows")) {
    const { lane, window, segment, startMs, endMs, rowIndex } = record;
    if (lane === LOUD || window !== "pane" || segment !== "all" || rowIndex > 0) continue;
    const phase = phaseAt(phases, startMs);
    if (phase === undefined || endMs > phase.toMs) continue;
    delays[phase.traffic][beside(lane) ? "beside" : "elsewhere"].push(at.appendMs - endMs);
  }
  return delays;
}
