/**
 * Columns of a block in ClickHouse's Native format, each a buffer that rows are appended to: the engine takes such a block
 * without parsing, which is most of the work of an insert (ops.md 2.4).
 *
 * Values are made to fit their column here, in one place for every table: an absent one is the column's empty value, a
 * number beyond a column's range its end, NaN and infinity no value.
 *
 * Grammar (ClickHouse, "Native"; protocol revision 0):
 *   String          = per row: varint length, UTF-8 bytes
 *   numbers         = per row: little-endian; Bool 1 byte, Date 2 (days), DateTime64 8 (ticks, signed)
 *   Nullable(T)     = per row one byte, 1 for NULL; then T
 *   Array(T)        = per row: uint64 end of its items; then T of all items.    Map(K, V) = the same; then K, then V
 *   LowCardinality  = prefix uint64 1; then, unless there are no rows: uint64 flags | width of an index, uint64 keys,
 *                     the keys as String, uint64 rows, the indexes.             Prefixes come before all data of a column
 */
import { isUtf8 } from "node:buffer";
import { ByteWriter } from "./byte-writer.ts";

/** A column has room for so many rows at first, and doubles: most tables get a few rows a batch, and each has many columns. */
const ROWS_AT_FIRST = 64;

export interface Column {
  /** The type as the block states it. */
  readonly type: string;
  rows: number;
  /** Adds one row. Throws TypeError for a value that no conversion fits, null included where the column has none. */
  appendValue(value: unknown): void;
  /** Bytes it holds, about. */
  size(): number;
  writePrefix(out: ByteWriter): void;
  writeData(out: ByteWriter): void;
  clear(): void;
}

function notFor(type: string, value: unknown): TypeError {
  return new TypeError(`${value === null ? "null" : typeof value} does not go into ${type}`);
}

/** Bytes that are no UTF-8 are stored as every reader shows them, with U+FFFD: columns hold text only. */
function readable(bytes: Buffer, start: number, end: number): string {
  return bytes.toString("utf8", start, end);
}

export class TextColumn implements Column {
  readonly type = "String";
  rows = 0;
  readonly #data = new ByteWriter();

  /** The text in `bytes[start, end)`, copied. */
  appendBytes(bytes: Buffer, start: number, end: number): void {
    const data = this.#data;
    const before = data.length;
    data.varint(end - start);
    if (!data.copyText(bytes, start, end)) {
      data.length = before;
      data.text(readable(bytes, start, end));
    }
    this.rows += 1;
  }

  appendText(value: string): void {
    this.#data.text(value);
    this.rows += 1;
  }

  appendValue(value: unknown): void {
    if (value !== undefined && typeof value !== "string") throw notFor(this.type, value);
    this.appendText(value ?? "");
  }

  size(): number {
    return this.#data.length;
  }

  writePrefix(): void {}

  writeData(out: ByteWriter): void {
    out.copy(this.#data.bytes, 0, this.#data.length);
  }

  clear(): void {
    this.rows = 0;
    this.#data.clear();
  }
}

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
const SLOTS_MIN = 64;
const LOW_CARDINALITY_VERSION = 1;
/** The block brings its own keys, and no dictionary from elsewhere is meant. */
const KEYS_FOLLOW = 0x600;

/** A column of few distinct texts: each is written once in a block. Keys are at most as many as rows. */
export class NameColumn implements Column {
  readonly type = "LowCardinality(String)";
  rows = 0;
  #indexes = new Uint32Array(ROWS_AT_FIRST);
  readonly #keys = new ByteWriter();
  readonly #scratch = new ByteWriter(256);
  /** Where each key's text starts in `#keys`, its length and hash, by index. */
  readonly #starts: number[] = [];
  readonly #lengths: number[] = [];
  readonly #hashes: number[] = [];
  /** Open addressing: index + 1 of a key, 0 for none. At most half full. */
  #slots = new Uint32Array(SLOTS_MIN);
  #last = -1;
  #lastText: string | null = null;
  #lastTextIndex = -1;

