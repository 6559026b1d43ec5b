/** Every scenario, in the order of their numbers. */
import type { Scenario } from "./scenario.ts";
import { R1 } from "./scenarios/r01-kill-monitor.ts";
import { R3 } from "./scenarios/r03-kill-governor.ts";
import { R15 } from "./scenarios/r15-sigterm.ts";

export const SCENARIOS: readonly Scenario[] = [R1, R3, R15];
