import { describe, it } from "vitest";
import { withAdmin } from "../../services/adapters/kafka/kafkajs-admin.ts";
import { openRdkafkaLog } from "../../services/adapters/kafka/rdkafka-log.ts";
import { warmCoordinators } from "../../services/adapters/kafka/topics-admin.ts";
import { brokerMissing, startTestBroker } from "../support/kafka-broker.ts";
import { describeLog } from "./log.contract.ts";

const missing = await brokerMissing();

if (missing === null) {
  describeLog("node-rdkafka on a real broker", async () => {
    const running = await startTestBroker();
    const connection = { brokers: [running.broker.bootstrap] };
    await warmCoordinators(connection);
    return {
      open: () => openRdkafkaLog(connection, running.logger),
      createTopic: (topic, numPartitions) =>
        withAdmin(connection, async (admin) => {
          await admin.createTopics({
            topics: [
              {
                topic,
                numPartitions,
                replicationFactor: 1,
                configEntries: [{ name: "message.timestamp.type", value: "LogAppendTime" }],
              },
            ],
            waitForLeaders: true,
          });
        }),
      close: () => running.close(),
    };
  });
} else {
  describe("log contract: node-rdkafka on a real broker", () => {
    it("needs Java and the broker's jars", (context) => context.skip(missing));
  });
}
