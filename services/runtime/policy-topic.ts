/**
 * Policy, rules and frozen references in the topic `references`, where services and replays find them by version (law 1).
 *
 * A document is one to a few records: `<kind>/<lane>@<version>/chunk/<n>`, the chunks of its bytes. It counts from the
 * record that completes it; of several versions the one completed last. Rules are kept by version, since a policy names
 * the rules it belongs to: the policy's last chunk switches both at once, so a half publication changes nothing.
 */
import type { Codec } from "../adapters/avro/codec.ts";
import { Policies, type Policy } from "../core/policy.ts";
import type { ReferenceRecord } from "../core/records.ts";
import {
  chunkReference,
  decodeReference,
  encodeReference,
  REFERENCE_BYTES_MAX,
  REFERENCE_CHUNK_BYTES_MAX,
} from "../core/reference/reference-codec.ts";
import type { Reference } from "../core/reference.ts";
import type { Rule } from "../core/rule.ts";
import { topicName } from "../core/topics.ts";
import type { Log, OutgoingRecord, Writer } from "../ports.ts";
import { canonicalJson } from "./canonical-json.ts";
import { type PolicyContent, versioned } from "./policy-files.ts";
import { type Document, type DocumentKind, Documents, documentName } from "./published-documents.ts";
import { DEFAULT_LANE } from "./read-lanes.ts";
import { readPartition } from "./read-partition.ts";

const CHUNKS_MAX = Math.ceil(REFERENCE_BYTES_MAX / REFERENCE_CHUNK_BYTES_MAX);

export type ReferencesCodec = Pick<Codec, "encode" | "decodeGeneric">;

export interface PublishedContent extends PolicyContent {
  /** By lane; `*` stands for every lane without one of its own. */
  readonly references: ReadonlyMap<string, Reference>;
}

/** What services are given of it. */
export interface PublishedPolicy {
  readonly policies: Policies;
  readonly rules: readonly Rule[];
  readonly rulesVersion: string;
  readonly referenceOf: (lane: string) => Reference | null;
  /** Names the frozen references in cuts. */
  readonly referencesVersion: string;
}

/** Writes rules and policy; resolves when both are acknowledged. */
export async function publishPolicy(
  writer: Writer,
  codec: ReferencesCodec,
  prefix: string,
  content: PolicyContent,
): Promise<void> {
  const { policy, rules, rulesVersion } = content;
  // 1. Rules first. When 2 fails, services go on with the policy and the rules they had.
  await write(writer, codec, prefix, "rules", DEFAULT_LANE, rulesVersion, jsonBytes({ rules }));
  // 2. The policy, which names them.
  await write(
    writer,
    codec,
    prefix,
    "lanes",
    DEFAULT_LANE,
    policy.version,
    jsonBytes({ policy, rulesVersion }),
  );
}

/** Writes a frozen reference for its own lane; `*` for every lane without one. */
export async function publishReference(
  writer: Writer,
  codec: ReferencesCodec,
  prefix: string,
  reference: Reference,
): Promise<void> {
  const bytes = encodeReference(reference);
  await write(writer, codec, prefix, "reference", reference.lane, reference.version, bytes);
}

/**
 * What counts now. null while no policy was ever published. Throws, naming what and where, on a record that cannot be
 * read, on content that is not what its version says, and on more than `REFERENCES_MAX` references.
 */
export async function readReferencesTopic(
  log: Log,
  codec: ReferencesCodec,
  prefix: string,
): Promise<PublishedContent | null> {
  const latest = await readLatest(log, codec, prefix);
  if (latest === null) return null;
  const references = new Map<string, Reference>();
  for (const [lane, bytes] of latest.documents.references()) references.set(lane, decodeReference(bytes));
  return { ...latest.content, references };
}

/** Rules and policy that count now, without the references; null and throws as `readReferencesTopic`. */
export async function readPolicyTopic(
  log: Log,
  codec: ReferencesCodec,
  prefix: string,
): Promise<PolicyContent | null> {
  return (await readLatest(log, codec, prefix))?.content ?? null;
}

