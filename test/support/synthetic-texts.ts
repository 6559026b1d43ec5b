import type { Random } from "../../services/core/random.ts";

const SYLLABLES =
  "ba ce di fo gu ha je ki lo mu na pe ri so tu va we xi yo zu bra che dro fli gre pla sta tri".split(" ");
const FUNCTION = "the of and to in is that it for was on with as at by not this but from or".split(" ");
const WORDS = 8_000;

/** English-like texts from a seeded word model: Zipf's law over made-up words, function words in between, sentences. */
export class SyntheticTexts {
  readonly #random: Random;
  readonly #words: string[] = [];
  readonly #cumulative = new Float64Array(WORDS);

  constructor(random: Random) {
    this.#random = random;
    let sum = 0;
    for (let i = 0; i < WORDS; i += 1) {
      let word = "";
      for (let s = 1 + (i % 3) + Math.floor(i / 4_000); s >= 0; s -= 1)
        word += SYLLABLES[random.below(SYLLABLES.length)]!;
      this.#words.push(word);
      sum += 1 / (i + 2);
      this.#cumulative[i] = sum;
    }
  }

  word(): string {
    if (this.#random.below(5) < 2) return FUNCTION[this.#random.below(FUNCTION.length)]!;
    const target = this.#random.nextFloat() * this.#cumulative[WORDS - 1]!;
    let low = 0;
    let high = WORDS - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#cumulative[middle]! < target) low = middle + 1;
      else high = middle;
    }
    return this.#words[low]!;
  }

  /** A text of about `characters` characters: sentences of 6 to 20 words, now and then a number or a comma. */
  text(characters: number): string {
    let text = "";
    while (text.length < characters) {
      const length = 6 + this.#random.below(15);
      const words = Array.from({ length }, () => this.#wordOrNumber());
      const sentence = words.join(" ");
      text += `${sentence[0]!.toUpperCase()}${sentence.slice(1)}. `;
    }
    return text.trimEnd();
  }

  /** The text with `edits` words replaced. */
  edited(text: string, edits: number): string {
    const words = text.split(" ");
    for (let i = 0; i < edits; i += 1) words[this.#random.below(words.length)] = this.word();
    return words.join(" ");
  }

  #wordOrNumber(): string {
    const kind = this.#random.below(40);
    if (kind === 0) return String(this.#random.below(1_000));
    return kind < 3 ? `${this.word()},` : this.word();
  }
}
