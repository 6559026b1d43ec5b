/** Likely causes of what a lane's rules say, ranked by what its history shows. */
import { CAUSES, type CauseId, type Check, causeOf } from "./causes.ts";
import { type Facts, NOT_MEASURED } from "./facts.ts";
import { SIGNAL_IDS, type SignalId, signalOf, signalsOfRule } from "./signals.ts";

/** A rule that breached or warned in the time asked for. */
export interface FiringRule {
  readonly rule: string;
  readonly family: string;
  readonly breached: boolean;
  /** End of the first and the latest window in which it did, epoch ms. */
  readonly firstMs: number;
  readonly lastMs: number;
}

export interface CheckSeen extends Check {
  /** `unknown`: the fact is not measured. */
  readonly seen: "holds" | "fails" | "unknown";
  readonly value: number | null;
  readonly n: number;
  readonly of: string;
}

/**
 * `likely`: something speaks for it and nothing against. `mixed`: both. `possible`: nothing measured speaks either way.
 * `unlikely`: something speaks against it, nothing for it.
 */
export type CauseStanding = "likely" | "mixed" | "possible" | "unlikely";

export interface RankedCause {
  readonly cause: CauseId;
  readonly standing: CauseStanding;
  /** Signals that name it. */
  readonly signals: readonly SignalId[];
  readonly confirmedBy: readonly CheckSeen[];
  readonly ruledOutBy: readonly CheckSeen[];
}

export interface SignalSeen {
  readonly signal: SignalId;
  readonly rules: readonly string[];
  readonly sinceMs: number;
}

export interface Diagnosis {
  /** Earliest first. */
  readonly signals: readonly SignalSeen[];
  /** Likeliest first; empty where no rule fires. */
  readonly causes: readonly RankedCause[];
}

const STANDINGS: readonly CauseStanding[] = ["likely", "mixed", "possible", "unlikely"];

/**
 * Causes that a firing rule's signals name, in this order: standing; how much more speaks for than against; how many signals name it;
 * how early a signal names it in its list; the table's order. This is an order to look in, not a probability.
 */
export function diagnose(firing: readonly FiringRule[], facts: Facts): Diagnosis {
  const signals = signalsSeen(firing);
  const named = new Map<CauseId, SignalId[]>();
  for (const { signal } of signals) {
    for (const cause of signalOf(signal).causes) {
      const by = named.get(cause);
      if (by === undefined) named.set(cause, [signal]);
      else by.push(signal);
    }
  }
  const causes = [...named].map(([cause, by]) => rank(cause, by, facts));
  return { signals, causes: causes.sort(byStanding) };
}

/** The checks of a cause beside the facts; also for causes that nothing names. */
export function rank(cause: CauseId, signals: readonly SignalId[], facts: Facts): RankedCause {
  const { confirmedBy, ruledOutBy } = causeOf(cause);
  const forIt = confirmedBy.map((check) => look(check, facts));
  const against = ruledOutBy.map((check) => look(check, facts));
  const [pro, contra] = [count(forIt), count(against)];
  const standing = pro > 0 ? (contra > 0 ? "mixed" : "likely") : contra > 0 ? "unlikely" : "possible";
  return { cause, standing, signals, confirmedBy: forIt, ruledOutBy: against };
}

function signalsSeen(firing: readonly FiringRule[]): readonly SignalSeen[] {
  const seen = new Map<SignalId, { rules: string[]; sinceMs: number }>();
  for (const { rule, family, firstMs } of firing) {
    for (const signal of signalsOfRule(rule, family)) {
      const known = seen.get(signal) ?? { rules: [], sinceMs: firstMs };
      known.rules.push(rule);
      known.sinceMs = Math.min(known.sinceMs, firstMs);
      seen.set(signal, known);
    }
  }
  return [...seen]
    .map(([signal, { rules, sinceMs }]) => ({ signal, rules: [...new Set(rules)].sort(), sinceMs }))
    .sort((a, b) => a.sinceMs - b.sinceMs || SIGNAL_IDS.indexOf(a.signal) - SIGNAL_IDS.indexOf(b.signal));
}

function look(check: Check, facts: Facts): CheckSeen {
  const { value, n, of } = facts[check.fact] ?? NOT_MEASURED;
  if (value === null) return { ...check, seen: "unknown", value, n, of };
  const holds = check.op === "gte" ? value >= check.threshold : value <= check.threshold;
  return { ...check, seen: holds ? "holds" : "fails", value, n, of };
}

function byStanding(a: RankedCause, b: RankedCause): number {
  return (
    STANDINGS.indexOf(a.standing) - STANDINGS.indexOf(b.standing) ||
    balance(b) - balance(a) ||
    b.signals.length - a.signals.length ||
    place(a) - place(b) ||
    CAUSE_ORDER.indexOf(a.cause) - CAUSE_ORDER.indexOf(b.cause)
  );
}

const CAUSE_ORDER = Object.keys(CAUSES);

function balance({ confirmedBy, ruledOutBy }: RankedCause): number {
  return count(confirmedBy) - count(ruledOutBy);
}

function place({ cause, signals }: RankedCause): number {
  const named = (signal: SignalId): readonly CauseId[] => signalOf(signal).causes;
  return Math.min(...signals.map((signal) => named(signal).indexOf(cause)));
}

function count(checks: readonly CheckSeen[]): number {
  return checks.filter(({ seen }) => seen === "holds").length;
}
