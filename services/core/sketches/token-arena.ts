/** Tokens in the first stretch of an arena; each is twice as long as the one before: most lanes have few texts a pane. */
const STRETCH_TOKENS_MIN = 2_048;
/** Tokens in one stretch: a text's share of a stretch is small, and a stretch is freed when no text of it is held. */
const STRETCH_TOKENS_MAX = 65_536;

/** A piece of an arena: tokens and their kinds, filled from the front. */
export class TokenStretch {
  readonly tokens: Uint32Array;
  readonly kinds: Uint8Array;
  #end = 0;

  constructor(size: number) {
    this.tokens = new Uint32Array(size);
    this.kinds = new Uint8Array(size);
  }

  get rest(): number {
    return this.tokens.length - this.#end;
  }

  /** Copies the first `count` tokens and returns where they begin. */
  append(tokens: Uint32Array, kinds: Uint8Array, count: number): number {
    const start = this.#end;
    for (let i = 0; i < count; i += 1) {
      this.tokens[start + i] = tokens[i]!;
      this.kinds[start + i] = kinds[i]!;
    }
    this.#end = start + count;
    return start;
  }
}

/**
 * Room for the tokens of the texts that enter the samples of a pane: an array of its own for each would cost more than all
 * that is counted on the text. Nothing is taken out; a sample of k texts that was offered n holds about k (1 + ln(n / k)).
 */
export class TokenArena {
  #last: TokenStretch | null = null;
  #nextTokens = STRETCH_TOKENS_MIN;

  /** The stretch that takes the next `count` tokens, at most 65,536. */
  stretchFor(count: number): TokenStretch {
    if (this.#last === null || this.#last.rest < count) {
      this.#last = new TokenStretch(Math.max(count, this.#nextTokens));
      this.#nextTokens = Math.min(2 * this.#nextTokens, STRETCH_TOKENS_MAX);
    }
    return this.#last;
  }
}
