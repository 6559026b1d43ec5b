/** What a trait of replies costs: how much more often what it leads to is a costly outcome, times what one costs. */
import { RATE_TRIALS_MIN } from "../rate-result.ts";
import type { RateCounts } from "../statistics/e-values.ts";
import type { Estimate } from "../statistics/fieller.ts";
import { type Stratum, stratifiedDifference } from "../statistics/stratified-difference.ts";
import type { OutcomeCost } from "./pattern-registry.ts";

export interface TraitCost {
  readonly cost: string;
  readonly currency: string;
  /** Interactions with the trait that have outcomes, and how many of them were costly. */
  readonly withTrait: RateCounts;
  readonly without: RateCounts;
  /** Rate with the trait less that without it, in the same buckets, 95 %; null where either is under 30, or no bucket has both. */
  readonly excess: Estimate | null;
  /** `excess` times the interactions with the trait times the unit cost, over the time asked for; in `currency`. */
  readonly total: Estimate | null;
}

/** `strata`: one a bucket. Excess is what goes with the trait, in the same bucket; not yet what the trait did. */
export function traitCost({ name, currency, unitCost }: OutcomeCost, strata: readonly Stratum[]): TraitCost {
  const withTrait = sumOf(strata.map(({ exposed }) => exposed));
  const without = sumOf(strata.map(({ others }) => others));
  const enough = Math.min(withTrait.trials, without.trials) >= RATE_TRIALS_MIN;
  const excess = enough ? stratifiedDifference(strata) : null;
  const times = withTrait.trials * unitCost;
  const total =
    excess === null ? null : { value: excess.value * times, lo: excess.lo * times, hi: excess.hi * times };
  return { cost: name, currency, withTrait, without, excess, total };
}

function sumOf(counts: readonly RateCounts[]): RateCounts {
  return {
    successes: counts.reduce((sum, { successes }) => sum + successes, 0),
    trials: counts.reduce((sum, { trials }) => sum + trials, 0),
  };
}
