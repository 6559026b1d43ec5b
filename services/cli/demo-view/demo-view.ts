/** What `plumbline demo` shows: a panel drawn in place on a terminal, one line an event anywhere else. */
import type { LabReport } from "../../lab/lab-report.ts";
import type { LabProgress } from "../../lab/run-lab.ts";
import { type Io, type Output, printLine } from "../io.ts";
import { afterProgress, type DemoState, EMPTY_STATE } from "./demo-state.ts";
import { progressLine } from "./event-lines.ts";
import { clockTime, seconds } from "./figures.ts";
import { cut, fold } from "./fold.ts";
import { LiveScreen } from "./live-screen.ts";
import { COLOURED, type Paint, PLAIN } from "./paint.ts";
import { panelLines } from "./panel.ts";
import { nextLines, type UpInfo, upLines } from "./run-info-lines.ts";
import { storyLines } from "./story.ts";

/** Drawings are at least so far apart, but for events that a long computation follows. */
const DRAW_EVERY_MS = 100;
const CLOCK_EVERY_MS = 250;
/** Prose wider than this is hard to read. */
const PROSE_COLUMNS_MAX = 100;

export interface DemoView {
  /** A start-up step begins (ms null) or ended. */
  step(name: string, ms: number | null): void;
  /** Services are up. */
  up(info: UpInfo): void;
  progress(progress: LabProgress): void;
  /** After the last generation: what happened, in plain words. `failures` in words, empty when all was as it must be. */
  finish(report: LabReport, failures: readonly string[]): void;
  /** Gives the terminal back. Idempotent; nothing is drawn after it. */
  close(): void;
}

/** What streams of terminals have beside `write`; `columns` and `rows` follow the window. */
interface TerminalOutput extends Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

/**
 * `now` gives ms of any origin. Draws only where stdout and stderr are terminals that can (TERM is not dumb, and high enough
 * for the panel); colours unless NO_COLOR is set. `staysUp`: the run goes on after `finish`, so that what to type next is
 * worth saying. An abort of `io.signal` gives the cursor back at once.
 */
export function createDemoView(io: Io, now: () => number, staysUp = true): DemoView {
  const terminal: TerminalOutput = io.stdout;
  const draws = io.isTty && terminal.isTTY === true && io.env.TERM !== "dumb";
  const high =
    terminal.rows === undefined || terminal.rows > panelLines(EMPTY_STATE, 0, io.columns, PLAIN).length + 1;
  if (!draws || !high) return new LineView(io, now, staysUp);
  return new PanelView(io, terminal, now, staysUp);
}

/** One line an event. */
class LineView implements DemoView {
  readonly #io: Io;
  readonly #now: () => number;
  readonly #staysUp: boolean;
  readonly #startedMs: number;
  #info: UpInfo | null = null;

  constructor(io: Io, now: () => number, staysUp: boolean) {
    this.#io = io;
    this.#now = now;
    this.#staysUp = staysUp;
    this.#startedMs = now();
  }

  step(name: string, ms: number | null): void {
    this.#event(ms === null ? `${name} …` : `${name}: ${seconds(ms)}`);
  }

  up(info: UpInfo): void {
    this.#info = info;
    this.#print(upLines(info));
  }

  progress(progress: LabProgress): void {
    this.#event(progressLine(progress));
  }

  finish(report: LabReport, failures: readonly string[]): void {
    this.#print([
      "",
      ...closingLines(report, failures, this.#info, this.#staysUp, this.#io, this.#io.columns, PLAIN),
    ]);
  }

  close(): void {}

  #event(text: string): void {
    const time = clockTime(this.#now() - this.#startedMs);
    this.#print(fold(text, this.#io.columns, " ".repeat(time.length + 2), `${time}  `));
  }

  #print(lines: readonly string[]): void {
    for (const line of lines) printLine(this.#io.stdout, line);
  }
}

