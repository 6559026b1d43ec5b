/** Every service upgraded under load, one after the other, with windows open; then state that a newer release left is refused. */
import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import type { ReadRecordOf } from "../../../services/adapters/avro/codec.ts";
import { GATEKEEPER_MEMORY } from "../../../services/core/gatekeeper/gatekeeper.ts";
import { encodeMemorySegment } from "../../../services/core/gatekeeper/memory-segment.ts";
import { GOVERNOR_CLOCK } from "../../../services/core/governor/restore-governor.ts";
import { MONITOR_CHECKPOINT } from "../../../services/core/monitor/checkpoint.ts";
import type { TopicName } from "../../../services/core/topics.ts";
import type { RunService } from "../../../services/runtime/embedded-run.ts";
import { readCompacted } from "../../../services/runtime/read-partition.ts";
import { checkExact } from "../check-exact.ts";
import { drained } from "../drained.ts";
import { caughtUp } from "../lag.ts";
import type { Rig } from "../rig.ts";
import { runToEnd } from "../run-to-end.ts";
import { Figures, type Form, type Scenario, type ScenarioResult } from "../scenario.ts";

const FORMS = {
  short: { eventsPerS: 300, rounds: 1 },
  full: { eventsPerS: 2_000, rounds: 5 },
} as const;
const LAG_MS = 1_000;
const BACK_MS_MAX = 90_000;
/** Who reads is upgraded before who writes what it reads. */
const ORDER: readonly RunService[] = ["recorder", "governor", "monitor", "gatekeeper"];
const NEWER_FORMAT = 2;
const NEWER_SCHEMA = 9_001;
/** Written by services alone: whoever commits anything writes to one of them. */
const WRITTEN_BY_SERVICES = [
  "admitted",
  "quarantined",
  "windows",
  "series",
  "panes",
  "state",
  "verdicts",
  "decisions",
  "gates",
  "commands",
  "rejected",
] as const satisfies readonly TopicName[];
const STORE_COMMAND = join(import.meta.dirname, "../store-command.ts");
const MUTATION = "SETTINGS mutations_sync = 1";

export const R18: Scenario = {
  id: "R18",
  title: "Upgrade with open windows, and downgrade",
  pass: "0 loss; a downgrade is refused with an explicit error, before anything is committed",
  forms: {
    short: "300 events/s; every service upgraded once, then six starts over the state of a newer release",
    full: "2,000 events/s; every service upgraded five times, then six starts over the state of a newer release",
  },
  broker: "shared",
  tier: "chaos",
  run,
};

/** State as another release would leave it, and as it was. */
interface Planted {
  undo(): Promise<void>;
}

interface Downgrade {
  readonly service: RunService;
  readonly what: string;
  readonly plant: () => Promise<Planted>;
  /** Both versions, as the service must name them. */
  readonly names: RegExp;
}

async function run(rig: Rig, form: Form): Promise<ScenarioResult> {
  const { eventsPerS, rounds } = FORMS[form];
  const figures = new Figures(form);
  await rig.start({ lane: { decisionMs: 20_000 } });
  const load = await rig.load({ eventsPerS, lanes: ["a", "b", "c", "d"] });
  await caughtUp(rig, "monitor", LAG_MS, BACK_MS_MAX);
  await rig.until("panes of open windows are kept", async () => (await openPanes(rig)) > 0);

  let older = 0;
  let openMin = Number.POSITIVE_INFINITY;
  let badExits = 0;
  for (let round = 0; round < rounds; round += 1) {
    for (const service of ORDER) {
      const { code } = await rig.stopService(service);
      if (code !== 0) badExits += 1;
      openMin = Math.min(openMin, await openPanes(rig));
      older += await asOlderReleaseLeftIt(rig, service);
      await rig.startService(service);
    }
  }
  await caughtUp(rig, "monitor", LAG_MS, BACK_MS_MAX);
  figures.hold("panes of open windows kept at each upgrade, fewest", openMin, "panes", ">=", 1);
  figures.tell("checkpoints read from their earlier form", older, "checkpoints");
  figures.hold("ends with another exit code than 0", badExits, "ends", "=", 0);
  rig.say("upgraded; now the downgrade");

  await rig.standStill();
  await rig.stopService("recorder");
  const attempts = downgrades(rig);
  let refused = 0;
  let committed = 0;
  for (const attempt of attempts) {
    const planted = await attempt.plant();
    const before = await committedSoFar(rig);
    const { code, text } = await runToEnd(rig, attempt.service);
    const explicit = attempt.names.test(text) && /a newer Plumbline wrote it\. Start that release/.test(text);
    if (code === 1 && explicit) refused += 1;
    else figures.note(`${attempt.what}: exit code ${code}, ${text.trim().split("\n").at(-2)}`);
    if ((await committedSoFar(rig)) !== before) {
      committed += 1;
      figures.note(`${attempt.what}: something was committed`);
    }
    await planted.undo();
    rig.say(`${attempt.what}: exit code ${code}`);
  }
  figures.tell("starts over the state of a newer release", attempts.length, "starts");
  figures.hold("refused with exit code 1, naming both versions", refused, "starts", "=", attempts.length);
  figures.hold("starts that committed anything", committed, "starts", "=", 0);
  await Promise.all(ORDER.map((service) => rig.startService(service)));
  await caughtUp(rig, "monitor", LAG_MS, BACK_MS_MAX);
  await load.stop();
  await drained(rig);
  figures.tell("events", load.total, "events");
  figures.note(
    "Nothing was ever released, so no older program can be run: an upgrade is a stop, state rewritten in the form without format numbers, and a start of this release. A newer release's state is this one's with a higher number in its place.",
  );
  await checkExact(rig, figures);
  return figures.result("R18", form);
}

