/** One after the other, with a bound on those who wait. */

export interface Turns {
  /** Runs `work` when it is its turn; null where too many wait already. */
  take<T>(work: () => Promise<T>): Promise<T> | null;
}

/** `runningMax` at once, `waitingMax` beyond them. */
export function createTurns(runningMax: number, waitingMax: number): Turns {
  let running = 0;
  const waiting: (() => void)[] = [];

  async function run<T>(work: () => Promise<T>): Promise<T> {
    if (running >= runningMax) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      // Whoever waits takes the turn over: it is never free in between.
      if (next === undefined) running -= 1;
      else next();
    }
  }

  return {
    take: (work) => (running >= runningMax && waiting.length >= waitingMax ? null : run(work)),
  };
}
