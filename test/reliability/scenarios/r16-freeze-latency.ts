/** How long it takes from a pane's close to a freeze that the gatekeeper judges by. */
import { MONITOR_TOPICS } from "../../../services/core/monitor/feeds.ts";
import { TICK_HEADER } from "../../../services/core/record-headers.ts";
import type { DecisionRecord } from "../../../services/core/records.ts";
import type { LogRecord } from "../../../services/ports.ts";
import { BREACH_RULES, copied, unresolved } from "../breaching.ts";
import { drained } from "../drained.ts";
import type { Rig } from "../rig.ts";
import { gateRevisionOf } from "../run-log.ts";
import { Figures, type Form, quantile, type Scenario, type ScenarioResult } from "../scenario.ts";

/** Each pane, `lanesAPane` more lanes begin to breach; two decision windows later they are frozen. */
const FORMS = {
  short: { eventsPerS: 1_000, paneMs: 2_000, lanes: 12, lanesAPane: 3 },
  full: { eventsPerS: 5_000, paneMs: 5_000, lanes: 96, lanesAPane: 4 },
} as const;
const MEDIAN_S_MAX = 0.5;
const P99_S_MAX = 3;
const LATENESS_MS = 1_000;
const TEXTS_MIN = 30;

export const R16: Scenario = {
  id: "R16",
  title: "From a pane's close to a freeze at the gatekeeper",
  pass: "at 5,000 events/s on two cores: median under 0.5 s, 99th percentile under 3 s",
  forms: {
    short: "1,000 events/s, 12 lanes, panes of 2 s",
    full: "5,000 events/s, 96 lanes, panes of 5 s; four lanes more breach with each pane until each is frozen once",
  },
  broker: "shared",
  run,
};

async function run(rig: Rig, form: Form): Promise<ScenarioResult> {
  const { eventsPerS, paneMs, lanes: count, lanesAPane } = FORMS[form];
  const figures = new Figures(form);
  const lanes = Array.from({ length: count }, (_, i) => `lane-${i}`);
  await rig.start({
    policy: { paneMs, latenessMs: LATENESS_MS },
    lane: { decisionMs: paneMs, decisionTextsMin: TEXTS_MIN },
    rules: BREACH_RULES,
  });
  const startPane = Math.ceil((Date.now() + paneMs) / paneMs);
  const breaches = (lane: string, eventMs: number): boolean => {
    const from = startPane + Math.floor(lanes.indexOf(lane) / lanesAPane);
    return Math.floor(eventMs / paneMs) >= from;
  };
  const load = await rig.load({
    eventsPerS,
    lanes,
    interactionPercent: 5,
    outcomePercent: 45,
    bendSample: (sample, n) => (breaches(sample.lane, sample.eventTime) ? copied(sample, n) : sample),
    bendOutcome: (outcome) => (breaches(outcome.lane, outcome.eventTime) ? unresolved(outcome) : outcome),
  });
  const panes = Math.ceil(count / lanesAPane) + 4;
  await rig.pass(startPane * paneMs - Date.now() + panes * paneMs);
  await load.stop();
  await drained(rig);
  const freezes = await freezesOf(rig);
  const fromRow = freezes.map(({ rowMs, seenMs }) => (seenMs - rowMs) / 1_000);
  const fromClose = freezes.map(({ closeMs, seenMs }) => (seenMs - closeMs) / 1_000);
  const fromEnd = freezes.map(({ endMs, seenMs }) => (seenMs - endMs) / 1_000);
  figures.tell("events", load.total, "events");
  figures.tell("events not made, since the broker took no more", load.skipped, "events");
  figures.hold("lanes frozen", freezes.length, "lanes", "=", count);
  figures.holdTime(
    "close to gate at the gatekeeper, median",
    quantile(fromClose, 0.5),
    "s",
    "<",
    MEDIAN_S_MAX,
  );
  figures.holdTime(
    "close to gate at the gatekeeper, 99th percentile",
    quantile(fromClose, 0.99),
    "s",
    "<",
    P99_S_MAX,
  );
  figures.tell("window row to gate at the gatekeeper, median", quantile(fromRow, 0.5), "s");
  figures.tell("window row to gate at the gatekeeper, 99th percentile", quantile(fromRow, 0.99), "s");
  figures.tell("end of the pane to gate at the gatekeeper, median", quantile(fromEnd, 0.5), "s");
  figures.note(
    "By append times. Close: the record or tick by which the last of the topic-partitions that feed the pane passed its end and the lateness bound. Window row: the last row of the decision window that froze. Gate: the first input cut of the gatekeeper, in the lane's partition, that names a gate revision at or above the freeze's.",
  );
  figures.note(
    `The end of the pane lies before its close by the lateness bound of ${LATENESS_MS} ms and, in silent topics, by the wait for the next tick.`,
  );
  return figures.result("R16", form);
}