/** Keys in the changelog of the first loaded partition: panes that longer windows, still open, need. */
async function openPanes(rig: Rig): Promise<number> {
  return (await readCompacted(rig.log.log, rig.names.full("panes"), loaded(rig))).size;
}

function loaded(rig: Rig): number {
  return rig.loadedPartitions()[0]!;
}

/** Takes the numbers out of a stopped service's checkpoints; how many there were. */
async function asOlderReleaseLeftIt(rig: Rig, service: RunService): Promise<number> {
  if (service !== "monitor" && service !== "governor") return 0;
  const withoutNumber = (body: Uint8Array): Uint8Array => {
    const { format: _, ...rest } = JSON.parse(Buffer.from(body).toString()) as Record<string, unknown>;
    return Buffer.from(JSON.stringify(rest));
  };
  let count = 0;
  for (const partition of service === "governor" ? [0] : rig.loadedPartitions()) {
    // The governor's chain is a hash alone.
    const wanted = (key: string) => key.startsWith(`${service}/${partition}/`) && !key.endsWith("/chain");
    count += (await rewritten(rig, "state", partition, wanted, withoutNumber)).count;
  }
  return count;
}

/** Writes own records of a stopped service again, their bodies changed. */
async function rewritten(
  rig: Rig,
  topic: "state" | "panes",
  partition: number,
  wanted: (key: string) => boolean,
  change: (body: Uint8Array) => Uint8Array,
): Promise<Planted & { readonly count: number }> {
  const full = rig.names.full(topic);
  const found = [...(await readCompacted(rig.log.log, full, partition))].filter(([key]) => wanted(key));
  await write(
    rig,
    found.map(([key, value]) => {
      const decoded = rig.codec.decodeGeneric(topic, value);
      if (!decoded.ok) throw new Error(`${key}: ${decoded.detail}`);
      const record = decoded.record as ReadRecordOf<"state">;
      const changed = rig.codec.encode(topic, { ...record, body: Buffer.from(change(record.body)) } as never);
      return { topic: full, partition, key, value: changed };
    }),
  );
  return {
    count: found.length,
    undo: () =>
      write(
        rig,
        found.map(([key, value]) => ({ topic: full, partition, key, value })),
      ),
  };
}

interface Written {
  readonly topic: string;
  readonly partition: number;
  readonly key: string;
  readonly value: Uint8Array | null;
}

async function write(rig: Rig, records: readonly Written[]): Promise<void> {
  const writer = await rig.log.writer();
  await writer.write(records);
  await writer.close();
}

