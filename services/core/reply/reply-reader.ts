import type { TextAnalysis } from "../analysis.ts";
import { tokenHash } from "../hash.ts";
import type { InteractionView } from "../sample.ts";
import { FUNCTION_WORDS } from "../skeleton.ts";
import { StampedSet } from "../stamped-set.ts";
import { Tokeniser } from "../tokenise.ts";
import { KIND_OTHER, KIND_WORD } from "../tokenise-reference.ts";
import { PHRASE_BITS, PhraseMatcher } from "./phrase-matcher.ts";
import { REPLY_PHRASES, REQUEST_WORDS } from "./reply-phrases.ts";
import { ACTS, lengthBin, type ReplyTraits, shapeOf } from "./reply-traits.ts";

/** Tokens of a reply, and of a request, that are read; what comes after them shows in the length only. */
export const READ_TOKENS_MAX = 1_024;

const SENTENCE_ENDS = new Set([".", "!", "?", "。", "؟", "।"].map(tokenHash));
const QUESTION_MARKS = new Set(["?", "؟"].map(tokenHash));

const ASK = ACTS.indexOf("ask");
const ANSWER = ACTS.indexOf("answer");
const CONFIRM = ACTS.indexOf("confirm");
const CITE = ACTS.indexOf("cite");
const REFUSE = ACTS.indexOf("refuse");

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * Reads the traits of one reply after the other. The reply has been tokenised by the shared analysis; the request is here,
 * once. Not shared between threads.
 */
export class ReplyReader {
  readonly #phrases = new PhraseMatcher(REPLY_PHRASES);
  readonly #common = setOf([...FUNCTION_WORDS, ...REQUEST_WORDS].map(tokenHash));
  readonly #request = new Tokeniser();
  readonly #rare = new StampedSet();
  readonly #taken = new StampedSet();
  /** Of the reply read last: kinds of phrases anywhere in it, acts of its sentences as bits, its first act and the next other one. */
  #phraseBits = 0;
  #acts = 0;
  #first = -1;
  #next = -1;
  readonly #traits: Mutable<ReplyTraits> = {
    empty: true,
    refused: false,
    act: null,
    shape: 0,
    lengthBin: 0,
    hedges: false,
    apologises: false,
    deflects: false,
    isCourteous: false,
    rareTokens: 0,
    takenUp: 0,
  };

  /** `text` is the analysis of the response. The traits belong to the reader: they are valid until its next call. */
  read(interaction: InteractionView, text: TextAnalysis): ReplyTraits {
    this.#readSentences(text);
    const traits = this.#traits;
    const bits = this.#phraseBits;
    traits.empty = this.#first < 0;
    traits.refused = interaction.refused || (bits & PHRASE_BITS.refuse) !== 0;
    traits.act = this.#wholeAct(traits.refused);
    traits.shape = this.#first < 0 ? 0 : shapeOf(this.#first, this.#next);
    traits.lengthBin = lengthBin(text.tokenCount);
    traits.hedges = (bits & PHRASE_BITS.hedge) !== 0;
    traits.apologises = (bits & PHRASE_BITS.apology) !== 0;
    traits.deflects = (bits & PHRASE_BITS.deflect) !== 0;
    traits.isCourteous = (bits & PHRASE_BITS.courtesy) !== 0;
    this.#readRequest(interaction, text);
    return traits;
  }

  #wholeAct(refused: boolean): ReplyTraits["act"] {
    if (refused) return "refuse";
    if (this.#first < 0) return null;
    if (this.#first === ASK) return "ask";
    if ((this.#acts & (1 << CITE)) !== 0) return "cite";
    return this.#first === CONFIRM ? "confirm" : "answer";
  }

  #readSentences({ tokens, kinds, tokenCount }: TextAnalysis): void {
    this.#phraseBits = 0;
    this.#acts = 0;
    this.#first = -1;
    this.#next = -1;
    const length = Math.min(tokenCount, READ_TOKENS_MAX);
    let bits = 0;
    let opened = false;
    let confirms = false;
    for (let i = 0; i < length; i += 1) {
      const found = this.#phrases.at(tokens, i, length);
      bits |= found;
      if (kinds[i] !== KIND_OTHER) {
        if (!opened) confirms = (found & PHRASE_BITS.confirm) !== 0;
        opened = true;
      } else if (SENTENCE_ENDS.has(tokens[i]!)) {
        if (opened) this.#endSentence(bits, confirms, QUESTION_MARKS.has(tokens[i]!));
        this.#phraseBits |= bits;
        bits = 0;
        opened = false;
      }
    }
    if (opened) this.#endSentence(bits, confirms, false);
    this.#phraseBits |= bits;
  }

  #endSentence(bits: number, confirms: boolean, asks: boolean): void {
    let act = ANSWER;
    if ((bits & PHRASE_BITS.refuse) !== 0) act = REFUSE;
    else if (asks) act = ASK;
    else if ((bits & PHRASE_BITS.cite) !== 0) act = CITE;
    else if (confirms) act = CONFIRM;
    this.#acts |= 1 << act;
    if (this.#first < 0) this.#first = act;
    else if (this.#next < 0 && act !== this.#first) this.#next = act;
  }

  /** A request's rare tokens are its words that are neither function words nor in every request, and its numbers. */
  #readRequest({ request }: InteractionView, text: TextAnalysis): void {
    const traits = this.#traits;
    traits.rareTokens = 0;
    traits.takenUp = 0;
    if (request.end <= request.start) return;
    const asked = this.#request;
    asked.read(request.bytes, request.start, request.end);
    const askedLength = Math.min(asked.count, READ_TOKENS_MAX);
    const saidLength = Math.min(text.tokenCount, READ_TOKENS_MAX);
    const rare = this.#rare;
    rare.reset(askedLength);
    let rareTokens = 0;
    for (let i = 0; i < askedLength; i += 1) {
      const token = asked.tokens[i]!;
      if (asked.kinds[i] === KIND_OTHER) continue;
      if (asked.kinds[i] === KIND_WORD && this.#common.has(token)) continue;
      if (rare.add(token)) rareTokens += 1;
    }
    // Few of a reply's tokens are the request's: looking each up costs less than keeping them all.
    const taken = this.#taken;
    taken.reset(rareTokens);
    let takenUp = 0;
    for (let i = 0; i < saidLength; i += 1) {
      const token = text.tokens[i]!;
      if (rare.has(token) && taken.add(token)) takenUp += 1;
    }
    traits.rareTokens = rareTokens;
    traits.takenUp = takenUp;
  }
}

function setOf(hashes: readonly number[]): StampedSet {
  const set = new StampedSet();
  set.reset(hashes.length);
  for (const hash of hashes) set.add(hash);
  return set;
}
