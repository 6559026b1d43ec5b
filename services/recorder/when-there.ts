import type { Clock, Logger } from "../ports.ts";
import { StoreError } from "../ports.ts";

export interface WhenThereOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Aborting ends the waiting with the store's error. */
  readonly signal: AbortSignal;
  /** Default 20 s: within the time a supervisor gives a start. */
  readonly waitMsMax?: number;
}

const WAIT_MS_MAX = 20_000;
const PAUSE_MS = 500;

/**
 * Asks the store at the start of a process, and again while it is away: a store and a recorder that start together find each
 * other, and a recorder that starts again in an outage does not use up its supervisor's patience. Throws the last
 * `StoreError` after `waitMsMax`, and at once one that waiting does not heal.
 */
export async function whenThere<T>(ask: () => Promise<T>, options: WhenThereOptions): Promise<T> {
  const { clock, logger, signal, waitMsMax = WAIT_MS_MAX } = options;
  const untilMs = clock.nowMs() + waitMsMax;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      const passes = error instanceof StoreError && error.transient;
      if (!passes || signal.aborted || clock.nowMs() >= untilMs) throw error;
      logger.warn({ code: error.code, reason: error.message }, "the store is away; waiting for it");
      await clock.sleep(PAUSE_MS);
    }
  }
}
