import type { Json } from "./metric.ts";

/** A state of named integers: what most counts metrics keep. Owned by whoever made it; `add` of the metric mutates it. */
export type Counters<K extends string> = Record<K, number>;

/** Everything of a counts metric's state but `add` and `value`. */
export interface CountersCodec<K extends string> {
  empty(): Counters<K>;
  merge(into: Counters<K>, from: Counters<K>): void;
  subtract(from: Counters<K>, part: Counters<K>): void;
  encode(state: Counters<K>): Json;
  /** Throws RangeError where the JSON is not what `encode` makes. */
  decode(json: Json): Counters<K>;
}

/** Integer counters under fixed names. They are encoded as an array in the order of `keys`, so the order is part of the format. */
export function counters<const K extends string>(keys: readonly K[]): CountersCodec<K> {
  const zero: Readonly<Counters<K>> = Object.freeze(
    Object.fromEntries(keys.map((key) => [key, 0])),
  ) as Counters<K>;
  // Spreading one object is many times faster than building it from entries, and states are made per cell and pane.
  const empty = (): Counters<K> => ({ ...zero });
  return {
    empty,
    merge(into, from) {
      for (const key of keys) into[key] += from[key];
    },
    subtract(from, part) {
      for (const key of keys) from[key] -= part[key];
    },
    encode: (state) => keys.map((key) => state[key]),
    decode(json) {
      if (!Array.isArray(json) || json.length !== keys.length) {
        throw new RangeError(`expected ${keys.length} counters (${keys.join(", ")})`);
      }
      const state = empty();
      keys.forEach((key, i) => {
        const value: unknown = json[i];
        if (!Number.isSafeInteger(value)) throw new RangeError(`counter ${key} is not an integer`);
        state[key] = value as number;
      });
      return state;
    },
  };
}
