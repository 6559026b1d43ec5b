/** `plumbline publish` on a real broker: what services that are started one by one find when they start. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createCodec } from "../../services/adapters/avro/codec.ts";
import { openRdkafkaLog } from "../../services/adapters/kafka/rdkafka-log.ts";
import { checkTopics } from "../../services/adapters/kafka/topics-admin.ts";
import { readReferencesTopic } from "../../services/runtime/policy-topic.ts";
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
