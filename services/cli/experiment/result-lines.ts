/** Results of an experiment from a file of evaluations, as `plumbline ingest --topic evaluations` takes it. */
import { type Codec, createCodec } from "../../adapters/avro/codec.ts";
import type { ExperimentResult } from "../../core/experiment/match-results.ts";
import type { WireEvaluation } from "../../core/wire-types.generated.ts";
import { recordFromLine } from "../ingest/record-from-line.ts";
import { CliError } from "../io.ts";
import { BadLines, bad, type Parsed } from "../lines/bad-lines.ts";
import type { Line } from "../lines/line-splitter.ts";
import { readLinesSync } from "../lines/read-lines.ts";
import { TextIds } from "../lines/text-ids.ts";
import { RESULTS_MAX } from "./experiment-history.ts";

export interface FileResults {
  readonly results: readonly ExperimentResult[];
  /** Lines that are no evaluations. */
  readonly bad: BadLines;
  /** Evaluations of other experiments, or of none. */
  readonly others: number;
}

/** Throws `CliError` for a file that cannot be read, has no usable line, or holds too many results. */
export function readResultLines(
  path: string,
  shownPath: string,
  { id, lane, nowMs }: { readonly id: string; readonly lane: string; readonly nowMs: number },
): FileResults {
  const codec = createCodec();
  const badLines = new BadLines(shownPath);
  const defaults = { topic: "evaluations", lane, nowMs, eventTimeNow: false } as const;
  const ids = new TextIds();
  const results: ExperimentResult[] = [];
  let others = 0;
  for (const line of readLinesSync(path)) {
    const parsed = evaluation(line, codec, () => recordFromLine(line, defaults, ids));
    if (!parsed.ok) {
      badLines.bad(line.number, parsed.bad);
      continue;
    }
    badLines.good();
    if (parsed.value.experimentId !== id) others += 1;
    else results.push(resultOf(parsed.value));
    if (results.length > RESULTS_MAX) {
      throw new CliError(`${shownPath} has more than ${RESULTS_MAX} results of the experiment`);
    }
  }
  badLines.finish();
  return { results, bad: badLines, others };
}

function evaluation(
  line: Line,
  codec: Codec,
  read: () => Parsed<Readonly<Record<string, unknown>>>,
): Parsed<WireEvaluation> {
  const parsed = read();
  if (!parsed.ok) return parsed;
  // The line's number serves where it has no id: ids are named in reports only.
  const record = { id: `line ${line.number}`, ...parsed.value };
  const problems = codec.problemsOf("evaluations", record);
  if (problems.length > 0) return bad("record_invalid", problems.join("; "));
  return { ok: true, value: record as unknown as WireEvaluation };
}

function resultOf(record: WireEvaluation): ExperimentResult {
  return {
    id: record.id,
    madeMs: record.eventTime,
    lane: record.lane,
    arm: record.arm ?? "",
    syntheticShare: record.syntheticShare ?? null,
    settingsHash: record.settingsHash ?? "",
    seed: record.seed ?? "",
    suite: record.suite,
    metric: record.metric ?? "accuracy",
    bucket: record.bucket ?? "",
    itemId: record.itemId ?? "",
    successes: record.successes ?? null,
    trials: record.trials ?? null,
    value: record.value ?? null,
  };
}
