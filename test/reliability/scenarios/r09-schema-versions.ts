/** Three versions of the producers' schemas at once, over services that were upgraded while v1 went on; then all of it again. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Codec, createCodec, type RecordOf } from "../../../services/adapters/avro/codec.ts";
import { createRecordDecoder } from "../../../services/adapters/avro/decode-record.ts";
import { loadSchemas } from "../../../services/adapters/avro/schemas.ts";
import { RUN_SERVICES } from "../../../services/runtime/embedded-run.ts";
import { publishedPolicy, readReferencesTopic } from "../../../services/runtime/policy-topic.ts";
import { describeComparison, replay } from "../../../services/runtime/replay/replay.ts";
import { equal } from "../../../services/runtime/replay/row-set.ts";
import { copySchemas, editReleased, type FieldJson, releaseNext } from "../../support/evolved-schemas.ts";
import { checkExact } from "../check-exact.ts";
import { drained } from "../drained.ts";
import { LOAD_TOPICS, type LoadTopic } from "../load.ts";
import type { Rig } from "../rig.ts";
import { Figures, type Form, type Scenario, type ScenarioResult } from "../scenario.ts";

const FORMS = {
  short: { eventsPerS: 300, secondsEach: 2, oneByOne: false },
  full: { eventsPerS: 1_500, secondsEach: 20, oneByOne: true },
} as const;
const LANES = ["a", "b", "c", "d"];
const ROOT = join(import.meta.dirname, "../../..");

export const R9: Scenario = {
  id: "R9",
  title: "Three schema versions live, and replayed",
  pass: "v1, v2, v3 live, mixed producers, replay from 0: no decode failure; an incompatible change fails the check",
  forms: {
    short: "300 events/s a version; services upgraded at once under v1, then v2 and v3 join for 2 s",
    full: "1,500 events/s a version; services upgraded one by one, 20 s a step",
  },
  broker: "shared",
  run,
};

const field = (name: string, type: FieldJson["type"], otherwise: unknown): FieldJson => ({
  name,
  type,
  default: otherwise,
  doc: "Of a later release.",
});

/** v2 adds a nullable field at the end; v3 puts a list first and turns the order round, which only names can tell. */
function release(directory: string, versions: 2 | 3): string {
  copySchemas(directory);
  for (const topic of LOAD_TOPICS) {
    releaseNext(directory, topic, (fields) => [...fields, field("batch", ["null", "string"], null)]);
    if (versions === 2) continue;
    releaseNext(directory, topic, (fields) => [
      field("marks", { type: "array", items: "string" }, []),
      ...fields.slice(-1),
      ...fields.slice(0, -1),
    ]);
  }
  return directory;
}

async function run(rig: Rig, form: Form): Promise<ScenarioResult> {
  const { eventsPerS, secondsEach, oneByOne } = FORMS[form];
  const figures = new Figures(form);
  const dirs = [release(join(rig.home, "schemas-2"), 2), release(join(rig.home, "schemas-3"), 3)] as const;
  const newest = createCodec({ schemas: loadSchemas(dirs[1]) });
  const codecs = [createCodec(), createCodec({ schemas: loadSchemas(dirs[0]) }), newest];
  const letThrough = wrongChangesLetThrough(rig.home);

  await rig.start();
  const producer = (version: 1 | 2 | 3) =>
    rig.load({ eventsPerS, lanes: LANES, idPrefix: `v${version}`, encode: encoder(codecs[version - 1]!) });
  const loads = [await producer(1)];
  await rig.pass(secondsEach * 1_000);
  // Readers first: what is not upgraded yet sees v1 alone.
  const upgrades = RUN_SERVICES.map((service) => async () => {
    await rig.stopService(service);
    await rig.startService(service, service, { env: { PLUMBLINE_SCHEMAS: dirs[1] } });
  });
  if (oneByOne) for (const upgrade of upgrades) await upgrade();
  else await Promise.all(upgrades.map((upgrade) => upgrade()));
  rig.codec = newest;
  loads.push(await producer(2), await producer(3));
  await rig.pass(secondsEach * 1_000);
  await Promise.all(loads.map((load) => load.stop()));
  await drained(rig);

  loads.forEach((load, i) => {
    figures.tell(`events of v${i + 1}`, load.total, "events");
  });
  figures.hold(
    "versions on the wire",
    (await idsOnTheWire(rig)).size,
    "schema ids",
    "=",
    3 * LOAD_TOPICS.length,
  );
  const rejected = (await rig.log.values("rejected")).map(({ record }) => record.code);
  figures.hold("records set aside as not readable", rejected.length, "records", "=", 0);
  if (rejected.length > 0) figures.note(`set aside: ${[...new Set(rejected)].join(", ")}`);
  await checkExact(rig, figures);
  const replayed = await replayDifferences(rig);
  figures.hold("kinds of rows that a replay from 0 gives otherwise", replayed.length, "kinds", "=", 0);
  for (const difference of replayed) figures.note(difference);
  figures.hold(
    "incompatible changes that the check let through",
    (await letThrough).length,
    "changes",
    "=",
    0,
  );
  for (const change of await letThrough) figures.note(`let through: ${change}`);
  figures.note(
    "Readers are upgraded before writers: an id that nobody knows yet is set aside as schema_unknown.",
  );
  return figures.result("R9", form);
}