/** Ends of what services write and offsets of their groups, as one text. */
async function committedSoFar(rig: Rig): Promise<string> {
  const { log, connection } = rig;
  const ends = await Promise.all(WRITTEN_BY_SERVICES.map((topic) => log.watermarks(topic)));
  const offsets = await Promise.all([
    log.committed(connection, "gatekeeper", "samples"),
    log.committed(connection, "monitor", "admitted"),
    log.committed(connection, "monitor", "interactions"),
    log.committed(connection, "governor", "windows"),
    log.committed(connection, "governor", "commands"),
  ]);
  return JSON.stringify({ ends: ends.flat().map(({ high }) => high), offsets });
}

function downgrades(rig: Rig): readonly Downgrade[] {
  const partition = loaded(rig);
  const checkpoint = `monitor/${partition}/${MONITOR_CHECKPOINT}`;
  const numbered = (body: Uint8Array): Uint8Array =>
    Buffer.from(
      JSON.stringify({ ...(JSON.parse(Buffer.from(body).toString()) as object), format: NEWER_FORMAT }),
    );
  const formats = (what: string): RegExp =>
    new RegExp(`${what} has format ${NEWER_FORMAT}, this release reads format 1`);
  return [
    {
      service: "monitor",
      what: "the monitor's checkpoint of a newer format",
      plant: () => rewritten(rig, "state", partition, (key) => key === checkpoint, numbered),
      names: formats("the monitor's checkpoint"),
    },
    {
      service: "monitor",
      what: "the monitor's checkpoint under a newer schema",
      plant: () => underNewerSchema(rig, partition, checkpoint),
      names: new RegExp(
        `schema id ${NEWER_SCHEMA} is not one of state; this release writes ${rig.codec.wireId("state")}`,
      ),
    },
    {
      service: "monitor",
      what: "closed panes of a newer format",
      plant: () =>
        rewritten(
          rig,
          "panes",
          partition,
          () => true,
          (body) => body.with(0, NEWER_FORMAT),
        ),
      names: formats("pane state"),
    },
    {
      service: "gatekeeper",
      what: "the gatekeeper's memory of a newer format",
      plant: () => newerMemory(rig, partition),
      names: formats("a memory segment of the gatekeeper"),
    },
    {
      service: "governor",
      what: "the governor's checkpoint of a newer format",
      plant: () => rewritten(rig, "state", 0, (key) => key === `governor/0/${GOVERNOR_CLOCK}`, numbered),
      names: formats("the governor's checkpoint"),
    },
    {
      service: "recorder",
      what: "a newer migration of the store",
      plant: () => newerMigration(rig),
      names: /the store has migration 9999_newer\.sql, this release ends with \d{4}_\w+\.sql/,
    },
  ];
}

async function underNewerSchema(rig: Rig, partition: number, key: string): Promise<Planted> {
  const topic = rig.names.full("state");
  const value = (await readCompacted(rig.log.log, topic, partition)).get(key);
  if (value === undefined) throw new Error(`there is no ${key}`);
  const newer = Buffer.from(value);
  newer.writeUInt32BE(NEWER_SCHEMA, 1);
  await write(rig, [{ topic, partition, key, value: newer }]);
  return { undo: () => write(rig, [{ topic, partition, key, value }]) };
}

/** A segment is written every 50,000 samples: a newer release's is put beside whatever there is. */
async function newerMemory(rig: Rig, partition: number): Promise<Planted> {
  const name = `${GATEKEEPER_MEMORY}newer`;
  const topic = rig.names.full("state");
  const key = `gatekeeper/${partition}/${name}`;
  const body = encodeMemorySegment({ number: 0, from: 0, to: 0, words: new Uint32Array(0) });
  const record = { service: "gatekeeper", partition, name, body: Buffer.from(body.with(0, NEWER_FORMAT)) };
  await write(rig, [{ topic, partition, key, value: rig.codec.encode("state", record) }]);
  return { undo: () => write(rig, [{ topic, partition, key, value: null }]) };
}

async function newerMigration(rig: Rig): Promise<Planted> {
  await inStore(
    rig,
    "INSERT INTO migrations (number, name, checksum) SELECT 9999, '9999_newer.sql', repeat('0', 64)",
  );
  return { undo: () => inStore(rig, `ALTER TABLE migrations DELETE WHERE number = 9999 ${MUTATION}`) };
}

async function inStore(rig: Rig, statement: string): Promise<void> {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
  await promisify(execFile)(process.execPath, [
    "--import",
    tsx,
    STORE_COMMAND,
    join(rig.home, "clickhouse"),
    statement,
  ]);
}