  appendBytes(bytes: Buffer, start: number, end: number): void {
    const last = this.#last;
    // Runs of one value are common: a lane's records come together.
    if (last >= 0 && this.#same(last, bytes, start, end - start)) {
      this.#push(last);
      return;
    }
    let hash = FNV_OFFSET;
    let seen = 0;
    for (let i = start; i < end; i += 1) {
      const byte = bytes[i]!;
      seen |= byte;
      hash = Math.imul(hash ^ byte, FNV_PRIME);
    }
    hash = (hash ^ (hash >>> 15)) >>> 0;
    if (seen >= 0x80 && !isUtf8(bytes.subarray(start, end))) {
      this.appendText(readable(bytes, start, end));
      return;
    }
    this.#push(this.#indexOf(hash, bytes, start, end));
  }

  appendText(value: string): void {
    if (value === this.#lastText) {
      this.#push(this.#lastTextIndex);
      return;
    }
    const scratch = this.#scratch;
    scratch.clear();
    scratch.text(value);
    // The text follows its length; one of 128 bytes or more takes more bytes to say.
    let start = 0;
    while (scratch.bytes[start]! >= 0x80) start += 1;
    this.appendBytes(scratch.bytes, start + 1, scratch.length);
    this.#lastText = value;
    this.#lastTextIndex = this.#last;
  }

  appendValue(value: unknown): void {
    if (value !== undefined && typeof value !== "string") throw notFor(this.type, value);
    this.appendText(value ?? "");
  }

  size(): number {
    return this.#keys.length + 4 * this.rows;
  }

  writePrefix(out: ByteWriter): void {
    out.uint64(LOW_CARDINALITY_VERSION);
  }

  writeData(out: ByteWriter): void {
    if (this.rows === 0) return;
    const keys = this.#starts.length;
    const width = keys <= 0x100 ? 0 : keys <= 0x1_0000 ? 1 : 2;
    out.uint64(KEYS_FOLLOW | width);
    out.uint64(keys);
    out.copy(this.#keys.bytes, 0, this.#keys.length);
    out.uint64(this.rows);
    const indexes = this.#indexes.subarray(0, this.rows);
    appendArray(
      out,
      width === 0 ? new Uint8Array(indexes) : width === 1 ? new Uint16Array(indexes) : indexes,
    );
  }

  clear(): void {
    this.rows = 0;
    this.#keys.clear();
    this.#starts.length = 0;
    this.#lengths.length = 0;
    this.#hashes.length = 0;
    this.#slots = new Uint32Array(SLOTS_MIN);
    this.#last = -1;
    this.#lastText = null;
    this.#lastTextIndex = -1;
  }

  #push(index: number): void {
    if (this.rows === this.#indexes.length) {
      const grown = new Uint32Array(this.rows * 2);
      grown.set(this.#indexes);
      this.#indexes = grown;
    }
    this.#indexes[this.rows] = index;
    this.#last = index;
    this.rows += 1;
  }

  #same(index: number, bytes: Buffer, start: number, length: number): boolean {
    if (this.#lengths[index] !== length) return false;
    const keys = this.#keys.bytes;
    const from = this.#starts[index]!;
    for (let i = 0; i < length; i += 1) if (keys[from + i] !== bytes[start + i]) return false;
    return true;
  }

  #indexOf(hash: number, bytes: Buffer, start: number, end: number): number {
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    for (;;) {
      const index = this.#slots[slot]! - 1;
      if (index < 0) break;
      if (this.#hashes[index] === hash && this.#same(index, bytes, start, end - start)) return index;
      slot = (slot + 1) & mask;
    }
    const index = this.#starts.length;
    this.#slots[slot] = index + 1;
    this.#keys.varint(end - start);
    this.#starts.push(this.#keys.length);
    this.#lengths.push(end - start);
    this.#hashes.push(hash);
    this.#keys.copy(bytes, start, end);
    if (2 * this.#starts.length > this.#slots.length) this.#rehash();
    return index;
  }

  #rehash(): void {
    const slots = new Uint32Array(this.#slots.length * 4);
    const mask = slots.length - 1;
    this.#hashes.forEach((hash, index) => {
      let slot = hash & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = index + 1;
    });
    this.#slots = slots;
  }
}

/** Typed arrays lie in memory as the format wants them: every machine Node runs on here is little-endian. */
function appendArray(out: ByteWriter, array: Uint8Array | Uint16Array | Uint32Array | Float64Array): void {
  out.reserve(array.byteLength);
  out.bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), out.length);
  out.length += array.byteLength;
}

