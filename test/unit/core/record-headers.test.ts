import { describe, expect, it } from "vitest";
import { QUARANTINE_REASONS } from "../../../services/core/input.ts";
import { decodeForwardNote, encodeForwardNote } from "../../../services/core/record-headers.ts";

describe("the note on a forwarded sample", () => {
  it("is one short line of text", () => {
    const reasons = ["lane_frozen", "duplicate_id"];
    expect(encodeForwardNote({ sourceOffset: 4711, gateRevision: 7, enforced: true, reasons })).toBe(
      "4711 7 1 lane_frozen,duplicate_id",
    );
  });

  it("comes back as it was, without a reason, with each and with all", () => {
    const lists = [[], ...QUARANTINE_REASONS.map((reason) => [reason]), [...QUARANTINE_REASONS]];
    for (const reasons of lists) {
      for (const enforced of [true, false]) {
        const note = { sourceOffset: Number.MAX_SAFE_INTEGER, gateRevision: 0, enforced, reasons };
        expect(decodeForwardNote(encodeForwardNote(note))).toEqual(note);
      }
    }
  });

  it.each([
    [undefined],
    [""],
    ["1 2 1"],
    ["1 2 3 "],
    ["-1 2 1 "],
    ["1 2 1 a,"],
    ["1 2 1 a b"],
    ["x 2 1 "],
    ["1 2 1 \n"],
    ["12345678901234567 2 1 "],
  ])("says of %j that it is not the gatekeeper's", (header) => {
    expect(decodeForwardNote(header)).toBeNull();
  });
});
