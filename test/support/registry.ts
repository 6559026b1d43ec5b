/** Entries of a pattern registry with everything they must have. */
import type { ErrorPattern, ScopedFact } from "../../services/core/pattern/pattern-registry.ts";

export function patternOf(name: string, ...phrases: readonly string[]): ErrorPattern {
  return { name, lane: null, owner: "ann", since: "2026-01-01", phrases };
}

/** Holds everywhere but for what `over` says. */
export function factOf(name: string, phrases: readonly string[], over: Partial<ScopedFact> = {}): ScopedFact {
  const everywhere = { products: [], regions: [], channels: [], fromMs: null, untilMs: null, conditions: [] };
  return { name, lane: null, owner: "ann", phrases, ...everywhere, ...over };
}
