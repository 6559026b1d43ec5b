/** Damages bytes and texts the way disks, networks, other programs and bad will do; everything is drawn from a seed. */
import type { Random } from "../../services/core/random.ts";

/** Longs and lengths that decoders get wrong: zigzag varints of 2^31, 2^53, -1, -2^63, and one of 11 bytes. */
const VARINTS: readonly (readonly number[])[] = [
  [0x01],
  [0x80, 0x80, 0x80, 0x80, 0x10],
  [0xff, 0xff, 0xff, 0xff, 0x0f],
  [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x20],
  [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x1f],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
  [0x80, 0xc2, 0xd7, 0x2f],
];
/** Lone surrogates, an overlong NUL, a byte that UTF-8 never has, a cut character. */
const NOT_UTF8: readonly (readonly number[])[] = [[0xed, 0xa0, 0x80], [0xc0, 0x80], [0xff], [0xe2, 0x82]];
const EDGE_BYTES = [0x00, 0x01, 0x7f, 0x80, 0xff, 0x22, 0x5c, 0x0a];
/** Little endian: NaN, both infinities, the largest double, -0. */
const DOUBLES: readonly number[] = [Number.NaN, 1 / 0, -1 / 0, Number.MAX_VALUE, -0];

/** Numbers as a text may spell them, some of which are none. */
export const NUMBERS = [
  "NaN",
  "Infinity",
  "-Infinity",
  "1e309",
  "-1",
  "-0",
  "9007199254740993",
  "99999999999999999999999",
  "4102444800000",
  "1e-400",
  "0.1",
  "0x10",
  "010",
  "null",
  "true",
  '"7"',
  "[]",
  "{}",
];
const WORDS = [
  "__proto__",
  "constructor",
  "toString",
  "",
  "\u0000",
  "\ud800",
  "\u202e",
  "{{",
  "*",
  "&a",
  "!!js",
];
const DEPTHS = [3, 100, 2_000, 20_000];

