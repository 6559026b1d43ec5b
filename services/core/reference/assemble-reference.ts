/** From two halves of analysed texts to a frozen reference. */
import type { Metric, SampleMetric } from "../metric.ts";
import type { Reference } from "../reference.ts";
import { ngramsOfText, skeletonSequence, tokenSequence } from "../sketches/equal-budget.ts";
import { commonPieces } from "../sketches/skeleton-pieces.ts";
import type { SampledText } from "../sketches/text-sample.ts";
import { countBuckets } from "./bucket-table.ts";
import { drawNulls } from "./draw-nulls.ts";
import { lengthCounts, lengthEdges } from "./length-bins.ts";
import { referenceVersion } from "./reference-codec.ts";
import { countVocabulary, tailMass } from "./vocabulary.ts";

/** Texts that `fourGramsPer500` and its like speak of. */
const BUDGET_TEXTS = 500;

/** Both halves by cluster, in canonical order; neither may be empty. */
export interface AnalysedHalves {
  readonly a: readonly (readonly SampledText[])[];
  readonly b: readonly (readonly SampledText[])[];
}

/** What the null is drawn with. `nullDraws` pseudo-windows of each size, at least 2. */
export interface NullPlan {
  readonly seed: number | string;
  readonly nullDraws: number;
  /** The catalogue; its sample metrics get a null. */
  readonly metrics: readonly Metric[];
}

/**
 * Half A defines vocabulary, tail, buckets and length bins; half B gives budgets and the null of every sample metric.
 * The same halves, seed, draws and metrics give the same reference, version included.
 */
export function assembleReference(lane: string, halves: AnalysedHalves, plan: NullPlan): Reference {
  const a = halves.a.flat();
  const b = halves.b.flat();
  const edges = lengthEdges(a.map((text) => text.length));
  const vocabulary = countVocabulary(a);
  const content: Reference = {
    lane,
    version: "",
    textsA: a.length,
    textsB: b.length,
    ...vocabulary,
    tailMassB: tailMass(b, vocabulary.tailWords),
    lengthEdges: edges,
    lengthCounts: lengthCounts(
      a.map((text) => text.length),
      edges,
    ),
    ...countBuckets(a, b),
    fourGramsPer500: perBudget(b, (text) => ngramsOfText(text, 4, tokenSequence)),
    skeletonSixGramsPer500: perBudget(b, (text) => ngramsOfText(text, 6, skeletonSequence)),
    realPieces: commonPieces(a),
    nulls: {},
  };
  const metrics = plan.metrics.filter(
    (metric): metric is SampleMetric => metric.kind === "sample" && metric.beside === undefined,
  );
  const nulls = drawNulls(halves.b, content, metrics, plan.seed, plan.nullDraws);
  const reference = { ...content, nulls };
  return { ...reference, version: referenceVersion(reference) };
}

/** What 500 of the texts hold on average, rounded down. */
function perBudget(texts: readonly SampledText[], held: (text: SampledText) => number): number {
  let all = 0;
  for (const text of texts) all += held(text);
  return Math.floor((all * BUDGET_TEXTS) / texts.length);
}
