import { counters } from "../counters.ts";
import { defineCountsMetric } from "../metric.ts";
import { noResult, okResult } from "../result.ts";

const HOUR_MS = 3_600_000;
const HOURS_PER_DAY = 24;
/** A time that makes items older is taken for a mistake, and for none. */
const AGE_HOURS_MAX = 100 * 366 * HOURS_PER_DAY;

/**
 * Mean age of a suite's items when they were run, over its results.
 *
 * Input   evaluations of one suite; the item's age is event time minus `suiteTime`, in whole hours, 0 for items of the future.
 * Value   days, 0 and more; n counts results that say when the items were made. `insufficient` where none does.
 * State   two integers. Golden: items made 10 and 20 days before they were run give 15.
 * Source  exact counts
 */
export const suiteItemAge = defineCountsMetric({
  kind: "counts",
  id: "suite_item_age",
  title: "Age of the suite's items",
  why: "Old items have been seen, copied and trained on: a suite that is never renewed measures memory.",
  unit: "days",
  better: "lower",
  family: "none",
  basis: "evaluations",
  stages: ["reply"],
  source: "exact counts",
  input: "evaluation",
  ...counters(["hours", "dated"]),
  add(state, { evaluation: { eventMs, suiteMs } }) {
    if (suiteMs === null) return;
    const hours = Math.max(0, Math.floor((eventMs - suiteMs) / HOUR_MS));
    if (!(hours <= AGE_HOURS_MAX)) return;
    state.hours += hours;
    state.dated += 1;
  },
  value({ hours, dated }) {
    if (dated === 0) return [noResult("suite_item_age", 0, "insufficient")];
    return [okResult("suite_item_age", dated, hours / HOURS_PER_DAY / dated, null)];
  },
});
