/**
 * Producers and services whose clocks are wrong: ten minutes off, an hour off at the end of summer time, set back by NTP.
 * The windows of everybody else hold what they must, and every event of a wrong clock can be found.
 */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { RecordOf } from "../../../services/adapters/avro/codec.ts";
import { RUN_SERVICES, type RunService } from "../../../services/runtime/embedded-run.ts";
import { checkExact } from "../check-exact.ts";
import { drained } from "../drained.ts";
import { LOAD_TOPICS, type Load, type LoadOptions, type LoadTopic } from "../load.ts";
import type { Rig } from "../rig.ts";
import { Figures, type Form, type Scenario, type ScenarioResult } from "../scenario.ts";
import { watermarked } from "../watermarked.ts";

const FORMS = {
  short: { soundPerS: 300, skewedPerS: 40, seconds: 7 },
  full: { soundPerS: 2_000, skewedPerS: 200, seconds: 60 },
} as const;

const MINUTE_MS = 60_000;
const PANE_MS = 2_000;
const LATENESS_MS = 5_000;
/** The bound beyond which an event is not read; as much behind, it is late in any case. */
const FUTURE_MS_MAX = 5 * MINUTE_MS;
/** Leases are renewed only while a sign of life is younger than this. */
const SIGN_OF_LIFE_S_MAX = 10;

/** How far off each producer's clock is. An hour is what a clock on local time is off after the change. */
const SKEWED: Readonly<Record<string, number>> = {
  "ten-ahead": 10 * MINUTE_MS,
  "ten-behind": -10 * MINUTE_MS,
  "hour-ahead": 60 * MINUTE_MS,
  "hour-behind": -60 * MINUTE_MS,
};
/** Sound until NTP sets it back. */
const STEPPED = "stepped";
const STEP_MS = -10 * MINUTE_MS;
const SOUND = "sound";
const LANES = ["a", "b", "c"];

/** Each service's own zone, and steps of its own clock, ms. The governor's passes the end of summer time in its zone. */
const SERVICE_CLOCKS: Readonly<Record<RunService, Readonly<Record<string, string>>>> = {
  gatekeeper: { TZ: "Pacific/Auckland", CLOCK_STEPS: "-600000,600000,-600000" },
  monitor: { TZ: "America/New_York", CLOCK_STEPS: "-600000,1200000,-600000" },
  governor: {
    TZ: "Europe/Berlin",
    CLOCK_START: String(Date.UTC(2027, 9, 31, 0, 59, 50)),
    CLOCK_STEPS: "-600000,600000,-3600000",
  },
  recorder: { TZ: "Asia/Kolkata", CLOCK_STEPS: "-600000,600000,-600000" },
};

export const R11: Scenario = {
  id: "R11",
  title: "Clock skew, summer time, and clocks set back",
  pass: "±10 min, DST, NTP step back: event-time windows unaffected; skewed producers flagged; no negative durations",
  forms: {
    short:
      "300 events/s of sound clocks, five wrong ones of 40/s each, for 7 s; each service's clock is set three times",
    full: "2,000 events/s of sound clocks, five wrong ones of 200/s each, for 60 s; each service's clock is set three times",
  },
  broker: "shared",
  run,
};

/** Events of sound clocks by topic, lane and pane, as their producers wrote them. */
type Ledger = Map<string, number>;

async function run(rig: Rig, form: Form): Promise<ScenarioResult> {
  const { soundPerS, skewedPerS, seconds } = FORMS[form];
  const figures = new Figures(form);
  const ledger: Ledger = new Map();
  const negative: string[] = [];
  const preload = pathToFileURL(join(import.meta.dirname, "../../support/stepping-clock.mjs")).href;
  const env = Object.fromEntries(
    RUN_SERVICES.map((service) => [
      service,
      { ...SERVICE_CLOCKS[service], NODE_OPTIONS: `--import=${preload}` },
    ]),
  );
  let stepMs = 0;
  const flagged = { stepped: 0 };
  const producer = (name: string, eventsPerS: number, skewMs: () => number): Promise<Load> =>
    rig.load({
      eventsPerS,
      lanes: LANES,
      idPrefix: name,
      ...bends(name, (topic, lane, eventTime) => {
        const offMs = skewMs();
        if (offMs === 0) count(ledger, topic, lane, eventTime);
        else if (name === STEPPED) flagged.stepped += 1;
        return eventTime + offMs;
      }),
    });

  await rig.start({ policy: { paneMs: PANE_MS, latenessMs: LATENESS_MS }, env });
  const sound = await producer(SOUND, soundPerS, () => 0);
  // Nothing is late before there is a watermark.
  await watermarked(rig);
  const skewed = await Promise.all(
    Object.entries(SKEWED).map(([name, offMs]) => producer(name, skewedPerS, () => offMs)),
  );
  const stepped = await producer(STEPPED, skewedPerS, () => stepMs);
  for (let second = 0; second < seconds; second += 1) {
    await rig.pass(1_000);
    if (second === Math.floor(seconds / 2)) stepMs = STEP_MS;
    if (second % Math.floor(seconds / 3) === 1) setClocks(rig);
    negative.push(...(await negativeDurations(rig)));
  }
  await Promise.all([sound, stepped, ...skewed].map((load) => load.stop()));
  await drained(rig);
  negative.push(...(await negativeDurations(rig)));

  const wrong = skewed.reduce((sum, load) => sum + load.total, flagged.stepped);
  figures.tell("events of sound clocks", sound.total + stepped.total - flagged.stepped, "events");
  figures.tell("events of wrong clocks", wrong, "events");
  figures.hold(
    "events of sound clocks in another pane than their own",
    await misplaced(rig, ledger),
    "",
    "=",
    0,
  );
  const found = await flags(rig);
  const expected = [...Object.keys(SKEWED), STEPPED];
  figures.hold(
    "wrong clocks not flagged",
    expected.filter((name) => !found.has(name)).length,
    "producers",
    "=",
    0,
  );
  figures.hold(
    "sound clocks flagged",
    [...found.keys()].filter((name) => !expected.includes(name)).length,
    "",
    "=",
    0,
  );
  const seen = [...found.values()].reduce((sum, n) => sum + n, 0);
  figures.hold("events of wrong clocks not flagged", wrong - seen, "events", "=", 0);
  figures.hold("series of durations below zero", negative.length, "", "=", 0);
  if (negative.length > 0) figures.note(`below zero: ${negative.slice(0, 3).join("; ")}`);
  figures.holdTime(
    "longest time without a sign of life",
    await longestSilenceS(rig),
    "s",
    "<",
    SIGN_OF_LIFE_S_MAX,
  );
  figures.note(
    "Ahead: set aside as event_time_future, with its bytes. Behind: counted as late. Both by producer, from the topic rejected and from event_time beside _append_time in SQL.",
  );
  figures.note(
    "A clock less than five minutes ahead is within the bound: its events count where they say they belong.",
  );
  figures.note("The broker's own clock, which gives append time, is not moved.");
  await checkExact(rig, figures);
  return figures.result("R11", form);
}

