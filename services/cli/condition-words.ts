import type { Condition, ConditionOperator } from "../core/rule.ts";

const SIGNS: Readonly<Record<ConditionOperator, string>> = { lt: "<", lte: "<=", gt: ">", gte: ">=" };

/** Conditions as people write them, e.g. `value < 0.7 and z < -4`; "-" for none. */
export function arithmeticOf(conditions: readonly Condition[]): string {
  if (conditions.length === 0) return "-";
  return conditions.map(({ field, op, threshold }) => `${field} ${SIGNS[op]} ${threshold}`).join(" and ");
}
