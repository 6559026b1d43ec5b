/** Entropy and Hill numbers of a histogram of counts: how many types are in effective use. Nats. */
import { total } from "./jsd.ts";

/** Plug-in Shannon entropy in nats; NaN for no counts. 10,5,3,2,1,1,1,1: 1.6882550087. Biased low when types are rare. */
export function entropyNats(counts: ArrayLike<number>): number {
  const n = total(counts);
  if (n === 0) return Number.NaN;
  let sum = 0;
  for (let i = 0; i < counts.length; i++) {
    const p = counts[i]! / n;
    if (p > 0) sum -= p * Math.log(p);
  }
  return sum;
}

/**
 * Chao-Shen entropy in nats: corrects for unseen types by Turing coverage. Use it where coverage is under .95.
 * 10,5,3,2,1,1,1,1: 1.9696542004. Where every type was seen once coverage is 0 and tells nothing: f1 is then taken as
 * n - 1, as the authors do. NaN for no counts. Source: Chao & Shen 2003
 */
export function entropyChaoShenNats(counts: ArrayLike<number>): number {
  const n = total(counts);
  if (n === 0) return Number.NaN;
  let singletons = 0;
  for (let i = 0; i < counts.length; i++) if (counts[i] === 1) singletons += 1;
  const coverage = 1 - (singletons === n ? n - 1 : singletons) / n;
  let sum = 0;
  for (let i = 0; i < counts.length; i++) {
    const p = (coverage * counts[i]!) / n;
    if (p > 0) sum -= (p * Math.log(p)) / (1 - (1 - p) ** n);
  }
  return sum;
}

/** Hill number of order 1, exp(entropy): types in effective use. 500/300/150/50: 3.1334042803. */
export function hill1(counts: ArrayLike<number>): number {
  return Math.exp(entropyNats(counts));
}

/** Hill number of order 2, 1 / sum p^2: sees common types only. 500/300/150/50: 2.7397260274. */
export function hill2(counts: ArrayLike<number>): number {
  const n = total(counts);
  let squares = 0;
  for (let i = 0; i < counts.length; i++) squares += (counts[i]! / n) ** 2;
  return 1 / squares;
}
