/** What somebody probably meant. */

/** The allowed word with the fewest edits, if they are at most a third of the word's length; null where none is near. */
export function nearest(word: string, allowed: readonly string[]): string | null {
  let best: string | null = null;
  let bestEdits = Math.max(1, Math.floor(word.length / 3)) + 1;
  // Longer words are nobody's typing error, and the distance costs length times length.
  if (word.length > 64) return null;
  for (const candidate of allowed) {
    const edits = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (edits < bestEdits) {
      best = candidate;
      bestEdits = edits;
    }
  }
  return best;
}

/** `allowed: a, b, c`, and before it `did you mean "b"? ` where one is near. */
export function allowedValues(word: string, allowed: readonly string[]): string {
  const near = nearest(word, allowed);
  return `${near === null ? "" : `did you mean "${near}"? `}allowed: ${allowed.join(", ")}`;
}

/** Insertions, deletions, substitutions and swaps of neighbours, in UTF-16 units (Damerau 1964, each place edited once). */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substituted = last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const edits = Math.min(last[j]! + 1, row[j - 1]! + 1, substituted);
      row.push(swapped ? Math.min(edits, beforeLast[j - 2]! + 1) : edits);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}
