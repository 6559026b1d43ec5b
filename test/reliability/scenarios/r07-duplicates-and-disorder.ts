/** Producers that repeat themselves, mix up their order and come too late: every window is exact, and what is late is kept. */
import type { RecordOf } from "../../../services/adapters/avro/codec.ts";
import { checkExact } from "../check-exact.ts";
import { drained } from "../drained.ts";
import { LOAD_TOPICS, type LoadTopic } from "../load.ts";
import type { Rig } from "../rig.ts";
import { Figures, type Form, type Scenario, type ScenarioResult } from "../scenario.ts";
import { watermarked } from "../watermarked.ts";

const FORMS = {
  short: { eventsPerS: 800, seconds: 6 },
  full: { eventsPerS: 4_000, seconds: 60 },
} as const;

/** As in the criterion, per cent of all events. */
const REPEATED = 10;
const DISORDERED = 5;
const LATER = 1;
const LATENESS_MS = 1_000;
/** Events a producer may send again; it repeats what it sent lately. */
const RECENT_MAX = 500;

export const R7: Scenario = {
  id: "R7",
  title: "Duplicates, disorder and late events",
  pass: "10 % duplicates, 5 % disorder within lateness, 1 % later: exact; late counted and set aside",
  forms: {
    short: "800 events/s for 6 s; panes of 2 s, lateness 1 s",
    full: "4,000 events/s for 60 s; panes of 2 s, lateness 1 s",
  },
  broker: "shared",
  run,
};

async function run(rig: Rig, form: Form): Promise<ScenarioResult> {
  const { eventsPerS, seconds } = FORMS[form];
  const figures = new Figures(form);
  const random = rig.random("bends");
  const repeats: Record<LoadTopic, number> = { samples: 0, interactions: 0, outcomes: 0 };
  let disordered = 0;
  let later = 0;

  /** Each topic has its own past. */
  function bender<T extends LoadTopic>(
    topic: T,
  ): (event: RecordOf<T> & { eventTime: number }) => RecordOf<T> {
    const recent: RecordOf<T>[] = [];
    return (event) => {
      const drawn = random.below(100);
      if (drawn < REPEATED && recent.length > 0) {
        repeats[topic] += 1;
        return recent[random.below(recent.length)]!;
      }
      let { eventTime } = event;
      if (drawn < REPEATED + DISORDERED) {
        disordered += 1;
        eventTime -= random.below(LATENESS_MS);
      } else if (drawn < REPEATED + DISORDERED + LATER) {
        later += 1;
        eventTime -= 5 * LATENESS_MS + random.below(600_000);
      }
      const bent = { ...event, eventTime };
      if (recent.length < RECENT_MAX) recent.push(bent);
      else recent[random.below(RECENT_MAX)] = bent;
      return bent;
    };
  }

  await rig.start({ policy: { latenessMs: LATENESS_MS } });
  const lanes = ["a", "b", "c", "d"];
  // Without a watermark nothing is late: sound events come first.
  const sound = await rig.load({ eventsPerS: 100, lanes, idPrefix: "sound" });
  await watermarked(rig);
  const load = await rig.load({
    eventsPerS,
    lanes,
    bendSample: bender("samples"),
    bendInteraction: bender("interactions"),
    bendOutcome: bender("outcomes"),
  });
  await rig.pass(seconds * 1_000);
  await Promise.all([load.stop(), sound.stop()]);
  await drained(rig);

  const repeated = LOAD_TOPICS.reduce((sum, topic) => sum + repeats[topic], 0);
  figures.tell("events", load.total, "events");
  figures.tell("events written again", (100 * repeated) / load.total, "%");
  figures.tell("events out of order, within lateness", (100 * disordered) / load.total, "%");
  figures.tell("events later than that", (100 * later) / load.total, "%");
  const counted = await countedBeside(rig);
  figures.hold("late events counted, beyond those written late", counted.late - later, "events", ">=", 0);
  figures.tell("repeats counted beside n", counted.repeated, "events");
  const caught = await rig.sql(
    "SELECT toFloat64(count()) AS n FROM samples WHERE has(reasons, 'duplicate_id')",
  );
  figures.hold(
    "repeated samples caught, less those written",
    Number(caught[0]!.n) - repeats.samples,
    "",
    "=",
    0,
  );
  figures.note(
    "an event written again after more than the lateness bound is late, too: so more are late than were written late",
  );
  await checkExact(rig, figures, { repeats });
  return figures.result("R7", form);
}

/** What the panes count beside n: of the samples as they arrive, and of real use. */
async function countedBeside(rig: Rig): Promise<{ late: number; repeated: number }> {
  let late = 0;
  let repeated = 0;
  for (const { record } of await rig.log.values("windows")) {
    if (record.window !== "pane" || record.stage === "admitted") continue;
    if (record.segment === "all") late += record.late;
    repeated += record.repeated;
  }
  return { late, repeated };
}
