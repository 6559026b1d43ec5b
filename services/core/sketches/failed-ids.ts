/**
 * A few ids of interactions that failed, by bucket: the way back from a rate that fell to what stands behind it. Bounded and
 * mergeable: of each bucket the ids of smallest hash, whatever order they came in, each once.
 */
import { rankOfId } from "../hash.ts";
import type { JsonShape } from "../json-shape.ts";
import type { Json } from "../metric.ts";
import { BUCKETS_MAX } from "./bucket-sums.ts";

/** Ids kept of a bucket. */
export const FAILED_IDS_MAX = 8;
/** A longer id is no record's: it is not kept. */
export const FAILED_ID_CHARS_MAX = 256;
/** What they take at most in a pane's state, as UTF-8; where long ids take more, fewer of each bucket are kept. */
export const FAILED_IDS_BYTES_MAX = 131_072;

interface Failed {
  readonly rank: number;
  readonly id: string;
}

interface Bucket {
  readonly rank: number;
  /** Ascending by rank, then id. */
  readonly ids: Failed[];
}

/** Owned by whoever made it; `offer`, `merge` and `keep` change it. Buckets are those that `BucketSums` keeps; "" is all of them. */
export class FailedIds {
  readonly #buckets = new Map<string, Bucket>();

  /** Counts under `bucket`, unless it is "", and under all. */
  offer(bucket: string, id: string): void {
    if (id === "" || id.length > FAILED_ID_CHARS_MAX) return;
    const failed = { rank: rankOfId(id), id };
    insert(this.#bucket("")!.ids, failed);
    if (bucket === "") return;
    const own = this.#bucket(bucket);
    if (own !== null) insert(own.ids, failed);
  }

  merge(from: FailedIds): void {
    for (const [name, { ids }] of from.#buckets) {
      const into = this.#bucket(name);
      if (into !== null) for (const failed of ids) insert(into.ids, failed);
    }
  }

  /** Drops all but the first `idsMax` ids of each bucket. */
  keep(idsMax: number): void {
    for (const [name, { ids }] of this.#buckets) {
      if (idsMax === 0) this.#buckets.delete(name);
      else ids.length = Math.min(ids.length, idsMax);
    }
  }

  /** Buckets by name, "" first, each with at least one id, smallest hash first. */
  byBucket(): readonly (readonly [string, readonly string[]])[] {
    return [...this.#buckets]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, { ids }]) => [name, ids.map(({ id }) => id)]);
  }

  encode(): Json {
    return this.byBucket().map(([name, ids]) => [name, ...ids]);
  }

  /** Inverse of `encode`; throws what `shape` throws for anything else. */
  static decode(json: unknown, shape: JsonShape): FailedIds {
    const failed = new FailedIds();
    shape.array(json, "failed", (entry, name) => {
      const [bucket, ...ids] = shape.array(entry, name, (text, at) => shape.string(text, at));
      const own = bucket === undefined ? null : failed.#bucket(bucket);
      for (const id of ids) if (own !== null) insert(own.ids, { rank: rankOfId(id), id });
    });
    return failed;
  }

  /** null for a bucket that has no place: those of smallest name hash have one. */
  #bucket(name: string): Bucket | null {
    const known = this.#buckets.get(name);
    if (known !== undefined) return known;
    const own = { rank: name === "" ? -1 : rankOfId(name), ids: [] };
    this.#buckets.set(name, own);
    // All of them are one more.
    if (this.#buckets.size <= BUCKETS_MAX + 1) return own;
    let [last, lastBucket]: [string, Bucket] = [name, own];
    for (const [other, bucket] of this.#buckets) {
      if (bucket.rank < lastBucket.rank || (bucket.rank === lastBucket.rank && other < last)) continue;
      [last, lastBucket] = [other, bucket];
    }
    this.#buckets.delete(last);
    return last === name ? null : own;
  }
}

function insert(ids: Failed[], failed: Failed): void {
  let at = ids.length;
  while (at > 0 && isBefore(failed, ids[at - 1]!)) at -= 1;
  if (at === FAILED_IDS_MAX || ids[at - 1]?.id === failed.id) return;
  ids.splice(at, 0, failed);
  if (ids.length > FAILED_IDS_MAX) ids.pop();
}

function isBefore(a: Failed, b: Failed): boolean {
  return a.rank < b.rank || (a.rank === b.rank && a.id < b.id);
}
