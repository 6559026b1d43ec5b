import { hashContent } from "../content-hash.ts";
import { hash64 } from "../hash.ts";
import type { SampleView } from "../sample.ts";
import { Tokeniser } from "../tokenise.ts";
import type { SampleKeys } from "./duplicate-memory.ts";

/** 2^32 and 2^53: a rank of 53 bits as a share. */
const WORD = 0x1_0000_0000;
const RANKS = 9_007_199_254_740_992;

/** What moves a lane's keys away from those of every other lane. */
export interface LaneSalt {
  readonly hi: number;
  readonly lo: number;
}

export function laneSalt(lane: string): LaneSalt {
  return hash64(`${lane}\u001f`);
}

/** Makes the keys of one sample after the other in one object: valid until the next sample. */
export class SampleKeyMaker implements SampleKeys {
  idHi = 0;
  idLo = 0;
  textHi = 0;
  textLo = 0;
  /** `rankOfId` of the sample's id, as a share: 0 <= share < 1. */
  idShare = 0;
  readonly #tokeniser = new Tokeniser();
  readonly #content = { contentHi: 0, contentLo: 0 };

  /** Keys of the id and, where there is text, of its content; both within the lane. */
  make(sample: SampleView, salt: LaneSalt): void {
    const id = hash64(sample.id);
    this.idShare = ((id.hi >>> 11) * WORD + id.lo) / RANKS;
    this.idHi = (id.hi ^ salt.hi) >>> 0;
    this.idLo = (id.lo ^ salt.lo) >>> 0;
    this.textHi = 0;
    this.textLo = 0;
    const { bytes, start, end } = sample.output;
    if (start === end) return;
    const tokeniser = this.#tokeniser;
    tokeniser.read(bytes, start, end);
    hashContent(tokeniser.tokens, tokeniser.count, this.#content);
    // Halves change places: an id and a text of one lane share no key but by chance.
    this.textHi = (this.#content.contentHi ^ salt.lo) >>> 0;
    this.textLo = (this.#content.contentLo ^ salt.hi) >>> 0;
    if (this.textHi === 0 && this.textLo === 0) this.textLo = 1;
  }
}
