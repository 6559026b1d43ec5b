/** Rates of many small buckets, each drawn towards what all of them show. For ranking and display; gates use e-values. */

export interface BucketCounts {
  readonly successes: number;
  readonly trials: number;
}

export interface Shrinkage {
  /** Rate of all trials. */
  readonly mean: number;
  /** Share of the variance that lies between buckets, 0..1; 0 pools fully. */
  readonly rho: number;
  /** Trials that the common rate is worth; infinite where rho is 0. */
  readonly priorTrials: number;
  /** In the order of the buckets. */
  readonly rates: readonly number[];
}

/**
 * Beta-binomial shrinkage, by moments. Buckets without trials get the common rate. With fewer than two buckets that have
 * trials there is nothing to learn from: rho 0. NaN rates where nobody has trials.
 * Throws RangeError for counts that contradict themselves. Source: Kleinman 1973; metric specification 5.1.
 */
export function shrink(buckets: readonly BucketCounts[]): Shrinkage {
  let successes = 0;
  let trials = 0;
  let squares = 0;
  let filled = 0;
  for (const { successes: x, trials: n } of buckets) {
    if (!(x >= 0 && x <= n)) throw new RangeError(`not successes of trials: ${x} of ${n}`);
    successes += x;
    trials += n;
    squares += n * n;
    if (n > 0) filled += 1;
  }
  const mean = successes / trials;
  const rho = filled < 2 || trials <= filled ? 0 : betweenShare(buckets, mean, trials, squares, filled);
  const priorTrials = rho === 0 ? Number.POSITIVE_INFINITY : (1 - rho) / rho;
  const rates = buckets.map(({ successes: x, trials: n }) =>
    rho === 0 ? mean : (x + mean * priorTrials) / (n + priorTrials),
  );
  return { mean, rho, priorTrials, rates };
}

function betweenShare(
  buckets: readonly BucketCounts[],
  mean: number,
  trials: number,
  squares: number,
  filled: number,
): number {
  let between = 0;
  let within = 0;
  for (const { successes: x, trials: n } of buckets) {
    if (n === 0) continue;
    const rate = x / n;
    between += n * (rate - mean) ** 2;
    within += x * (1 - rate);
  }
  const meanBetween = between / (filled - 1);
  const meanWithin = within / (trials - filled);
  const size = (trials - squares / trials) / (filled - 1);
  const share = (meanBetween - meanWithin) / (meanBetween + (size - 1) * meanWithin);
  // Neither varies where all rates are 0 or 1.
  return Number.isNaN(share) ? 0 : Math.max(0, share);
}
