/** Every scenario, in the order of their numbers. */
import type { Scenario } from "./scenario.ts";
import { R1 } from "./scenarios/r01-kill-monitor.ts";
import { R2 } from "./scenarios/r02-kill-recorder.ts";
import { R3 } from "./scenarios/r03-kill-governor.ts";
import { R4 } from "./scenarios/r04-broker-away.ts";
import { R5 } from "./scenarios/r05-store-away.ts";
import { R6 } from "./scenarios/r06-store-slow.ts";
import { R7 } from "./scenarios/r07-duplicates-and-disorder.ts";
import { R8 } from "./scenarios/r08-poison.ts";
import { R9 } from "./scenarios/r09-schema-versions.ts";
import { R10 } from "./scenarios/r10-rebalance-storm.ts";
import { R11 } from "./scenarios/r11-clock-skew.ts";
import { R12 } from "./scenarios/r12-disk-full.ts";
import { R13 } from "./scenarios/r13-one-loud-lane.ts";
import { R14 } from "./scenarios/r14-soak.ts";
import { R15 } from "./scenarios/r15-sigterm.ts";
import { R16 } from "./scenarios/r16-freeze-latency.ts";
import { R17 } from "./scenarios/r17-two-governors.ts";
import { R18 } from "./scenarios/r18-upgrade-and-downgrade.ts";

export const SCENARIOS: readonly Scenario[] = [
  R1,
  R2,
  R3,
  R4,
  R5,
  R6,
  R7,
  R8,
  R9,
  R10,
  R11,
  R12,
  R13,
  R14,
  R15,
  R16,
  R17,
  R18,
];
