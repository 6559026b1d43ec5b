/** An experiment from where the user says: history, or a plan file and a results file. */
import { resolve } from "node:path";
import { type Matched, matchResults } from "../../core/experiment/match-results.ts";
import type { Plan } from "../../core/experiment/plan.ts";
import type { GlobalOptions } from "../global-options.ts";
import { CliError, type Io } from "../io.ts";
import { readSurroundings, sqlAddress } from "../surroundings.ts";
import { visible } from "../table.ts";
import { type LaneChange, readExperiment } from "./experiment-history.ts";
import { planHash } from "./plan-hash.ts";
import { readPlanFile } from "./read-plan.ts";
import { readResultLines } from "./result-lines.ts";

export interface SourceOptions {
  readonly plan?: string;
  readonly results?: string;
}

export interface LoadedExperiment {
  readonly plan: Plan;
  readonly hash: string;
  /** null where the plan comes from a file. */
  readonly publishedMs: number | null;
  readonly matched: Matched;
  readonly changes: readonly LaneChange[];
  /** What the user should know of the source, one sentence each. */
  readonly notes: readonly string[];
}

/** Throws `CliError` for files with problems (each with its line), a history that does not answer, an id that is not there. */
export async function loadExperiment(
  id: string | undefined,
  options: SourceOptions,
  given: GlobalOptions,
  io: Io,
): Promise<LoadedExperiment> {
  if (options.plan === undefined && options.results === undefined) {
    if (id === undefined)
      throw new CliError("name an experiment, or give --plan FILE.yaml and --results FILE.jsonl");
    return fromHistory(sqlAddress(await readSurroundings(given, io)), id);
  }
  if (options.plan === undefined || options.results === undefined) {
    throw new CliError("--plan and --results go together: without one of them history is read for both");
  }
  return fromFiles(id, options.plan, options.results, io);
}

/** The plan of a file. Throws `CliError` with every problem, one a line. */
export function loadPlan(path: string, io: Io): Plan {
  const read = readPlanFile(resolve(io.cwd, path), path);
  if (read.ok) return read.plan;
  const lines = read.problems.map(({ file, line, message }) => `${file}:${line}: ${visible(message)}`);
  throw new CliError(`the plan cannot be used:\n${lines.join("\n")}`);
}

async function fromHistory(address: string, id: string): Promise<LoadedExperiment> {
  const { claimed, results, changes } = await readExperiment(address, id);
  const { plan, hash, publishedMs } = claimed.first!;
  const notes: string[] = [];
  if (claimed.later.length > 0) {
    notes.push(
      `${claimed.later.length} other plans were published under this id later; the first one counts, of ${new Date(publishedMs).toISOString()}`,
    );
  }
  if (claimed.unreadable > 0) notes.push(`${claimed.unreadable} records under this id are no plan`);
  return { plan, hash, publishedMs, matched: matchResults(plan, publishedMs, results), changes, notes };
}

function fromFiles(id: string | undefined, planPath: string, resultsPath: string, io: Io): LoadedExperiment {
  const plan = loadPlan(planPath, io);
  if (id !== undefined && id !== plan.id) {
    throw new CliError(`${planPath} is the plan of ${visible(plan.id)}, not of ${visible(id)}`);
  }
  const { results, bad, others } = readResultLines(resolve(io.cwd, resultsPath), resultsPath, {
    id: plan.id,
    lane: plan.lane,
    nowMs: Date.now(),
  });
  const notes = [...bad.lines()];
  if (others > 0) notes.push(`${others} results of other experiments, or of none, are passed over`);
  return {
    plan,
    hash: planHash(plan),
    publishedMs: null,
    matched: matchResults(plan, null, results),
    changes: [],
    notes,
  };
}
