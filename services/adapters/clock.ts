import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../ports.ts";

/** The `Clock` port over the machine's own. */
export function openClock(): Clock {
  return {
    nowMs: () => Date.now(),
    sleep: (ms) => sleep(ms),
  };
}
