/** Rules over one window of a lane: results, the verdict record, and what the ladder needs of it. */
import { blame } from "../blame.ts";
import { type Catalogue, GENERATED } from "../catalogue.ts";
import type { LadderInput } from "../gate.ts";
import type { Metric } from "../metric.ts";
import type { LanePolicy } from "../policy.ts";
import type { RuleResult, VerdictRecord, WindowRecord } from "../records.ts";
import type { Anchor, Rule } from "../rule.ts";
import { applyRule, breachingFamilies, worstVerdict } from "../verdict.ts";
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
  const results = rules.flatMap((rule) => {
    const metric = catalogue.byId.get(rule.metric);
    if (metric === undefined) return [];
    if (rule.bucket === EVERY_BUCKET) return bucketResults(rule, metric, group.rows, enough);
    const result = applyRule(rule, metric, group.rows, anchorOf(rule), enough);
    return result === null ? [] : [result];
  });
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
      evidence: evidenceOf(group.rows, breaches),
    },
    ladder: {
      families: families.length,
      conclusive: families.length > 0 || clean,
      generation: group.window === "generation",
    },
    anchors: clean ? newAnchors(group, rules, anchors) : [],
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
  const row = rows.find(({ stage, segment }) => stage === rule.stage && segment === rule.segment);
  const named = (row?.results ?? [])
    .filter((result) => result.metric === rule.metric && result.bucket !== "")
    .sort((a, b) => (b.e ?? 0) - (a.e ?? 0))
    .map((result) => applyRule({ ...rule, bucket: result.bucket }, metric, rows, null, enough))
    .filter((result) => result !== null)
    .filter(({ verdict, warn }) => verdict === "breach" || (warn && rule.breach.length === 0));
  return [whole, ...named.slice(0, NAMED_BUCKETS_MAX)];
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

function evidenceOf(rows: readonly WindowRecord[], breaches: readonly RuleResult[]): readonly string[] {
  const ids = new Set<string>();
  for (const breach of breaches) {
    const row = rows.find((r) => r.stage === breach.stage && r.segment === breach.segment);
    for (const id of row?.evidence ?? []) if (ids.size < VERDICT_EVIDENCE_MAX) ids.add(id);
  }
  return [...ids];
}
