/** node-rdkafka, loaded when first needed, with the settings and error codes all its clients share. */
import type * as Rdkafka from "node-rdkafka";
import { FencedError, type Logger } from "../../ports.ts";
import { type KafkaConnection, rdkafkaConnection } from "./connection.ts";

export type RdkafkaModule = typeof Rdkafka;
export type RdkafkaConfig = Record<string, string | number | boolean | ((...args: never[]) => void)>;

/** Time for one connection attempt, metadata included. */
export const CONNECT_WITHIN_MS_MAX = 15_000;
/** A record of `rejected` is the largest we send: 2 MiB, its key and headers. */
export const RECORD_BYTES_MAX = 2_200_000;
/** Errors are logged at most this often per client: an outage brings two a second. */
const ERROR_LOG_EVERY_MS = 10_000;

/** Codes of librdkafka that callers decide on (librdkafka `rdkafkacpp.h`; negative ones are its own). */
export const CODE = {
  allBrokersDown: -187,
  assignPartitions: -175,
  autoOffsetReset: -140,
  fatal: -150,
  fenced: -144,
  fencedInstanceId: 82,
  invalidProducerEpoch: 47,
  maxPollExceeded: -147,
  messageTooLarge: 10,
  producerFenced: 90,
  queueFull: -184,
  resolve: -193,
  revokePartitions: -174,
  timedOut: -185,
  transport: -195,
  unknownPartition: -190,
  unknownTopic: -188,
  unknownTopicOrPartition: 3,
} as const;

/** The addon is an optional dependency: it compiles at install time and may be missing. */
export class RdkafkaMissingError extends Error {
  override readonly name = "RdkafkaMissingError";
}

/**
 * @throws RdkafkaMissingError when the package is absent, not compiled, or already loaded by another thread of this
 * process (the addon loads once per process).
 */
export async function loadRdkafka(): Promise<RdkafkaModule> {
  try {
    const loaded = (await import("node-rdkafka")) as unknown as { default?: RdkafkaModule } & RdkafkaModule;
    return loaded.default ?? loaded;
  } catch (error) {
    throw new RdkafkaMissingError(
      "the Kafka client node-rdkafka is not usable: it is missing, was not compiled, or another thread of this " +
        "process loaded it. Install a C++ compiler, make and python3, then run `npm rebuild node-rdkafka`.",
      { cause: error },
    );
  }
}

/** True for versions that know a property; an unknown one throws in the client's constructor. */
export function atLeast(version: string, major: number, minor: number): boolean {
  const [a = 0, b = 0] = version.split(".").map(Number);
  return a > major || (a === major && b >= minor);
}

export function consumerConfig(
  module: RdkafkaModule,
  connection: KafkaConnection,
  clientId: string,
): RdkafkaConfig {
  return {
    ...commonConfig(connection, clientId),
    "enable.auto.commit": false,
    "enable.auto.offset.store": false,
    "isolation.level": "read_committed",
    // A new starting point waits for the request under way; the default of 500 ms would show at every resume.
    "fetch.wait.max.ms": 100,
    // Records fetched ahead, per consumer.
    "queued.max.messages.kbytes": 32_768,
    // The default pauses fetching for a second whenever the local queue is full, which halves the drain rate.
    ...(atLeast(module.librdkafkaVersion, 2, 2) ? { "fetch.queue.backoff.ms": 5 } : {}),
  };
}

/**
 * An offset outside the log is an error: `resume` and `assign` correct what retention removed, and a jump to either end
 * would lose or repeat records silently.
 */
export const CONSUMER_TOPIC_CONFIG = { "auto.offset.reset": "error" } as const;

export function producerConfig(connection: KafkaConnection, clientId: string): RdkafkaConfig {
  return {
    ...commonConfig(connection, clientId),
    "enable.idempotence": true,
    "compression.codec": "lz4",
    "message.max.bytes": RECORD_BYTES_MAX,
    // A batch is one message to the broker, so it must stay under the smallest topic limit.
    "batch.size": 262_144,
    "linger.ms": 5,
    "queue.buffering.max.messages": 100_000,
    "queue.buffering.max.kbytes": 65_536,
    // The default of 100 ms makes back-to-back transactions take 80 ms instead of 7.
    "retry.backoff.ms": 10,
  };
}

