/** A ratio of two estimates with its interval. Source: Fieller 1954. */
import { Z_95 } from "./intervals.ts";

/** A value with its interval, 95 % where nothing else is said. */
export interface Estimate {
  readonly value: number;
  readonly lo: number;
  readonly hi: number;
}

/** Two estimates with what is known of their errors, which are about normal. */
export interface RatioMoments {
  readonly numerator: number;
  readonly denominator: number;
  readonly numeratorVariance: number;
  readonly denominatorVariance: number;
  /** Of the two; 0 where they are independent. */
  readonly covariance: number;
}

/**
 * `numerator / denominator` with the interval of `z` standard errors on either side; null where the denominator is not that far
 * above 0: then the ratio is not known at all.
 */
export function fieller(moments: RatioMoments, z: number = Z_95): Estimate | null {
  const { numerator, denominator, numeratorVariance, denominatorVariance, covariance } = moments;
  const zz = z * z;
  const a = denominator * denominator - zz * denominatorVariance;
  if (!(denominator > 0 && a > 0)) return null;
  const b = denominator * numerator - zz * covariance;
  const c = numerator * numerator - zz * numeratorVariance;
  const half = Math.sqrt(Math.max(0, b * b - a * c));
  return { value: numerator / denominator, lo: (b - half) / a, hi: (b + half) / a };
}
