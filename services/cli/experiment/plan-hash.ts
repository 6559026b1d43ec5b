import { createHash } from "node:crypto";
import type { Plan } from "../../core/experiment/plan.ts";
import { canonicalJson, contentVersion } from "../../runtime/canonical-json.ts";

/** 64 hex digits: SHA-256 of the plan's JSON with sorted keys. Equal plans, in whatever order they were written, have equal ones. */
export function planHash(canonical: Plan): string {
  return createHash("sha256").update(canonicalJson(canonical)).digest("hex");
}

/** 16 hex digits of what is equal in all arms, whatever its order: what results carry where the plan names no hash of its own. */
export function settingsHashOf(settings: readonly string[]): string {
  return contentVersion([...settings].sort());
}
