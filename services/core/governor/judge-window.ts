/** Rules over one window of a lane: results, the verdict record, and what the ladder needs of it. */
import { blame } from "../blame.ts";
import { type Catalogue, GENERATED } from "../catalogue.ts";
import type { LadderInput } from "../gate.ts";
import type { Metric } from "../metric.ts";
import type { LanePolicy } from "../policy.ts";
import type { RuleResult, VerdictRecord, WindowRecord } from "../records.ts";
import type { Anchor, Rule } from "../rule.ts";
import { applyRule, breachingFamilies, worstVerdict } from "../verdict.ts";
import { type FailedBehind, failedBehind, failedWords, placeOf } from "./failed-behind.ts";
import type { WindowGroup } from "./window-groups.ts";

export interface JudgedWindow {
  readonly verdict: VerdictRecord;
  readonly ladder: LadderInput;
  /** Anchors to pin: values of this window, where it is the lane's first clean one. */
  readonly anchors: readonly (readonly [string, Anchor])[];
}

/** A rule's bucket that stands for all of them. */
export const EVERY_BUCKET = "*";
/** Buckets that a verdict names. */
export const NAMED_BUCKETS_MAX = 16;
/** Ids a verdict carries as evidence. */
export const VERDICT_EVIDENCE_MAX = 8;

export function anchorKey(
  window: string,
  at: { readonly stage: string; readonly segment: string; readonly metric: string; readonly bucket: string },
): string {
  return `${window}/${at.stage}/${at.segment}/${at.metric}/${at.bucket}`;
}

export function judgeWindow(
  group: WindowGroup,
  rules: readonly Rule[],
  rulesVersion: string,
  catalogue: Catalogue,
  policy: LanePolicy,
  anchors: ReadonlyMap<string, Anchor>,
): JudgedWindow {
  const enough = judgedTexts(group.rows) >= policy.decisionTextsMin;
  const anchorOf = (at: Rule | RuleResult): Anchor | null => anchors.get(anchorKey(group.window, at)) ?? null;
  const judged = rules.flatMap((rule) => {
    const metric = catalogue.byId.get(rule.metric);
    if (metric === undefined) return [];
    if (rule.bucket === EVERY_BUCKET) return bucketResults(rule, metric, group.rows, enough);
    const result = applyRule(rule, metric, group.rows, anchorOf(rule), enough);
    return result === null ? [] : [result];
  });
  const behind = new Map(judged.map((result) => [result, failedOf(result, judged, group.rows)]));
  const results = judged.map((result) => withFailed(result, behind.get(result)!));
  const families = breachingFamilies(results, catalogue.byId);
  const worst = worstVerdict(results.map((result) => result.verdict));
  const breaches = results.filter((result) => result.verdict === "breach");
  const byId = new Map(rules.map((rule) => [rule.id, rule]));
  const clean = enough && worst === "pass";
  return {
    verdict: {
      lane: group.lane,
      window: group.window,
      startMs: group.startMs,
      endMs: group.endMs,
      generation: group.generation,
      verdict: worst,
      warn: results.some((result) => result.warn),
      families,
      rulesVersion,
      referenceVersion: group.rows.find((row) => row.referenceVersion !== "")?.referenceVersion ?? "",
      results,
      blamed: blame(group.lane, breaches, byId, group.rows, anchorOf),
      evidence: evidenceOf(group.rows, judged, behind),
    },
    ladder: {
      families: families.length,
      conclusive: families.length > 0 || clean,
      generation: group.window === "generation",
    },
    // Not `clean`: where every rule waits for its anchor there is no verdict yet, and one must be pinned all the same.
    anchors:
      enough && results.every(({ verdict }) => verdict === "pass") ? newAnchors(group, rules, anchors) : [],
  };
}

