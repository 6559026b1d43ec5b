/** What is read off one reply's words, by the lists of reply-phrases.ts. */

/**
 * What a sentence does, and by it what a reply does. The first that holds of a sentence: it refuses (a stock refusal), asks
 * (ends in a question mark), cites (names a source), confirms (opens with a word of assent); else it answers.
 */
export const ACTS = ["ask", "answer", "confirm", "cite", "refuse"] as const;
export type Act = (typeof ACTS)[number];

/** Upper ends of the length bins in tokens, exclusive; the last bin is open. Powers of two: the same in every window and lane. */
export const LENGTH_BIN_ENDS = [16, 32, 64, 128, 256, 512] as const;
export const LENGTH_BINS = LENGTH_BIN_ENDS.length + 1;
/** Names of the length bins, e.g. `16-31`. */
export const LENGTH_BIN_NAMES: readonly string[] = [0, ...LENGTH_BIN_ENDS].map((from, i) =>
  i < LENGTH_BIN_ENDS.length ? `${from}-${LENGTH_BIN_ENDS[i]! - 1}` : `${from} and more`,
);

export function lengthBin(tokens: number): number {
  let bin = 0;
  while (bin < LENGTH_BIN_ENDS.length && tokens >= LENGTH_BIN_ENDS[bin]!) bin += 1;
  return bin;
}

/**
 * Shapes of replies: how one opens, and the next thing it does that is something else. 0 is a reply without words; 1 to 5
 * does one thing throughout (the act's index + 1); then the ordered pairs of different acts.
 */
export const SHAPES = 1 + ACTS.length + ACTS.length * (ACTS.length - 1);

/** `first` and `next` are positions in `ACTS`; `next` is -1 where nothing else follows. */
export function shapeOf(first: number, next: number): number {
  if (next < 0) return 1 + first;
  return 1 + ACTS.length + first * (ACTS.length - 1) + (next < first ? next : next - 1);
}

export interface ReplyTraits {
  /** No word and no number in it. */
  readonly empty: boolean;
  /** Flagged as refused by the producer, or a stock refusal is in it. */
  readonly refused: boolean;
  /**
   * What the reply does as a whole, the first that holds: refuses (`refused`), asks first, cites anywhere, confirms first,
   * answers. null where it is empty and not refused.
   */
  readonly act: Act | null;
  /** 0 .. SHAPES - 1, see `shapeOf`. */
  readonly shape: number;
  /** 0 .. LENGTH_BINS - 1. */
  readonly lengthBin: number;
  /** Stock phrases in it. */
  readonly hedges: boolean;
  readonly apologises: boolean;
  readonly deflects: boolean;
  readonly isCourteous: boolean;
  /** Distinct rare tokens of the request, and how many of them the reply takes up. */
  readonly rareTokens: number;
  readonly takenUp: number;
}
