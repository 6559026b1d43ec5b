/** A longer line is passed over: it would have to be held in memory whole. A text of 10 MB fits, escaped too. */
export const LINE_BYTES_MAX = 67_108_864;

/** One line without its end. `text` is null for a line over `LINE_BYTES_MAX`. Numbers start at 1. */
export interface Line {
  readonly number: number;
  readonly text: string | null;
}

const NEWLINE = 0x0a;
const BOM = "\ufeff";

/** Cuts chunks of bytes into lines of UTF-8; what is not UTF-8 reads as U+FFFD. Holds at most one line. */
export class LineSplitter {
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #dropping = false;
  #number = 0;

  /** The lines that end in this chunk. Lines without anything but blanks are counted and left out. */
  *push(chunk: Uint8Array): Generator<Line> {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let start = 0;
    for (;;) {
      const end = bytes.indexOf(NEWLINE, start);
      if (end < 0) break;
      yield* this.#take(bytes, start, end);
      start = end + 1;
    }
    if (start < bytes.length) this.#keep(bytes, start);
  }

  /** The last line, where the file does not end in a newline. */
  *end(): Generator<Line> {
    if (this.#pendingBytes > 0 || this.#dropping) yield* this.#take(Buffer.alloc(0), 0, 0);
  }

  *#take(bytes: Buffer, start: number, end: number): Generator<Line> {
    this.#number += 1;
    if (this.#dropping || this.#pendingBytes + end - start > LINE_BYTES_MAX) {
      this.#dropping = false;
      this.#forget();
      yield { number: this.#number, text: null };
      return;
    }
    let text: string;
    if (this.#pendingBytes === 0) {
      text = bytes.toString("utf8", start, end);
    } else {
      text = Buffer.concat([...this.#pending, bytes.subarray(start, end)]).toString("utf8");
      this.#forget();
    }
    if (this.#number === 1 && text.startsWith(BOM)) text = text.slice(1);
    if (text.length > 0 && text.trim().length > 0) yield { number: this.#number, text };
  }

  #keep(bytes: Buffer, start: number): void {
    if (this.#dropping) return;
    // A copy: the reader may use its buffer again.
    this.#pending.push(Buffer.from(bytes.subarray(start)));
    this.#pendingBytes += bytes.length - start;
    if (this.#pendingBytes > LINE_BYTES_MAX) {
      this.#dropping = true;
      this.#forget();
    }
  }

  #forget(): void {
    this.#pending = [];
    this.#pendingBytes = 0;
  }
}
