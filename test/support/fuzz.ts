/** Runs seeded cases against fuzz targets: nothing may throw, take long, or answer outside its documented outcomes. */
import { Random } from "../../services/core/random.ts";
import { Mutator } from "./mutator.ts";

/** No case may take longer, by design (issue "exact"): one bad record must not hold up its partition. */
export const CASE_MS_MAX = 50;
const SLOW_CASE_TRIES = 3;
const MESSAGE_CHARS_MAX = 2_000;
const SHOWN_BYTES_MAX = 600;

/** One damaged input, ready to be fed. `run` may be called several times and must not change the input. */
export interface FuzzCase {
  /** Returns what became of the input, in a word. A throw is a failure of the code under test. */
  readonly run: () => string | Promise<string>;
  /** The input, for whoever must repeat it. */
  readonly input: Uint8Array | string;
}

export interface FuzzTarget {
  readonly name: string;
  /** Share of the cases; dear targets have little ones. */
  readonly weight: number;
  draw(mutator: Mutator): FuzzCase;
  /** Outcomes that must all have come in a full run: a target that refuses everything tests nothing. */
  readonly outcomes: readonly string[];
}

export interface FuzzReport {
  readonly cases: number;
  /** Slowest case after repetition, ms of CPU or wall time, whichever is less. */
  readonly slowestMs: number;
  readonly outcomes: ReadonlyMap<string, number>;
}

/** Cases `[0, cases)` of a target. Case n is the same for the same seed, whatever was run before it. */
export async function runFuzz(target: FuzzTarget, seed: string, cases: number): Promise<FuzzReport> {
  const outcomes = new Map<string, number>();
  let slowestMs = 0;
  for (let n = 0; n < cases; n += 1) {
    const drawn = target.draw(new Mutator(new Random(`${seed}/${target.name}/${n}`)));
    const where = `${target.name}, case ${n} of seed ${seed}`;
    const startedMs = performance.now();
    const outcome = await answered(drawn, where);
    let tookMs = performance.now() - startedMs;
    if (tookMs > CASE_MS_MAX) tookMs = await leastMs(drawn, tookMs);
    if (tookMs > CASE_MS_MAX)
      throw new Error(
        `${where} takes ${tookMs.toFixed(1)} ms, at most ${CASE_MS_MAX}: ${shown(drawn.input)}`,
      );
    slowestMs = Math.max(slowestMs, tookMs);
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }
  return { cases, slowestMs, outcomes };
}

function answered(drawn: FuzzCase, where: string): string | Promise<string> {
  const failed = (error: unknown): never => {
    throw new Error(`${where} failed on ${shown(drawn.input)}`, { cause: error });
  };
  try {
    const outcome = drawn.run();
    return typeof outcome === "string" ? outcome : outcome.catch(failed);
  } catch (error) {
    return failed(error);
  }
}

/** A pause of the machine or of the collector does not come back; a slow input does. */
async function leastMs(drawn: FuzzCase, firstMs: number): Promise<number> {
  let least = firstMs;
  for (let i = 0; i < SLOW_CASE_TRIES; i += 1) {
    const startedMs = performance.now();
    const before = process.cpuUsage();
    await drawn.run();
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, performance.now() - startedMs, (user + system) / 1_000);
  }
  return least;
}

/** Messages of the engine itself: the code ran into the input instead of looking at it. */
const ENGINE =
  /Cannot (read|set|convert|mix)|is not (a function|iterable|a constructor|defined)|call stack|Invalid (array|string|typed)|allocation failed|undefined/;

/**
 * What reads its input at a start may refuse it by throwing: an `Error` of its own with a message for people.
 * Returns `read` or `refused`; throws where it ran into the input.
 */
export function atStart(work: () => unknown): string {
  try {
    work();
    return "read";
  } catch (error) {
    return refused(error);
  }
}

export function refused(error: unknown): string {
  const message = error instanceof Error ? error.message : "";
  if (message === "" || message.length > MESSAGE_CHARS_MAX || ENGINE.test(message)) throw error;
  return "refused";
}

function shown(input: Uint8Array | string): string {
  if (typeof input === "string") return JSON.stringify(input.slice(0, SHOWN_BYTES_MAX));
  return `${input.length} bytes, base64 ${Buffer.from(input).toString("base64").slice(0, SHOWN_BYTES_MAX)}`;
}
