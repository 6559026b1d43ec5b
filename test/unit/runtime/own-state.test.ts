import { describe, expect, it } from "vitest";
import { createCodec } from "../../../services/adapters/avro/codec.ts";
import { StateFormatError } from "../../../services/core/state-format.ts";
import { decodeOwnState } from "../../../services/runtime/own-state.ts";

const KEY = "monitor/0/checkpoint";
const RECORD = { service: "monitor", partition: 0, name: "checkpoint", body: Buffer.of(1, 2) };

describe("decodeOwnState", () => {
  const codec = createCodec();
  const bytes = codec.encode("state", RECORD);

  it("gives back what was written", () => {
    expect(decodeOwnState(codec, "state", KEY, bytes)).toEqual(RECORD);
  });

  it("refuses a schema of a newer release, naming the record, both ids and what to do", () => {
    const newer = Buffer.from(bytes);
    newer.writeUInt32BE(9_001, 1);
    const decode = () => decodeOwnState(codec, "state", KEY, newer);
    expect(decode).toThrow(StateFormatError);
    expect(decode).toThrow(
      `the record ${KEY} of state cannot be read: schema id 9001 is not one of state; this release writes ${codec.wireId("state")}: a newer Plumbline wrote it. Start that release again`,
    );
  });

  it("refuses damage without advice", () => {
    const decode = () => decodeOwnState(codec, "state", KEY, bytes.subarray(0, bytes.length - 1));
    expect(decode).toThrow(/^the record monitor\/0\/checkpoint of state cannot be read: /);
    expect(decode).not.toThrow(StateFormatError);
  });
});
