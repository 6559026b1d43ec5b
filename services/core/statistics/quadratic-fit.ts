import { coefficients, design, squaresLeft } from "./least-squares.ts";

/** y = a + b x + c x^2. */
export interface QuadraticFit {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  /** Where the curve turns, its value there; null for a straight one. A description, without interval: not a break. */
  readonly vertex: { readonly x: number; readonly y: number } | null;
  readonly squares: number;
}

/**
 * Least squares; null under three different x. Golden (metric specification 7): y = .700, .722, .741, .735, .690, .610 at
 * 0, .1, .3, .5, .7, .9 turns at .3323775523 with .7446320942.
 */
export function quadraticFit(x: readonly number[], y: readonly number[]): QuadraticFit | null {
  const model = design([x.map(() => 1), [...x], x.map((at) => at * at)]);
  if (model === null) return null;
  const [a, b, c] = coefficients(model, y) as [number, number, number];
  const turn = -b / (2 * c);
  const vertex = Number.isFinite(turn) ? { x: turn, y: a + turn * (b + c * turn) } : null;
  return { a, b, c, vertex, squares: squaresLeft(model, y) };
}