/** Options that move event times and name the producer in each record. */
function bends(
  principal: string,
  moved: (topic: LoadTopic, lane: string, eventTime: number) => number,
): Pick<LoadOptions, "bendSample" | "bendInteraction" | "bendOutcome"> {
  const bend =
    <T extends LoadTopic>(topic: T) =>
    (event: RecordOf<T> & { lane: string; eventTime: number }) => ({
      ...event,
      principal,
      eventTime: moved(topic, event.lane, event.eventTime),
    });
  return {
    bendSample: bend("samples"),
    bendInteraction: bend("interactions"),
    bendOutcome: bend("outcomes"),
  };
}

function setClocks(rig: Rig): void {
  for (const service of RUN_SERVICES) {
    const pid = rig.pid(service);
    if (pid === null) throw new Error(`${service} is down, and its clock cannot be set`);
    process.kill(pid, "SIGUSR2");
  }
}

function paneKey(stage: string, lane: string, startMs: number): string {
  return `${stage} ${lane} ${startMs}`;
}

function count(ledger: Ledger, topic: LoadTopic, lane: string, eventTime: number): void {
  const stage = topic === "samples" ? "candidate" : "reply";
  const key = paneKey(stage, lane, Math.floor(eventTime / PANE_MS) * PANE_MS);
  ledger.set(key, (ledger.get(key) ?? 0) + 1);
}

/** How far the panes are from the producers' own books. */
async function misplaced(rig: Rig, ledger: Ledger): Promise<number> {
  const rest = new Map(ledger);
  for (const { record } of await rig.log.values("windows")) {
    if (record.window !== "pane" || record.segment !== "all" || record.stage === "admitted") continue;
    const key = paneKey(record.stage, record.lane, record.startMs);
    rest.set(key, (rest.get(key) ?? 0) - record.n);
  }
  return [...rest.values()].reduce((sum, n) => sum + Math.abs(n), 0);
}

/** Events that are told to be off, by their producer. */
async function flags(rig: Rig): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  const flag = (name: string, n: number): void => {
    if (n > 0) found.set(name, (found.get(name) ?? 0) + n);
  };
  for (const { record } of await rig.log.values("rejected")) {
    if (record.code !== "event_time_future") continue;
    const topic = LOAD_TOPICS.find((name) => rig.names.full(name) === record.topic);
    const decoded = topic === undefined ? null : rig.codec.decodeGeneric(topic, record.bytes);
    if (decoded?.ok === true) flag(decoded.record.principal ?? "", 1);
  }
  for (const table of LOAD_TOPICS) {
    const rows = await rig.sql(
      `SELECT principal, toFloat64(countIf(abs(dateDiff('millisecond', event_time, _append_time)) > ${FUTURE_MS_MAX})) AS off
       FROM ${table} WHERE _append_time + INTERVAL 5 MINUTE >= event_time GROUP BY principal`,
    );
    for (const { principal, off } of rows) flag(String(principal), Number(off));
  }
  return found;
}

async function negativeDurations(rig: Rig): Promise<string[]> {
  const found: string[] = [];
  for (const service of RUN_SERVICES) {
    for (const [series, value] of await rig.series(service)) {
      if (/^plumbline_\w+_seconds/.test(series) && value < 0) found.push(`${service} ${series} ${value}`);
    }
  }
  return found;
}

/** Between two ticks of the monitor in one partition of `windows`, by append time. */
async function longestSilenceS(rig: Rig): Promise<number> {
  const last = new Map<number, number>();
  let longestMs = 0;
  await rig.log.each("windows", ({ partition, appendMs, headers }) => {
    if (headers["plumbline-tick"] === undefined) return;
    longestMs = Math.max(longestMs, appendMs - (last.get(partition) ?? appendMs));
    last.set(partition, appendMs);
  });
  if (last.size === 0) throw new Error("the monitor gave no sign of life");
  return longestMs / 1_000;
}
