/** From a failing seed to the smallest run that still breaks the same law. */
import { FAULT_KINDS, type FaultKind } from "./fault-plan.ts";
import { runSeed, type SeedOptions, type SeedResult } from "./run-seed.ts";

/** A run that can be given on a command line. */
export interface Run {
  readonly seed: number;
  readonly events: number;
  readonly kinds: readonly FaultKind[];
  readonly faultsMax: number;
}

/** Runs tried at most. */
const TRIES_MAX = 60;

export function optionsOf(run: Run): SeedOptions {
  return { seed: run.seed, events: run.events, kinds: new Set(run.kinds), faultsMax: run.faultsMax };
}

/** The one command that replays a run. */
export function commandOf(run: Run): string {
  const parts = ["npx tsx test/sim/main.ts", `--seed ${run.seed}`, `--events ${run.events}`];
  if (run.kinds.length < FAULT_KINDS.length) parts.push(`--faults ${run.kinds.join(",") || "none"}`);
  if (Number.isFinite(run.faultsMax)) parts.push(`--faults-max ${run.faultsMax}`);
  return parts.join(" ");
}

/** The name of the first broken law. */
export function brokenLaw(result: SeedResult): string {
  return result.violations[0]?.split(":")[0] ?? "";
}

/**
 * Leaves out kinds of faults, then events of the faults' timeline, then halves the records, as long as the same law breaks.
 * `tell` is told of every smaller run. `run` defaults to a seed in this process.
 */
export async function shrink(
  failing: Run,
  law: string,
  tell: (smaller: Run) => void,
  run: (options: SeedOptions) => Promise<SeedResult> = runSeed,
): Promise<Run> {
  let smallest = failing;
  let tries = 0;
  const breaks = async (candidate: Run): Promise<boolean> => {
    tries += 1;
    if (tries > TRIES_MAX) return false;
    const { violations } = await run(optionsOf(candidate));
    if (!violations.some((violation) => violation.startsWith(`${law}:`))) return false;
    smallest = candidate;
    tell(candidate);
    return true;
  };
  for (
    let half = Math.ceil(smallest.kinds.length / 2);
    half >= 1;
    half = half === 1 ? 0 : Math.ceil(half / 2)
  ) {
    for (let from = 0; from < smallest.kinds.length; ) {
      const kinds = smallest.kinds.filter((_, i) => i < from || i >= from + half);
      if (!(await breaks({ ...smallest, kinds }))) from += half;
    }
  }
  for (let most = 0; most < 10 && most < smallest.faultsMax; most += 1) {
    if (await breaks({ ...smallest, faultsMax: most })) break;
  }
  while (smallest.events > 10 && (await breaks({ ...smallest, events: Math.floor(smallest.events / 2) })));
  return smallest;
}
