/**
 * What one text costs: the whole text path of the metric set `road` beside its floor, tokenising alone, in one process.
 *
 * The texts are English-like and made from a seed: 20,000 of about 500 characters, a tenth of them copies or edited copies.
 * Consumption and decoding are not in it.
 */
import { TextAnalyser } from "../../services/core/analysis.ts";
import { rankOfId } from "../../services/core/hash.ts";
import type { PaneIndex } from "../../services/core/metric.ts";
import { exactDuplicateShare } from "../../services/core/metrics/exact-duplicate-share.ts";
import { nearDuplicateShare } from "../../services/core/metrics/near-duplicate-share.ts";
import { seqRep4 } from "../../services/core/metrics/seq-rep-4.ts";
import { Random } from "../../services/core/random.ts";
import type { Utf8Slice } from "../../services/core/sample.ts";
import { TextSampleBuilder } from "../../services/core/sketches/text-sample.ts";
import { Tokeniser } from "../../services/core/tokenise.ts";
import { encodeUtf8 } from "../../services/core/utf8.ts";
import { SyntheticTexts } from "../support/synthetic-texts.ts";

const TEXTS = 20_000;
const CHARACTERS = 500;
const CELLS = 16;

export type TextStep =
  | "tokenise"
  | "4-grams, content hash"
  | "sample"
  | "exact duplicates"
  | "near-duplicates";

interface Corpus {
  readonly slices: readonly Utf8Slice[];
  readonly ids: readonly string[];
}

function makeCorpus(): Corpus {
  const random = new Random("bench/text-path");
  const texts = new SyntheticTexts(random);
  const made: string[] = [];
  for (let i = 0; i < TEXTS; i += 1) {
    const earlier = i > 0 && random.below(10) === 0 ? made[random.below(i)]! : null;
    if (earlier === null) made.push(texts.text(CHARACTERS));
    else made.push(random.below(2) === 0 ? earlier : texts.edited(earlier, 2));
  }
  // One large buffer, as a batch of records is.
  const encoded = made.map(encodeUtf8);
  const bytes = new Uint8Array(encoded.reduce((sum, text) => sum + text.length, 0));
  let end = 0;
  const slices = encoded.map((text) => {
    bytes.set(text, end);
    end += text.length;
    return { bytes, start: end - text.length, end };
  });
  return { slices, ids: made.map((_, i) => `bench-${i}`) };
}

/** The steps as pieces of work over all texts; each stands for the path up to and including it. `tokenise` is the floor. */
export function textPathPasses(): {
  readonly passes: Readonly<Record<TextStep, () => void>>;
  readonly texts: number;
} {
  const { slices, ids } = makeCorpus();
  const analyser = new TextAnalyser();
  const tokeniser = new Tokeniser();

  /** The path with the sample, and with the given indexes of duplicates; a pane of its own each time. */
  const path = (
    withSample: boolean,
    metrics: readonly (typeof exactDuplicateShare | typeof nearDuplicateShare)[],
  ) => {
    const state = seqRep4.empty();
    const sample = new TextSampleBuilder();
    const indexes: PaneIndex<unknown>[] = metrics.map((metric) => metric.openPane!().open());
    for (let i = 0; i < slices.length; i += 1) {
      const text = analyser.analyse(slices[i]!);
      seqRep4.add(state, { text, bucket: "" });
      if (!withSample) continue;
      const id = ids[i]!;
      const rank = rankOfId(id);
      const cell = `template-${i % CELLS}@1`;
      sample.offer(rank, id, cell, "", text);
      for (const index of indexes) index.add(1, rank, cell, text);
    }
    for (const index of indexes) index.close(1);
  };

  const passes = {
    tokenise: () => {
      for (const { bytes, start, end } of slices) tokeniser.read(bytes, start, end);
    },
    "4-grams, content hash": () => path(false, []),
    sample: () => path(true, []),
    "exact duplicates": () => path(true, [exactDuplicateShare]),
    "near-duplicates": () => path(true, [exactDuplicateShare, nearDuplicateShare]),
  };
  return { passes, texts: TEXTS };
}