/** The whole, and beside it each bucket that breaches, or of which a rule that only warns does, strongest evidence first. */
function bucketResults(
  rule: Rule,
  metric: Metric,
  rows: readonly WindowRecord[],
  enough: boolean,
): readonly RuleResult[] {
  const whole = applyRule({ ...rule, bucket: "" }, metric, rows, null, enough);
  if (whole === null) return [];
  const named = rows
    .filter(({ stage, segment }) => stage === rule.stage && isOf(segment, rule.segment))
    .flatMap(({ segment, results }) => results.map((result) => ({ segment, result })))
    .filter(({ result }) => result.metric === rule.metric && result.bucket !== "")
    .sort((a, b) => (b.result.e ?? 0) - (a.result.e ?? 0))
    .map(({ segment, result: { bucket } }) =>
      applyRule({ ...rule, segment, bucket }, metric, rows, null, enough),
    )
    .filter((result) => result !== null)
    .filter(({ verdict, warn }) => verdict === "breach" || (warn && rule.breach.length === 0));
  return [whole, ...named.slice(0, NAMED_BUCKETS_MAX)];
}

/** A segment, or one that it is split into by users: `buckets/user:new` of `buckets`. */
function isOf(segment: string, whole: string): boolean {
  return segment === whole || segment.startsWith(`${whole}/`);
}

/** Generated candidates of the window, or replies where there are none. */
function judgedTexts(rows: readonly WindowRecord[]): number {
  const n = (stage: string): number =>
    rows.find((row) => row.stage === stage && row.segment === GENERATED)?.n ?? 0;
  return n("candidate") > 0 ? n("candidate") : n("reply");
}

function newAnchors(
  group: WindowGroup,
  rules: readonly Rule[],
  known: ReadonlyMap<string, Anchor>,
): (readonly [string, Anchor])[] {
  const pinned = new Map<string, Anchor>();
  for (const rule of rules) {
    const key = anchorKey(group.window, rule);
    if (known.has(key) || pinned.has(key)) continue;
    const row = group.rows.find((r) => r.stage === rule.stage && r.segment === rule.segment);
    const result = row?.results.find((r) => r.metric === rule.metric && r.bucket === rule.bucket);
    if (result === undefined || result.status !== "ok" || !isKept(result.value)) continue;
    const nullSd = isKept(result.nullSd) ? result.nullSd : null;
    pinned.set(key, { value: result.value, n: result.n, nullSd });
  }
  return [...pinned];
}

/** An anchor is kept in a checkpoint, as JSON, which has no other numbers. */
function isKept(value: number | null): value is number {
  return Number.isFinite(value);
}

interface FailedIn {
  readonly failed: FailedBehind;
  /** Said beside the counts: of the whole, the bucket that falls most, and whose. */
  readonly where: string;
}

/** Users' records behind a breach; null for everything else. */
function failedOf(
  result: RuleResult,
  results: readonly RuleResult[],
  rows: readonly WindowRecord[],
): FailedIn | null {
  if (result.verdict !== "breach") return null;
  const strongest =
    result.bucket === ""
      ? results.find((own) => own.rule === result.rule && own.bucket !== "" && own.verdict === "breach")
      : undefined;
  const failed = failedBehind(strongest ?? result, rows);
  return failed === null ? null : { failed, where: strongest === undefined ? "" : placeOf(strongest) };
}

function withFailed(result: RuleResult, found: FailedIn | null): RuleResult {
  if (found === null) return result;
  return { ...result, arithmetic: `${result.arithmetic}; ${failedWords(found.failed, found.where)}` };
}

/** Ids of every breach in turn, so that none crowds out the others. */
function evidenceOf(
  rows: readonly WindowRecord[],
  results: readonly RuleResult[],
  behind: ReadonlyMap<RuleResult, FailedIn | null>,
): readonly string[] {
  const lists = results
    .filter(({ verdict }) => verdict === "breach")
    .map((breach) => {
      const row = rows.find((r) => r.stage === breach.stage && r.segment === breach.segment);
      return behind.get(breach)?.failed.ids ?? row?.evidence ?? [];
    });
  const ids = new Set<string>();
  const longest = Math.max(0, ...lists.map((list) => list.length));
  for (let i = 0; i < longest; i += 1) {
    for (const list of lists) {
      const id = list[i];
      if (id !== undefined && ids.size < VERDICT_EVIDENCE_MAX) ids.add(id);
    }
  }
  return [...ids];
}
