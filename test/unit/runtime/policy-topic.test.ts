import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createCodec } from "../../../services/adapters/avro/codec.ts";
import { MemoryBroker } from "../../../services/adapters/memory/memory-broker.ts";
import { wordJsd } from "../../../services/core/metrics/word-jsd.ts";
import type { ReferenceRecord } from "../../../services/core/records.ts";
import { buildReference } from "../../../services/core/reference/build-reference.ts";
import { REFERENCE_CHUNK_BYTES_MAX } from "../../../services/core/reference/reference-codec.ts";
import type { Reference } from "../../../services/core/reference.ts";
import type { Rule } from "../../../services/core/rule.ts";
import type { Log, Writer } from "../../../services/ports.ts";
import { type PolicyContent, versioned } from "../../../services/runtime/policy-files.ts";
import {
  publishedPolicy,
  publishPolicy,
  publishReference,
  readReferencesTopic,
  referenceOf,
} from "../../../services/runtime/policy-topic.ts";
import { testPolicy } from "../../support/policy.ts";

const PREFIX = "test.";
const TOPIC = "test.references.v1";
const codec = createCodec();
let log: Log;
let writer: Writer;
let small: Reference;
let large: Reference;

function reference(lane: string, seed: number, types: number): Reference {
  const texts = Array.from({ length: 60 }, (_, i) => ({
    id: `t${i}`,
    text: Array.from({ length: 200 }, (_, j) => `w${seed}x${(i * 200 + j) % types}`).join(" "),
    bucket: "b",
  }));
  return buildReference({ lane, texts, seed, nullDraws: 2, metrics: [wordJsd] });
}

function content(threshold: number): PolicyContent {
  const { version: _version, ...lanes } = testPolicy();
  const rule: Rule = {
    id: "one",
    title: "One",
    metric: "word_jsd",
    stage: "candidate",
    segment: "generated",
    bucket: "",
    breach: [{ field: "z", op: "gt", threshold }],
    warn: [],
    severity: "page",
    owner: "ann",
    page: "p",
    source: "s",
  };
  return versioned(lanes, [rule]);
}

function read() {
  return readReferencesTopic(log, codec, PREFIX);
}

/** Writes one chunk as it is. */
async function writeChunk(record: ReferenceRecord): Promise<void> {
  const key = `${record.kind}/${record.lane}@${record.version}/chunk/${record.chunk}`;
  await writer.write([{ topic: TOPIC, partition: 0, key, value: codec.encode("references", record) }]);
}

/** A writer that stops after so many records of what follows. */
function failingAfter(records: number): Writer {
  return {
    async write(outgoing) {
      await writer.write(outgoing.slice(0, records));
      if (outgoing.length > records) throw new Error("away");
      records -= outgoing.length;
    },
    close: () => Promise.resolve(),
  };
}

beforeAll(() => {
  small = reference("a", 1, 100);
  large = reference("*", 2, 5_000);
});

beforeEach(async () => {
  const broker = new MemoryBroker({ nowMs: () => 1 });
  broker.createTopic(TOPIC, 1);
  log = broker.open();
  writer = await log.writer();
});

describe("topic references", () => {
  it("has nothing to say before a policy is published", async () => {
    expect(await read()).toBeNull();
    await publishReference(writer, codec, PREFIX, small);
    expect(await read()).toBeNull();
  });

  it("gives back what was published", async () => {
    await publishPolicy(writer, codec, PREFIX, content(4));
    await publishReference(writer, codec, PREFIX, small);
    await publishReference(writer, codec, PREFIX, large);
    const found = (await read())!;
    expect(found).toMatchObject(content(4));
    expect(found.references).toEqual(
      new Map([
        ["a", small],
        ["*", large],
      ]),
    );
  });

  it("names a lane's own reference before the one for all lanes", async () => {
    await publishPolicy(writer, codec, PREFIX, content(4));
    await publishReference(writer, codec, PREFIX, small);
    expect(referenceOf((await read())!.references, "b")).toBeNull();
    await publishReference(writer, codec, PREFIX, large);
    const published = publishedPolicy((await read())!);
    expect(published.referenceOf("a")?.version).toBe(small.version);
    expect(published.referenceOf("b")?.version).toBe(large.version);
    expect(published.policies.of("b").lane).toBe("*");
  });

  it("lets the version published last count, also an older one again", async () => {
    for (const threshold of [4, 5, 4]) {
      await publishPolicy(writer, codec, PREFIX, content(threshold));
      expect(await read()).toMatchObject(content(threshold));
    }
  });

  it("keeps policy and rules together when a publication breaks off", async () => {
    await publishPolicy(writer, codec, PREFIX, content(4));
    await expect(publishPolicy(failingAfter(1), codec, PREFIX, content(5))).rejects.toThrow("away");
    expect(await read()).toMatchObject(content(4));
  });

  it("keeps the reference that is whole when a publication breaks off", async () => {
    const chunk = (version: string, n: number, body: Uint8Array): ReferenceRecord => {
      return { kind: "reference", lane: "a", version, chunk: n, chunks: 2, body };
    };
    await publishPolicy(writer, codec, PREFIX, content(4));
    await writeChunk(chunk("f".repeat(16), 0, new Uint8Array(REFERENCE_CHUNK_BYTES_MAX)));
    await publishReference(writer, codec, PREFIX, small);
    await writeChunk(chunk("e".repeat(16), 1, new Uint8Array(10)));
    expect((await read())!.references.get("a")?.version).toBe(small.version);
  });

  it("forgets a reference whose keys are removed", async () => {
    await publishPolicy(writer, codec, PREFIX, content(4));
    await publishReference(writer, codec, PREFIX, small);
    const key = `reference/a@${small.version}/chunk/0`;
    await writer.write([{ topic: TOPIC, partition: 0, key, value: null }]);
    expect((await read())!.references.size).toBe(0);
  });

  it("says where a record stands that cannot be read", async () => {
    await writer.write([{ topic: TOPIC, partition: 0, key: "x", value: new Uint8Array([1, 2]) }]);
    await expect(read()).rejects.toThrow(`${TOPIC}/0 offset 0 cannot be read`);
  });

  it.each([
    [0, 0],
    [0, 2_000_000_000],
    [-1, 2],
    [2, 2],
  ])("refuses chunk %d of %d", async (chunk, chunks) => {
    const body = new Uint8Array(1);
    await writeChunk({ kind: "reference", lane: "a", version: "0".repeat(16), chunk, chunks, body });
    await expect(read()).rejects.toThrow(`chunk ${chunk} of ${chunks}`);
  });

  it("refuses a policy that is not what its version says", async () => {
    const { policy, rules, rulesVersion } = content(4);
    const altered = { policy: { ...policy, lanesMax: 17 }, rules, rulesVersion };
    await publishPolicy(writer, codec, PREFIX, altered);
    await expect(read()).rejects.toThrow("was altered or written by another release: publish it again");
  });

  it("refuses a policy whose rules are not there", async () => {
    const body = new TextEncoder().encode(JSON.stringify({ policy: testPolicy(), rulesVersion: "none" }));
    await writeChunk({ kind: "lanes", lane: "*", version: "test", chunk: 0, chunks: 1, body });
    await expect(read()).rejects.toThrow("names rules none, which are not there");
  });
});
