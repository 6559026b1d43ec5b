/** What the cluster shows, where one is named or a run is up: topics as declared, decisions still chained. Names no host. */
import { brokerCount } from "../../adapters/kafka/kafkajs-admin.ts";
import { checkTopics, type TopicMismatch } from "../../adapters/kafka/topics-admin.ts";
import type { DecisionRecord } from "../../core/records.ts";
import { TOPICS } from "../../core/topics.ts";
import { ChainCheck } from "../../runtime/decision-chain.ts";
import { readPartition } from "../../runtime/read-partition.ts";
import { kafkaConnection, type OpenLog, openLog, type Surroundings } from "../surroundings.ts";
import type { Check } from "./checks.ts";

/** Differences told in full; the rest is counted. */
const MISMATCHES_SHOWN_MAX = 5;

/** Empty where there is no cluster to ask. Reads all decisions, writes nothing. */
export async function clusterChecks(surroundings: Surroundings): Promise<readonly Check[]> {
  const { config, run } = surroundings;
  if (config.kafka === null && run.state !== "running") return [];
  if ((await brokerCount(kafkaConnection(surroundings))) === 0) return [silent()];
  const opened = await openLog(surroundings).catch(() => null);
  if (opened === null) return [silent()];
  try {
    const topics = await topicsCheck(surroundings, opened);
    return topics.there ? [topics.check, await decisionsCheck(surroundings, opened)] : [topics.check];
  } finally {
    await opened.close();
  }
}

function silent(): Check {
  return {
    name: "cluster",
    required: false,
    present: false,
    detail: "does not answer, or not with these settings",
    cost: "its topics and its decisions were not checked",
    fix: "start it, or correct KAFKA_BROKERS and what is set beside it",
  };
}

async function topicsCheck(
  surroundings: Surroundings,
  { log }: OpenLog,
): Promise<{ readonly check: Check; readonly there: boolean }> {
  const { names } = surroundings;
  const options = { connection: kafkaConnection(surroundings), prefix: names.prefix };
  const partitions = await log.partitionCount(names.full("samples")).catch(() => null);
  const mismatches = await checkTopics({
    ...options,
    partitions: partitions ?? surroundings.config.partitions,
  });
  const absent = mismatches.filter(({ setting }) => setting === "topic").length;
  const base = { name: "topics", cost: "", fix: "" };
  if (absent === TOPICS.length) {
    const detail = "none yet; `plumbline up` creates them";
    return { check: { ...base, required: false, present: true, detail }, there: false };
  }
  const errors = mismatches.filter(({ severity }) => severity === "error");
  const there = !mismatches.some(
    ({ topic, setting }) => setting === "topic" && topic === names.full("decisions"),
  );
  if (mismatches.length === 0) {
    const detail = `${TOPICS.length}, all as declared`;
    return { check: { ...base, required: true, present: true, detail }, there };
  }
  const check = {
    name: "topics",
    required: errors.length > 0,
    present: false,
    detail: mismatchText(mismatches),
    cost:
      errors.length > 0
        ? "services refuse to start, or results change"
        : "records leave sooner or later than declared",
    fix: [...errors, ...mismatches][0]!.advice,
  };
  return { check, there };
}

function mismatchText(mismatches: readonly TopicMismatch[]): string {
  const told = mismatches
    .slice(0, MISMATCHES_SHOWN_MAX)
    .map(({ topic, setting, found, wanted }) => `${topic}: ${setting} is ${found}, wanted ${wanted}`);
  const more = mismatches.length - told.length;
  return `not as declared: ${told.join("; ")}${more > 0 ? `; and ${more} more` : ""}`;
}

/** The log of decisions is kept for ever and chained by hash: what was cut from it or changed in it shows (law 8). */
async function decisionsCheck({ names }: Surroundings, { log, codec }: OpenLog): Promise<Check> {
  const chain = new ChainCheck();
  let unreadable: number | null = null;
  await readPartition(log, names.full("decisions"), 0, 0, ({ value, offset }) => {
    if (value === null) return;
    const decoded = codec.decodeGeneric("decisions", value);
    if (decoded.ok) chain.add(decoded.record as DecisionRecord);
    else unreadable ??= offset;
  });
  const base = { name: "decisions", required: true };
  if (chain.brokenAt === null && unreadable === null) {
    const detail = `${chain.count}, the chain of their hashes holds`;
    return { ...base, present: true, detail, cost: "", fix: "" };
  }
  const where =
    chain.brokenAt === null ? `offset ${unreadable} cannot be read` : `the chain breaks at ${chain.brokenAt}`;
  return {
    ...base,
    present: false,
    detail: `${chain.count}, ${where}`,
    cost: "who froze or resumed what cannot be shown",
    fix: `compare ${names.full("decisions")} with the history's table of decisions from there on, and see who can write to it`,
  };
}
