/**
 * Whether the items of a suite read like the training data rather than like real texts: words, sentence skeletons and lengths of
 * three sets of texts, by Jensen-Shannon divergence.
 *
 * A divergence of samples is never 0 and depends on their size, so training and real texts are held against the items in equal
 * numbers, and what is judged is the difference of the two divergences. Its interval is a bootstrap over the texts of all three.
 */
import type { TextAnalysis } from "../analysis.ts";
import { combineHash, fmix32 } from "../hash.ts";
import { Random } from "../random.ts";
import { lengthCounts, lengthEdges } from "../reference/length-bins.ts";
import { skeletonInto } from "../skeleton.ts";
import { jsdBits } from "../statistics/jsd.ts";
import { quantile } from "../statistics/moments.ts";
import { KIND_WORD } from "../tokenise-reference.ts";

/** Fewer texts of any of the three sets say nothing. */
export const STYLE_TEXTS_MIN = 30;
/** Texts of each set that are compared: those of smallest rank. */
export const STYLE_TEXTS_MAX = 1_000;
/** Tokens read of a text. */
export const STYLE_TOKENS_MAX = 512;
/** Items are called converged where they are nearer to the training data by this much of their distance to real texts. */
export const STYLE_EFFECT_MIN = 0.2;
/** Cells of their own for the commonest words and skeleton pieces of all three sets; the rest is one cell. */
const CELLS_MAX = 1_000;
const SKELETON_ORDER = 4;
const RESAMPLES = 200;

/** What is kept of a text. */
export interface StyleText {
  readonly words: Uint32Array;
  readonly skeleton: Uint32Array;
  /** Tokens, at most `STYLE_TOKENS_MAX`. */
  readonly length: number;
}

export const STYLE_FEATURES = ["words", "skeletons", "lengths"] as const;
export type StyleFeature = (typeof STYLE_FEATURES)[number];

export interface StyleDistance {
  readonly feature: StyleFeature;
  /** Divergences in bits, 0..1. */
  readonly toTraining: number;
  readonly toReal: number;
  /** `toReal - toTraining` with its 95 % interval: above 0, the items are nearer to the training data. */
  readonly nearer: number;
  readonly lo: number;
  readonly hi: number;
  /** Surely nearer, and by `STYLE_EFFECT_MIN` of the distance to real texts or more. */
  readonly converged: boolean;
}

export interface StyleConvergence {
  /** `insufficient`: one of the sets has fewer than `STYLE_TEXTS_MIN` texts; there are no distances then. */
  readonly status: "ok" | "insufficient";
  /** Texts compared. */
  readonly items: number;
  readonly others: number;
  readonly distances: readonly StyleDistance[];
  /** By words or by skeletons. Lengths are shown: they change with the prompt and harm nothing. */
  readonly converged: boolean;
}

/** What of an analysed text its style is told from; owned by the caller. */
export function styleText({ tokens, kinds, tokenCount }: TextAnalysis): StyleText {
  const length = Math.min(tokenCount, STYLE_TOKENS_MAX);
  const skeleton = new Uint32Array(length);
  const pieces = skeletonInto(tokens, kinds, length, skeleton);
  const grams: number[] = [];
  for (let i = 0; i + SKELETON_ORDER <= pieces; i += 1) {
    let running = 0;
    for (let k = 0; k < SKELETON_ORDER; k += 1) running = combineHash(running, skeleton[i + k]!);
    grams.push(fmix32(running));
  }
  const words = tokens.slice(0, length).filter((_, i) => kinds[i] === KIND_WORD);
  return { words, skeleton: Uint32Array.from(grams), length };
}

/** The sets are at most `STYLE_TEXTS_MAX` texts each; the same texts give the same result. */
export function styleConvergence(
  items: readonly StyleText[],
  training: readonly StyleText[],
  real: readonly StyleText[],
): StyleConvergence {
  const others = Math.min(training.length, real.length);
  const base = { items: items.length, others };
  if (Math.min(items.length, others) < STYLE_TEXTS_MIN) {
    return { status: "insufficient", ...base, distances: [], converged: false };
  }
  const sets = [items, training.slice(0, others), real.slice(0, others)] as const;
  const distances = STYLE_FEATURES.map((feature) => distanceOf(feature, sets));
  const converged = distances.some(({ feature, converged: own }) => own && feature !== "lengths");
  return { status: "ok", ...base, distances, converged };
}

type Sets = readonly [readonly StyleText[], readonly StyleText[], readonly StyleText[]];

function distanceOf(feature: StyleFeature, sets: Sets): StyleDistance {
  const { cells, rows } = feature === "lengths" ? lengthRows(sets) : typeRows(sets, feature);
  const all = rows.map((set) => set.map((_, i) => i));
  const [toTraining, toReal] = divergences(cells, rows, all);
  const random = new Random(`suite/style/${feature}`);
  const differences: number[] = [];
  for (let i = 0; i < RESAMPLES; i += 1) {
    const drawn = all.map((set) => set.map(() => random.below(set.length)));
    const [a, b] = divergences(cells, rows, drawn);
    differences.push(b - a);
  }
  const nearer = toReal - toTraining;
  // Resampling widens all three divergences alike; what it moves the difference by is not the data's.
  const shift = nearer - quantile(differences, 0.5);
  const [lo, hi] = [quantile(differences, 0.025) + shift, quantile(differences, 0.975) + shift];
  const converged = lo > 0 && nearer >= STYLE_EFFECT_MIN * toReal;
  return {
    feature,
    toTraining,
    toReal,
    nearer,
    lo: Math.min(lo, nearer),
    hi: Math.max(hi, nearer),
    converged,
  };
}

/** Cells of each text of each set: what it adds to the set's histogram. */
interface Rows {
  readonly cells: number;
  readonly rows: readonly (readonly (readonly number[])[])[];
}

function typeRows(sets: Sets, feature: "words" | "skeletons"): Rows {
  const typesOf = (text: StyleText): Uint32Array => (feature === "words" ? text.words : text.skeleton);
  const counts = new Map<number, number>();
  for (const set of sets) {
    for (const text of set) for (const type of typesOf(text)) counts.set(type, (counts.get(type) ?? 0) + 1);
  }
  const common = [...counts].sort(([a, x], [b, y]) => y - x || a - b).slice(0, CELLS_MAX);
  const cellOf = new Map(common.map(([type], cell) => [type, cell]));
  const rest = common.length;
  const rows = sets.map((set) =>
    set.map((text) => Array.from(typesOf(text), (type) => cellOf.get(type) ?? rest)),
  );
  return { cells: rest + 1, rows };
}

function lengthRows(sets: Sets): Rows {
  const [, training, real] = sets;
  const edges = lengthEdges([...training, ...real].map(({ length }) => length));
  const rows = sets.map((set) => set.map(({ length }) => [lengthCounts([length], edges).indexOf(1)]));
  return { cells: edges.length + 1, rows };
}

/** Of the items to the training texts and to the real ones; 0 where either side is empty. */
function divergences(
  cells: number,
  rows: Rows["rows"],
  drawn: readonly (readonly number[])[],
): readonly [number, number] {
  const [items, training, real] = rows.map((set, i) => {
    const counts = new Uint32Array(cells);
    for (const text of drawn[i]!) for (const cell of set[text]!) counts[cell]! += 1;
    return counts;
  });
  const distance = (other: Uint32Array): number => {
    const bits = jsdBits(items!, other);
    return Number.isNaN(bits) ? 0 : bits;
  };
  return [distance(training!), distance(real!)];
}