export class Mutator {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.#random.below(items.length)]!;
  }

  chance(oneIn: number): boolean {
    return this.#random.below(oneIn) === 0;
  }

  below(n: number): number {
    return this.#random.below(n);
  }

  /** A copy with one to four changes; `other` is what parts may be spliced from. */
  bytes(value: Uint8Array, other: Uint8Array): Buffer {
    let bytes: Buffer = Buffer.from(value);
    for (let i = this.#random.below(4); i >= 0; i -= 1) bytes = this.#change(bytes, other);
    return bytes;
  }

  /** The same for a framed record: most keep a frame, since behind it is the part worth hitting; some get another's. */
  framed(value: Uint8Array, other: Uint8Array, frameBytes: number): Buffer {
    if (value.length <= frameBytes || this.chance(12)) return this.bytes(value, other);
    const frame = this.chance(10) ? other : value;
    return Buffer.concat([
      frame.subarray(0, frameBytes),
      this.bytes(value.subarray(frameBytes), other.subarray(frameBytes)),
    ]);
  }

  /** A text with one to three changes that mostly keep it text: JSON, YAML, SQL, headers. */
  text(value: string, other: string): string {
    let text = value;
    for (let i = this.#random.below(3); i >= 0; i -= 1) text = this.#changeText(text, other);
    return text;
  }

  /** The text's bytes, now and then no UTF-8. */
  textBytes(value: string, other: string): Buffer {
    const bytes = Buffer.from(this.text(value, other));
    return this.chance(6) ? this.bytes(bytes, Buffer.from(other)) : bytes;
  }

  #at(length: number): number {
    return length === 0 ? 0 : this.#random.below(length);
  }

  #insert(bytes: Buffer, what: readonly number[] | Uint8Array): Buffer {
    const at = this.#at(bytes.length + 1);
    return Buffer.concat([bytes.subarray(0, at), Buffer.from(what), bytes.subarray(at)]);
  }

  /** `what` in the place of one byte. */
  #replace(bytes: Buffer, what: readonly number[]): Buffer {
    const at = this.#at(bytes.length);
    return Buffer.concat([bytes.subarray(0, at), Buffer.from(what), bytes.subarray(at + 1)]);
  }

  #change(bytes: Buffer, other: Uint8Array): Buffer {
    const at = this.#at(bytes.length);
    const end = Math.min(bytes.length, at + 1 + this.#random.below(24));
    switch (this.#random.below(12)) {
      case 0:
      case 1:
        if (bytes.length > 0) bytes[at] = bytes[at]! ^ (1 << this.#random.below(8));
        return bytes;
      case 2:
        if (bytes.length > 0) bytes[at] = this.pick(EDGE_BYTES);
        return bytes;
      case 3:
        return bytes.subarray(0, at);
      case 4:
        return this.#insert(
          bytes,
          Array.from({ length: 1 + this.#random.below(8) }, () => this.#random.below(256)),
        );
      case 5:
        return Buffer.concat([bytes.subarray(0, at), bytes.subarray(end)]);
      case 6: {
        // The same stretch again and again: repeated blocks, fields that move.
        const stretch = bytes.subarray(at, end);
        return this.#insert(
          bytes,
          Buffer.concat(Array.from({ length: 1 + this.#random.below(8) }, () => stretch)),
        );
      }
      case 7: {
        const from = this.#at(other.length);
        return Buffer.concat([bytes.subarray(0, at), other.subarray(from)]);
      }
      case 8:
      case 9:
        return this.#replace(bytes, this.pick(VARINTS));
      case 10:
        return this.#replace(bytes, this.pick(NOT_UTF8));
      default: {
        if (bytes.length < 8) return bytes;
        bytes.writeDoubleLE(this.pick(DOUBLES), this.#at(bytes.length - 7));
        return bytes;
      }
    }
  }

  #changeText(text: string, other: string): string {
    const at = this.#at(text.length);
    const end = Math.min(text.length, at + 1 + this.#random.below(24));
    switch (this.#random.below(12)) {
      case 0:
      case 1:
      case 2:
        return this.#replaceMatch(text, /-?\d+(?:\.\d+)?/g, () => this.pick(NUMBERS));
      case 3:
        return this.#replaceMatch(text, /"[^"]*"|[A-Za-z_]{2,}/g, (found) =>
          this.chance(4) ? found.repeat(400) : JSON.stringify(this.pick(WORDS)),
        );
      case 4:
        return this.#replaceMatch(text, /-?\d+|"[^"]*"|[A-Za-z_]+/g, (found) => this.#nested(found));
      case 5:
        return this.#lines(text);
      case 6:
        return text.slice(0, at) + text.slice(end);
      case 7:
        return text.slice(0, end) + text.slice(at);
      case 8:
        return text.slice(0, at);
      case 9:
        return text.slice(0, at) + other.slice(this.#at(other.length));
      case 10:
        return (
          text.slice(0, at) +
          this.pick([...WORDS, '"', "{", "}", "[", "]", ":", ",", "\\", "\n", "\t", "- "]) +
          text.slice(at)
        );
      default:
        return this.#replaceMatch(text, /[[\]{}:,"\\\n-]/g, () =>
          this.pick(["[", "]", "{", "}", ":", ",", '"', ""]),
        );
    }
  }

  /** One match of a pattern, changed. */
  #replaceMatch(text: string, pattern: RegExp, change: (found: string) => string): string {
    const found = [...text.matchAll(pattern)];
    if (found.length === 0) return text;
    const match = this.pick(found);
    return text.slice(0, match.index) + change(match[0]) + text.slice(match.index + match[0].length);
  }

  /** Most nestings are shallow, since a deep one takes the time of many cases. */
  #nested(text: string): string {
    const depth = this.chance(8) ? this.pick(DEPTHS) : 3;
    if (this.chance(2)) return "[".repeat(depth) + text + (this.chance(3) ? "" : "]".repeat(depth));
    return '{"a":'.repeat(depth) + text + (this.chance(3) ? "" : "}".repeat(depth));
  }

  /** A line left out, doubled, or moved in its indent. */
  #lines(text: string): string {
    const lines = text.split("\n");
    const at = this.#at(lines.length);
    const line = lines[at]!;
    const put = this.pick([[], [line, line], [` ${line}`], [line.trimStart()], [`${line}${line}`]]);
    return [...lines.slice(0, at), ...put, ...lines.slice(at + 1)].join("\n");
  }
}
