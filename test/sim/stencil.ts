/**
 * Producers' records that differ in id, event time and text only: the rest of the bytes is encoded once. Encoding is the
 * producers' work and no service's, and took a tenth of a seed.
 */
import { FRAME_BYTES } from "../../services/adapters/avro/codec.ts";

const MARK = "here goes the text";

export type EncodeSome = (id: string, eventMs: number, text: string) => Uint8Array;

export class Stencil {
  readonly #frame: Buffer;
  readonly #middle: Buffer;
  readonly #rest: Buffer;

  /**
   * `encode` gives the bytes of a record whose first two fields are its id and its event time, and that has the text in one
   * field as it is. Throws where what is filled in is not what `encode` gives.
   */
  constructor(encode: EncodeSome) {
    const bytes = Buffer.from(encode("", 0, MARK));
    const at = bytes.indexOf(MARK);
    this.#frame = bytes.subarray(0, FRAME_BYTES);
    // The empty id and the time 0 take one byte each, and so does the length before the mark.
    this.#middle = bytes.subarray(FRAME_BYTES + 2, at - 1);
    this.#rest = bytes.subarray(at + MARK.length);
    for (const [id, eventMs, text] of [
      ["s17", 1_700_000_040_123, ""],
      ["i2000", 1, "wide \u00fc ".repeat(40)],
    ] as const) {
      if (Buffer.compare(this.fill(id, eventMs, text), encode(id, eventMs, text)) === 0) continue;
      throw new Error("the record does not start with its id and its event time, or has its text elsewhere");
    }
  }

  /** The record's framed bytes; `eventMs` is 0 or later. */
  fill(id: string, eventMs: number, text: string): Uint8Array {
    const idBytes = Buffer.byteLength(id);
    const textBytes = Buffer.byteLength(text);
    const bytes = Buffer.allocUnsafe(
      this.#frame.length +
        longBytes(idBytes) +
        idBytes +
        longBytes(eventMs) +
        this.#middle.length +
        longBytes(textBytes) +
        textBytes +
        this.#rest.length,
    );
    let at = this.#frame.copy(bytes);
    at = writeLong(bytes, at, idBytes);
    at += bytes.write(id, at);
    at = writeLong(bytes, at, eventMs);
    at += this.#middle.copy(bytes, at);
    at = writeLong(bytes, at, textBytes);
    at += bytes.write(text, at);
    this.#rest.copy(bytes, at);
    return bytes;
  }
}

/** Bytes of a whole number of 0 or more as an Avro long. */
function longBytes(value: number): number {
  let count = 1;
  for (let left = value * 2; left >= 128; left = Math.floor(left / 128)) count += 1;
  return count;
}

/** Returns the position behind it. */
function writeLong(bytes: Buffer, from: number, value: number): number {
  let at = from;
  let left = value * 2;
  for (; left >= 128; left = Math.floor(left / 128)) bytes[at++] = (left % 128) | 0x80;
  bytes[at++] = left;
  return at;
}
