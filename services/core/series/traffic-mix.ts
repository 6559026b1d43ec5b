/**
 * Online success at the mix of buckets that a lane had at first: what of a fall is other traffic, and what is worse service
 * (a confounder that looks like collapse). Each window is held against the lane's first ones.
 */
import { type Fields, JsonShape } from "../json-shape.ts";
import { OTHER } from "../policy.ts";
import { rateResult } from "../rate-result.ts";
import { type MetricResult, noResult, okResult } from "../result.ts";
import type { RateCounts } from "../statistics/e-values.ts";
import { mixShift } from "../statistics/mix-shift.ts";

/** First windows of a lane, which say what its mix is. */
export const MIX_WINDOWS = 12;
/** Buckets told apart; the rest of the traffic is one more. */
export const MIX_BUCKETS_MAX = 256;
const NONE: RateCounts = { successes: 0, trials: 0 };

const shape = new JsonShape((message) => new Error(`a lane's mix cannot be read: ${message}`));

export class TrafficMix {
  readonly #first = new Map<string, RateCounts>();
  #windows = 0;

  /** `counts` by bucket; what has none is under "". Returns the window's results, for the bucket `name`. */
  fold(counts: ReadonlyMap<string, RateCounts>, name: string): MetricResult[] {
    if (counts.size === 0) return [];
    const isFirst = this.#windows < MIX_WINDOWS;
    if (isFirst) {
      this.#windows += 1;
      this.#learn(counts);
      const all = sum([...counts.values()]);
      return [rateResult("online_fixed_mix", all.successes, all.trials, "")];
    }
    const now = new Map<string, RateCounts>();
    for (const [bucket, own] of counts) {
      const known = this.#first.has(bucket) || this.#first.size < MIX_BUCKETS_MAX ? bucket : OTHER;
      now.set(known, sum([now.get(known) ?? NONE, own]));
    }
    const strata = [...new Set([...this.#first.keys(), ...now.keys()])]
      .sort()
      .map((bucket) => ({ before: this.#first.get(bucket) ?? NONE, after: now.get(bucket) ?? NONE }));
    const shift = mixShift(strata);
    const n = shift.trialsAfter;
    if (shift.status !== "ok") {
      const { status } = shift;
      return [noResult("online_fixed_mix", n, status), noResult("mix_drop", n, status, name)];
    }
    const { fixedMixRate, within, mix, explained } = shift;
    const before = fixedMixRate + within.value;
    const interval = { lo: Math.max(0, before - within.hi), hi: Math.min(1, before - within.lo) };
    return [
      okResult("online_fixed_mix", n, fixedMixRate, interval),
      okResult("mix_drop", n, mix.value, mix, name),
      explained === null
        ? noResult("mix_explained", n, "insufficient", name)
        : okResult("mix_explained", n, explained.value, explained, name),
    ];
  }

  toJson(): Fields {
    return {
      windows: this.#windows,
      first: [...this.#first].map(([bucket, { successes, trials }]) => [bucket, successes, trials]),
    };
  }

  /** Throws, naming the field, on anything but what `toJson` made. */
  static fromJson(json: unknown, name: string): TrafficMix {
    const fields = shape.object(json, name);
    const mix = new TrafficMix();
    mix.#windows = shape.count(fields.windows, `${name} windows`);
    shape.array(fields.first, `${name} first`, (entry, at) => {
      const [bucket, successes, trials] = shape.tuple(entry, at, 3);
      mix.#first.set(shape.string(bucket, at), {
        successes: shape.count(successes, at),
        trials: shape.count(trials, at),
      });
    });
    return mix;
  }

  #learn(counts: ReadonlyMap<string, RateCounts>): void {
    for (const [bucket, own] of [...counts].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const known = this.#first.has(bucket) || this.#first.size < MIX_BUCKETS_MAX ? bucket : OTHER;
      this.#first.set(known, sum([this.#first.get(known) ?? NONE, own]));
    }
  }
}

function sum(all: readonly RateCounts[]): RateCounts {
  return all.reduce((a, b) => ({ successes: a.successes + b.successes, trials: a.trials + b.trials }), NONE);
}
