/** kafkajs, opened for administration. Its producers and consumers are not used by services. */
import kafkajs, { type Admin, type KafkaConfig, type SASLOptions } from "kafkajs";
import { type KafkaConnection, readTls } from "./connection.ts";

// kafkajs is CommonJS: only its default export can be imported from a module.
const { Kafka, logLevel } = kafkajs;

const CONNECT_WITHIN_MS_MAX = 3_000;
const REQUEST_WITHIN_MS_MAX = 30_000;

/** kafkajs client with the connection's security. Silent: callers report errors themselves. */
export function openKafkajs(
  connection: KafkaConnection,
  overrides: Partial<KafkaConfig> = {},
): InstanceType<typeof Kafka> {
  return new Kafka({
    clientId: "plumbline-admin",
    brokers: [...connection.brokers],
    logLevel: logLevel.NOTHING,
    connectionTimeout: CONNECT_WITHIN_MS_MAX,
    requestTimeout: REQUEST_WITHIN_MS_MAX,
    // The default first pause of 300 ms is what makes kafkajs slow against a broker that is still starting.
    retry: { initialRetryTime: 20, retries: 8 },
    ...(connection.ssl === undefined ? {} : { ssl: readTls(connection.ssl) }),
    ...(connection.sasl === undefined ? {} : { sasl: { ...connection.sasl } as SASLOptions }),
    ...overrides,
  });
}

/** Runs one piece of administration on a connection of its own. */
export async function withAdmin<T>(
  connection: KafkaConnection,
  work: (admin: Admin) => Promise<T>,
  overrides: Partial<KafkaConfig> = {},
): Promise<T> {
  const admin = openKafkajs(connection, overrides).admin();
  try {
    await admin.connect();
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

/** Brokers the cluster lists; 0 when it cannot be asked yet. One attempt. */
export async function brokerCount(connection: KafkaConnection): Promise<number> {
  try {
    return await withAdmin(connection, async (admin) => (await admin.describeCluster()).brokers.length, {
      retry: { retries: 0 },
      connectionTimeout: 1_000,
      requestTimeout: 2_000,
    });
  } catch {
    return 0;
  }
}
