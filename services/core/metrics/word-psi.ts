import { defineSampleMetric } from "../metric.ts";
import { wordWindow } from "../reference/word-window.ts";
import type { Reference } from "../reference.ts";
import { sameCells } from "../statistics/jsd.ts";
import { psi } from "../statistics/psi.ts";

/** Cells of their own for this many commonest words of A; the rest is one cell. */
export const PSI_WORDS_MAX = 49;

/**
 * Population stability index over A's 49 commonest words and the rest, nats, 0 and more. Common words drift apart
 * long before rare ones can be counted. .1 and .25 are no thresholds: judge it by its null. `degenerate` where either
 * side has no words.
 */
export const wordPsi = defineSampleMetric({
  kind: "sample",
  id: "word_psi",
  title: "Word stability index",
  why: "Rises when the commonest words shift against the real data: style drift.",
  unit: "psi",
  better: "lower",
  family: "divergence",
  basis: "words",
  stages: ["candidate", "admitted", "reply"],
  source: "Yurdakul 2018",
  scale: "absolute",
  needsReference: true,
  measure(sample, reference) {
    if (reference === null) return "no_reference";
    const window = wordWindow(sample, reference);
    const common = commonWords(reference);
    const counts = new Array<number>(common.real.length).fill(0);
    let rest = window.total;
    for (let i = 0; i < window.types.length; i++) {
      const cell = common.cellByWord.get(window.types[i]!);
      if (cell === undefined) continue;
      counts[cell] = window.counts[i]!;
      rest -= window.counts[i]!;
    }
    counts[counts.length - 1] = rest;
    const value = psi(common.real, counts);
    return Number.isNaN(value) ? "degenerate" : value;
  },
});

interface CommonWords {
  /** Cell of each common word by its position in `reference.words`. */
  readonly cellByWord: ReadonlyMap<number, number>;
  /** A's counts per cell; the last is the rest. */
  readonly real: readonly number[];
}

const commonWordsByReference = new WeakMap<Reference, CommonWords>();

function commonWords(reference: Reference): CommonWords {
  const known = commonWordsByReference.get(reference);
  if (known !== undefined) return known;
  const { words, wordCounts } = reference;
  const cells = sameCells(words, wordCounts);
  const positions = Array.from({ length: cells }, (_, i) => i)
    .sort((a, b) => wordCounts[b]! - wordCounts[a]! || words[a]! - words[b]!)
    .slice(0, PSI_WORDS_MAX);
  const cellByWord = new Map(positions.map((position, cell) => [position, cell]));
  let rest = reference.otherCount;
  for (let i = 0; i < cells; i++) if (!cellByWord.has(i)) rest += wordCounts[i]!;
  const common = { cellByWord, real: [...positions.map((position) => wordCounts[position]!), rest] };
  commonWordsByReference.set(reference, common);
  return common;
}
