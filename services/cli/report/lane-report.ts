/** A lane's report as data: what the page shows, and what `--json` prints. */

import { FACT_IDS, factKind } from "../../core/diagnosis/facts.ts";
import type { LanePolicy } from "../../core/policy.ts";
import type { Verdict } from "../../core/records.ts";
import type { Rule } from "../../core/rule.ts";
import { nearestTexts, skeletonText } from "../../core/text-kinship.ts";
import type { LaneDiagnosis } from "../../diagnosis/read-diagnosis.ts";
import type { Chart } from "./curve-history.ts";
import type { EvidenceText, LaneHistory, ReportGate } from "./report-history.ts";

/** A text behind the last breach, with what is nearest to it among those of its window. */
export interface ReportSample extends EvidenceText {
  readonly skeleton: string;
  /** Evidence and pool texts of the same skeleton, itself included. */
  readonly sameSkeleton: number;
  readonly nearest: (EvidenceText & { readonly likeness: number }) | null;
}

export interface NotMeasured {
  /** Rules of the rules file that said nothing in the span: the lane lacks their kind of input. */
  readonly rulesSilent: readonly string[];
  /** Rules that said last that they cannot tell. */
  readonly rulesInconclusive: readonly string[];
  /** Facts behind causes and loop, as titles. */
  readonly facts: readonly string[];
  /** Ids of evidence whose texts are not kept, or not for this reader. */
  readonly texts: readonly string[];
}

export interface LaneReport {
  readonly lane: string;
  /** Prefix of the run's topics. */
  readonly prefix: string;
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly verdict: Extract<Verdict, "pass" | "breach" | "inconclusive">;
  readonly policy: Pick<
    LanePolicy,
    "owner" | "enforce" | "approvers" | "resumeCleanWindows" | "relaxCleanWindows"
  >;
  readonly history: Omit<LaneHistory, "evidence" | "pool">;
  /** Rules of the rules file by id, for titles, owners and pages. */
  readonly rules: readonly Rule[];
  readonly diagnosis: LaneDiagnosis;
  readonly charts: readonly Chart[];
  readonly samples: readonly ReportSample[];
  readonly notMeasured: NotMeasured;
}

export interface ReportParts {
  readonly lane: string;
  readonly prefix: string;
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly policy: LanePolicy;
  readonly rules: readonly Rule[];
  readonly history: LaneHistory;
  readonly diagnosis: LaneDiagnosis;
  readonly charts: readonly Chart[];
}

export function laneReport(parts: ReportParts): LaneReport {
  const { evidence, pool, ...history } = parts.history;
  const { owner, enforce, approvers, resumeCleanWindows, relaxCleanWindows } = parts.policy;
  return {
    lane: parts.lane,
    prefix: parts.prefix,
    sinceMs: parts.sinceMs,
    untilMs: parts.untilMs,
    verdict: reportVerdict(parts.history, parts.untilMs),
    policy: { owner, enforce, approvers, resumeCleanWindows, relaxCleanWindows },
    history,
    rules: parts.rules,
    diagnosis: parts.diagnosis,
    charts: parts.charts,
    samples: samplesOf(evidence, pool),
    notMeasured: {
      rulesSilent: parts.rules
        .filter(({ id }) => !history.results.some(({ rule }) => rule === id))
        .map(({ id }) => id),
      rulesInconclusive: parts.diagnosis.rules
        .filter(({ latest }) => latest === "inconclusive" || latest === "error")
        .map(({ rule }) => rule),
      facts: FACT_IDS.filter((id) => parts.diagnosis.facts[id].value === null).map(
        (id) => factKind(id).title,
      ),
      texts: (history.lastBreach?.evidence ?? []).filter((id) => !evidence.some((text) => text.id === id)),
    },
  };
}

/**
 * What the lane's state comes to at the end of the span: breach where something is held or the last window breached; inconclusive
 * where nothing was judged, the last window could not be told, or the lease of the lane's gate has run out; else pass.
 */
export function reportVerdict(
  { gates, latest }: Pick<LaneHistory, "gates" | "latest">,
  untilMs: number,
): LaneReport["verdict"] {
  if (gates.some(isHeld) || latest?.verdict === "breach") return "breach";
  if (latest === null || latest.verdict !== "pass") return "inconclusive";
  return gates.some((gate) => isStale(gate, untilMs)) ? "inconclusive" : "pass";
}

export function isHeld({ state }: ReportGate): boolean {
  return state === "frozen" || state === "rolled_back" || state === "throttled";
}

export function isStale({ validUntilMs }: ReportGate, untilMs: number): boolean {
  return validUntilMs < untilMs;
}

function samplesOf(
  evidence: readonly EvidenceText[],
  pool: readonly EvidenceText[],
): readonly ReportSample[] {
  const all = [...new Map([...pool, ...evidence].map((text) => [text.id, text])).values()];
  const nearest = nearestTexts(all.map(({ id, output }) => ({ id, text: output })));
  const skeletons = new Map(all.map(({ id, output }) => [id, skeletonText(output)]));
  const counts = new Map<string, number>();
  for (const skeleton of skeletons.values()) counts.set(skeleton, (counts.get(skeleton) ?? 0) + 1);
  return evidence.map((text) => {
    const near = nearest.get(text.id);
    const other = all.find(({ id }) => id === near?.id);
    const skeleton = skeletons.get(text.id)!;
    return {
      ...text,
      skeleton,
      sameSkeleton: counts.get(skeleton) ?? 0,
      nearest: near === undefined || other === undefined ? null : { ...other, likeness: near.likeness },
    };
  });
}
