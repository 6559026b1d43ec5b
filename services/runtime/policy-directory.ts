import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/** The directory of the shipped policy files, for sources and for `dist` alike. */
export function policyDirectory(): string {
  for (let dir = import.meta.dirname; ; dir = dirname(dir)) {
    const candidate = join(dir, "infra", "policy");
    if (existsSync(join(candidate, "rules.yaml"))) return candidate;
    if (dir === dirname(dir)) throw new Error("infra/policy/rules.yaml not found above the running program");
  }
}
