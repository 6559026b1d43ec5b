/** kafkajs' own connections, for requests its clients do not send; they speak the cluster's TLS and SASL already. */
import type { KafkaConfig } from "kafkajs";
import type { KafkaConnection } from "./connection.ts";
import { openKafkajs } from "./kafkajs-admin.ts";

/** One broker, connected. Parts of kafkajs 2.2.4 that are not in its types. */
export interface KafkajsBroker {
  readonly connectionPool: { send<T>(exchange: object): Promise<T> };
  leaveGroup(member: { readonly groupId: string; readonly memberId: string }): Promise<unknown>;
  describeGroups(groups: { readonly groupIds: readonly string[] }): Promise<{
    readonly groups: readonly {
      readonly members: readonly { readonly memberId: string; readonly clientId: string }[];
    }[];
  }>;
}

interface KafkajsCluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  refreshMetadata(): Promise<void>;
  findControllerBroker(): Promise<KafkajsBroker>;
  findGroupCoordinator(group: { readonly groupId: string }): Promise<KafkajsBroker>;
}

/** Does one piece of work on a connection of its own. */
export async function withCluster<T>(
  connection: KafkaConnection,
  work: (cluster: KafkajsCluster) => Promise<T>,
  overrides: Partial<KafkaConfig> = {},
): Promise<T> {
  const kafka = openKafkajs(connection, overrides) as unknown as Record<
    symbol,
    (options: object) => KafkajsCluster
  >;
  const create = Object.getOwnPropertySymbols(kafka).find(
    ({ description }) => description === "private:Kafka:createCluster",
  );
  if (create === undefined) throw new Error("kafkajs changed inside: its cluster is not reachable");
  const cluster = kafka[create]!({ metadataMaxAge: 300_000, allowAutoTopicCreation: false });
  try {
    await cluster.connect();
    await cluster.refreshMetadata();
    return await work(cluster);
  } finally {
    await cluster.disconnect();
  }
}
