/** Runs the stream services side by side in one process: the lab over the memory log, and tests. */

import type { ServiceDependencies } from "./dependencies.ts";
import { runGatekeeper } from "./gatekeeper.ts";
import { runGovernor } from "./governor.ts";
import { runMonitor } from "./monitor.ts";

/**
 * Resolves when `stop` was aborted and all three have ended. When one throws, the others are stopped and its error is
 * thrown: a stopped service must not look like a quiet one.
 */
export async function runAll(deps: Omit<ServiceDependencies, "signal">, stop: AbortSignal): Promise<void> {
  const controller = new AbortController();
  const signal = AbortSignal.any([stop, controller.signal]);
  const running = [runGatekeeper, runMonitor, runGovernor].map((run) =>
    run({ ...deps, signal }).catch((error: unknown) => {
      controller.abort();
      throw error;
    }),
  );
  const results = await Promise.allSettled(running);
  const failed = results.find((result) => result.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}
