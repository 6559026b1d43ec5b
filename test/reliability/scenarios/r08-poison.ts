/** Poison among good records: all of it is set aside with place and reason, and good records pay next to nothing. */
import type { OutgoingRecord } from "../../../services/ports.ts";
import { SyntheticTexts } from "../../support/synthetic-texts.ts";
import { checkExact } from "../check-exact.ts";
import { drained } from "../drained.ts";
import type { Rig } from "../rig.ts";
import { Figures, type Form, type Scenario, type ScenarioResult } from "../scenario.ts";

const FORMS = {
  short: { eventsPerS: 1_000, seconds: 5, backlog: 0 },
  full: { eventsPerS: 5_000, seconds: 60, backlog: 300_000 },
} as const;
/** One record in so many is poison. */
const POISON_EVERY = 100;
const SEND_EVERY_MS = 50;
const LANES = ["a", "b", "c", "d"];
const MIB = 2 ** 20;
const BATCH_RECORDS = 1_000;
const LOSS_PERCENT_MAX = 10;

export const R8: Scenario = {
  id: "R8",
  title: "Poison among good records",
  pass: "all of it in `rejected` with reason, offset and headers; under 10 % of throughput lost; memory grows by less than 100 MB",
  forms: {
    short: "1,000 events/s for 5 s and 1 % poison; throughput is not measured",
    full: "5,000 events/s for 60 s and 1 % poison; then the cost of two backlogs of 300,000",
  },
  broker: "shared",
  run,
};

async function run(rig: Rig, form: Form): Promise<ScenarioResult> {
  const { eventsPerS, seconds, backlog } = FORMS[form];
  const figures = new Figures(form);
  const random = rig.random("poison");
  await rig.start();
  const topic = rig.names.full("samples");
  const writer = await rig.log.writer();
  let poisoned = 0;

  /** A sound record as others would write it, to be damaged. */
  const sound = rig.codec.encode("samples", {
    id: "damaged",
    eventTime: Date.now(),
    lane: "a",
    origin: "model_generated" as const,
    output: "A text that nobody will read.",
  });
  const kinds: readonly (() => Uint8Array)[] = [
    () => Uint8Array.from({ length: 1 + random.below(400) }, () => random.below(256)),
    () => Buffer.concat([Buffer.of(0, 0x7f, 0xff, 0xff, 0xff), sound.subarray(5)]),
    () => sound.subarray(0, sound.length - 1 - random.below(sound.length - 6)),
    // An array that announces 50 million items, of which none comes.
    () => Buffer.concat([sound.subarray(0, 5), Buffer.of(0x80, 0xc2, 0xd7, 0x2f), sound.subarray(5)]),
  ];
  const poison = (): OutgoingRecord => {
    poisoned += 1;
    const value = kinds[poisoned % kinds.length]!();
    const headers = { sender: `poisoner ${poisoned}` };
    return { topic, partition: null, key: LANES[poisoned % LANES.length]!, value, headers };
  };

  const load = await rig.load({ eventsPerS, lanes: LANES });
  await rig.pass(1_500);
  const before = await Promise.all(["gatekeeper", "monitor"].map((as) => rig.processFigures(as)));
  const each = Math.max(1, Math.round((eventsPerS * SEND_EVERY_MS) / 1_000 / POISON_EVERY));
  const untilMs = performance.now() + seconds * 1_000;
  while (performance.now() < untilMs) {
    await writer.write(Array.from({ length: each }, poison));
    await rig.pass(SEND_EVERY_MS);
  }
  await load.stop();
  await drained(rig);
  const after = await Promise.all(["gatekeeper", "monitor"].map((as) => rig.processFigures(as)));
  const grownBytes = Math.max(...after.map(({ rssPeakBytes }, i) => rssPeakBytes - before[i]!.rssBytes));

  const rejected = await rig.log.values("rejected");
  const complete = rejected.filter(
    ({ record }) => record.code !== "" && record.topic === topic && record.offset >= 0,
  );
  const senders = new Set(complete.map(({ record }) => record.headers.sender));
  const places = new Set(complete.map(({ record }) => `${record.partition}/${record.offset}`));
  figures.tell("events", load.total, "events");
  figures.tell("records of poison", poisoned, "records");
  figures.hold("poison set aside with code and offset", places.size - poisoned, "less poison sent", "=", 0);
  figures.hold("poison set aside with its own header", senders.size - poisoned, "less poison sent", "=", 0);
  figures.hold("poison set aside twice", rejected.length - places.size, "records", "=", 0);
  figures.hold("growth of memory, larger of gatekeeper and monitor", grownBytes / MIB, "MiB", "<", 100);
  figures.tell("kinds of reasons", new Set(rejected.map(({ record }) => record.code)).size, "codes");
  figures.note(
    "Poison: random bytes, an unknown schema id, truncated, an array that announces 50 million items.",
  );

  if (backlog > 0) {
    const clean = await backlogCost(rig, "clean", backlog, () => null);
    const mixed = await backlogCost(rig, "mixed", backlog, (n) => (n % POISON_EVERY === 0 ? poison() : null));
    figures.tell("gatekeeper, clean backlog", clean, "µs of CPU a record");
    figures.tell("gatekeeper, 1 % poison", mixed, "µs of CPU a record");
    figures.hold("throughput lost to poison", 100 * (1 - clean / mixed), "%", "<", LOSS_PERCENT_MAX);
    // Events after the backlogs: when their panes are closed, so are those of the backlogs.
    const last = await rig.load({ eventsPerS: 100, lanes: LANES, idPrefix: "last" });
    await rig.pass(500);
    await last.stop();
    await drained(rig);
  }
  await writer.close();
  await checkExact(rig, figures);
  return figures.result("R8", form);
}

/**
 * CPU time of the gatekeeper per record of a backlog, in µs: written while it is down, worked off by a new process, whose
 * start over an empty backlog is taken off. `instead` puts another record in the place of the n-th good one.
 */
async function backlogCost(
  rig: Rig,
  name: string,
  records: number,
  instead: (n: number) => OutgoingRecord | null,
): Promise<number> {
  const texts = new SyntheticTexts(rig.random(name));
  const good = (n: number): OutgoingRecord => {
    const lane = LANES[n % LANES.length]!;
    const id = `${name}-${n}`;
    const sample = {
      id,
      eventTime: Date.now(),
      lane,
      origin: "model_generated" as const,
      output: `${texts.text(60)} ${id}`,
    };
    return {
      topic: rig.names.full("samples"),
      partition: null,
      key: lane,
      value: rig.codec.encode("samples", sample),
    };
  };
  await rig.stopService("gatekeeper");
  await rig.startService("gatekeeper");
  await drained(rig);
  const idleS = (await rig.processFigures("gatekeeper")).cpuSeconds;
  await rig.stopService("gatekeeper");
  const writer = await rig.log.writer();
  for (let from = 0; from < records; from += BATCH_RECORDS) {
    const count = Math.min(BATCH_RECORDS, records - from);
    await writer.write(Array.from({ length: count }, (_, i) => instead(from + i) ?? good(from + i)));
  }
  await writer.close();
  await rig.startService("gatekeeper");
  await drained(rig);
  const busyS = (await rig.processFigures("gatekeeper")).cpuSeconds;
  return ((busyS - idleS) * 1e6) / records;
}
