import { describe, expect, it } from "vitest";
import { createCodec, type RecordOf } from "../../services/adapters/avro/codec.ts";
import { TOPIC_NAMES } from "../../services/core/topics.ts";
import { framedExamples, RECORDS } from "../support/wire-records.ts";

const codec = createCodec();

/** Bytes on the wire are a promise to every producer and every stored topic: one record of each, byte for byte. */
it("frames of one record of each topic", async () => {
  const text = framedExamples(codec)
    .map(([topic, bytes]) => `${topic} ${bytes.toString("hex").replace(/.{96}/g, "$&\n  ")}\n`)
    .join("");
  await expect(text).toMatchFileSnapshot("wire/frames.txt");
});

describe("what Plumbline writes comes back with the same fields, no more and no fewer", () => {
  it.each([
    "windows",
    "panes",
    "references",
    "state",
    "verdicts",
    "decisions",
    "gates",
    "commands",
    "rejected",
  ] as const)("%s", (topic) => {
    expect(TOPIC_NAMES).toContain(topic);
    const decoded = codec.decodeGeneric(topic, codec.encode(topic, RECORDS[topic] as RecordOf<typeof topic>));
    const plain = (record: object) =>
      JSON.parse(
        JSON.stringify(record, (_key, value: unknown) => (value instanceof Uint8Array ? [...value] : value)),
      );
    expect(decoded.ok && plain({ ...decoded.record, ...bytesAsArrays(decoded.record) })).toEqual(
      plain({ ...RECORDS[topic], ...bytesAsArrays(RECORDS[topic]) }),
    );
  });
});

/** Buffers turn themselves into JSON before a replacer sees them. */
function bytesAsArrays(record: object): object {
  return Object.fromEntries(
    Object.entries(record).flatMap(([key, value]) =>
      value instanceof Uint8Array ? [[key, [...value]]] : [],
    ),
  );
}
