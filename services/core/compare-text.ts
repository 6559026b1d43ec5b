/** Orders two texts by their UTF-16 units, the same everywhere: -1, 0 or 1. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
