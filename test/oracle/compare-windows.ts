/** Recorded rows of `windows` against the oracle's, in words. */
import type { WindowRecord } from "../../services/core/records.ts";
import type { MetricResult } from "../../services/core/result.ts";
import { groupBy } from "./group-by.ts";
import type { ExpectedValue } from "./naive-metrics.ts";
import type { ExpectedPane } from "./pane-oracle.ts";

/** Sums in millionths, and series broken off, err by that much at most; everything else by the order of a few additions. */
const MICRO = 1e-6;
const TINY = 1e-9;
const ROUNDED = new Set([
  "seq_rep_4",
  "offline_score",
  "context_fit",
  "reply_shape_bits",
  "reply_length_bits",
  "training_loss",
  "holdout_loss",
  "loss_noise",
  "synthetic_perplexity",
]);
const EVIDENCE_MAX = 5;
const JUDGED_TEXTS_MAX = 512;
const NEED_NO_REFERENCE = new Set([
  "volume",
  "origin_mix",
  "exact_duplicate_share",
  "near_duplicate_share",
  "seq_rep_4",
  "offline_score",
  "online_success",
  "acceptance_balance",
  "acceptance_hill_ratio",
  "acceptance_narrowing",
  "caution_gap",
  "confident_gap_share",
  "context_fit",
  "empty_reply_share",
  "error_pattern_accepted",
  "error_pattern_share",
  "error_pattern_survival",
  "fact_out_of_scope_share",
  "follow_up_share",
  "hidden_synthetic_share",
  "holdout_loss",
  "interrupted_share",
  "judge_acceptance",
  "judge_concentration",
  "judge_mix",
  "judge_self_preference",
  "loss_noise",
  "model_mix",
  "refusal_share",
  "reply_act_entropy",
  "reply_act_mix",
  "reply_length_bits",
  "reply_shape_bits",
  "stock_phrase_share",
  "suite_item_age",
  "suite_made_share",
  "suite_model_score",
  "survival_by_length",
  "synthetic_perplexity",
  "training_loss",
  "unknown_origin_share",
]);

/**
 * Every difference, in words; empty where the rows are exactly the expected ones, each once. `rows` are all records of
 * `windows`, in any order.
 */
export function compareWindows(expected: readonly ExpectedPane[], rows: readonly WindowRecord[]): string[] {
  const differences: string[] = [];
  const found = groupBy(rows, nameOf);
  const wanted = groupBy(expected, nameOf);
  for (const [name, some] of wanted) {
    const own = found.get(name) ?? [];
    if (own.length < some.length) differences.push(`${name}: ${own.length} rows, expected ${some.length}`);
    if (own.length > some.length) {
      differences.push(`${name}: ${own.length} rows, expected ${some.length} and no more`);
    }
    // One lane may be in several partitions; rows do not say which.
    const byCounts = (a: Counts, b: Counts): number =>
      a.n - b.n || a.late - b.late || a.repeated - b.repeated;
    const pairs = some.toSorted(byCounts);
    own.toSorted(byCounts).forEach((row, i) => {
      const pane = pairs[Math.min(i, pairs.length - 1)]!;
      differences.push(...rowDifferences(pane, row).map((difference) => `${name}: ${difference}`));
    });
  }
  for (const [name, own] of found) {
    if (!wanted.has(name)) differences.push(`${name}: ${own.length} rows, expected none`);
  }
  differences.push(...indexDifferences(rows));
  return differences;
}

type Counts = Pick<ExpectedPane, "n" | "late" | "repeated">;

function nameOf(row: Pick<ExpectedPane, "lane" | "stage" | "segment" | "window" | "startMs">): string {
  return `${row.lane} ${row.stage} ${row.segment} ${row.window} ${new Date(row.startMs).toISOString()}`;
}

