/** What a metric says of one window. Shared by windows, verdicts and the printed surfaces. */

/** `ok` is the only status a rule may call pass or breach; the others make it inconclusive, never zero. */
export type ResultStatus = "ok" | "insufficient" | "no_reference" | "degenerate";

/**
 * One value of one metric, with everything needed to judge it again.
 *
 * `value`, `lo`, `hi` are in the metric's own unit; `lo..hi` is a 95 % interval. `n` counts what the value was
 * computed on (texts, trials, arrivals: the metric says which). `nullMean`, `nullSd` describe the same metric on
 * real windows of the same n; `z = (value - nullMean) / nullSd`, signed, not oriented;
 * `ratio = value / nullMean`. All are null unless status is `ok`, apart from `n`, and from `value` where one is
 * known all the same. `bucket` is "" for the whole window.
 */
export interface MetricResult {
  readonly metric: string;
  readonly bucket: string;
  readonly n: number;
  readonly nRef: number | null;
  readonly value: number | null;
  readonly lo: number | null;
  readonly hi: number | null;
  readonly nullMean: number | null;
  readonly nullSd: number | null;
  readonly ratio: number | null;
  readonly z: number | null;
  readonly e: number | null;
  readonly status: ResultStatus;
}

/** A result with a value and its interval but no null to hold it against. */
export function okResult(
  metric: string,
  n: number,
  value: number,
  interval: { readonly lo: number; readonly hi: number } | null,
  bucket = "",
): MetricResult {
  return {
    metric,
    bucket,
    n,
    nRef: null,
    value,
    lo: interval === null ? null : interval.lo,
    hi: interval === null ? null : interval.hi,
    nullMean: null,
    nullSd: null,
    ratio: null,
    z: null,
    e: null,
    status: "ok",
  };
}

/** A result that says why there is no value. Such a result is never pass and never zero. */
export function noResult(
  metric: string,
  n: number,
  status: Exclude<ResultStatus, "ok">,
  bucket = "",
): MetricResult {
  return {
    metric,
    bucket,
    n,
    nRef: null,
    value: null,
    lo: null,
    hi: null,
    nullMean: null,
    nullSd: null,
    ratio: null,
    z: null,
    e: null,
    status,
  };
}
