import { Random } from "../../../services/core/random.ts";
import type { Corpus } from "../../../services/lab/corpus.ts";
import type { LabSizes } from "../../../services/lab/pools.ts";

/** Sizes that keep every law of the lab at a hundredth of the cost. */
export const TINY_SIZES: LabSizes = {
  generations: 3,
  training: 60,
  referenceHalf: 60,
  onlinePerGeneration: 12,
  freshPerGeneration: 30,
  trialBatch: 10,
};

const LETTERS = "abcdefghijklmnoprstuvw";

/** Pieces of four sentences over a vocabulary whose words get rarer by rank; equal for equal `count`. */
export function tinyCorpus(count: number): Corpus {
  const random = new Random("tiny-corpus");
  const word = (): string => {
    const rank = Math.floor(400 ** random.nextFloat());
    return `${LETTERS[rank % 22]}${LETTERS[Math.floor(rank / 22) % 22]}word`;
  };
  const sentence = (): string => {
    const words = Array.from({ length: 5 + random.below(8) }, word).join(" ");
    return `${words[0]!.toUpperCase()}${words.slice(1)}.`;
  };
  const pieces = Array.from({ length: count }, () => Array.from({ length: 4 }, sentence).join(" "));
  return { name: "tiny", licence: "CC0-1.0", pieces };
}