/** Writes as one version does; fields it does not know are dropped. */
function encoder(
  codec: Codec,
): <T extends LoadTopic>(topic: T, record: RecordOf<T>, n: number) => Uint8Array {
  return (topic, record, n) => codec.encode(topic, { ...record, batch: `b${n}`, marks: ["late", "checked"] });
}

async function idsOnTheWire(rig: Rig): Promise<ReadonlySet<number>> {
  const ids = new Set<number>();
  for (const topic of LOAD_TOPICS) {
    await rig.log.each(topic, ({ value }) => {
      if (value !== null) ids.add(Buffer.from(value).readUInt32BE(1));
    });
  }
  return ids;
}

async function replayDifferences(rig: Rig): Promise<readonly string[]> {
  const { codec, names, catalogue } = rig;
  const { log } = rig.log;
  const content = await readReferencesTopic(log, codec, names.prefix);
  const decode = createRecordDecoder(codec, names.prefix);
  const published = publishedPolicy(content!);
  const comparisons = await replay({ log, codec, names, catalogue, decode, published }, () => {});
  if (comparisons[0]!.recorded === 0) throw new Error("no windows were replayed");
  return comparisons.filter((comparison) => !equal(comparison)).map(describeComparison);
}

/** Ways to break the schemas, and what the check must say. */
const WRONG_CHANGES: readonly (readonly [string, (directory: string) => void, RegExp])[] = [
  [
    "an edit under a released id",
    (directory) =>
      editReleased(directory, "samples", '"output", "type": "string"', '"output", "type": "bytes"'),
    /samples\.avsc is released as id/,
  ],
  [
    "a new field without default",
    (directory) =>
      releaseNext(directory, "samples", (fields) => [
        ...fields,
        { name: "mood", type: "string", doc: "Mood." },
      ]),
    /samples v1 cannot be read as v2/,
  ],
  [
    "a field renamed",
    (directory) =>
      releaseNext(directory, "outcomes", (fields) =>
        fields.map((one) => (one.name === "interactionId" ? { ...one, name: "useId" } : one)),
      ),
    /outcomes v1 cannot be read as v2/,
  ],
  [
    "another type",
    (directory) =>
      releaseNext(directory, "interactions", (fields) =>
        fields.map((one) => (one.name === "response" ? { ...one, type: "long" } : one)),
      ),
    /interactions v1 cannot be read as v2/,
  ],
];

/** Runs the step of `make check` that guards schemas on each wrong change; those that it lets through. */
async function wrongChangesLetThrough(home: string): Promise<readonly string[]> {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
  const passed: string[] = [];
  for (const [i, [name, change, said]] of WRONG_CHANGES.entries()) {
    const directory = join(home, `schemas-wrong-${i}`);
    copySchemas(directory);
    change(directory);
    const step = [join(ROOT, "services/print/print-types.ts"), "--check", "--schemas", directory];
    const child = spawn(process.execPath, ["--import", tsx, ...step], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let text = "";
    child.stderr.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
    const [code] = (await once(child, "close")) as [number | null];
    if (code !== 1 || !said.test(text)) passed.push(`${name}: exit ${code}, ${text.trim()}`);
  }
  return passed;
}
