/**
 * The questions a model is asked: next-word completions of real text it never saw. Online they are drawn from all held-out
 * text; the offline main suite is drawn from standard answers, which is why it stays pretty: by how it is drawn, not by invention.
 */
import { Random } from "../core/random.ts";
import { KIND_WORD, type RealPiece } from "./pools.ts";
import type { TopicWords } from "./topic-words.ts";
import type { TrigramModel } from "./trigram.ts";

/** A standard answer: among so many commonest continuations … */
const STANDARD_TOP = 3;
/** … each seen so often … */
const STANDARD_COUNT_MIN = 5;
/** … after a context seen so often in half A (lab.md). */
const STANDARD_CONTEXT_MIN = 30;
export const SUITE_ITEMS_MAX = 600;
/** Questions a lane is asked in one generation. */
export const ONLINE_ITEMS_MAX = 3_000;

/** "What comes after these two words?", with the answer the text itself gives. */
export interface Item {
  readonly piece: RealPiece;
  /** Place of the answer in the piece, 2 or more. */
  readonly position: number;
  readonly bucket: string;
}

export interface Suite {
  readonly name: "main" | "long_tail";
  readonly items: readonly Item[];
}

/** One answered item: the model's five likeliest words, likeliest first, and whether the text's own is among them. */
export interface Answer {
  readonly item: Item;
  readonly words: readonly number[];
  readonly success: boolean;
}

/** Asks every item of the model, in order. */
export function answerItems(model: TrigramModel, items: readonly Item[]): Answer[] {
  return items.map((item) => {
    const { tokens } = item.piece;
    const words = model.predict(tokens[item.position - 2]!, tokens[item.position - 1]!);
    return { item, words, success: words.includes(tokens[item.position]!) };
  });
}

/**
 * The two offline suites, fixed for the whole run like any benchmark. Items come from half B, which no model is trained on and
 * no user asks about; what is standard is judged by half A (`modelA`). At most `SUITE_ITEMS_MAX` items each.
 */
export function drawSuites(
  referenceB: readonly RealPiece[],
  modelA: TrigramModel,
  topics: TopicWords,
  seed: number,
): readonly Suite[] {
  const random = new Random(`lab/suites/${seed}`);
  const all = random.shuffle(itemsOf(referenceB, topics));
  const take = (accepts: (item: Item) => boolean): Item[] => {
    const taken: Item[] = [];
    for (const item of all) {
      if (taken.length === SUITE_ITEMS_MAX) break;
      if (accepts(item)) taken.push(item);
    }
    return taken;
  };
  return [
    { name: "main", items: take((item) => hasStandardAnswer(item, modelA)) },
    { name: "long_tail", items: take((item) => topics.isTailWord(lastWord(item))) },
  ];
}

/** One generation's online questions: places drawn without repetition from its own held-out pieces. */
export function drawOnlineItems(
  pieces: readonly RealPiece[],
  topics: TopicWords,
  seed: number,
  generation: number,
): readonly Item[] {
  const random = new Random(`lab/online/${seed}/${generation}`);
  return random.shuffle(itemsOf(pieces, topics)).slice(0, ONLINE_ITEMS_MAX);
}

/** Every place where a word follows a word: completing punctuation would be no service to anybody. */
export function itemsOf(pieces: readonly RealPiece[], topics: TopicWords): Item[] {
  const { kinds } = topics.vocabulary;
  const items: Item[] = [];
  for (const piece of pieces) {
    for (let position = 2; position < piece.tokens.length; position += 1) {
      if (kinds[piece.tokens[position]!] !== KIND_WORD || kinds[piece.tokens[position - 1]!] !== KIND_WORD)
        continue;
      items.push({ piece, position, bucket: topics.ofWord(piece.tokens[position - 1]!) });
    }
  }
  return items;
}

function lastWord(item: Item): number {
  return item.piece.tokens[item.position - 1]!;
}

/** Whether the text's own answer is among the commonest that half A gives (`modelA`) in a context it knows well. */
export function hasStandardAnswer({ piece, position }: Item, modelA: TrigramModel): boolean {
  const before = piece.tokens[position - 2]!;
  const last = piece.tokens[position - 1]!;
  return (
    modelA.contextTotal(before, last) >= STANDARD_CONTEXT_MIN &&
    modelA.commonest(before, last, STANDARD_TOP, STANDARD_COUNT_MIN).includes(piece.tokens[position]!)
  );
}
