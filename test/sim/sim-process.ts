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
  #refusesNext = false;

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
      new PendingCall(this, what, effect, options, resolve as (value: unknown) => void, reject).start();
    });
  }

  /** Gives an answer to the process: once it runs, and never where it died. */
  answer(give: () => void): void {
    const waitMs = this.stalledUntilMs - this.scheduler.nowMs;
    if (waitMs > 0) this.scheduler.at(waitMs, () => this.answer(give));
    else if (this.alive) give();
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

  /** The next call that may fail does, before it takes effect. */
  refuseNext(): void {
    this.#refusesNext = true;
  }

  fate(): Fate {
    if (this.#refusesNext) {
      this.#refusesNext = false;
      return "refused";
    }
    if (this.chance(this.#rates.refusedShare)) return "refused";
    return this.chance(this.#rates.replyLostShare) ? "reply lost" : "done";
  }
}

type Fate = "done" | "refused" | "reply lost";

/** A call under way. A class, so that a call costs no closures that the loader would have to name. */
class PendingCall {
  readonly #process: SimProcess;
  readonly #what: string;
  readonly #effect: () => unknown;
  readonly #options: CallOptions;
  readonly #resolve: (value: unknown) => void;
  readonly #reject: (error: Error) => void;
  readonly #askedMs: number;
  readonly #fate: Fate;

  constructor(
    process: SimProcess,
    what: string,
    effect: () => unknown,
    options: CallOptions,
    resolve: (value: unknown) => void,
    reject: (error: Error) => void,
  ) {
    this.#process = process;
    this.#what = what;
    this.#effect = effect;
    this.#options = options;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#askedMs = process.scheduler.nowMs;
    this.#fate = options.sure === true ? "done" : process.fate();
  }

  start(): void {
    const { delayMs } = this.#options;
    this.#process.scheduler.at(delayMs ?? this.#process.latencyMs(), () => this.#perform());
  }

  #perform(): void {
    const process = this.#process;
    const { orphan, downUntilMs, patienceMs } = this.#options;
    if (!process.alive && (orphan === "dropped" || process.below(2) === 0)) return;
    const { nowMs } = process.scheduler;
    const downMs = (downUntilMs?.() ?? 0) - nowMs;
    if (downMs > 0) {
      const leftMs = this.#askedMs + (patienceMs ?? 15_000) - nowMs;
      if (leftMs < downMs) process.scheduler.at(leftMs, () => this.#fail(`${this.#what}: no answer`));
      else process.scheduler.at(downMs + process.latencyMs(), () => this.#perform());
      return;
    }
    process.scheduler.note(`${process.name} ${this.#what}`);
    if (this.#fate === "refused") {
      this.#fail(`${this.#what} failed`);
      return;
    }
    let value: unknown;
    try {
      value = this.#effect();
    } catch (error) {
      process.answer(() => this.#reject(error as Error));
      return;
    }
    if (this.#fate === "reply lost") this.#fail(`the answer to ${this.#what} was lost`);
    else process.answer(() => this.#resolve(value));
  }

  #fail(why: string): void {
    this.#process.answer(() => this.#reject(new InjectedError(why)));
  }
}
