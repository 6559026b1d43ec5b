import { hash64 } from "../../core/hash.ts";

/** Distinct texts without id whose occurrences are counted; beyond it the line number stands in. */
export const UNNAMED_TEXTS_MAX = 1_000_000;

/**
 * Ids for texts that have none: the hash of the text and the how-manieth of its kind it is. So the same texts get the same
 * ids in any order of lines, and equal texts stay several texts.
 */
export class TextIds {
  readonly #occurrences = new Map<number, number>();
  /** Texts beyond the bound, named by their line. */
  beyond = 0;

  idOf(text: string, lineNumber: number): string {
    const { hi, lo } = hash64(text);
    // 53 bits as the key: an exact integer is far smaller in a map than a text.
    const key = (hi >>> 11) * 0x1_0000_0000 + lo;
    const seen = this.#occurrences.get(key);
    if (seen === undefined && this.#occurrences.size >= UNNAMED_TEXTS_MAX) {
      this.beyond += 1;
      return `line:${lineNumber}`;
    }
    const occurrence = (seen ?? 0) + 1;
    this.#occurrences.set(key, occurrence);
    return `text:${hex(hi)}${hex(lo)}#${occurrence}`;
  }
}

function hex(half: number): string {
  return half.toString(16).padStart(8, "0");
}
