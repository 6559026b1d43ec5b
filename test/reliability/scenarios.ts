/** Every scenario, in the order of their numbers. */
import type { Scenario } from "./scenario.ts";
import { R15 } from "./scenarios/r15-sigterm.ts";

export const SCENARIOS: readonly Scenario[] = [R15];
