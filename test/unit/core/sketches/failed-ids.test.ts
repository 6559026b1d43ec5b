import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rankOfId } from "../../../../services/core/hash.ts";
import { JsonShape } from "../../../../services/core/json-shape.ts";
import { BUCKETS_MAX } from "../../../../services/core/sketches/bucket-sums.ts";
import {
  FAILED_ID_CHARS_MAX,
  FAILED_IDS_MAX,
  FailedIds,
} from "../../../../services/core/sketches/failed-ids.ts";

const shape = new JsonShape((message) => new Error(message));

type Failure = readonly [bucket: string, id: string];

function of(failures: readonly Failure[]): FailedIds {
  const failed = new FailedIds();
  for (const [bucket, id] of failures) failed.offer(bucket, id);
  return failed;
}

const FAILURES = fc.array(
  fc.tuple(fc.constantFrom("", "a", "b", "refund/hinge"), fc.integer({ min: 0, max: 60 }).map(String)),
  { maxLength: 80 },
);

describe("ids of failures", () => {
  it("are the distinct ones of smallest hash of each bucket, whatever the order and however they are merged", () => {
    fc.assert(
      fc.property(FAILURES, fc.nat(80), (failures, at) => {
        const buckets = new Set(failures.flatMap(([bucket]) => ["", bucket]));
        const expected = [...buckets].sort().map((bucket) => {
          const own = failures.filter(([name]) => bucket === "" || name === bucket).map(([, id]) => id);
          const ranked = [...new Set(own)].sort((a, b) => rankOfId(a) - rankOfId(b));
          return [bucket, ranked.slice(0, FAILED_IDS_MAX)];
        });
        const parts = [of(failures.slice(at)), of(failures.slice(0, at).toReversed())];
        const merged = new FailedIds();
        for (const part of parts) merged.merge(part);
        expect(merged.byBucket()).toEqual(expected);
        // The parts are left as they were.
        expect(parts[0]!.byBucket()).toEqual(of(failures.slice(at)).byBucket());
        const read = FailedIds.decode(JSON.parse(JSON.stringify(merged.encode())), shape);
        expect(read.byBucket()).toEqual(expected);
      }),
    );
  });

  it("are kept of the same buckets that sums are kept of, in any order", () => {
    const names = Array.from({ length: 3 * BUCKETS_MAX }, (_, i) => `b${i}`);
    const kept = [...names].sort((a, b) => rankOfId(a) - rankOfId(b)).slice(0, BUCKETS_MAX);
    for (const order of [names, names.toReversed()]) {
      const failed = of(order.map((bucket, i) => [bucket, `i${i}`]));
      expect(failed.byBucket().map(([bucket]) => bucket)).toEqual(["", ...kept.sort()]);
    }
  });

  it("leave out what can be no record's id", () => {
    const failed = of([
      ["a", ""],
      ["a", "x".repeat(FAILED_ID_CHARS_MAX + 1)],
      ["a", "x".repeat(FAILED_ID_CHARS_MAX)],
    ]);
    expect(failed.byBucket().map(([bucket, ids]) => [bucket, ids.length])).toEqual([
      ["", 1],
      ["a", 1],
    ]);
  });
});
