/** A recorder over a real store and a topic that is only said to be there, and the records it is given. */
import { createCodec } from "../../services/adapters/avro/codec.ts";
import { TOPIC_NAMES } from "../../services/core/topics.ts";
import type { Clock, Log, LogRecord, Store, Watermarks } from "../../services/ports.ts";
import { createRecorder, type Recorder } from "../../services/recorder/recorder.ts";
import { MIGRATED_TABLES } from "./table-rows.ts";
import { noGauges, quietLogger, testClock } from "./test-store.ts";

export const NOW_MS = Date.now();
const codec = createCodec();

export interface FakeTopic {
  cluster: string;
  topicId: string;
  high: number;
}

function fakeLog(topic: FakeTopic): Pick<Log, "clusterId" | "topicId" | "watermarks" | "partitionCount"> {
  return {
    clusterId: () => Promise.resolve(topic.cluster),
    topicId: () => Promise.resolve(topic.topicId),
    partitionCount: () => Promise.resolve(2),
    watermarks: (partitions) =>
      Promise.resolve(partitions.map((own): Watermarks => ({ ...own, low: 0, high: topic.high }))),
  };
}

let nonces = 0;

export const TOPIC: FakeTopic = { cluster: "c1", topicId: "t1", high: 1_000_000 };

export function testRecorder(
  store: Store,
  topic: FakeTopic = TOPIC,
  limits: Parameters<typeof createRecorder>[0]["limits"] = {},
  clock: Clock = testClock(),
): Recorder {
  nonces += 1;
  return createRecorder({
    store,
    log: fakeLog(topic),
    codec,
    tables: MIGRATED_TABLES,
    prefix: "",
    clock,
    logger: quietLogger,
    gauges: noGauges,
    nonce: `nonce-${NOW_MS}-${nonces}`,
    limits,
  });
}

/** A record of a topic without prefix; text is written as it is, a record by its schema. */
export function record(
  topic: string,
  partition: number,
  offset: number,
  value: object | string | null,
  more: Partial<LogRecord> = {},
): LogRecord {
  const name = TOPIC_NAMES.find((own) => topic === `${own}.v1`)!;
  return {
    topic,
    partition,
    offset,
    appendMs: NOW_MS,
    key: null,
    value:
      value === null
        ? null
        : typeof value === "string"
          ? Buffer.from(value)
          : codec.encode(name, value as never),
    headers: {},
    ...more,
  };
}

/** A sample the gatekeeper has let through. */
export function sample(partition: number, offset: number, more: Partial<LogRecord> = {}): LogRecord {
  return record(
    "admitted.v1",
    partition,
    offset,
    {
      id: `s-${partition}-${offset}`,
      eventTime: NOW_MS,
      lane: "a/b",
      origin: "model_generated",
      output: `text ${offset}`,
    },
    {
      headers: {
        plumbline: `${offset} 7 1 `,
      },
      ...more,
    },
  );
}

export const ADMITTED = [0, 1].map((partition) => ({ topic: "admitted.v1", partition }));
