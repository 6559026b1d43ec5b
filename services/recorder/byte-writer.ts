import { isUtf8 } from "node:buffer";

/** Below this a loop copies faster than a call into the runtime. */
const SHORT_BYTES = 48;

/** Bytes written one after the other into memory that grows by doubling and is kept for the next time. */
export class ByteWriter {
  /** Only the first `length` bytes mean something. Replaced when it grows. */
  bytes: Buffer;
  length = 0;

  constructor(capacity = 1_024) {
    this.bytes = Buffer.allocUnsafeSlow(capacity);
  }

  /** What was written; valid until the next write or `clear`. */
  written(): Buffer {
    return this.bytes.subarray(0, this.length);
  }

  clear(): void {
    this.length = 0;
  }

  reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(this.bytes.length * 2, this.length + more));
    this.bytes.copy(grown, 0, 0, this.length);
    this.bytes = grown;
  }

  byte(value: number): void {
    this.reserve(1);
    this.bytes[this.length] = value;
    this.length += 1;
  }

  /** LEB128 of a whole number in 0..2^31-1. */
  varint(value: number): void {
    this.reserve(5);
    let rest = value;
    while (rest >= 0x80) {
      this.bytes[this.length] = (rest & 0x7f) | 0x80;
      this.length += 1;
      rest >>>= 7;
    }
    this.bytes[this.length] = rest;
    this.length += 1;
  }

  /** Little-endian, of a whole number in 0..2^53-1. */
  uint64(value: number): void {
    this.reserve(8);
    this.bytes.writeUInt32LE(value % 2 ** 32, this.length);
    this.bytes.writeUInt32LE(Math.floor(value / 2 ** 32), this.length + 4);
    this.length += 8;
  }

  /** Copies `source[start, end)`. */
  copy(source: Uint8Array, start: number, end: number): void {
    this.reserve(end - start);
    this.bytes.set(source.subarray(start, end), this.length);
    this.length += end - start;
  }

  /** Copies `source[start, end)`. False, with nothing written, where it is no UTF-8. */
  copyText(source: Uint8Array, start: number, end: number): boolean {
    const length = end - start;
    this.reserve(length);
    const { bytes } = this;
    const from = this.length;
    if (length > SHORT_BYTES) {
      const text = source.subarray(start, end);
      if (!isUtf8(text)) return false;
      bytes.set(text, from);
    } else {
      let seen = 0;
      for (let i = 0; i < length; i += 1) {
        const byte = source[start + i]!;
        bytes[from + i] = byte;
        seen |= byte;
      }
      if (seen >= 0x80 && !isUtf8(source.subarray(start, end))) return false;
    }
    this.length = from + length;
    return true;
  }

  /** A length, then the text in UTF-8; half a surrogate pair becomes U+FFFD. */
  text(value: string): void {
    const { length } = value;
    // Three bytes a UTF-16 unit at most. The length is written before the text, so short texts know its width beforehand.
    if (length * 3 < 0x80) {
      this.reserve(1 + length * 3);
      const written = this.bytes.write(value, this.length + 1, "utf8");
      this.bytes[this.length] = written;
      this.length += 1 + written;
      return;
    }
    const size = Buffer.byteLength(value, "utf8");
    this.varint(size);
    this.reserve(size);
    this.length += this.bytes.write(value, this.length, "utf8");
  }
}
