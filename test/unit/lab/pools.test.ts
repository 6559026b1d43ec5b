import { describe, expect, it } from "vitest";
import { CorpusError } from "../../../services/lab/corpus.ts";
import { drawPools, freshPieces, LAB_SIZES, type Pools, piecesNeeded } from "../../../services/lab/pools.ts";
import { TINY_SIZES, tinyCorpus } from "./tiny-corpus.ts";

function indices(pools: Pools): number[] {
  const { training, referenceA, referenceB, online, fresh } = pools;
  return [training, referenceA, referenceB, ...online, fresh].flat().map((piece) => piece.index);
}

describe("drawPools", () => {
  const corpus = tinyCorpus(400);

  it("draws disjoint sets of the sizes asked for", () => {
    const pools = drawPools(corpus, 1, TINY_SIZES);
    const all = indices(pools);
    expect(all).toHaveLength(piecesNeeded(TINY_SIZES));
    expect(new Set(all).size).toBe(all.length);
    expect(pools.online.map((set) => set.length)).toEqual([12, 12, 12]);
    expect(pools.wordTypesLeftOut).toBe(0);
  });

  it("is decided by the seed alone", () => {
    expect(indices(drawPools(corpus, 7, TINY_SIZES))).toEqual(indices(drawPools(corpus, 7, TINY_SIZES)));
    expect(indices(drawPools(corpus, 7, TINY_SIZES))).not.toEqual(indices(drawPools(corpus, 8, TINY_SIZES)));
  });

  it("keeps pieces as their words", () => {
    const { training, vocabulary } = drawPools(corpus, 1, TINY_SIZES);
    const spelled = [...training[0]!.tokens].map((token) => vocabulary.words[token]).join(" ");
    expect(spelled).toBe(training[0]!.text.toLowerCase().replaceAll(".", " ."));
  });

  it("says how many pieces it needs", () => {
    expect(() => drawPools(tinyCorpus(100), 1, TINY_SIZES)).toThrow(CorpusError);
    expect(() => drawPools(tinyCorpus(100), 1, TINY_SIZES)).toThrow(
      /tiny has 100 pieces of four sentences; the lab needs 306/,
    );
  });

  it("needs 15,250 pieces at the measured sizes, trial batches included", () => {
    expect(piecesNeeded(LAB_SIZES)).toBe(15_250);
    expect(freshPieces({ ...LAB_SIZES, trialBatch: 600 })).toBe(7_200);
  });
});
