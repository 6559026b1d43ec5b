/** Starts parts in order, stops them in reverse; a half start is rolled back. */

/** Anything with an orderly end. */
export interface Closable {
  close(): Promise<void>;
}

export class Lifecycle {
  readonly #controller = new AbortController();
  readonly #started: Closable[] = [];
  #stopping: Promise<void> | null = null;

  /** Aborted when the process is asked to stop; loops end after the batch they are in. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Starts one part. When it throws, everything started before it is stopped first. */
  async start<T extends Closable>(starting: Promise<T>): Promise<T> {
    try {
      const part = await starting;
      this.#started.push(part);
      return part;
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** SIGTERM and SIGINT ask to stop. */
  onSignals(): void {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => this.abort());
  }

  /** Asks running loops to end; does not wait. */
  abort(): void {
    this.#controller.abort();
  }

  /** Stops everything in reverse order; the first error is thrown after all had their turn. Idempotent. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stopAll();
    return this.#stopping;
  }

  async #stopAll(): Promise<void> {
    this.abort();
    let failure: unknown = null;
    for (const part of this.#started.splice(0).reverse()) {
      try {
        await part.close();
      } catch (error) {
        failure ??= error;
      }
    }
    if (failure !== null) throw failure;
  }
}
