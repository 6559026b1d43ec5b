import type { Io } from "./io.ts";

const DRAW_EVERY_MS = 200;
const CLEAR_LINE = "\r\u001b[2K";

/** One line on stderr that is drawn over while work goes on, and gone when it ends. Silent where stderr is no terminal. */
export class Progress {
  readonly #io: Io;
  readonly #startedMs = performance.now();
  #drawnMs = 0;

  constructor(io: Io) {
    this.#io = io;
  }

  /** Draws at most every 200 ms; the text is made only when it is drawn. */
  update(text: () => string): void {
    if (!this.#io.isTty) return;
    const nowMs = performance.now();
    if (nowMs - this.#drawnMs < DRAW_EVERY_MS) return;
    this.#drawnMs = nowMs;
    this.#io.stderr.write(CLEAR_LINE + text().slice(0, this.#io.columns - 1));
  }

  /** Draws now: before a step that does not come back for a while. */
  show(text: string): void {
    this.#drawnMs = 0;
    this.update(() => text);
  }

  /** `count` things since the start, as "12,345 texts, 52,000/s". */
  rate(count: number, things: string): string {
    const seconds = Math.max(0.001, (performance.now() - this.#startedMs) / 1000);
    const perSecond = Math.round(count / seconds);
    return `${count.toLocaleString("en")} ${things}, ${perSecond.toLocaleString("en")}/s`;
  }

  done(): void {
    if (this.#io.isTty && this.#drawnMs !== 0) this.#io.stderr.write(CLEAR_LINE);
  }
}
