/** What people declared to be watched for in texts: errors that come again, facts with their scope, and what outcomes cost. Part of the policy. */

export const PATTERNS_MAX = 64;
export const FACTS_MAX = 64;
export const COSTS_MAX = 16;
/** Phrases of one pattern, of one fact, and of its conditions. */
export const PHRASES_MAX = 16;
/** Products, regions or channels that one fact names. */
export const SCOPE_VALUES_MAX = 64;

interface Entry {
  /** Of letters, digits, `_`, `-` and `.`; unique among entries of its kind. It names buckets. */
  readonly name: string;
  /** null: every lane. */
  readonly lane: string | null;
  readonly owner: string;
}

/** An error that comes again in the same words: met in a text where one of its phrases is. */
export interface ErrorPattern extends Entry {
  readonly phrases: readonly string[];
  /** Since when it is known, `YYYY-MM-DD`. Shown, decides nothing. */
  readonly since: string;
}

/** Something that is true of some products, in some regions and channels, for some time, perhaps under a condition. */
export interface ScopedFact extends Entry {
  /** A text with one of these cites the fact. */
  readonly phrases: readonly string[];
  /** Where it holds; empty: everywhere. Compared as they are written, case apart. */
  readonly products: readonly string[];
  readonly regions: readonly string[];
  readonly channels: readonly string[];
  /** When it holds, epoch ms: from inclusive, until exclusive; null: open. */
  readonly fromMs: number | null;
  readonly untilMs: number | null;
  /** A text that cites it must have one of these, too; empty: none is needed. */
  readonly conditions: readonly string[];
}

/** What of an outcome makes it a costly one. */
export const COST_CAUSES = ["escalated", "unresolved", "complaint"] as const;
export type CostCause = (typeof COST_CAUSES)[number];

/** What one outcome of a kind costs the business: a needless ticket, a return. */
export interface OutcomeCost extends Entry {
  readonly cause: CostCause;
  /** Of cause `complaint`: the complaint type, as outcomes have it; "" is any. */
  readonly complaintType: string;
  /** In `currency`, 0 or more. */
  readonly unitCost: number;
  /** ISO 4217. */
  readonly currency: string;
}

export interface PatternRegistry {
  readonly patterns: readonly ErrorPattern[];
  readonly facts: readonly ScopedFact[];
  readonly costs: readonly OutcomeCost[];
}

export const EMPTY_REGISTRY: PatternRegistry = { patterns: [], facts: [], costs: [] };

/** What of a registry holds in one lane. */
export function registryOf(registry: PatternRegistry, lane: string): PatternRegistry {
  const own = (entry: Entry): boolean => entry.lane === null || entry.lane === lane;
  return {
    patterns: registry.patterns.filter(own),
    facts: registry.facts.filter(own),
    costs: registry.costs.filter(own),
  };
}
