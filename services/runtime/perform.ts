/** Turns the core's effects into records of one transaction, and into metrics once it is committed. */
import type { Codec } from "../adapters/avro/codec.ts";
import type { Effect, PublishEffect } from "../core/effect.ts";
import type { DecisionRecord } from "../core/records.ts";
import type { TopicName } from "../core/topics.ts";
import type { OutgoingRecord } from "../ports.ts";
import { cutRecord, tickRecord } from "./control-records.ts";
import type { TopicNames } from "./topics.ts";

/** Chains decisions; absent in services that make none. */
export interface DecisionChain {
  link(decision: DecisionRecord): DecisionRecord;
}

/** Records in the order of the effects. Gauges and counts are not records and make none. */
export function recordsOf(
  effects: readonly Effect[],
  names: TopicNames,
  codec: Codec,
  chain: DecisionChain | null = null,
): OutgoingRecord[] {
  const records: OutgoingRecord[] = [];
  for (const effect of effects) {
    const record = recordOf(effect, names, codec, chain);
    if (record !== null) records.push(record);
  }
  return records;
}

function recordOf(
  effect: Effect,
  names: TopicNames,
  codec: Codec,
  chain: DecisionChain | null,
): OutgoingRecord | null {
  switch (effect.type) {
    case "publish":
      return {
        topic: names.full(effect.topic),
        partition: effect.partition,
        key: effect.key,
        value: encodePublish(effect, names, codec, chain),
      };
    case "forward":
      return {
        topic: names.full(effect.topic),
        partition: effect.partition,
        key: effect.key,
        value: effect.raw,
        headers: effect.headers,
      };
    case "tombstone":
      return { topic: names.full(effect.topic), partition: effect.partition, key: effect.key, value: null };
    case "tick":
      return tickRecord(names.full(effect.topic as TopicName), effect.partition, effect.watermarkMs);
    case "cut":
      return cutRecord(names.full(effect.topic as TopicName), effect.partition, effect.cut);
    case "gauge":
    case "count":
      return null;
  }
}

function encodePublish(
  effect: PublishEffect,
  names: TopicNames,
  codec: Codec,
  chain: DecisionChain | null,
): Uint8Array {
  if (effect.topic === "decisions" && chain !== null)
    return codec.encode("decisions", chain.link(effect.record));
  if (effect.topic === "rejected") {
    // People look the record up on the broker, by the name it has there.
    return codec.encode("rejected", {
      ...effect.record,
      topic: names.full(effect.record.topic as TopicName),
    });
  }
  return codec.encode(effect.topic, effect.record as never);
}
