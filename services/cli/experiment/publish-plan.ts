/** Puts a plan into the log before there are results. */
import type { Codec } from "../../adapters/avro/codec.ts";
import type { Plan } from "../../core/experiment/plan.ts";
import type { Log } from "../../ports.ts";
import { readPartition } from "../../runtime/read-partition.ts";
import type { TopicNames } from "../../runtime/topics.ts";
import { planHash } from "./plan-hash.ts";
import { firstOf, PLAN_KIND, type PlanClaim, type PublishedPlan, planRecord } from "./plan-record.ts";

export interface PlanLog {
  readonly log: Log;
  readonly codec: Codec;
  readonly names: TopicNames;
}

export type Publication =
  | { readonly outcome: "published" }
  /** The same plan is there: nothing was written. */
  | { readonly outcome: "already_published"; readonly publishedMs: number }
  /** Another plan has this id: nothing was written. */
  | { readonly outcome: "id_taken"; readonly by: PublishedPlan };

/**
 * Writes a canonical plan to `changes`, dated `nowMs`, and resolves when it is acknowledged. Where two publish one id at once,
 * both may be told that they did; the first in the log counts wherever plans are read.
 */
export async function publishPlan(planLog: PlanLog, plan: Plan, nowMs: number): Promise<Publication> {
  const { first } = firstOf(await readClaims(planLog, plan.id));
  if (first !== null) {
    return first.hash === planHash(plan)
      ? { outcome: "already_published", publishedMs: first.publishedMs }
      : { outcome: "id_taken", by: first };
  }
  const { log, codec, names } = planLog;
  const value = codec.encode("changes", planRecord(plan, nowMs));
  const writer = await log.writer();
  try {
    await writer.write([{ topic: names.full("changes"), partition: null, key: plan.lane, value }]);
  } finally {
    await writer.close();
  }
  return { outcome: "published" };
}

/** Reads `changes` whole, as long as it is kept: what people do, a few records a day. */
async function readClaims({ log, codec, names }: PlanLog, id: string): Promise<readonly PlanClaim[]> {
  const topic = names.full("changes");
  const partitions = await log.partitionCount(topic);
  const claims: PlanClaim[] = [];
  for (let partition = 0; partition < partitions; partition += 1) {
    await readPartition(log, topic, partition, 0, ({ value, appendMs }) => {
      const decoded = value === null ? null : codec.decodeGeneric("changes", value);
      if (decoded?.ok !== true) return;
      const { kind, experimentId, lane, details = {} } = decoded.record;
      if (kind !== PLAN_KIND || experimentId !== id) return;
      claims.push({
        lane,
        experimentId,
        json: details.plan ?? "",
        hash: details.planHash ?? "",
        publishedMs: appendMs,
      });
    });
  }
  return claims.sort((a, b) => a.publishedMs - b.publishedMs);
}
