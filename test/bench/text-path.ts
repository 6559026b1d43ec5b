/**
 * What one text costs: the whole text path of the metric set `road` beside its floor, tokenising alone, in one process.
 *
 * The texts are English-like and made from a seed: 20,000 of about 500 characters, a tenth of them copies or edited copies.
 * Consumption and decoding are not in it. Run it by `npx tsx test/bench/text-path.ts`.
 */
import { pathToFileURL } from "node:url";
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
const ROUNDS = 7;
const CELLS = 16;

export interface TextPathBench {
  /** Texts a second through the whole path, pane close included. */
  readonly perSecond: number;
  /** Texts a second through the tokeniser alone, on the same texts. */
  readonly floorPerSecond: number;
  /** Microseconds a text, best of the rounds: each name stands for the path up to and including that step. */
  readonly steps: Record<string, number>;
}

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

/**
 * CPU microseconds a text of each step, garbage collection and compilation included: the best of some passes, taken in turns
 * so that a busy neighbour and what the engine has learnt weigh on all alike.
 */
function costs(passes: Readonly<Record<string, () => void>>): Record<string, number> {
  const best: Record<string, number> = {};
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, pass] of Object.entries(passes)) {
      const before = process.cpuUsage();
      pass();
      const used = process.cpuUsage(before);
      best[name] = Math.min(best[name] ?? Number.POSITIVE_INFINITY, (used.user + used.system) / TEXTS);
    }
  }
  return best;
}

export async function benchTextPath(): Promise<TextPathBench> {
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

  const steps = costs({
    tokenise: () => {
      for (const { bytes, start, end } of slices) tokeniser.read(bytes, start, end);
    },
    "4-grams, content hash": () => path(false, []),
    sample: () => path(true, []),
    "exact duplicates": () => path(true, [exactDuplicateShare]),
    "near-duplicates": () => path(true, [exactDuplicateShare, nearDuplicateShare]),
  });
  return {
    perSecond: Math.round(1e6 / steps["near-duplicates"]!),
    floorPerSecond: Math.round(1e6 / steps.tokenise!),
    steps,
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  process.stdout.write(`${JSON.stringify(await benchTextPath(), null, 2)}\n`);
}
