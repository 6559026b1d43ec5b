/**
 * Words of closed lists in records Plumbline writes. On the wire they are plain strings: an enum could grow only with
 * a default, and a gate state or a verdict that a reader does not know must not turn into another one. So the lists
 * are checked here, and a record with a word from outside them is refused whole.
 */
import { isLaneName } from "../../core/lane-name.ts";
import {
  type CommandRecord,
  GATE_STATES,
  type GateRecord,
  type WindowKind,
  type WindowRecord,
} from "../../core/records.ts";
import type { MetricResult, ResultStatus } from "../../core/result.ts";
import { STAGES } from "../../core/sample.ts";

const WINDOW_KINDS: readonly string[] = [
  "pane",
  "decision",
  "generation",
  "5m",
  "1h",
  "1d",
  "14d",
] satisfies readonly WindowKind[];
const STATUSES: readonly string[] = [
  "ok",
  "insufficient",
  "no_reference",
  "degenerate",
] satisfies readonly ResultStatus[];
const COMMAND_KINDS: readonly string[] = ["freeze", "resume"] satisfies readonly CommandRecord["kind"][];

/** `<kind>:<id>@<version>` of a command; names of producers are shorter. */
const SUBJECT_CHARS_MAX = 512;

/** The first word that is not one of its list, in words; null where all are. */
export function windowProblem(window: WindowRecord): string | null {
  return (
    outside("stage", window.stage, STAGES) ??
    outside("window", window.window, WINDOW_KINDS) ??
    statusProblem(window.results) ??
    window.leftOut.map((part) => statusProblem(part.results)).find((problem) => problem !== null) ??
    null
  );
}

export function gateProblem(gate: GateRecord): string | null {
  return outside("state", gate.state, GATE_STATES);
}

export function commandProblem(command: CommandRecord): string | null {
  if (!isLaneName(command.lane)) return "lane is not a lane's name";
  if (command.subject.length === 0 || command.subject.length > SUBJECT_CHARS_MAX) {
    return `subject has ${command.subject.length} characters, 1 to ${SUBJECT_CHARS_MAX} are allowed`;
  }
  return outside("kind", command.kind, COMMAND_KINDS);
}

function statusProblem(results: readonly MetricResult[]): string | null {
  for (const result of results) {
    const problem = outside("status", result.status, STATUSES);
    if (problem !== null) return problem;
  }
  return null;
}

function outside(field: string, word: string, words: readonly string[]): string | null {
  return words.includes(word)
    ? null
    : `${field} ${JSON.stringify(word.slice(0, 64))} is not one of ${words.join(", ")}`;
}
