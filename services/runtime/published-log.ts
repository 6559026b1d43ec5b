/** What services need on a cluster before they start: the topics, the policy, and the references it goes with. */
import type { Codec } from "../adapters/avro/codec.ts";
import type { KafkaConnection } from "../adapters/kafka/connection.ts";
import { openRdkafkaLog } from "../adapters/kafka/rdkafka-log.ts";
import { ensureTopics, warmCoordinators } from "../adapters/kafka/topics-admin.ts";
import type { Reference } from "../core/reference.ts";
import type { Log, Logger } from "../ports.ts";
import type { PolicyContent } from "./policy-files.ts";
import { publishPolicy, publishReference } from "./policy-topic.ts";

export interface PublishedLogOptions {
  readonly connection: KafkaConnection;
  readonly prefix: string;
  /** Of topics keyed by lane that are not there yet. */
  readonly partitions: number;
  readonly policy: PolicyContent;
  readonly references: readonly Reference[];
  readonly codec: Codec;
  readonly logger: Logger;
}

/**
 * Creates the topics that are missing and publishes references, rules and policy. Can be repeated: what is there already is
 * published once more under the same version. Throws `TopicMismatchError`, and what the cluster says.
 */
export async function openPublishedLog(options: PublishedLogOptions): Promise<Log> {
  const { connection, prefix, partitions, codec } = options;
  // One after the other: where one fails, nothing of the other is left trying.
  await ensureTopics({ connection, prefix, partitions });
  await warmCoordinators(connection);
  const log = await openRdkafkaLog(connection, options.logger);
  try {
    const writer = await log.writer();
    for (const reference of options.references) await publishReference(writer, codec, prefix, reference);
    await publishPolicy(writer, codec, prefix, options.policy);
    await writer.close();
    return log;
  } catch (error) {
    await log.close();
    throw error;
  }
}
