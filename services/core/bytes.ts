import { decodeUtf8, encodeUtf8, encodeUtf8Into } from "./utf8.ts";

const CAPACITY = 1_024;
/** Texts of this many code units take at most 127 bytes of UTF-8, so their length is one byte of varint. */
const SHORT_UNITS_MAX = 42;

/** Writes little-endian integers and texts into an array that grows; the codecs of the core's states use it. */
export class ByteWriter {
  #bytes: Uint8Array;
  #view: DataView;
  #length = 0;

  /** `capacity`: bytes that are likely to be written; more is no error. */
  constructor(capacity = CAPACITY) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  get length(): number {
    return this.#length;
  }

  u8(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  u32(value: number): void {
    this.#reserve(4);
    this.#view.setUint32(this.#length, value, true);
    this.#length += 4;
  }

  /** Each as `u32` does. */
  u32s(values: Uint32Array): void {
    this.#reserve(values.length * 4);
    for (let i = 0; i < values.length; i += 1) this.#view.setUint32(this.#length + 4 * i, values[i]!, true);
    this.#length += values.length * 4;
  }

  /** Unsigned integer up to 2^53 - 1 in groups of seven bits, least first: small numbers take one byte. */
  varint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.u8((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.u8(rest);
  }

  /** Length in bytes as varint, then UTF-8; lone surrogates become U+FFFD. */
  text(value: string): void {
    if (value.length > SHORT_UNITS_MAX) {
      this.bytes(encodeUtf8(value));
      return;
    }
    this.#reserve(1 + 3 * value.length);
    const end = encodeUtf8Into(value, this.#bytes, this.#length + 1);
    this.#bytes[this.#length] = end - this.#length - 1;
    this.#length = end;
  }

  /** Length as varint, then the bytes. */
  bytes(value: Uint8Array): void {
    this.varint(value.length);
    this.#reserve(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
  }

  /** What was written, in an array of its own. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  /** The first `length` bytes written, as a view that the next write may make stale. */
  written(length = this.#length): Uint8Array {
    return this.#bytes.subarray(0, length);
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    let size = Math.max(1, this.#bytes.length * 2);
    while (size < this.#length + count) size *= 2;
    const grown = new Uint8Array(size);
    grown.set(this.#bytes);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}

/** Reads what ByteWriter wrote. Every read past the end throws RangeError: such bytes were not written by this codec. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get rest(): number {
    return this.#bytes.length - this.#at;
  }

  u8(): number {
    this.#need(1);
    return this.#bytes[this.#at++]!;
  }

  u32(): number {
    this.#need(4);
    const value = this.#view.getUint32(this.#at, true);
    this.#at += 4;
    return value;
  }

  varint(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (value > Number.MAX_SAFE_INTEGER) throw new RangeError("varint above 2^53 - 1");
      if (byte < 0x80) return value;
      scale *= 0x80;
    }
  }

  text(): string {
    const length = this.varint();
    this.#need(length);
    this.#at += length;
    return decodeUtf8(this.#bytes, this.#at - length, this.#at);
  }

  /** A view on the bytes read, not a copy. */
  bytes(): Uint8Array {
    const length = this.varint();
    this.#need(length);
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  #need(count: number): void {
    if (count > this.rest) throw new RangeError(`${count} bytes wanted, ${this.rest} left`);
  }
}
