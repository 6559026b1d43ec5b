/** A rule's conditions in words. */
import type { Condition, ConditionField, ConditionOperator } from "../core/rule.ts";

const FIELDS: Readonly<Record<ConditionField, string>> = {
  value: "value",
  z: "z",
  ratio: "value / real",
  excess: "value - real",
  e: "evidence",
  anchorRatio: "value / anchor",
  anchorZ: "z against the anchor",
};

const SIGNS: Readonly<Record<ConditionOperator, string>> = { lt: "<", lte: "≤", gt: ">", gte: "≥" };

/** E.g. `value < 0.7 and z < -4`; empty for none. */
export function conditionsText(conditions: readonly Condition[]): string {
  return conditions
    .map(({ field, op, threshold }) => `${FIELDS[field]} ${SIGNS[op]} ${threshold}`)
    .join(" and ");
}
