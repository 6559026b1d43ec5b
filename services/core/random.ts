import { fmix32, hash64 } from "./hash.ts";

/**
 * A seeded generator: the only source of chance in the core. The same seed gives the same sequence on every machine.
 *
 * Source: sfc32 of PractRand (Doty-Humphrey, public domain): 128 bits of state, period at least 2^32, no weakness known to
 * PractRand. Not cryptographic. Not shared between purposes: derive one generator per purpose from a seed text such as
 * `"null/demo/7"`, so that drawing more in one place changes nothing elsewhere.
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter: number;

  /** A number is taken modulo 2^32 by its integer part; a text by its 64-bit hash. */
  constructor(seed: number | string) {
    const { hi, lo } = typeof seed === "string" ? hash64(seed) : { hi: 0, lo: seed >>> 0 };
    this.#a = fmix32(lo ^ 0x9e3779b9) | 0;
    this.#b = fmix32(hi ^ 0x7f4a7c15) | 0;
    this.#c = fmix32((lo ^ Math.imul(hi, 0x85ebca6b)) + 1) | 0;
    this.#counter = 1;
    for (let i = 0; i < 12; i += 1) this.nextU32();
  }

  /** Uniform integer, 0 <= x < 2^32. */
  nextU32(): number {
    const result = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + result;
    this.#c |= 0;
    return result >>> 0;
  }

  /** Uniform with 53 bits, 0 <= x < 1. */
  nextFloat(): number {
    const high = this.nextU32() >>> 5;
    const low = this.nextU32() >>> 6;
    return (high * 0x400_0000 + low) / 0x20_0000_0000_0000;
  }

  /** Uniform integer, 0 <= x < n, without bias. `n` is an integer of 1..2^32; anything else throws RangeError. */
  below(n: number): number {
    if (!Number.isInteger(n) || n < 1 || n > 0x1_0000_0000) {
      throw new RangeError(`Random.below: n must be an integer of 1..2^32, not ${n}`);
    }
    const limit = 0x1_0000_0000 - (0x1_0000_0000 % n);
    let x = this.nextU32();
    while (x >= limit) x = this.nextU32();
    return x % n;
  }

  /** Shuffles in place (Fisher-Yates) and returns the same array; all orders are equally likely. */
  shuffle<T>(items: T[]): T[] {
    for (let i = items.length - 1; i > 0; i -= 1) {
      const j = this.below(i + 1);
      const held = items[i]!;
      items[i] = items[j]!;
      items[j] = held;
    }
    return items;
  }
}
