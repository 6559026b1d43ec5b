/** Successes of trials, as an evaluation has them. */
import { integerOrNull } from "./field-reader.ts";
import type { WalkedRow, Walker } from "./walker.ts";

export interface TrialCounts {
  readonly successes: number | null;
  readonly trials: number | null;
}

/** Reads the two fields of a row; `contradiction` says in words why they cannot both be, null where they can. */
export function createTrialCountsReader(walker: Walker): {
  read(row: WalkedRow): TrialCounts;
  contradiction(counts: TrialCounts): string | null;
} {
  const successes = walker.indexOf("successes");
  const trials = walker.indexOf("trials");
  return {
    read: (row) => ({ successes: integerOrNull(row, successes), trials: integerOrNull(row, trials) }),
    contradiction: (counts) =>
      contradicts(counts) ? `${counts.successes} successes of ${counts.trials} trials` : null,
  };
}

/** Both or neither, at least one trial, and no more successes than trials. */
function contradicts({ successes, trials }: TrialCounts): boolean {
  if (successes === null || trials === null) return successes !== trials;
  return trials < 1 || successes < 0 || successes > trials;
}
