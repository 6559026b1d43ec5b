/**
 * Owns time and order. Every port call of every simulated process is parked here as an operation with a moment at which
 * it takes effect; the scheduler performs the earliest, lets everything that follows from it run until nothing is left
 * to run, and only then performs the next. Nothing else makes a promise resolve, so one seed gives one history.
 */
import { fnv1a32 } from "../../services/core/hash.ts";

/** A bug of the simulator itself, or a service that spins: no seed may take more operations. */
const OPERATIONS_MAX = 2_000_000;
/** Turns between two looks at the event loop: a look is a system call, and nothing but a message from outside waits there. */
const TURNS_MAX = 500;

/** What an operation returns that resolved no promise, so that nothing follows from it before the next. */
export const NOTHING_FOLLOWS = Symbol("nothing follows");

interface Operation {
  readonly dueMs: number;
  readonly serial: number;
  readonly perform: () => unknown;
}

export class Scheduler {
  nowMs: number;
  /** Operations performed so far. */
  performed = 0;
  /** Hash over all that was noted, in order: equal for equal histories. */
  trace = 0;
  #serial = 0;
  /** A binary heap, earliest (then oldest) at the root. */
  readonly #heap: Operation[] = [];

  constructor(startMs: number) {
    this.nowMs = startMs;
  }

  /** Performs `perform` after `delayMs` of virtual time. What it returns counts only where it is `NOTHING_FOLLOWS`. */
  at(delayMs: number, perform: () => unknown): void {
    this.#serial += 1;
    this.#push({ dueMs: this.nowMs + Math.max(0, delayMs), serial: this.#serial, perform });
  }

  /** Enters something into the history's hash. */
  note(what: string): void {
    this.trace = (Math.imul(this.trace, 0x9e3779b1) + fnv1a32(what) + this.nowMs) | 0;
  }

  /** Runs until `done` says so, asked after every operation; rejects with what an operation throws. */
  run(done: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      let turns = 0;
      const afterMicrotasks = (): void => process.nextTick(turn);
      const turn = (): void => {
        try {
          let follows = false;
          while (!follows) {
            if (done()) {
              resolve();
              return;
            }
            follows = this.#performNext();
          }
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
          return;
        }
        // A tick asked for by a microtask runs when every microtask is spent, as an immediate does: whatever the operation
        // set off has come to its next port call.
        turns += 1;
        if (turns % TURNS_MAX === 0) setImmediate(turn);
        else queueMicrotask(afterMicrotasks);
      };
      turn();
    });
  }

  /** Whether anything may follow from it. */
  #performNext(): boolean {
    const next = this.#pop();
    if (next === null) throw new Error("the simulation has nothing left to do");
    this.performed += 1;
    if (this.performed > OPERATIONS_MAX) throw new Error("the simulation does not come to an end");
    this.nowMs = Math.max(this.nowMs, next.dueMs);
    return next.perform() !== NOTHING_FOLLOWS;
  }

  #push(operation: Operation): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(operation);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (before(heap[parent]!, operation)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = operation;
  }

  #pop(): Operation | null {
    const heap = this.#heap;
    const first = heap[0];
    if (first === undefined) return null;
    const last = heap.pop()!;
    if (heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child += 1;
      if (before(last, heap[child]!)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

function before(a: Operation, b: Operation): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.serial < b.serial);
}
