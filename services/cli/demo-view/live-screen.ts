/** A block of lines at the end of a terminal, drawn over in place. */
import type { Output } from "../io.ts";

const HIDE_CURSOR = "\u001b[?25l";
const SHOW_CURSOR = "\u001b[?25h";
const CLEAR_TO_LINE_END = "\u001b[K";
const CLEAR_TO_SCREEN_END = "\u001b[J";

/**
 * Owns the lines it drew until `release`. One write a drawing, and a line is cleared behind its text, never before it: nothing
 * flickers. The cursor is hidden while a block stands, and shown again by `release` and, whatever ends it, with the process.
 */
export class LiveScreen {
  readonly #output: Output;
  #drawnLines = 0;
  #hidden = false;
  readonly #onExit = (): void => this.release();

  constructor(output: Output) {
    this.#output = output;
  }

  /** Draws the block anew over its last drawing. No line may be wider than the terminal. */
  draw(lines: readonly string[]): void {
    let text = this.#hidden ? "" : HIDE_CURSOR;
    if (!this.#hidden) process.once("exit", this.#onExit);
    this.#hidden = true;
    text += this.#toTop();
    for (const line of lines) text += `${line}${CLEAR_TO_LINE_END}\n`;
    this.#output.write(text + CLEAR_TO_SCREEN_END);
    this.#drawnLines = lines.length;
  }

  /** Writes lines that stay, above the block; the next `draw` puts it below them. */
  print(lines: readonly string[]): void {
    const text = `${this.#toTop()}${this.#drawnLines === 0 ? "" : CLEAR_TO_SCREEN_END}`;
    this.#output.write(`${text}${lines.map((line) => `${line}\n`).join("")}`);
    this.#drawnLines = 0;
  }

  /** Leaves the block where it is and gives the cursor back. Idempotent; a later `draw` starts a block of its own. */
  release(): void {
    this.#drawnLines = 0;
    if (!this.#hidden) return;
    this.#hidden = false;
    process.off("exit", this.#onExit);
    this.#output.write(SHOW_CURSOR);
  }

  #toTop(): string {
    return this.#drawnLines === 0 ? "" : `\u001b[${this.#drawnLines}A\r`;
  }
}
