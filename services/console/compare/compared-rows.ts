/** Two sets of values side by side, with what is beyond noise. */
import type { Catalogue } from "../../core/catalogue.ts";
import { compareText } from "../../core/compare-text.ts";
import {
  beyondNoise,
  type ValueDifference,
  valueDifference,
} from "../../core/statistics/value-difference.ts";
import type { ComparedRow, ComparedValue } from "../answers/compare-answer.ts";

export interface SideValue {
  readonly metric: string;
  readonly stage: string;
  readonly segment: string;
  readonly bucket: string;
  readonly value: number | null;
  readonly lo: number | null;
  readonly hi: number | null;
  readonly null_sd: number | null;
  readonly n: number;
  readonly status: string;
}

/** A row with how far it moved, in standard errors; -1 where that is unknown. */
export interface RankedRow extends ComparedRow {
  readonly strength: number;
}

/** One row a value that either side has, most evidence first. A value stands once on a side; a second one is left out. */
export function comparedRows(
  a: readonly SideValue[],
  b: readonly SideValue[],
  catalogue: Catalogue,
): readonly RankedRow[] {
  const pairs = new Map<string, { readonly of: SideValue; a: SideValue | null; b: SideValue | null }>();
  for (const [side, values] of [
    ["a", a],
    ["b", b],
  ] as const) {
    for (const of of values) {
      const key = JSON.stringify([of.metric, of.stage, of.segment, of.bucket]);
      const pair = pairs.get(key) ?? { of, a: null, b: null };
      pair[side] ??= of;
      pairs.set(key, pair);
    }
  }
  const all = [...pairs.values()].map((pair) => ({ ...pair, difference: differenceOf(pair.a, pair.b) }));
  const tested = all.flatMap(({ difference }) => (difference === null ? [] : [difference]));
  const moved = new Set(beyondNoise(tested).map((at) => tested[at]!));
  return all
    .map((pair): RankedRow => {
      const { metric, stage, segment, bucket } = pair.of;
      const known = catalogue.byId.get(metric);
      const better = known?.better ?? "neither";
      const { difference } = pair;
      const beyond = difference === null ? null : moved.has(difference);
      const rises = difference !== null && difference.value > 0;
      return {
        metric,
        title: known?.title ?? "",
        unit: known?.unit ?? "ratio",
        better,
        stage,
        segment,
        bucket,
        a: shownValue(pair.a),
        b: shownValue(pair.b),
        difference:
          difference === null ? null : { value: difference.value, lo: difference.lo, hi: difference.hi },
        beyondNoise: beyond,
        worse: beyond !== true || better === "neither" ? null : rises === (better === "lower"),
        strength: difference === null ? -1 : Math.min(Math.abs(difference.z), Number.MAX_VALUE),
      };
    })
    .sort(
      (x, y) =>
        Number(y.beyondNoise === true) - Number(x.beyondNoise === true) ||
        (x.beyondNoise === true ? y.strength - x.strength : 0) ||
        compareText(x.metric, y.metric) ||
        compareText(x.stage, y.stage) ||
        compareText(x.segment, y.segment) ||
        compareText(x.bucket, y.bucket),
    );
}

function differenceOf(a: SideValue | null, b: SideValue | null): ValueDifference | null {
  if (!isJudged(a) || !isJudged(b)) return null;
  return valueDifference({ ...a, nullSd: a.null_sd }, { ...b, nullSd: b.null_sd });
}

function isJudged(of: SideValue | null): of is SideValue & { readonly value: number } {
  return of !== null && of.status === "ok" && of.value !== null;
}

function shownValue(of: SideValue | null): ComparedValue | null {
  if (of === null) return null;
  const { value, lo, hi, n, status } = of;
  return { value, lo, hi, n, status };
}
