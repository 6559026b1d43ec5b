/**
 * One run of one process. Every call it makes of the world goes through `call`: it takes time, may fail, and its answer
 * comes only while the process lives and runs. A crash is that no promise of the process resolves any more.
 */
import type { Random } from "../../services/core/random.ts";
import type { Clock } from "../../services/ports.ts";
import type { FaultRates } from "./fault-plan.ts";
import type { Scheduler } from "./scheduler.ts";

/** Without a sign of life for so long the coordinator gives a member's partitions to the others. */
export const SESSION_MS = 10_000;

/** A failure the world made up; a service may die of it. */
export class InjectedError extends Error {
  override readonly name = "InjectedError";
}

/** What happens when the process that asked dies before the call took effect. */
export type Orphan =
  /** The request may have been on the wire: it takes effect or not. */
  | "either"
  /** It takes effect in this process only, and dies with it. */
  | "dropped";

export interface CallOptions {
  readonly orphan?: Orphan;
  /** Another time than the usual latency, ms. */
  readonly delayMs?: number;
  /** No failure is made up for this call. */
  readonly sure?: boolean;
  /** The call waits while this says until when, ms; it fails after `patienceMs`. */
  readonly downUntilMs?: () => number;
  readonly patienceMs?: number;
}

export class SimProcess {
  readonly name: string;
  readonly scheduler: Scheduler;
  readonly clock: Clock;
  alive = true;
  /** It does not run before then: answers wait. */
  stalledUntilMs = 0;
  /** What its clock shows beside the true time. */
  skewMs = 0;
  /** Called when it dies. */
  readonly onCrash: (() => void)[] = [];
  /** Each ends one of its memberships, where it still has it. */
  readonly sessions: (() => void)[] = [];
  readonly #random: Random;
  readonly #rates: FaultRates;

  constructor(name: string, scheduler: Scheduler, random: Random, rates: FaultRates) {
    this.name = name;
    this.scheduler = scheduler;
    this.#random = random;
    this.#rates = rates;
    this.clock = {
      nowMs: () => scheduler.nowMs + this.skewMs,
      sleep: (ms) => this.call("sleep", () => {}, { delayMs: ms, sure: true }),
    };
  }

  /** Resolves with what `effect` returns, or rejects with what it throws or with a made-up failure before or after it. */
  call<T>(what: string, effect: () => T, options: CallOptions = {}): Promise<T> {
    return new Promise((resolve, reject) => {
      const fate = options.sure === true ? "done" : this.#fate();
      const askedMs = this.scheduler.nowMs;
      const answer = (give: () => void): void => {
        const waitMs = this.stalledUntilMs - this.scheduler.nowMs;
        if (waitMs > 0) this.scheduler.at(waitMs, () => answer(give));
        else if (this.alive) give();
      };
      const perform = (): void => {
        if (!this.alive && (options.orphan === "dropped" || this.#random.below(2) === 0)) return;
        const downMs = (options.downUntilMs?.() ?? 0) - this.scheduler.nowMs;
        if (downMs > 0) {
          const patienceMs = askedMs + (options.patienceMs ?? 15_000) - this.scheduler.nowMs;
          if (patienceMs < downMs) {
            this.scheduler.at(patienceMs, () =>
              answer(() => reject(new InjectedError(`${what}: no answer`))),
            );
          } else this.scheduler.at(downMs + this.latencyMs(), perform);
          return;
        }
        this.scheduler.note(`${this.name} ${what}`);
        if (fate === "refused") {
          answer(() => reject(new InjectedError(`${what} failed`)));
          return;
        }
        let value: T;
        try {
          value = effect();
        } catch (error) {
          answer(() => reject(error as Error));
          return;
        }
        if (fate === "reply lost") answer(() => reject(new InjectedError(`the answer to ${what} was lost`)));
        else answer(() => resolve(value));
      };
      this.scheduler.at(options.delayMs ?? this.latencyMs(), perform);
    });
  }

  /** How long a call takes to take effect, ms; now and then much longer. */
  latencyMs(): number {
    const { latencyMs, slowShare, slowMs } = this.#rates;
    const usual = 1 + this.#random.below(latencyMs);
    return this.#random.nextFloat() < slowShare ? usual + this.#random.below(slowMs) : usual;
  }

  /** A draw of this process's luck. */
  chance(share: number): boolean {
    return share > 0 && this.#random.nextFloat() < share;
  }

  below(n: number): number {
    return this.#random.below(n);
  }

  crash(): void {
    if (!this.alive) return;
    this.alive = false;
    this.scheduler.note(`${this.name} crashed`);
    for (const tell of this.onCrash) tell();
    this.scheduler.at(SESSION_MS, () => this.#endSessions());
  }

  /** It does not run for a while; after `SESSION_MS` of silence the group does without it. */
  stall(durationMs: number): void {
    const untilMs = this.scheduler.nowMs + durationMs;
    this.stalledUntilMs = Math.max(this.stalledUntilMs, untilMs);
    this.scheduler.note(`${this.name} stalls`);
    if (durationMs > SESSION_MS) this.scheduler.at(SESSION_MS, () => this.#endSessions());
  }

  #endSessions(): void {
    for (const end of this.sessions) end();
  }

  #fate(): "done" | "refused" | "reply lost" {
    if (this.chance(this.#rates.refusedShare)) return "refused";
    return this.chance(this.#rates.replyLostShare) ? "reply lost" : "done";
  }
}
