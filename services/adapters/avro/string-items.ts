/** Finds the texts of an array of strings in a walked record, without decoding. */

/**
 * Notes where each text of an array of strings lies: its first byte and the byte after its last, in turn, into `ranges`,
 * which is emptied first. `start` is where the walker found the field's first block. The bytes must have been walked: nothing
 * is checked again.
 */
export function stringRanges(bytes: Uint8Array, start: number, ranges: number[]): void {
  ranges.length = 0;
  let pos = start;
  /** A zigzag varint; moves `pos` after it. */
  function long(): number {
    let sum = 0;
    let scale = 1;
    for (;;) {
      const byte = bytes[pos]!;
      pos += 1;
      sum += (byte & 0x7f) * scale;
      if (byte < 0x80) break;
      scale *= 128;
    }
    return sum % 2 === 0 ? sum / 2 : -(sum + 1) / 2;
  }
  for (;;) {
    let items = long();
    if (items === 0) return;
    if (items < 0) {
      items = -items;
      // The block's size in bytes, for readers that skip it.
      long();
    }
    for (let i = 0; i < items; i += 1) {
      const length = long();
      ranges.push(pos, pos + length);
      pos += length;
    }
  }
}
