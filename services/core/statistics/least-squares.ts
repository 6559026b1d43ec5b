/** Orthonormal columns that span a model's, and how to come back to its coefficients. */
export interface Design {
  /** One array a column, each as long as there are points. */
  readonly basis: readonly Float64Array[];
  /** Upper triangle: column j of the model is the sum over i <= j of `triangle[i][j]` times basis i. */
  readonly triangle: readonly (readonly number[])[];
}

/** What of a column may be left by those before it and still be rounding. */
const ROUNDING = 1e-10;

/**
 * Factors the model's columns by modified Gram-Schmidt. null where they depend on each other (a break beyond the points,
 * say): such a model has no answer.
 */
export function design(columns: readonly (readonly number[])[]): Design | null {
  const basis: Float64Array[] = [];
  const triangle = columns.map(() => new Array<number>(columns.length).fill(0));
  for (const [j, column] of columns.entries()) {
    const rest = Float64Array.from(column);
    const before = norm(rest);
    for (const [i, unit] of basis.entries()) {
      const along = dot(unit, rest);
      triangle[i]![j] = along;
      for (let t = 0; t < rest.length; t += 1) rest[t]! -= along * unit[t]!;
    }
    const length = norm(rest);
    if (!(length > ROUNDING * before)) return null;
    triangle[j]![j] = length;
    basis.push(rest.map((value) => value / length));
  }
  return { basis, triangle };
}

/** Squares that the model leaves of `y`; never negative. */
export function squaresLeft({ basis }: Design, y: ArrayLike<number>): number {
  const rest = Float64Array.from(y);
  for (const unit of basis) {
    const along = dot(unit, rest);
    for (let t = 0; t < rest.length; t += 1) rest[t]! -= along * unit[t]!;
  }
  return dot(rest, rest);
}

/** One coefficient a column of the model. */
export function coefficients({ basis, triangle }: Design, y: ArrayLike<number>): number[] {
  const found = basis.map((unit) => dot(unit, y));
  for (let j = found.length - 1; j >= 0; j -= 1) {
    for (let i = j + 1; i < found.length; i += 1) found[j]! -= triangle[j]![i]! * found[i]!;
    found[j]! /= triangle[j]![j]!;
  }
  return found;
}

export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let t = 0; t < a.length; t += 1) sum += a[t]! * b[t]!;
  return sum;
}

function norm(a: ArrayLike<number>): number {
  return Math.sqrt(dot(a, a));
}