async function readLatest(
  log: Log,
  codec: ReferencesCodec,
  prefix: string,
): Promise<{ readonly content: PolicyContent; readonly documents: Documents } | null> {
  const topic = topicName(prefix, "references");
  const documents = new Documents("latest");
  await readDocuments(log, codec, topic, documents);
  const lanes = documents.latest("lanes", DEFAULT_LANE);
  return lanes === null ? null : { content: policyOf(topic, lanes, documents), documents };
}

/** Takes in every document of the topic, up to its present end. Throws as `readReferencesTopic`. */
export async function readDocuments(
  log: Log,
  codec: ReferencesCodec,
  topic: string,
  documents: Documents,
): Promise<void> {
  const decoder = new TextDecoder();
  await readPartition(log, topic, 0, 0, (record) => {
    if (record.key === null) return;
    if (record.value === null) {
      documents.remove(decoder.decode(record.key));
      return;
    }
    const decoded = codec.decodeGeneric("references", record.value);
    if (!decoded.ok) throw new Error(`${topic}/0 offset ${record.offset} cannot be read: ${decoded.detail}`);
    const { chunk, chunks } = decoded.record;
    if (chunks < 1 || chunks > CHUNKS_MAX || chunk < 0 || chunk >= chunks) {
      throw new Error(
        `${topic}/0 offset ${record.offset} is chunk ${chunk} of ${chunks}, at most ${CHUNKS_MAX}`,
      );
    }
    documents.add(decoded.record as ReferenceRecord);
  });
}

/** The lane's own reference, else the one for all lanes, else null. */
export function referenceOf(references: ReadonlyMap<string, Reference>, lane: string): Reference | null {
  return references.get(lane) ?? references.get(DEFAULT_LANE) ?? null;
}

/** Canonical JSON of lane to version: what cuts say of the references, and all that finding them again takes. */
function referencesVersion(references: ReadonlyMap<string, Reference>): string {
  return canonicalJson(Object.fromEntries([...references].map(([lane, { version }]) => [lane, version])));
}

export function publishedPolicy(content: PublishedContent): PublishedPolicy {
  const { policy, rules, rulesVersion, references } = content;
  return {
    policies: new Policies(policy),
    rules,
    rulesVersion,
    referenceOf: (lane) => referenceOf(references, lane),
    referencesVersion: referencesVersion(references),
  };
}

/** Policy and the rules it names; throws where the rules are missing or the content is not what its version says. */
export function policyOf(topic: string, lanes: Document, documents: Documents): PolicyContent {
  const { policy, rulesVersion } = parse<{ policy: Policy; rulesVersion: string }>(topic, lanes);
  const rulesDocument = documents.rules(rulesVersion);
  if (rulesDocument === null) {
    throw new Error(
      `${topic}: policy ${lanes.version} names rules ${rulesVersion}, which are not there: publish it again`,
    );
  }
  const { rules } = parse<{ rules: readonly Rule[] }>(topic, rulesDocument);
  const { version, ...rest } = policy;
  const content = versioned(rest, rules);
  if (content.policy.version !== version || content.rulesVersion !== rulesVersion) {
    throw new Error(
      `${topic}: policy ${version} was altered or written by another release: publish it again`,
    );
  }
  return content;
}

function parse<T>(topic: string, document: Document): T {
  try {
    return JSON.parse(new TextDecoder().decode(document.bytes)) as T;
  } catch {
    throw new Error(`${topic}: version ${document.version} is not JSON: publish it again`);
  }
}

function jsonBytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(canonicalJson(value));
}

async function write(
  writer: Writer,
  codec: ReferencesCodec,
  prefix: string,
  kind: DocumentKind,
  lane: string,
  version: string,
  bytes: Uint8Array,
): Promise<void> {
  const pieces = chunkReference(bytes);
  const records = pieces.map((body, chunk): OutgoingRecord => {
    const record: ReferenceRecord = { kind, lane, version, chunk, chunks: pieces.length, body };
    return {
      topic: topicName(prefix, "references"),
      partition: 0,
      key: `${documentName(kind, lane)}@${version}/chunk/${chunk}`,
      value: codec.encode("references", record),
    };
  });
  await writer.write(records);
}
