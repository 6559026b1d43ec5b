/**
 * Cluster and topic identity. Neither client knows topic ids (they came with Metadata version 10), so this sends that one
 * request, version 12, over kafkajs' own connection, which already speaks the cluster's TLS and SASL.
 */
import { createRequire } from "node:module";
import { UnknownTopicError } from "../log-errors.ts";
import type { KafkaConnection } from "./connection.ts";
import { withCluster } from "./kafkajs-cluster.ts";

const METADATA_KEY = 3;
const METADATA_VERSION = 12;
const UNKNOWN_TOPIC_OR_PARTITION = 3;

/** kafkajs accepts only its own kind of buffer as a request body. */
interface KafkajsEncoder {
  writeBufferInternal(bytes: Buffer): void;
}
const Encoder = createRequire(import.meta.url)("kafkajs/src/protocol/encoder.js") as new () => KafkajsEncoder;

interface ParsedMetadata {
  readonly clusterId: string;
  /** null when the request named no topic. */
  readonly topic: { readonly errorCode: number; readonly id: string } | null;
}

/** Cluster id, and the topic's id as Kafka prints it (base64url of its UUID). @throws UnknownTopicError */
export async function fetchIdentity(
  connection: KafkaConnection,
  topic: string | null,
): Promise<{ clusterId: string; topicId: string }> {
  return await withCluster(connection, async (cluster) => {
    const broker = await cluster.findControllerBroker();
    const metadata = await broker.connectionPool.send<ParsedMetadata>(metadataExchange(topic));
    if (topic !== null && metadata.topic?.errorCode === UNKNOWN_TOPIC_OR_PARTITION) {
      throw new UnknownTopicError(topic);
    }
    if (metadata.topic !== null && metadata.topic.errorCode !== 0) {
      throw new Error(`topic ${topic}: the broker answers with error ${metadata.topic.errorCode}`);
    }
    return { clusterId: metadata.clusterId, topicId: metadata.topic?.id ?? "" };
  });
}

/**
 * Request header v2 and body, after what kafkajs writes itself (api key, version, correlation id, client id):
 *
 *   header => TAGS
 *   body   => [topics] allow_auto_topic_creation:BOOL include_topic_authorized_operations:BOOL TAGS
 *   topics => topic_id:UUID name:COMPACT_NULLABLE_STRING TAGS
 *
 * COMPACT lengths are varints of length + 1; TAGS is one zero byte when empty.
 */
function metadataExchange(topic: string | null): object {
  return {
    request: {
      apiKey: METADATA_KEY,
      apiVersion: METADATA_VERSION,
      apiName: "Metadata",
      encode: async () => {
        const encoder = new Encoder();
        encoder.writeBufferInternal(encodeRequest(topic));
        return encoder;
      },
    },
    response: {
      decode: async (raw: Buffer) => decodeMetadata(raw),
      parse: async (metadata: ParsedMetadata) => metadata,
    },
  };
}

function encodeRequest(topic: string | null): Buffer {
  const name = Buffer.from(topic ?? "", "utf8");
  const topics =
    topic === null ? [varint(1)] : [varint(2), Buffer.alloc(16), varint(name.length + 1), name, Buffer.of(0)];
  return Buffer.concat([Buffer.of(0), ...topics, Buffer.of(0, 0, 0)]);
}

/**
 *   header   => TAGS (the correlation id is read before)
 *   body     => throttle_time_ms:INT32 [brokers] cluster_id controller_id:INT32 [topics] …
 *   brokers  => node_id:INT32 host port:INT32 rack TAGS
 *   topics   => error_code:INT16 name topic_id:UUID …    (only the first is read)
 */
function decodeMetadata(raw: Buffer): ParsedMetadata {
  let at = 1 + 4;
  const readVarint = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = raw[at++]!;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const readString = (): string => {
    const length = Math.max(0, readVarint() - 1);
    at += length;
    return raw.toString("utf8", at - length, at);
  };
  for (let brokers = readVarint() - 1; brokers > 0; brokers -= 1) {
    at += 4;
    readString();
    at += 4;
    readString();
    at += 1;
  }
  const clusterId = readString();
  at += 4;
  if (readVarint() - 1 < 1) return { clusterId, topic: null };
  const errorCode = raw.readInt16BE(at);
  at += 2;
  readString();
  return { clusterId, topic: { errorCode, id: raw.toString("base64url", at, at + 16) } };
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  return Buffer.from([...bytes, rest]);
}
