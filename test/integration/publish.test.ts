/** `plumbline publish` on a real broker: what services that are started one by one find when they start. */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createCodec } from "../../services/adapters/avro/codec.ts";
import { freePorts } from "../../services/adapters/kafka/free-port.ts";
import { openRdkafkaLog } from "../../services/adapters/kafka/rdkafka-log.ts";
import { checkTopics } from "../../services/adapters/kafka/topics-admin.ts";
import { readReferencesTopic } from "../../services/runtime/policy-topic.ts";
import { Supervisor } from "../../services/runtime/supervisor.ts";
import { brokerMissing, startTestBroker, type TestBroker } from "../support/kafka-broker.ts";
import { makeTempDir, runCommand } from "../support/run-command.ts";

const PREFIX = "alone.";
const PARTITIONS = 3;
const missing = await brokerMissing();

describe.runIf(missing === null)("plumbline publish", () => {
  const dir = makeTempDir();
  let test: TestBroker;
  beforeAll(async () => {
    test = await startTestBroker();
  }, 120_000);
  afterAll(async () => {
    await test?.close();
    dir.remove();
  });

  const publish = () => {
    const env = { KAFKA_BROKERS: test.broker.bootstrap, PLUMBLINE_PARTITIONS: String(PARTITIONS) };
    return runCommand(["publish", "--prefix", PREFIX, "--json"], { cwd: dir.path, env });
  };

  it("lets a service that started before it become healthy", async () => {
    const [port] = await freePorts(1);
    const health = () => fetch(`http://127.0.0.1:${port}/healthz`);
    const supervisor = new Supervisor({
      logDir: join(dir.path, "logs"),
      logger: test.logger,
      signal: new AbortController().signal,
      onGivenUp: () => {},
      restartsMax: 0,
    });
    try {
      const ready = supervisor.start({
        name: "governor",
        modulePath: join(import.meta.dirname, "../../services/governor/main.ts"),
        env: {
          KAFKA_BROKERS: test.broker.bootstrap,
          PLUMBLINE_PREFIX: PREFIX,
          PLUMBLINE_HOME: dir.path,
          PLUMBLINE_METRICS_PORT: String(port),
        },
      });
      await vi.waitFor(async () => expect((await health()).status).toBe(503), 30_000);
      expect(await (await health()).json()).toMatchObject({ status: "failing", service: "governor" });
      expect((await publish()).code).toBe(0);
      await ready;
      expect((await health()).status).toBe(200);
    } finally {
      await supervisor.close();
    }
  });

  it("creates the topics as declared and publishes rules and lanes, also the second time", async () => {
    const first = await publish();
    expect(first).toMatchObject({ code: 0, stderr: "" });
    expect((await publish()).stdout).toBe(first.stdout);
    const connection = { brokers: [test.broker.bootstrap] };
    expect(await checkTopics({ connection, prefix: PREFIX, partitions: PARTITIONS })).toEqual([]);
    const log = await openRdkafkaLog(connection, test.logger);
    try {
      const content = await readReferencesTopic(log, createCodec(), PREFIX);
      expect(JSON.parse(first.stdout)).toEqual({
        prefix: PREFIX,
        partitions: PARTITIONS,
        lanes: content?.policy.version,
        rules: content?.rulesVersion,
      });
    } finally {
      await log.close();
    }
  });

  it("needs a cluster, and says where from", async () => {
    const { code, stderr } = await runCommand(["publish"], { cwd: dir.path });
    expect(code).toBe(2);
    expect(stderr).toContain("set KAFKA_BROKERS");
  });
});