/** The panel. */
class PanelView implements DemoView {
  readonly #io: Io;
  readonly #terminal: TerminalOutput;
  readonly #now: () => number;
  readonly #staysUp: boolean;
  readonly #paint: Paint;
  readonly #screen: LiveScreen;
  readonly #startedMs: number;
  readonly #timer: NodeJS.Timeout;
  readonly #onAbort = (): void =>
    this.#stopped ? this.#screen.print(["stopping …"]) : this.#stop("stopping …");
  #state: DemoState = EMPTY_STATE;
  #info: UpInfo | null = null;
  #drawnMs = Number.NEGATIVE_INFINITY;
  #stopped = false;

  constructor(io: Io, terminal: TerminalOutput, now: () => number, staysUp: boolean) {
    this.#io = io;
    this.#terminal = terminal;
    this.#now = now;
    this.#staysUp = staysUp;
    this.#paint = io.env.NO_COLOR ? PLAIN : COLOURED;
    this.#screen = new LiveScreen(io.stdout);
    this.#startedMs = now();
    this.#timer = setInterval(() => this.#draw(false), CLOCK_EVERY_MS);
    this.#timer.unref();
    io.signal.addEventListener("abort", this.#onAbort);
  }

  step(name: string, ms: number | null): void {
    if (this.#stopped) return;
    if (ms !== null) this.#screen.print([cut(`  ${name.padEnd(22)} ${seconds(ms)}`, this.#columns - 1)]);
    this.#state = { ...this.#state, now: ms === null ? name : "starting" };
    this.#draw(true);
  }

  up(info: UpInfo): void {
    this.#info = info;
    if (this.#stopped) return;
    this.#screen.print(["", ...upLines(info).map((line) => cut(line, this.#columns - 1)), ""]);
    this.#state = { ...this.#state, now: "fitting the first models" };
    this.#draw(true);
  }

  progress(progress: LabProgress): void {
    this.#state = afterProgress(this.#state, progress);
    // A fit follows and holds the process for a third of a second: what is drawn late would be false by then.
    this.#draw(progress.kind === "writing");
  }

  finish(report: LabReport, failures: readonly string[]): void {
    this.#stop("done");
    const lines = closingLines(
      report,
      failures,
      this.#info,
      this.#staysUp,
      this.#io,
      this.#columns - 1,
      this.#paint,
    );
    this.#screen.print(["", ...lines]);
  }

  close(): void {
    this.#stop("stopped");
    this.#io.signal.removeEventListener("abort", this.#onAbort);
  }

  get #columns(): number {
    return this.#terminal.columns ?? this.#io.columns;
  }

  /** The last drawing, which stays. */
  #stop(now: string): void {
    if (this.#stopped) return;
    clearInterval(this.#timer);
    this.#state = { ...this.#state, now };
    this.#draw(true);
    this.#stopped = true;
    this.#screen.release();
  }

  #draw(atOnce: boolean): void {
    if (this.#stopped) return;
    const nowMs = this.#now();
    if (!atOnce && nowMs - this.#drawnMs < DRAW_EVERY_MS) return;
    this.#drawnMs = nowMs;
    const lines = panelLines(this.#state, nowMs - this.#startedMs, this.#columns, this.#paint);
    // Lines that have left the screen at its top cannot be drawn over: a window made lower shows the upper part.
    this.#screen.draw(lines.slice(0, (this.#terminal.rows ?? Number.POSITIVE_INFINITY) - 1));
  }
}

function closingLines(
  report: LabReport,
  failures: readonly string[],
  info: UpInfo | null,
  staysUp: boolean,
  io: Io,
  columns: number,
  paint: Paint,
): string[] {
  const prose = Math.min(columns, PROSE_COLUMNS_MAX);
  const lines = storyLines(report, failures, prose, paint);
  if (info === null || !staysUp) return lines;
  const sample = report.lanes.replace.evidence?.samples[0] ?? null;
  return [...lines, "", ...nextLines(info, sample, prose, io)];
}
