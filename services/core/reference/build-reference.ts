/** Builds a lane's reference from real texts. */
import { TextAnalyser } from "../analysis.ts";
import { hash64, rankOfId } from "../hash.ts";
import type { Reference } from "../reference.ts";
import type { Utf8Slice } from "../sample.ts";
import { SAMPLE_TOKENS_MAX, type SampledText } from "../sketches/text-sample.ts";
import { assembleReference, type NullPlan } from "./assemble-reference.ts";
import { Half } from "./half.ts";

/** Pseudo-windows per size where nothing else is asked for: p-values go down to 1 / 200. */
export const NULL_DRAWS_DEFAULT = 199;
/** More would cost minutes and sharpen nothing that rules read. */
export const NULL_DRAWS_MAX = 9_999;

/** One real text. `bucket` "" is none. */
export interface ReferenceText {
  readonly id: string;
  readonly text: string | Utf8Slice;
  readonly bucket: string;
  /** Texts of one document or session share a cluster and stay together; by default each is its own, named by `id`. */
  readonly cluster?: string;
}

/** Halves chosen by the caller. They must not share documents, or the null is too narrow. */
export interface ReferenceHalves {
  readonly a: Iterable<ReferenceText>;
  readonly b: Iterable<ReferenceText>;
}

export interface BuildReferenceInput extends NullPlan {
  readonly lane: string;
  /** Read once. Either halves, or texts that are split by the hash of their cluster. */
  readonly texts: Iterable<ReferenceText> | ReferenceHalves;
}

/** Texts that make no reference, in words for the person who chose them. */
export class ReferenceBuildError extends Error {
  override readonly name = "ReferenceBuildError";
}

/**
 * Builds a reference. The same texts (in any order, with distinct ids), seed, draws and metrics give the same bytes.
 *
 * Each text is analysed once; a half keeps at most `HALF_TEXTS_MAX` of them, so memory does not grow with the input.
 * With under 250 texts in half B there is no null: everything judged against such a reference is `insufficient`.
 * Throws `ReferenceBuildError` where a half has no text, or none of A's texts has a word; RangeError for `nullDraws`
 * outside 2..9999.
 */
export function buildReference(input: BuildReferenceInput): Reference {
  const { nullDraws } = input;
  if (!Number.isInteger(nullDraws) || nullDraws < 2 || nullDraws > NULL_DRAWS_MAX) {
    throw new RangeError(`nullDraws must be an integer of 2..${NULL_DRAWS_MAX}, not ${nullDraws}`);
  }
  const halves = collect(input.texts);
  const a = halves.a.clusters();
  const b = halves.b.clusters();
  if (a.length === 0 || b.length === 0) {
    throw new ReferenceBuildError(
      `lane ${input.lane}: half ${a.length === 0 ? "A" : "B"} of the reference has no texts; give at least 500 real texts`,
    );
  }
  const reference = assembleReference(input.lane, { a, b }, input);
  if (reference.words.length === 0) {
    throw new ReferenceBuildError(`lane ${input.lane}: no text of half A of the reference has a word`);
  }
  return reference;
}

function collect(texts: Iterable<ReferenceText> | ReferenceHalves): { readonly a: Half; readonly b: Half } {
  const analyser = new TextAnalyser();
  const a = new Half();
  const b = new Half();
  const add = (half: Half, text: ReferenceText): void => {
    const cluster = text.cluster ?? text.id;
    if (half.wants(cluster)) half.add(cluster, sampledText(analyser, text));
  };
  if (Symbol.iterator in texts) {
    for (const text of texts) add(inHalfA(text.cluster ?? text.id) ? a : b, text);
  } else {
    for (const text of texts.a) add(a, text);
    for (const text of texts.b) add(b, text);
  }
  return { a, b };
}

/** One bit of the cluster's hash; not a bit of the rank, which orders texts inside a half. */
function inHalfA(cluster: string): boolean {
  return (hash64(cluster).hi & 1) === 0;
}

function sampledText(analyser: TextAnalyser, { id, text, bucket }: ReferenceText): SampledText {
  const analysis = typeof text === "string" ? analyser.analyseString(text) : analyser.analyse(text);
  const kept = Math.min(analysis.tokenCount, SAMPLE_TOKENS_MAX);
  return {
    rank: rankOfId(id),
    id,
    cell: "",
    bucket,
    tokens: analysis.tokens.slice(0, kept),
    kinds: analysis.kinds.slice(0, kept),
    length: analysis.tokenCount,
  };
}
