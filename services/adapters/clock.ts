import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../ports.ts";

/**
 * The `Clock` port: the machine's time when the clock was opened, counted on by the monotonic one. A step of the machine's
 * clock (NTP, a person) therefore neither stalls what is due every second nor makes a duration negative; no service
 * compares this time with another machine's. Whole ms.
 */
export function openClock(): Clock {
  const openedMs = Date.now() - performance.now();
  return {
    nowMs: () => Math.floor(openedMs + performance.now()),
    sleep: (ms) => sleep(ms),
  };
}