/** ClickHouse's DateTime64(3) holds 1900 to 2299. */
const TIME_MS_MIN = -2_208_988_800_000;
const TIME_MS_MAX = 10_413_791_999_999;
const DAYS_MAX = 0xffff;
const UINT32_MAX = 2 ** 32 - 1;

/** How a number is made to fit: whole numbers within these ends, or as it is. */
interface NumberKind {
  readonly type: string;
  readonly width: 1 | 2 | 4 | 8;
  /** Null: a float, never cut. */
  readonly ends: readonly [number, number] | null;
}

export const NUMBER_KINDS: readonly NumberKind[] = [
  { type: "Bool", width: 1, ends: [0, 1] },
  { type: "Date", width: 2, ends: [0, DAYS_MAX] },
  { type: "UInt32", width: 4, ends: [0, UINT32_MAX] },
  { type: "UInt64", width: 8, ends: [0, Number.MAX_SAFE_INTEGER] },
  { type: "DateTime64(3, 'UTC')", width: 8, ends: [TIME_MS_MIN, TIME_MS_MAX] },
  { type: "Float64", width: 8, ends: null },
];

/** Numbers, flags, days and times. What is no number is 0. */
export class NumberColumn implements Column {
  readonly type: string;
  rows = 0;
  readonly #kind: NumberKind;
  readonly #least: number;
  readonly #most: number;
  #values = new Float64Array(ROWS_AT_FIRST);

  constructor(kind: NumberKind) {
    this.type = kind.type;
    this.#kind = kind;
    [this.#least, this.#most] = kind.ends ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  }

  append(value: number): void {
    if (this.rows === this.#values.length) {
      const grown = new Float64Array(this.rows * 2);
      grown.set(this.#values);
      this.#values = grown;
    }
    const whole = this.#kind.ends === null ? value : Math.trunc(value);
    this.#values[this.rows] = Math.min(Math.max(whole, this.#least), this.#most);
    this.rows += 1;
  }

  appendValue(value: unknown): void {
    if (value === undefined) this.append(0);
    else if (typeof value === "number") this.append(Number.isFinite(value) ? value : 0);
    else if (typeof value === "boolean") this.append(value ? 1 : 0);
    else throw notFor(this.type, value);
  }

  size(): number {
    return this.rows * this.#kind.width;
  }

  writePrefix(): void {}

  writeData(out: ByteWriter): void {
    const values = this.#values.subarray(0, this.rows);
    const { width, ends } = this.#kind;
    if (ends === null) appendArray(out, values);
    else if (width === 1) appendArray(out, new Uint8Array(values));
    else if (width === 2) appendArray(out, new Uint16Array(values));
    else if (width === 4) appendArray(out, new Uint32Array(values));
    else {
      const halves = new Uint32Array(2 * values.length);
      for (let i = 0; i < values.length; i += 1) {
        const high = Math.floor(values[i]! / 2 ** 32);
        halves[2 * i] = values[i]! - high * 2 ** 32;
        halves[2 * i + 1] = high;
      }
      appendArray(out, halves);
    }
  }

  clear(): void {
    this.rows = 0;
  }
}
