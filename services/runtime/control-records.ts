/** Control records: no value, one header. They move watermarks and name input cuts, in band (law 1). */
import type { InputCut } from "../core/input.ts";
import { CUT_HEADER, TICK_HEADER } from "../core/record-headers.ts";
import type { OutgoingRecord } from "../ports.ts";

/** A tick worth its own append time. */
export const APPEND_TIME = "append";

export function tickRecord(topic: string, partition: number, watermarkMs: number | "append"): OutgoingRecord {
  return { topic, partition, key: null, value: null, headers: { [TICK_HEADER]: String(watermarkMs) } };
}

export function cutRecord(topic: string, partition: number, cut: InputCut): OutgoingRecord {
  return { topic, partition, key: null, value: null, headers: { [CUT_HEADER]: JSON.stringify(cut) } };
}
