/** Topics of the declaration on a real cluster: create, compare, remove. */
import { setTimeout as delay } from "node:timers/promises";
import kafkajs, { type Admin, type ITopicConfig } from "kafkajs";
import { TOPICS, type TopicDeclaration, topicName } from "../../core/topics.ts";
import type { KafkaConnection } from "./connection.ts";
import { openKafkajs, withAdmin } from "./kafkajs-admin.ts";

const { ConfigResourceTypes } = kafkajs;

const HOUR_MS = 3_600_000;
const CREATE_WITHIN_MS_MAX = 30_000;
const DELETE_WITHIN_MS_MAX = 15_000;
const CREATE_POLL_MS = 50;
/** What a broker says of a topic that the controller made and it has not heard of, or that has no leader yet. */
const NOT_THERE_YET: readonly unknown[] = ["UNKNOWN_TOPIC_OR_PARTITION", "LEADER_NOT_AVAILABLE"];
/** A deleted topic disappears from the metadata within moments; asked again at this pace. */
const DELETE_POLL_MS = 50;

export interface TopicsOptions {
  readonly connection: KafkaConnection;
  /** Put before every topic's name; "" for the default set. */
  readonly prefix: string;
  /** Partitions of every topic that is keyed by lane; 1 or more. */
  readonly partitions: number;
  /** Copies of each partition; default what the cluster is configured for. */
  readonly replicas?: number;
}

/** One setting of one topic that is not as declared, in words a person can act on. */
export interface TopicMismatch {
  readonly topic: string;
  readonly setting: string;
  readonly found: string;
  readonly wanted: string;
  readonly advice: string;
  /** `error` stops the start; `warning` is shown. */
  readonly severity: "error" | "warning";
}

/** The cluster's topics are not as declared. The message lists every mismatch. */
export class TopicMismatchError extends Error {
  override readonly name = "TopicMismatchError";
  readonly mismatches: readonly TopicMismatch[];
  constructor(mismatches: readonly TopicMismatch[]) {
    const lines = mismatches.map(
      ({ topic, setting, found, wanted, advice }) =>
        `  ${topic}: ${setting} is ${found}, wanted ${wanted}. ${advice}`,
    );
    super(`the cluster's topics are not as declared:\n${lines.join("\n")}`);
    this.mismatches = mismatches;
  }
}

const COMPACTED_SEGMENT_BYTES = 16 * 2 ** 20;

/** The settings a topic is created with, by Kafka's names. */
export function topicSettings(declaration: TopicDeclaration): Readonly<Record<string, string>> {
  const settings: Record<string, string> = {
    // Time enters as data: replay needs the broker's own time stamp, which no producer can set.
    "message.timestamp.type": "LogAppendTime",
    "cleanup.policy": declaration.cleanup,
    "retention.ms": String(declaration.retentionMs ?? -1),
    "retention.bytes": "-1",
    "max.message.bytes": String(declaration.maxMessageBytes),
  };
  if (declaration.cleanup === "compact") {
    // Only closed segments are compacted: without this a quiet topic would never be.
    settings["segment.ms"] = String(HOUR_MS);
    // A start reads the whole topic, superseded records of the open segment included.
    settings["segment.bytes"] = String(COMPACTED_SEGMENT_BYTES);
    settings["min.cleanable.dirty.ratio"] = "0.2";
    settings["max.compaction.lag.ms"] = String(6 * HOUR_MS);
    // A reader that starts at the beginning must see every tombstone of the last day.
    settings["delete.retention.ms"] = String(24 * HOUR_MS);
  }
  return settings;
}

/** Settings that change results when they differ; the rest is the operator's choice and only warned about. */
const ERROR_SETTINGS: ReadonlySet<string> = new Set([
  "message.timestamp.type",
  "cleanup.policy",
  "max.message.bytes",
]);
const WARNING_SETTINGS: ReadonlySet<string> = new Set(["retention.ms"]);

/**
 * Creates the declared topics that are missing, then compares all of them with the declaration.
 * @returns names of the created topics and the mismatches that are only warnings.
 * @throws TopicMismatchError when an existing topic differs in a way that changes results.
 */
