/**
 * Opens something when it is first needed, once for all who ask. A failure is that of those who asked: the next call tries again,
 * since a broker that was away once is no reason never to ask it.
 */
export class OpenOnce<T> {
  readonly #open: () => Promise<T>;
  #opened: Promise<T> | null = null;

  constructor(open: () => Promise<T>) {
    this.#open = open;
  }

  get(): Promise<T> {
    if (this.#opened !== null) return this.#opened;
    const opened = this.#open();
    this.#opened = opened;
    opened.catch(() => {
      this.#opened = null;
    });
    return opened;
  }

  /** What was opened, also where that is still under way; null where nothing was. For who closes it. */
  async opened(): Promise<T | null> {
    return (await this.#opened?.catch(() => null)) ?? null;
  }
}
