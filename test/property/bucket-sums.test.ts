import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OTHER } from "../../services/core/policy.ts";
import {
  addToBucket,
  BUCKETS_MAX,
  type BucketSums,
  decodeBucketSums,
  emptyBucketSums,
  encodeBucketSums,
  mergeBucketSums,
  subtractBucketSums,
} from "../../services/core/sketches/bucket-sums.ts";

type Item = readonly [bucket: string, amounts: readonly [number, number]];

/** Few names collide often; many names overflow the bound. */
const few = fc.constantFrom("", "a", "b", "c", "__proto__", OTHER);
const many = fc.nat(600).map((i) => `bucket-${i}`);
const items = (name: fc.Arbitrary<string>, maxLength: number): fc.Arbitrary<Item[]> =>
  fc.array(fc.tuple(name, fc.tuple(fc.nat(3), fc.nat(3))), { maxLength });

function sumsOf(list: readonly Item[]): BucketSums {
  const sums = emptyBucketSums(2);
  for (const [bucket, amounts] of list) addToBucket(sums, bucket, amounts);
  return sums;
}

function merged(...parts: readonly BucketSums[]): BucketSums {
  const into = emptyBucketSums(2);
  for (const part of parts) mergeBucketSums(into, part);
  return into;
}

const same = (a: BucketSums, b: BucketSums) => expect(encodeBucketSums(a)).toEqual(encodeBucketSums(b));

describe("bucket sums, also beyond the bound", () => {
  const lists = fc.oneof(items(few, 40), items(many, 500));

  it("merging parts is one pass over all of them, in any grouping and order", () => {
    fc.assert(
      fc.property(lists, lists, lists, (x, y, z) => {
        const [a, b, c] = [sumsOf(x), sumsOf(y), sumsOf(z)];
        const whole = sumsOf([...z, ...x, ...y]);
        same(merged(a, b, c), whole);
        same(merged(c, merged(b, a)), whole);
        same(merged(merged(a, c), b), whole);
      }),
      { numRuns: 60 },
    );
  });

  it("an empty part changes nothing, and merging leaves its source alone", () => {
    fc.assert(
      fc.property(lists, lists, (x, y) => {
        const a = sumsOf(x);
        same(merged(a, emptyBucketSums(2)), a);
        const b = sumsOf(y);
        mergeBucketSums(b, a);
        mergeBucketSums(b, a);
        same(a, sumsOf(x));
      }),
      { numRuns: 60 },
    );
  });

  it("comes back from JSON", () => {
    fc.assert(
      fc.property(lists, (x) => {
        const a = sumsOf(x);
        same(decodeBucketSums(JSON.parse(JSON.stringify(encodeBucketSums(a))), 2), a);
      }),
      { numRuns: 60 },
    );
  });

  it("never holds more names than the bound and __other__, and the total is everything", () => {
    fc.assert(
      fc.property(items(many, 800), (x) => {
        const a = sumsOf(x);
        expect(a.byBucket.size).toBeLessThanOrEqual(BUCKETS_MAX + 1);
        const held = [...a.byBucket.values()].reduce((sum, [first]) => sum + first!, 0);
        expect(held).toBe(a.total[0]);
      }),
      { numRuns: 60 },
    );
  });

  it("gives back what it was before a part was merged in, while nothing overflowed", () => {
    // Amounts of real items are never all zero; such an entry would not be told from an absent one.
    const real = items(few, 40).map((list) => list.filter(([, [, trials]]) => trials > 0));
    fc.assert(
      fc.property(real, real, (x, y) => {
        const a = sumsOf(x);
        const b = sumsOf(y);
        mergeBucketSums(a, b);
        subtractBucketSums(a, b);
        same(a, sumsOf(x));
      }),
    );
  });

  it("keeps totals exact when a part is taken out of an overflowed whole", () => {
    fc.assert(
      fc.property(items(many, 500), items(many, 500), (x, y) => {
        const whole = sumsOf([...x, ...y]);
        subtractBucketSums(whole, sumsOf(y));
        expect(whole.total).toEqual(sumsOf(x).total);
      }),
      { numRuns: 60 },
    );
  });
});
