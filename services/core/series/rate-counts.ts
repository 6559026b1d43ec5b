/** Counts of rates added up and told apart, and as they stand in a checkpoint. */
import type { JsonShape } from "../json-shape.ts";
import type { Json } from "../metric.ts";
import type { RateCounts } from "../statistics/e-values.ts";

export const NO_TRIALS: RateCounts = { successes: 0, trials: 0 };

export function added(a: RateCounts, b: RateCounts): RateCounts {
  return { successes: a.successes + b.successes, trials: a.trials + b.trials };
}

/** `a` without `b`, which is part of it. */
export function without(a: RateCounts, b: RateCounts): RateCounts {
  return { successes: a.successes - b.successes, trials: a.trials - b.trials };
}

export function countsToJson({ successes, trials }: RateCounts): Json {
  return [successes, trials];
}

/** Throws, naming the field, on anything but what `countsToJson` made. */
export function countsFromJson(shape: JsonShape, value: unknown, name: string): RateCounts {
  const [successes, trials] = shape.tuple(value, name, 2);
  return { successes: shape.count(successes, name), trials: shape.count(trials, name) };
}
