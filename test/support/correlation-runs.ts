/** Pairs of series whose relation is known: none, or one that follows the other. */
import type { Random } from "../../services/core/random.ts";
import { driftCorrelation } from "../../services/core/statistics/drift-correlation.ts";

/** Length and AR(1) coefficient of the independent series that are tried; 1 is a random walk. */
export const INDEPENDENT = [
  [20, 0],
  [20, 0.5],
  [20, 0.95],
  [40, 0.9],
  [40, 1],
  [128, 0.95],
] as const;
/** Steps by which the online series follows. */
export const LAG = 3;

function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.nextFloat())) * Math.cos(2 * Math.PI * random.nextFloat());
}

/** AR(1) from its stationary distribution; a random walk for phi 1. */
function series(random: Random, length: number, phi: number): number[] {
  let value = phi < 1 ? normal(random) / Math.sqrt(1 - phi * phi) : 0;
  return Array.from({ length }, () => {
    value = phi * value + normal(random);
    return value;
  });
}

/** Of so many independent pairs, those that are said to go together. */
export function falselyTied(random: Random, pairs: number, n: number, phi: number): number {
  let tied = 0;
  for (let i = 0; i < pairs; i += 1) {
    if (driftCorrelation(series(random, n, phi), series(random, n, phi)).sign !== 0) tied += 1;
  }
  return tied;
}

/** Of so many pairs of 60 in which one follows by `LAG`, those whose lag is found within a step. */
export function lagsFound(random: Random, pairs: number, phi: number): number {
  const n = 60;
  let found = 0;
  for (let i = 0; i < pairs; i += 1) {
    const offline = series(random, n + LAG, phi);
    const online = offline.slice(0, n).map((value) => 0.8 * value + 0.5 * normal(random));
    const result = driftCorrelation(offline.slice(LAG), online);
    if (result.whitenedP <= 0.05 && Math.abs(result.lag - LAG) <= 1 && result.whitened > 0) found += 1;
  }
  return found;
}
