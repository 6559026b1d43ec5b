import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { processStart } from "../../services/adapters/kafka/broker-owner.ts";
import { type EmbeddedBroker, startEmbeddedBroker } from "../../services/adapters/kafka/embedded-broker.ts";
import { freePorts } from "../../services/adapters/kafka/free-port.ts";
import { ensureBrokerJars } from "../../services/adapters/kafka/jars.ts";
import { withAdmin } from "../../services/adapters/kafka/kafkajs-admin.ts";
import { findJava } from "../../services/adapters/kafka/programs.ts";
import { openRdkafkaLog } from "../../services/adapters/kafka/rdkafka-log.ts";
import {
  checkTopics,
  createWithLeaders,
  deleteTopics,
  ensureTopics,
  TopicMismatchError,
} from "../../services/adapters/kafka/topics-admin.ts";
import { TOPICS } from "../../services/core/topics.ts";
import { brokerMissing, KeptLogger, testLibDir } from "../support/kafka-broker.ts";

const missing = await brokerMissing();

describe("embedded broker", () => {
  if (missing !== null) {
    it("needs Java and the broker's jars", (context) => context.skip(missing));
    return;
  }
  const logger = new KeptLogger();
  const cleanups: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });

  async function stateDir(): Promise<string> {
    await ensureBrokerJars({ libDir: testLibDir() });
    const dir = await mkdtemp(join(tmpdir(), "plumbline-broker-"));
    cleanups.push(() => rm(dir, { recursive: true, force: true }));
    return dir;
  }

  async function start(dir: string): Promise<EmbeddedBroker> {
    const broker = await startEmbeddedBroker({
      stateDir: dir,
      libDir: testLibDir(),
      logger,
      env: process.env,
    });
    cleanups.push(() => broker.stop());
    return broker;
  }

  it("keeps its data and its identity over a stop and over kill -9", async () => {
    const dir = await stateDir();
    const first = await start(dir);
    const connection = { brokers: [first.bootstrap] };
    await ensureTopics({ connection, prefix: "kept.", partitions: 2 });
    await write(first, ["one"]);
    await first.stop();

    const second = await start(dir);
    expect(second.clusterId).toBe(first.clusterId);
    await write(second, ["two"]);
    process.kill(second.pid, "SIGKILL");
    await second.exited;
    expect(logger.lines.at(-1)).toMatchObject({
      level: "error",
      fields: { pid: second.pid, signal: "SIGKILL" },
    });

    const third = await start(dir);
    expect(await read(third, 2)).toEqual(["one", "two"]);
    // The old registration has to run out: 6.8 s alone.
    expect(third.startMs).toBeLessThan(30_000);
    console.info(
      `embedded broker: start ${first.startMs} ms, again ${second.startMs} ms, after kill -9 ${third.startMs} ms`,
    );
  });

  it("refuses a second owner and names the first", async () => {
    const dir = await stateDir();
    const broker = await start(dir);
    const started = performance.now();
    await expect(start(dir)).rejects.toThrow(
      `process ${process.pid} (broker ${broker.pid} at ${broker.bootstrap})`,
    );
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  it.each([
    { how: "by the kernel", env: process.env, locked: true },
    // No setpriv and no flock: a shell waits on a pipe. Kafka's own lock comes too late to tell who of two goes: the second one's
    // controller has written to the directory by then.
    {
      how: "by a pipe where the kernel cannot",
      env: { PATH: "", JAVA_HOME: dirname(dirname(findJava(process.env)!)) },
      locked: false,
    },
  ])(
    "dies with its parent when that is killed, $how, and the directory is free again",
    async ({ env, locked }) => {
      const dir = await stateDir();
      const script = resolve(import.meta.dirname, "../support/broker-parent.ts");
      const parent = spawn(process.execPath, ["--import", "tsx", script, dir, testLibDir()], {
        env: { ...process.env, BROKER_ENV: JSON.stringify({ PATH: env.PATH, JAVA_HOME: env.JAVA_HOME }) },
        stdio: ["ignore", "pipe", "inherit"],
      });
      cleanups.push(async () => parent.kill("SIGKILL"));
      const exited = once(parent, "exit");
      const line = await Promise.race([once(parent.stdout, "data"), exited]);
      const brokerPid = Number(String(line[0]));
      expect(await processStart(brokerPid)).not.toBeNull();
      await rm(join(dir, "kafka", "owner.json"));
      if (locked) {
        await expect(
          startEmbeddedBroker({ stateDir: dir, libDir: testLibDir(), logger, env }),
        ).rejects.toThrow("is in use by another process");
      }
      parent.kill("SIGKILL");
      await exited;
      await expect.poll(() => processStart(brokerPid), { timeout: 20_000 }).toBeNull();
      const next = await start(dir);
      expect(next.pid).not.toBe(brokerPid);
    },
  );

  it("lets clients go on after the broker was killed and came back, with nothing lost or doubled", async () => {
    const dir = await stateDir();
    const [broker, controller] = await freePorts(2);
    const options = {
      stateDir: dir,
      libDir: testLibDir(),
      logger,
      env: process.env,
      ports: { broker: broker!, controller: controller! },
    };
    const first = await startEmbeddedBroker(options);
    cleanups.push(() => first.stop());
    const connection = { brokers: [first.bootstrap] };
    await ensureTopics({ connection, prefix: "kept.", partitions: 2 });
    const log = await openRdkafkaLog(connection, logger);
    cleanups.push(() => log.close());
    const group = await log.groupReader({ group: "g", instance: "one", topics: ["kept.samples.v1"] });
    const writer = await log.transactionalWriter("tx");
    const seen: string[] = [];
    const pollUntil = async (count: number): Promise<void> => {
      const deadline = performance.now() + 20_000;
      while (seen.length < count && performance.now() < deadline) {
        const polled = await group.poll(100, 200);
        expect(polled.kind).toBe("records");
        if (polled.kind === "records")
          seen.push(...polled.records.map(({ value }) => Buffer.from(value!).toString()));
      }
    };
    const transact = (value: string, offset: number): Promise<void> =>
      writer.transact(
        [{ topic: "kept.samples.v1", partition: 1, key: "k", value: Buffer.from(value) }],
        [{ topic: "kept.samples.v1", partition: 0, offset }],
        group,
      );
    // Offsets can be committed once the member has its partitions.
    while ((await group.poll(100, 200)).kind !== "assigned");
    await group.resume([{ topic: "kept.samples.v1", partition: 1, offset: 0 }]);
    await transact("before", 1);
    await pollUntil(1);
    process.kill(first.pid, "SIGKILL");
    await first.exited;
    const during = transact("during", 2);
    const second = await startEmbeddedBroker(options);
    cleanups.push(() => second.stop());
    await during;
    await transact("after", 3);
    await pollUntil(3);
    expect(seen).toEqual(["before", "during", "after"]);
    expect(await group.committed([{ topic: "kept.samples.v1", partition: 0 }])).toEqual([
      { topic: "kept.samples.v1", partition: 0, offset: 3 },
    ]);
  });

  it("says with the broker's own words why it did not start", async () => {
    const dir = await stateDir();
    const taken = createServer((socket) => socket.destroy());
    await new Promise<void>((done) => taken.listen(0, "127.0.0.1", done));
    cleanups.push(() => new Promise((done) => taken.close(done)));
    const { port } = taken.address() as { port: number };
    const attempt = startEmbeddedBroker({
      stateDir: dir,
      libDir: testLibDir(),
      logger,
      env: process.env,
      ports: { broker: port, controller: port + 1 },
    });
    await expect(attempt).rejects.toThrow(/failed to bind to \/?127\.0\.0\.1:\d+/);
  });

  it("creates every declared topic, finds nothing to say, and names each difference", async () => {
    const broker = await start(await stateDir());
    const connection = { brokers: [broker.bootstrap] };
    const created = await ensureTopics({ connection, prefix: "a.", partitions: 3 });
    expect(created).toEqual({ created: TOPICS.map(({ name }) => `a.${name}.v1`), warnings: [] });
    expect(await ensureTopics({ connection, prefix: "a.", partitions: 3 })).toEqual({
      created: [],
      warnings: [],
    });
    expect(await checkTopics({ connection, prefix: "a.", partitions: 3 })).toEqual([]);

    await withAdmin(connection, (admin) =>
      createWithLeaders(admin, [
        {
          topic: "b.samples.v1",
          numPartitions: 5,
          configEntries: [
            { name: "message.timestamp.type", value: "CreateTime" },
            { name: "max.message.bytes", value: "5000" },
            { name: "retention.ms", value: "1000" },
          ],
        },
        { topic: "b.gates.v1", numPartitions: 2 },
      ]),
    );
    const error = await ensureTopics({ connection, prefix: "b.", partitions: 3 }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(TopicMismatchError);
    const { mismatches, message } = error as TopicMismatchError;
    expect(
      mismatches.map(({ topic, setting, found, wanted, severity }) => [
        topic,
        setting,
        found,
        wanted,
        severity,
      ]),
    ).toEqual([
      ["b.samples.v1", "partitions", "5", "3", "error"],
      ["b.samples.v1", "message.timestamp.type", "CreateTime", "LogAppendTime", "error"],
      ["b.samples.v1", "retention.ms", "1000", "1209600000", "warning"],
      ["b.samples.v1", "max.message.bytes", "5000", "1048576", "error"],
      ["b.gates.v1", "partitions", "2", "1", "error"],
      ["b.gates.v1", "message.timestamp.type", "CreateTime", "LogAppendTime", "error"],
      ["b.gates.v1", "cleanup.policy", "delete", "compact", "error"],
      ["b.gates.v1", "retention.ms", "604800000", "-1", "warning"],
      // Kafka's own default of 1 MiB and 12 bytes is larger than wanted, which is no harm.
    ]);
    expect(message).toContain("not replayable");

    const removed = await deleteTopics(connection, "b.");
    expect(removed).toHaveLength(TOPICS.length);
    expect(await checkTopics({ connection, prefix: "a.", partitions: 3 })).toEqual([]);
    await expect(deleteTopics(connection, "")).rejects.toThrow("without a prefix");
  });

  it("refuses jars that are not the pinned ones, and names each", async () => {
    const dir = await stateDir();
    const libDir = join(dir, "lib");
    await cp(testLibDir(), libDir, { recursive: true });
    await cp(`${testLibDir()}.stamp`, `${libDir}.stamp`);
    await ensureBrokerJars({ libDir, verify: true });
    const [first, second] = (await readdir(libDir)).sort();
    const bytes = await readFile(join(libDir, first!));
    bytes[100]! ^= 1;
    await writeFile(join(libDir, first!), bytes);
    await rm(join(libDir, second!));
    await writeFile(join(libDir, "extra.jar"), "");
    const attempt = ensureBrokerJars({ libDir, verify: true });
    await expect(attempt).rejects.toThrow(
      `broker jars: other content in ${first}, missing ${second}, extra extra.jar. Remove ${libDir} and run again.`,
    );
    await expect(attempt).rejects.toMatchObject({ code: "jars_differ" });
  });

  async function write(broker: EmbeddedBroker, values: readonly string[]): Promise<void> {
    const log = await openRdkafkaLog({ brokers: [broker.bootstrap] }, logger);
    const writer = await log.writer();
    await writer.write(
      values.map((value) => ({
        topic: "kept.samples.v1",
        partition: 1,
        key: "k",
        value: Buffer.from(value),
      })),
    );
    await log.close();
  }

  async function read(broker: EmbeddedBroker, count: number): Promise<string[]> {
    const log = await openRdkafkaLog({ brokers: [broker.bootstrap] }, logger);
    const reader = await log.reader();
    await reader.assign([{ topic: "kept.samples.v1", partition: 1, offset: 0 }]);
    const found: string[] = [];
    while (found.length < count) {
      const records = await reader.poll(10, 10_000);
      if (records.length === 0) break;
      found.push(...records.map(({ value }) => Buffer.from(value!).toString()));
    }
    await log.close();
    return found;
  }
});
