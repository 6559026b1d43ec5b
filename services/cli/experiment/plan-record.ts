/** A plan as a record of `changes`: one way of writing it, one way of believing it. */
import { parsePlan } from "../../core/experiment/parse-plan.ts";
import type { Plan } from "../../core/experiment/plan.ts";
import type { WireChange } from "../../core/wire-types.generated.ts";
import { canonicalJson } from "../../runtime/canonical-json.ts";
import { planHash } from "./plan-hash.ts";

/** Kind of the record. */
export const PLAN_KIND = "experiment";

/** The record of a canonical plan, dated `nowMs`. */
export function planRecord(plan: Plan, nowMs: number): WireChange {
  const hash = planHash(plan);
  return {
    id: `experiment-${hash}`,
    eventTime: nowMs,
    lane: plan.lane,
    kind: PLAN_KIND,
    subject: `experiment:${plan.id}`,
    actor: plan.author,
    reason: plan.notes === "" ? null : plan.notes,
    experimentId: plan.id,
    details: { plan: canonicalJson(plan), planHash: hash },
  };
}

/** A record somebody wrote, and when the log took it. */
export interface PlanClaim {
  readonly lane: string;
  readonly experimentId: string;
  readonly json: string;
  readonly hash: string;
  readonly publishedMs: number;
}

export interface PublishedPlan {
  readonly plan: Plan;
  readonly hash: string;
  readonly publishedMs: number;
}

/** null where the record is no plan: unreadable, or other than its own hash, id or lane say. */
export function planOfClaim({
  lane,
  experimentId,
  json,
  hash,
  publishedMs,
}: PlanClaim): PublishedPlan | null {
  const parsed = parsePlan(json);
  if (!parsed.ok) return null;
  const { plan } = parsed;
  if (plan.id !== experimentId || plan.lane !== lane || planHash(plan) !== hash) return null;
  return { plan, hash, publishedMs };
}

/** What the claims on one id come to. The first plan counts: whoever changes it later changes nothing. */
export interface ClaimedPlan {
  readonly first: PublishedPlan | null;
  /** Plans of other content that came later. */
  readonly later: readonly PublishedPlan[];
  /** Records that are no plan. */
  readonly unreadable: number;
}

/** `claims` in the order of the log: append time, then partition and offset. */
export function firstOf(claims: readonly PlanClaim[]): ClaimedPlan {
  const plans = claims.map(planOfClaim).filter((published) => published !== null);
  const first = plans[0] ?? null;
  return {
    first,
    later: plans.filter(({ hash }) => hash !== first?.hash),
    unreadable: claims.length - plans.length,
  };
}
