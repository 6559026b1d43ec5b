/** A lane's declared error patterns: how they come again, what the judge does with them, whether they grow, what they cost. */
import { type Growth, generationGrowth } from "../../core/pattern/generation-growth.ts";
import type { ErrorPattern, PatternRegistry } from "../../core/pattern/pattern-registry.ts";
import { type TraitCost, traitCost } from "../../core/pattern/trait-cost.ts";
import type { Verdict } from "../../core/records.ts";
import { type Interval, wilson } from "../../core/statistics/intervals.ts";
import { worstVerdict } from "../../core/verdict.ts";
import {
  type FactCounts,
  type GenerationValue,
  REFUSED,
  type RiseValue,
  type TraitStrata,
} from "./pattern-history.ts";

/** As the rule error_pattern_rises: evidence, and an effect. */
export const RISE_E_MIN = 20;
export const RISE_VALUE_MIN = 0.01;

export interface PatternHistory {
  readonly generations: readonly GenerationValue[];
  readonly rises: readonly RiseValue[];
  readonly facts: readonly FactCounts[];
  readonly traits: TraitStrata;
}

export interface CountedShare {
  readonly n: number;
  readonly found: number;
  readonly value: number;
  readonly interval: Interval;
}

/** null where the generation has none of them. */
export interface GenerationShares {
  readonly generation: number;
  readonly candidate: CountedShare | null;
  /** Of what judges accepted. */
  readonly accepted: CountedShare | null;
  readonly admitted: CountedShare | null;
  readonly reply: CountedShare | null;
}

export interface PatternFinding extends Pick<ErrorPattern, "name" | "owner" | "since"> {
  /** Oldest first. */
  readonly generations: readonly GenerationShares[];
  /** null where it cannot be told. */
  readonly growth: { readonly candidate: Growth | null; readonly reply: Growth | null };
  /** Acceptance with the pattern over acceptance without it, of the latest generation that can tell. */
  readonly survival: (Interval & { readonly generation: number; readonly value: number }) | null;
  /** The stronger of candidates and replies. */
  readonly rise: RiseValue | null;
  readonly costs: readonly TraitCost[];
  readonly verdict: Verdict;
  readonly reasons: readonly string[];
}

export interface FactFinding extends CountedShare {
  readonly fact: string;
  readonly stage: string;
}

export interface PatternReport {
  readonly verdict: Verdict;
  readonly patterns: readonly PatternFinding[];
  /** What refused requests cost. */
  readonly refusals: readonly TraitCost[];
  /** Most out of scope first. */
  readonly facts: readonly FactFinding[];
}

export function patternReport({ patterns, costs }: PatternRegistry, history: PatternHistory): PatternReport {
  const costsOf = (trait: string): TraitCost[] =>
    (history.traits.get(trait) ?? []).map((strata, i) => traitCost(costs[i]!, strata));
  const found = patterns.map((pattern) => patternFinding(pattern, history, costsOf(pattern.name)));
  return {
    verdict: worstVerdict(found.map(({ verdict }) => verdict)),
    patterns: found,
    refusals: costsOf(REFUSED),
    facts: history.facts
      .filter(({ cited }) => cited > 0)
      .map(({ fact, stage, cited, out }) => ({ fact, stage, ...shareOf(out, cited) }))
      .sort((a, b) => b.value - a.value || b.n - a.n),
  };
}

function patternFinding(
  { name, owner, since }: ErrorPattern,
  { generations: values, rises }: PatternHistory,
  costs: readonly TraitCost[],
): PatternFinding {
  const numbers = [...new Set(values.map(({ generation }) => generation))];
  const generations = numbers.map((generation) => {
    const own = values.filter((value) => value.generation === generation);
    const share = (metric: string, stage: string) =>
      shareIn(
        own.filter((value) => value.metric === metric && value.stage === stage),
        name,
      );
    return {
      generation,
      candidate: share("error_pattern_share", "candidate"),
      accepted: share("error_pattern_accepted", "candidate"),
      admitted: share("error_pattern_share", "admitted"),
      reply: share("error_pattern_share", "reply"),
    };
  });
  const growth = { candidate: growthOf(generations, "candidate"), reply: growthOf(generations, "reply") };
  const rise = rises
    .filter(({ bucket }) => bucket.endsWith(`/${name}`))
    .reduce<RiseValue | null>((a, b) => (a === null || b.e > a.e ? b : a), null);
  const finding = {
    ...{ name, owner, since, generations, growth, rise, costs },
    survival: survivalOf(values, name),
  };
  return { ...finding, ...judged(finding) };
}

/** Whether the pattern is being copied. */
function judged({
  growth,
  rise,
}: Pick<PatternFinding, "growth" | "rise">): Pick<PatternFinding, "verdict" | "reasons"> {
  const reasons: string[] = [];
  if (rise !== null && rise.e >= RISE_E_MIN && rise.value >= RISE_VALUE_MIN) {
    reasons.push(`it comes more often than at first (${rise.bucket})`);
  }
  for (const stage of ["candidate", "reply"] as const) {
    const own = growth[stage];
    if (own !== null && own.lo > 1) reasons.push(`it grows from generation to generation (${stage})`);
  }
  if (reasons.length > 0) return { verdict: "breach", reasons };
  const told = rise !== null || growth.candidate !== null || growth.reply !== null;
  if (told) return { verdict: "pass", reasons };
  return { verdict: "inconclusive", reasons: ["too few generations or texts with it to tell"] };
}

/** A pattern without a row was not found. */
function shareIn(values: readonly GenerationValue[], name: string): CountedShare | null {
  const texts = values.find(({ bucket }) => bucket === "")?.n ?? 0;
  if (texts === 0) return null;
  const own = values.find(({ bucket }) => bucket === name)?.value ?? 0;
  return shareOf(Math.round(own * texts), texts);
}

function shareOf(found: number, n: number): CountedShare {
  return { n, found, value: found / n, interval: wilson(found, n) };
}

function growthOf(generations: readonly GenerationShares[], stage: "candidate" | "reply"): Growth | null {
  return generationGrowth(
    generations.flatMap(({ generation, [stage]: share }) =>
      share === null ? [] : [{ generation, found: share.found, texts: share.n }],
    ),
  );
}

function survivalOf(values: readonly GenerationValue[], name: string): PatternFinding["survival"] {
  const told = values.filter(
    ({ metric, bucket, status }) => metric === "error_pattern_survival" && bucket === name && status === "ok",
  );
  const latest = told.at(-1);
  if (latest === undefined || latest.value === null || latest.lo === null || latest.hi === null) return null;
  const { generation, value, lo, hi } = latest;
  return { generation, value, lo, hi };
}
