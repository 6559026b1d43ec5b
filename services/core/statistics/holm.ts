/**
 * Holm's adjusted p-values, in the order of `p`: an effect is shown at family-wise level alpha where its own is at most alpha,
 * whatever the dependence. .01, .04, .03 give .03, .06, .06. Source: Holm 1979.
 */
export function holm(p: readonly number[]): number[] {
  const order = p.map((_, at) => at).sort((a, b) => p[a]! - p[b]!);
  const adjusted = new Array<number>(p.length).fill(1);
  let highest = 0;
  order.forEach((at, i) => {
    highest = Math.max(highest, Math.min(1, (p.length - i) * p[at]!));
    adjusted[at] = highest;
  });
  return adjusted;
}
