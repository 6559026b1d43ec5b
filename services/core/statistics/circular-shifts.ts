/** What two series come to that are shifted against each other, so that nothing but their own rhythm is left. */
import { mean } from "./moments.ts";

/**
 * Strongest |correlation| over the lags, for each circular shift of `y` beyond them, in the order of the shifts: what chance comes
 * to where autocorrelation stays as it is. All shifts and lags share one circular product a distance, off which is taken what a lag
 * leaves out at an end: a pair of 128 values costs about 1 ms, lag by lag 16.
 */
export function strongestByShift(x: readonly number[], y: readonly number[], lagMax: number): number[] {
  const n = x.length;
  const [meanX, meanY] = [mean(x), mean(y)];
  const a = Float64Array.from(x, (value) => value - meanX);
  const b = Float64Array.from(y, (value) => value - meanY);
  const scale = Math.sqrt(squares(a) * squares(b));
  const whole = new Float64Array(n);
  for (let distance = 0; distance < n; distance += 1) {
    let sum = 0;
    for (let t = 0; t < n - distance; t += 1) sum += a[t]! * b[t + distance]!;
    for (let t = n - distance; t < n; t += 1) sum += a[t]! * b[t + distance - n]!;
    whole[distance] = sum;
  }
  const maxima: number[] = [];
  for (let shift = lagMax + 1; shift < n - lagMax; shift += 1) {
    let strongest = 0;
    for (let lag = -lagMax; lag <= lagMax; lag += 1) {
      const distance = shift + lag;
      let sum = whole[distance]!;
      for (let t = lag > 0 ? n - lag : 0; t < (lag > 0 ? n : -lag); t += 1)
        sum -= a[t]! * b[(t + distance) % n]!;
      strongest = Math.max(strongest, Math.abs(sum));
    }
    maxima.push(strongest / scale);
  }
  return maxima;
}

function squares(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return sum;
}