function rowDifferences(pane: ExpectedPane, row: WindowRecord): string[] {
  const differences: string[] = [];
  for (const field of ["endMs", "generation", "n", "late", "repeated", "rowCount"] as const) {
    if (row[field] !== pane[field]) differences.push(`${field} ${row[field]}, expected ${pane[field]}`);
  }
  const incomplete = pane.late > 0 && pane.late / (pane.n + pane.late) > 0.01;
  if (row.incomplete !== incomplete) differences.push(`incomplete ${row.incomplete}, expected ${incomplete}`);
  const strangers = row.evidence.filter((id) => !pane.textIds.has(id));
  if (strangers.length > 0) differences.push(`evidence of others: ${strangers.join(" ")}`);
  const evidence = Math.min(EVIDENCE_MAX, pane.textIds.size);
  if (row.evidence.length !== evidence) {
    differences.push(`${row.evidence.length} ids of evidence, expected ${evidence}`);
  }
  for (const value of pane.values ?? []) differences.push(...valueDifferences(value, row.results));
  if (!pane.reference) differences.push(...referenceDifferences(pane, row.results));
  return differences;
}

function valueDifferences(expected: ExpectedValue, results: readonly MetricResult[]): string[] {
  const { metric, bucket, between, interval } = expected;
  const name = bucket === "" ? metric : `${metric}[${bucket}]`;
  const own = results.filter((result) => result.metric === metric && result.bucket === bucket);
  const [result] = own;
  if (result === undefined || own.length > 1) return [`${name}: ${own.length} results, expected 1`];
  const differences: string[] = [];
  if (result.status !== expected.status) {
    differences.push(`${name} is ${result.status}, expected ${expected.status}`);
  }
  if (result.n !== expected.n) differences.push(`${name} of ${result.n}, expected of ${expected.n}`);
  const slack = ROUNDED.has(metric) ? MICRO : TINY;
  if (!isBetween(result.value, between, slack)) {
    differences.push(`${name} ${result.value}, expected ${between === null ? "none" : between.join(" to ")}`);
  }
  if (interval !== undefined && !isInterval(result, interval)) {
    differences.push(`${name} in ${result.lo} to ${result.hi}, expected ${interval?.join(" to ") ?? "none"}`);
  }
  return differences;
}

function isBetween(value: number | null, ends: readonly [number, number] | null, slack: number): boolean {
  if (value === null || ends === null) return value === null && ends === null;
  return value >= ends[0] - slack && value <= ends[1] + slack;
}

function isInterval({ lo, hi }: MetricResult, ends: readonly [number, number] | null): boolean {
  if (lo === null || hi === null || ends === null) return lo === null && hi === null && ends === null;
  return Math.abs(lo - ends[0]) <= MICRO && Math.abs(hi - ends[1]) <= MICRO;
}

/** Without a reference, what needs one gives its texts and no value. */
function referenceDifferences(pane: ExpectedPane, results: readonly MetricResult[]): string[] {
  const texts = Math.min(pane.textIds.size, JUDGED_TEXTS_MAX);
  return results
    .filter(({ metric }) => !NEED_NO_REFERENCE.has(metric))
    .filter(({ status, value, n }) => status !== "no_reference" || value !== null || n !== texts)
    .map(({ metric, status, value, n }) => `${metric} is ${status} ${value} of ${n}, without a reference`);
}

/** The rows of one window of a lane are numbered from 0, each number once. */
function indexDifferences(rows: readonly WindowRecord[]): string[] {
  const groups = groupBy(
    rows.filter((row) => row.rowCount > 1),
    (row) => `${row.lane} ${row.window} ${new Date(row.startMs).toISOString()}`,
  );
  return [...groups].flatMap(([name, group]) => {
    const indexes = group.map((row) => row.rowIndex).sort((a, b) => a - b);
    // As often as there are partitions with a lane of this name.
    const times = indexes.length / group[0]!.rowCount;
    return indexes.some((index, i) => index !== Math.floor(i / times))
      ? [`${name}: rows numbered ${indexes.join(" ")}`]
      : [];
  });
}
