/** Finds the texts of an array or map of strings in a walked record, without decoding. */

/** Where the last varint ended. */
let after = 0;

/** A zigzag varint at `pos`; leaves `after` behind it. */
function longAt(bytes: Uint8Array, pos: number): number {
  let at = pos;
  let sum = 0;
  let scale = 1;
  for (;;) {
    const byte = bytes[at]!;
    at += 1;
    sum += (byte & 0x7f) * scale;
    if (byte < 0x80) break;
    scale *= 128;
  }
  after = at;
  return sum % 2 === 0 ? sum / 2 : -(sum + 1) / 2;
}

/**
 * Notes where each text of an array of strings lies: its first byte and the byte after its last, in turn, into `ranges`,
 * which is emptied first. `start` is where the walker found the field's first block. The bytes must have been walked: nothing
 * is checked again.
 */
export function stringRanges(bytes: Uint8Array, start: number, ranges: number[]): void {
  textRanges(bytes, start, ranges, 1);
}

/** The same for a map of strings: of each entry its key, then its value. */
export function entryRanges(bytes: Uint8Array, start: number, ranges: number[]): void {
  textRanges(bytes, start, ranges, 2);
}

function textRanges(bytes: Uint8Array, start: number, ranges: number[], textsAnItem: 1 | 2): void {
  ranges.length = 0;
  after = start;
  for (;;) {
    let items = longAt(bytes, after);
    if (items === 0) return;
    if (items < 0) {
      items = -items;
      // The block's size in bytes, for readers that skip it.
      longAt(bytes, after);
    }
    for (let i = 0; i < items * textsAnItem; i += 1) {
      const length = longAt(bytes, after);
      ranges.push(after, after + length);
      after += length;
    }
  }
}