export async function ensureTopics(
  options: TopicsOptions,
): Promise<{ created: readonly string[]; warnings: readonly TopicMismatch[] }> {
  return withAdmin(options.connection, async (admin) => {
    const existing = new Set(await admin.listTopics());
    const missing = TOPICS.filter(({ name }) => !existing.has(topicName(options.prefix, name)));
    if (missing.length > 0) {
      await createWithLeaders(
        admin,
        missing.map((declaration) => topicConfig(declaration, options)),
      );
    }
    const mismatches = await compare(admin, options);
    if (mismatches.some(({ severity }) => severity === "error")) throw new TopicMismatchError(mismatches);
    return { created: missing.map(({ name }) => topicName(options.prefix, name)), warnings: mismatches };
  });
}

/**
 * Creates topics and waits until every partition has a leader. kafkajs would wait as well, but it takes a broker that has
 * not heard of the topic yet for a failure, which a busy machine shows now and then. Throws what the cluster refuses, and
 * after 30 s without leaders.
 */
export async function createWithLeaders(admin: Admin, topics: ITopicConfig[]): Promise<void> {
  await admin.createTopics({ topics, waitForLeaders: false, timeout: CREATE_WITHIN_MS_MAX });
  const deadline = performance.now() + CREATE_WITHIN_MS_MAX;
  while (!(await haveLeaders(admin, topics))) {
    if (performance.now() > deadline)
      throw new Error("the topics were created, but have no leaders after 30 s");
    await delay(CREATE_POLL_MS);
  }
}

async function haveLeaders(admin: Admin, topics: readonly ITopicConfig[]): Promise<boolean> {
  try {
    const { topics: found } = await admin.fetchTopicMetadata({ topics: topics.map(({ topic }) => topic) });
    return found.every(({ partitions }) => partitions.length > 0 && partitions.every((p) => p.leader >= 0));
  } catch (error) {
    const { type, cause } = error as {
      readonly type?: unknown;
      readonly cause?: { readonly type?: unknown };
    };
    if (NOT_THERE_YET.includes(type) || NOT_THERE_YET.includes(cause?.type)) return false;
    throw error;
  }
}

/** Every difference between the cluster and the declaration, missing topics included; empty when all is as declared. */
export async function checkTopics(options: TopicsOptions): Promise<readonly TopicMismatch[]> {
  return withAdmin(options.connection, (admin) => compare(admin, options));
}

/** Removes every topic whose name starts with the prefix, and waits until they are gone. @throws on an empty prefix. */
export async function deleteTopics(connection: KafkaConnection, prefix: string): Promise<readonly string[]> {
  if (prefix === "") throw new Error("refusing to delete topics without a prefix");
  return withAdmin(connection, async (admin) => {
    const names = (await admin.listTopics()).filter((name) => name.startsWith(prefix));
    if (names.length === 0) return [];
    await admin.deleteTopics({ topics: names, timeout: DELETE_WITHIN_MS_MAX });
    const deadline = performance.now() + DELETE_WITHIN_MS_MAX;
    while ((await admin.listTopics()).some((name) => name.startsWith(prefix))) {
      if (performance.now() > deadline) throw new Error(`topics ${prefix}… are still listed after deletion`);
      await delay(DELETE_POLL_MS);
    }
    return names;
  });
}

/**
 * Makes a new broker create its internal topics now, so that the first group and the first transaction do not wait for
 * them (0.5-1.2 s each). Costs a few milliseconds afterwards.
 */
export async function warmCoordinators(connection: KafkaConnection): Promise<void> {
  const kafka = openKafkajs(connection, { retry: { initialRetryTime: 20, retries: 60, multiplier: 1.2 } });
  const producer = kafka.producer({
    transactionalId: "plumbline-warm-up",
    idempotent: true,
    maxInFlightRequests: 1,
  });
  const admin = kafka.admin();
  try {
    await Promise.all([
      producer.connect(),
      admin.connect().then(() => admin.describeGroups(["plumbline-warm-up"])),
    ]);
  } finally {
    await Promise.all([producer.disconnect(), admin.disconnect()]);
  }
}

