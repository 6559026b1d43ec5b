/** What the parts of a replay share. */
import type { Codec } from "../../adapters/avro/codec.ts";
import type { Catalogue } from "../../core/catalogue.ts";
import type { Input, InputCut } from "../../core/input.ts";
import { CUT_HEADER } from "../../core/record-headers.ts";
import type { TopicName } from "../../core/topics.ts";
import type { LogRecord } from "../../ports.ts";
import type { TopicNames } from "../topics.ts";
import type { RecordStream, RecordStreams } from "./record-streams.ts";
import type { FindPublished } from "./revisions.ts";

export interface ReplayPart {
  readonly codec: Codec;
  readonly names: TopicNames;
  readonly catalogue: Catalogue;
  readonly find: FindPublished;
  readonly decode: (record: LogRecord) => Input;
  readonly streams: RecordStreams;
  /** Says which part is at work; called often. */
  readonly at: (part: string) => void;
}

/** The input cut a record is, else null. */
export function cutOf(part: ReplayPart, record: LogRecord): InputCut | null {
  if (record.value !== null || record.headers[CUT_HEADER] === undefined) return null;
  const input = part.decode(record);
  if (input.kind !== "cut") throw new Error(`${placeOf(record)} is an input cut that cannot be read`);
  return input.cut;
}

export function placeOf({ topic, partition, offset }: LogRecord): string {
  return `${topic}/${partition} offset ${offset}`;
}

export function openStream(
  part: ReplayPart,
  topic: TopicName,
  partition: number,
  from = 0,
): Promise<RecordStream> {
  return part.streams.open(part.names.full(topic), partition, from);
}

/** A stream of what the services wrote, from its beginning. @throws Error where retention has removed that. */
export async function openRecorded(
  part: ReplayPart,
  topic: TopicName,
  partition: number,
): Promise<RecordStream> {
  const stream = await openStream(part, topic, partition);
  stream.requireWhole();
  return stream;
}
