/** Everything of a run that does not change from generation to generation. */
import type { ReferenceHalves, ReferenceText } from "../core/reference/build-reference.ts";
import type { Corpus } from "./corpus.ts";
import { drawPools, LAB_SIZES, type LabSizes, type Pools, type RealPiece } from "./pools.ts";
import { drawSuites, type Suite } from "./suites.ts";
import { TopicWords } from "./topic-words.ts";
import { TrigramModel } from "./trigram.ts";

export interface PreparedLab {
  readonly seed: number;
  readonly corpusName: string;
  readonly licence: string;
  readonly sizes: LabSizes;
  readonly pools: Pools;
  readonly topics: TopicWords;
  readonly suites: readonly Suite[];
  /** The halves every lane is held against; no model and no user of the lab ever sees them, but for half B's suite items. */
  readonly reference: ReferenceHalves;
}

/** Draws pools, topics and suites. About 1.5 s for the default corpus. Throws CorpusError for a corpus too small. */
export function prepareLab(corpus: Corpus, seed: number, sizes: LabSizes = LAB_SIZES): PreparedLab {
  const pools = drawPools(corpus, seed, sizes);
  const topics = new TopicWords(pools.vocabulary, pools.referenceA);
  const modelA = new TrigramModel(
    pools.referenceA.map((piece) => piece.tokens),
    pools.vocabulary,
  );
  const texts = (pieces: readonly RealPiece[]): ReferenceText[] =>
    pieces.map((piece) => ({
      id: `piece-${piece.index}`,
      text: piece.text,
      bucket: topics.ofPiece(piece.tokens),
    }));
  return {
    seed,
    corpusName: corpus.name,
    licence: corpus.licence,
    sizes,
    pools,
    topics,
    suites: drawSuites(pools.referenceB, modelA, topics, seed),
    reference: { a: texts(pools.referenceA), b: texts(pools.referenceB) },
  };
}