interface Freeze {
  readonly endMs: number;
  readonly closeMs: number;
  readonly rowMs: number;
  readonly seenMs: number;
}

async function freezesOf(rig: Rig): Promise<readonly Freeze[]> {
  const decisions = (await rig.log.values("decisions")).map(({ record }) => record);
  const gates = (await rig.log.values("gates")).map(({ record }) => record);
  const rows = await rig.log.values("windows");
  const cuts = await cutsOf(rig);
  const marks = new Map<string, readonly Mark[]>();
  for (const topic of MONITOR_TOPICS) {
    for (let partition = 0; partition < rig.partitions; partition += 1) {
      marks.set(`${topic}/${partition}`, await watermarksOf(rig, topic, partition));
    }
  }
  return decisions.filter(({ to, from }) => to === "frozen" && from !== "frozen").map(freezeOf);

  function freezeOf(decision: DecisionRecord): Freeze {
    const own = rows.filter(
      ({ record }) =>
        record.lane === decision.lane &&
        record.window === decision.window &&
        record.endMs === decision.windowEndMs,
    );
    const last = own.at(-1);
    const gate = gates.find(({ decisionId }) => decisionId === decision.decisionId);
    const partition = last?.at.partition ?? -1;
    const cut = cuts.get(partition)?.find(({ revision }) => revision >= (gate?.revision ?? Number.NaN));
    if (last === undefined || gate === undefined || cut === undefined) {
      throw new Error(`the freeze ${decision.decisionId} of ${decision.lane} cannot be followed`);
    }
    const passed = decision.windowEndMs + LATENESS_MS;
    const closings = MONITOR_TOPICS.map(
      (topic) =>
        marks.get(`${topic}/${partition}`)!.find(({ watermarkMs }) => watermarkMs >= passed)?.appendMs,
    );
    return {
      endMs: decision.windowEndMs,
      closeMs: Math.max(...closings.map((ms) => ms ?? Number.NaN)),
      rowMs: last.at.appendMs,
      seenMs: cut.appendMs,
    };
  }
}

/** The gatekeeper's cuts of each partition, in order. */
async function cutsOf(
  rig: Rig,
): Promise<ReadonlyMap<number, readonly { readonly revision: number; readonly appendMs: number }[]>> {
  const cuts = new Map<number, { revision: number; appendMs: number }[]>();
  await rig.log.each("admitted", ({ partition, appendMs, headers }) => {
    const revision = gateRevisionOf(headers);
    if (revision < 0) return;
    const own = cuts.get(partition);
    if (own === undefined) cuts.set(partition, [{ revision, appendMs }]);
    else own.push({ revision, appendMs });
  });
  return cuts;
}

interface Mark {
  readonly watermarkMs: number;
  readonly appendMs: number;
}

/** Each rise of a topic-partition's watermark, by law 1: in `admitted` and `quarantined` only ticks move it. */
async function watermarksOf(
  rig: Rig,
  topic: (typeof MONITOR_TOPICS)[number],
  partition: number,
): Promise<readonly Mark[]> {
  const ticked = topic === "admitted" || topic === "quarantined";
  const rises: Mark[] = [];
  let watermarkMs = 0;
  for (const record of await rig.log.partition([topic], partition)) {
    const named = ticked && record.value !== null ? null : eventMsOf(rig, topic, record);
    if (named === null) continue;
    const risen = Math.min(named, record.appendMs);
    if (risen <= watermarkMs) continue;
    watermarkMs = risen;
    rises.push({ watermarkMs, appendMs: record.appendMs });
  }
  return rises;
}

/** Event time a record names; a tick names one, or its append time. null where it names none. */
function eventMsOf(rig: Rig, topic: (typeof MONITOR_TOPICS)[number], record: LogRecord): number | null {
  const tick = record.headers[TICK_HEADER];
  if (tick !== undefined) return tick === "append" ? record.appendMs : Number(tick);
  if (record.value === null) return null;
  const decoded = rig.codec.decodeGeneric(topic, record.value);
  return decoded.ok ? Number(decoded.record.eventTime) : null;
}
