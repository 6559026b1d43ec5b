import { expect, it } from "vitest";
import type { UnreadableInput } from "../../../services/core/input.ts";
import type { RejectedRecord } from "../../../services/core/records.ts";
import {
  REJECTED_BYTES_MAX,
  REJECTED_HEADER_CHARS_MAX,
  REJECTED_HEADERS_MAX,
  rejectEffect,
} from "../../../services/core/reject-effect.ts";

function rejected(over: Partial<UnreadableInput>): RejectedRecord {
  const at = { topic: "samples", partition: 1, offset: 7, appendMs: 1_700_000_000_000 };
  const input = { kind: "unreadable", at, code: "frame_missing", detail: "no frame", key: null } as const;
  const effect = rejectEffect({ ...input, raw: new Uint8Array(3), headers: {}, ...over }, 1);
  if (effect.type !== "publish" || effect.topic !== "rejected") throw new Error("no rejected record");
  return effect.record;
}

it("keeps the headers of what could not be read, whatever their names", () => {
  const headers = JSON.parse('{"sender":"ingest-7","__proto__":"p","":"unnamed"}') as Record<string, string>;
  const { headers: kept, detail } = rejected({ headers });
  expect(Object.entries(kept)).toEqual([
    ["sender", "ingest-7"],
    ["__proto__", "p"],
    ["", "unnamed"],
  ]);
  expect(detail).toBe("no frame");
});

it("leaves out what is beyond its bounds, and says how much", () => {
  const many = Object.fromEntries(Array.from({ length: REJECTED_HEADERS_MAX + 3 }, (_, i) => [`h${i}`, "v"]));
  const counted = rejected({ headers: many });
  expect(Object.keys(counted.headers)).toHaveLength(REJECTED_HEADERS_MAX);
  expect(counted.detail).toBe("no frame (3 headers left out)");
  const long = { first: "1", second: "x".repeat(REJECTED_HEADER_CHARS_MAX), third: "3" };
  const cut = rejected({ headers: long, raw: new Uint8Array(REJECTED_BYTES_MAX + 1) });
  expect({ ...cut.headers }).toEqual({ first: "1" });
  expect(cut.bytes).toHaveLength(REJECTED_BYTES_MAX);
  expect(cut.detail).toBe(
    `no frame (${REJECTED_BYTES_MAX + 1} bytes, the first ${REJECTED_BYTES_MAX} kept) (2 headers left out)`,
  );
});
