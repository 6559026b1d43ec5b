/** Whether each service of a run answers, and how many records it is behind. */
import type { KafkaConnection } from "../../adapters/kafka/connection.ts";
import { withAdmin } from "../../adapters/kafka/kafkajs-admin.ts";
import { MONITOR_TOPICS } from "../../core/monitor/feeds.ts";
import { TOPICS, type TopicName } from "../../core/topics.ts";
import type { TopicNames } from "../../runtime/topics.ts";

const ANSWER_MS_MAX = 2_000;
/** A transaction ends with a marker that takes an offset and is no record. */
const MARKERS_PER_PARTITION = 1;

const READ_BY: Readonly<Record<string, readonly TopicName[]>> = {
  gatekeeper: ["samples"],
  monitor: MONITOR_TOPICS,
  governor: ["commands", "windows"],
};

export interface ServiceStatus {
  readonly service: string;
  readonly up: boolean;
  readonly url: string;
  /** Records written but not read by it; null where nobody can say. */
  readonly lag: number | null;
}

/** Asks every service whether it is well. Never rejects: no answer is an answer. */
export async function serviceStatuses(
  metricsUrls: Readonly<Record<string, string>>,
  lags: ReadonlyMap<string, number>,
): Promise<readonly ServiceStatus[]> {
  return await Promise.all(
    Object.entries(metricsUrls).map(async ([service, url]) => ({
      service,
      url,
      up: url !== "" && (await answers(url)),
      lag: lags.get(service) ?? null,
    })),
  );
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(new URL("/healthz", url), { signal: AbortSignal.timeout(ANSWER_MS_MAX) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

/** Lag of each service in records; empty where the cluster does not answer. `recorded` as in the history's progress table. */
export async function serviceLags(
  connection: KafkaConnection,
  names: TopicNames,
  recorded: ReadonlyMap<string, number>,
): Promise<ReadonlyMap<string, number>> {
  const lags = new Map<string, number>();
  try {
    await withAdmin(
      connection,
      async (admin) => {
        const highs = new Map<string, number>();
        for (const { name } of TOPICS) {
          const topic = names.full(name);
          for (const { partition, high } of await admin.fetchTopicOffsets(topic)) {
            highs.set(`${topic}/${partition}`, Number(high));
          }
        }
        for (const [service, topics] of Object.entries(READ_BY)) {
          const full = topics.map((topic) => names.full(topic));
          const groups = await admin.fetchOffsets({ groupId: `${names.prefix}${service}`, topics: full });
          const committed = new Map<string, number>();
          for (const { topic, partitions } of groups) {
            for (const { partition, offset } of partitions)
              committed.set(`${topic}/${partition}`, Number(offset));
          }
          lags.set(
            service,
            behind(highs, committed, (at) => full.some((topic) => at.startsWith(`${topic}/`))),
          );
        }
        lags.set(
          "recorder",
          behind(highs, recorded, (at) => recorded.has(at)),
        );
      },
      { retry: { retries: 0 }, requestTimeout: ANSWER_MS_MAX },
    );
  } catch {
    return new Map();
  }
  return lags;
}

function behind(
  highs: ReadonlyMap<string, number>,
  read: ReadonlyMap<string, number>,
  concerns: (at: string) => boolean,
): number {
  let lag = 0;
  for (const [at, high] of highs) {
    if (!concerns(at)) continue;
    // -1: nothing was ever committed.
    const missing = high - Math.max(0, read.get(at) ?? 0);
    if (missing > MARKERS_PER_PARTITION) lag += missing;
  }
  return lag;
}
