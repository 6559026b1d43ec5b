/** One run's disjoint draws from the corpus, and the words of everything drawn as small integers. */
import { Random } from "../core/random.ts";
import { type Corpus, CorpusError } from "./corpus.ts";
import { wordsOf } from "./words.ts";

/** Word types a run keeps apart: its cube must stay an exact integer (trigram keys). */
export const LAB_VOCABULARY_MAX = 200_000;
/** Longer pieces are cut here before a model sees them. */
export const PIECE_TOKENS_MAX = 600;
/** Not a word: ends every piece, and pads its beginning twice. */
export const END = 0;

export interface LabSizes {
  readonly generations: number;
  /** Pieces the first model of every lane is fitted on, and pieces a lane writes a generation. */
  readonly training: number;
  /** Pieces in each half of the reference. */
  readonly referenceHalf: number;
  /** Held-out pieces that become online traffic in one generation. */
  readonly onlinePerGeneration: number;
  /** Real pieces used nowhere else, for one generation of half fresh data. */
  readonly freshPerGeneration: number;
  /** Generated pieces of one trial batch: a decision window (500) with room, and as many real ones beside them. */
  readonly trialBatch: number;
}
/** Trial batches a generation: as many as clean windows a resume needs. */
export const TRIAL_BATCHES = 3;

/** The measured shape: 15,250 pieces feed five generations. */
export const LAB_SIZES: LabSizes = {
  generations: 5,
  training: 2_500,
  referenceHalf: 2_500,
  onlinePerGeneration: 300,
  freshPerGeneration: 1_250,
  trialBatch: 520,
};

/** Enough for half fresh data in every generation, and for trial batches in all but the first. */
export function freshPieces({ generations, freshPerGeneration, trialBatch }: LabSizes): number {
  return Math.max(generations * freshPerGeneration, (generations - 1) * TRIAL_BATCHES * trialBatch);
}

export function piecesNeeded(sizes: LabSizes): number {
  const { generations, training, referenceHalf, onlinePerGeneration } = sizes;
  return training + 2 * referenceHalf + generations * onlinePerGeneration + freshPieces(sizes);
}

/** Word ids by first appearance, 1 and up; `END` is 0. */
export interface Vocabulary {
  /** Spelling by id; entry 0 is "". */
  readonly words: readonly string[];
  /** By id: 1 where it ends a sentence (. ! ? and their like), 2 where it is a word or number, 0 for other characters. */
  readonly kinds: Uint8Array;
}
export const KIND_SENTENCE_END = 1;
export const KIND_WORD = 2;

/** A piece as word ids in order, without `END`; at most `PIECE_TOKENS_MAX`, never changed. */
export type Tokens = Int32Array;

export interface RealPiece {
  /** Place in the corpus: names the piece in provenance. */
  readonly index: number;
  readonly text: string;
  readonly tokens: Tokens;
}

/** Disjoint sets of real pieces; no piece is in two of them. */
export interface Pools {
  readonly vocabulary: Vocabulary;
  readonly training: readonly RealPiece[];
  readonly referenceA: readonly RealPiece[];
  readonly referenceB: readonly RealPiece[];
  /** One set a generation, generation 1 first. */
  readonly online: readonly (readonly RealPiece[])[];
  /** The fresh pieces of all generations in the order they are used up. */
  readonly fresh: readonly RealPiece[];
  /** Word types beyond `LAB_VOCABULARY_MAX`, left out of the models' view. */
  readonly wordTypesLeftOut: number;
}

/** Seeded shuffle, then consecutive cuts. Throws CorpusError when the corpus is too small, with the number it needs. */
export function drawPools(corpus: Corpus, seed: number, sizes: LabSizes = LAB_SIZES): Pools {
  const needed = piecesNeeded(sizes);
  if (corpus.pieces.length < needed) {
    throw new CorpusError(
      `corpus ${corpus.name} has ${corpus.pieces.length} pieces of four sentences; the lab needs ${needed} ` +
        `(training ${sizes.training}, reference 2 x ${sizes.referenceHalf}, online ${sizes.generations} x ` +
        `${sizes.onlinePerGeneration}, fresh ${freshPieces(sizes)}): give it more text`,
    );
  }
  const order = new Random(`lab/pools/${seed}`).shuffle(corpus.pieces.map((_, index) => index));
  const words = new WordIds();
  let next = 0;
  const take = (count: number): RealPiece[] => {
    const taken = order.slice(next, next + count);
    next += count;
    return taken.map((index) => {
      const text = corpus.pieces[index]!;
      return { index, text, tokens: words.tokensOf(text) };
    });
  };
  const training = take(sizes.training);
  const referenceA = take(sizes.referenceHalf);
  const referenceB = take(sizes.referenceHalf);
  const online = Array.from({ length: sizes.generations }, () => take(sizes.onlinePerGeneration));
  const fresh = take(freshPieces(sizes));
  return {
    vocabulary: vocabularyOf(words.spellings),
    training,
    referenceA,
    referenceB,
    online,
    fresh,
    wordTypesLeftOut: words.leftOut.size,
  };
}

/** `words[0]` must be "", the spelling of `END`. */
export function vocabularyOf(words: readonly string[]): Vocabulary {
  const kinds = Uint8Array.from(words, (word) => {
    if (/^[.!?。]$/u.test(word)) return KIND_SENTENCE_END;
    return /^[\p{L}\p{N}]/u.test(word) ? KIND_WORD : 0;
  });
  return { words, kinds };
}

class WordIds {
  readonly spellings: string[] = [""];
  readonly leftOut = new Set<string>();
  readonly #ids = new Map<string, number>();

  tokensOf(text: string): Tokens {
    const words = wordsOf(text);
    const tokens = new Int32Array(Math.min(words.length, PIECE_TOKENS_MAX));
    let length = 0;
    for (const word of words) {
      if (length === tokens.length) break;
      const id = this.#idOf(word);
      if (id !== null) tokens[length++] = id;
    }
    return tokens.subarray(0, length);
  }

  #idOf(word: string): number | null {
    const known = this.#ids.get(word);
    if (known !== undefined) return known;
    if (this.spellings.length >= LAB_VOCABULARY_MAX) {
      // Counted for the report; a corpus with this many types is bounded by CORPUS_PIECES_MAX.
      this.leftOut.add(word);
      return null;
    }
    const id = this.spellings.length;
    this.spellings.push(word);
    this.#ids.set(word, id);
    return id;
  }
}