function partitionsOf(declaration: TopicDeclaration, options: TopicsOptions): number {
  return declaration.partitions === "one" ? 1 : options.partitions;
}

function topicConfig(declaration: TopicDeclaration, options: TopicsOptions): ITopicConfig {
  return {
    topic: topicName(options.prefix, declaration.name),
    numPartitions: partitionsOf(declaration, options),
    replicationFactor: options.replicas ?? -1,
    configEntries: Object.entries(topicSettings(declaration)).map(([name, value]) => ({ name, value })),
  };
}

async function compare(admin: Admin, options: TopicsOptions): Promise<TopicMismatch[]> {
  const existing = new Set(await admin.listTopics());
  const present = TOPICS.filter(({ name }) => existing.has(topicName(options.prefix, name)));
  const names = present.map(({ name }) => topicName(options.prefix, name));
  const mismatches: TopicMismatch[] = [];
  for (const { name } of TOPICS) {
    const topic = topicName(options.prefix, name);
    if (existing.has(topic)) continue;
    mismatches.push({
      topic,
      setting: "topic",
      found: "absent",
      wanted: "present",
      advice: "`plumbline up` creates it.",
      severity: "error",
    });
  }
  if (names.length === 0) return mismatches;
  const [{ topics }, { resources }] = await Promise.all([
    admin.fetchTopicMetadata({ topics: names }),
    admin.describeConfigs({
      includeSynonyms: false,
      resources: names.map((name) => ({ type: ConfigResourceTypes.TOPIC, name })),
    }),
  ]);
  const partitions = new Map(topics.map((topic) => [topic.name, topic.partitions.length]));
  const settings = new Map(
    resources.map(({ resourceName, configEntries }) => [
      resourceName,
      new Map(configEntries.map(({ configName, configValue }) => [configName, configValue])),
    ]),
  );
  for (const declaration of present) {
    const topic = topicName(options.prefix, declaration.name);
    mismatches.push(
      ...differences(declaration, topic, partitions.get(topic) ?? 0, settings.get(topic), options),
    );
  }
  return mismatches;
}

function differences(
  declaration: TopicDeclaration,
  topic: string,
  partitions: number,
  settings: ReadonlyMap<string, string> | undefined,
  options: TopicsOptions,
): TopicMismatch[] {
  const found: TopicMismatch[] = [];
  const wantedPartitions = partitionsOf(declaration, options);
  if (partitions !== wantedPartitions) {
    found.push({
      topic,
      setting: "partitions",
      found: String(partitions),
      wanted: String(wantedPartitions),
      advice: partitionAdvice(declaration, partitions),
      severity: "error",
    });
  }
  for (const [setting, wanted] of Object.entries(topicSettings(declaration))) {
    const severity = severityOf(setting);
    const value = settings?.get(setting) ?? "unknown";
    if (severity === null || value === wanted || harmless(setting, value, wanted)) continue;
    found.push({
      topic,
      setting,
      found: value,
      wanted,
      advice: settingAdvice(topic, setting, wanted),
      severity,
    });
  }
  return found;
}

function severityOf(setting: string): TopicMismatch["severity"] | null {
  if (ERROR_SETTINGS.has(setting)) return "error";
  return WARNING_SETTINGS.has(setting) ? "warning" : null;
}

/** Larger records than we send are no harm; smaller ones would stop a writer. */
function harmless(setting: string, found: string, wanted: string): boolean {
  return setting === "max.message.bytes" && Number(found) >= Number(wanted);
}

function partitionAdvice(declaration: TopicDeclaration, partitions: number): string {
  if (declaration.partitions === "one") return "It needs a total order; recreate it with one partition.";
  return (
    "All topics keyed by lane need one count, or a lane's records land on different numbers: " +
    `set KAFKA_PARTITIONS=${partitions} if every topic has that many, else recreate it.`
  );
}

function settingAdvice(topic: string, setting: string, wanted: string): string {
  const alter = `Set it: kafka-configs --alter --topic ${topic} --add-config ${setting}=${wanted}.`;
  if (setting !== "message.timestamp.type") return alter;
  return `Records already in it carry their producers' time, so what they lead to is not replayable. ${alter}`;
}