/**
 * Second constructor argument of a producer. Topic properties given in the first are dropped silently, because the addon
 * replaces the default topic configuration with this one.
 */
export const PRODUCER_TOPIC_CONFIG = {
  acks: "all",
  // The default hashes keys unlike Java and kafkajs: the same lane would get another partition from us.
  partitioner: "murmur2_random",
} as const;

function commonConfig(connection: KafkaConnection, clientId: string): RdkafkaConfig {
  return {
    ...rdkafkaConnection(connection),
    "client.id": clientId,
    "reconnect.backoff.ms": 50,
    "reconnect.backoff.max.ms": 500,
    "log.connection.close": false,
    "socket.keepalive.enable": true,
  };
}

/** Turns a node-style call into a promise. */
export function calling<T>(
  start: (callback: (error: Rdkafka.LibrdKafkaError | null | undefined, value: T) => void) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    start((error, value) => (error ? reject(asError(error)) : resolve(value)));
  });
}

/** librdkafka's errors as `Error`s that keep `code`, `isFatal`, `isRetriable`. */
export function asError(error: unknown): Error {
  if (error instanceof Error) return error;
  const foreign = error as Rdkafka.LibrdKafkaError;
  return Object.assign(new Error(foreign.message ?? String(error)), foreign);
}

export function codeOf(error: unknown): number | null {
  const code = (error as { code?: unknown }).code;
  return typeof code === "number" ? code : null;
}

export function isRetriable(error: unknown): boolean {
  return (error as { isRetriable?: boolean }).isRetriable === true;
}

const FENCED_CODES: ReadonlySet<number> = new Set([
  CODE.fenced,
  CODE.producerFenced,
  CODE.invalidProducerEpoch,
  CODE.fencedInstanceId,
]);

/** `FencedError` where another instance took over; the error itself otherwise. */
export function fencedOr(error: unknown, what: string): Error {
  const code = codeOf(error);
  if (code !== null && FENCED_CODES.has(code)) {
    return new FencedError(`${what}: another instance took over (${(error as Error).message})`, {
      cause: error,
    });
  }
  return asError(error);
}

export async function connectClient(
  client: Rdkafka.Producer | Rdkafka.KafkaConsumer,
  connection: KafkaConnection,
): Promise<Rdkafka.Metadata> {
  try {
    return await calling<Rdkafka.Metadata>((done) =>
      client.connect({ allTopics: true, timeout: CONNECT_WITHIN_MS_MAX }, done),
    );
  } catch (error) {
    throw new Error(
      `no Kafka broker answers at ${connection.brokers.join(", ")}: ${(error as Error).message}`,
      { cause: error },
    );
  }
}

/** Logs connection trouble without flooding; a fatal error is handed to `onFatal` once. */
export function watchErrors(
  client: Rdkafka.Producer | Rdkafka.KafkaConsumer,
  logger: Logger,
  what: string,
  onFatal: (error: Error) => void,
): void {
  let loggedAt = Number.NEGATIVE_INFINITY;
  let unlogged = 0;
  const listener = (error: Rdkafka.LibrdKafkaError): void => {
    const code = codeOf(error);
    if (error.isFatal === true || code === CODE.fatal || (code !== null && FENCED_CODES.has(code))) {
      onFatal(fencedOr(error, what));
      return;
    }
    const now = performance.now();
    if (now - loggedAt < ERROR_LOG_EVERY_MS) {
      unlogged += 1;
      return;
    }
    logger.warn({ client: what, code, error: error.message, unlogged }, "kafka client error");
    loggedAt = now;
    unlogged = 0;
  };
  // Producer and consumer declare their events separately; this one is common to both.
  (client as unknown as NodeJS.EventEmitter).on("event.error", listener);
}
