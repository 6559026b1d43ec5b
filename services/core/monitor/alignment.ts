/**
 * Keeps the topics of one partition number together in event time, however far apart a log or a client delivers them, as
 * watermark alignment does in Flink. A record that would open one pane too many waits, and its topic is not read further,
 * until a pane is folded or its topic is the slowest: the slowest never waits, so there is no deadlock.
 *
 * Counted are pane starts with state that is not folded yet, open or closed in some stages only. Lanes and segments of a
 * pane have bounds of their own, so this one bounds memory; and what is held back is time, whichever lanes come.
 */
import type { Input } from "../input.ts";
import { closedThrough, NO_WATERMARK } from "../time.ts";
import { type Feed, isMonitorTopic, MONITOR_TOPICS, type MonitorTopic } from "./feeds.ts";

/**
 * Pane starts with unfolded state per partition number. Only the slowest topic opens more: what lies between its watermark
 * and its records, at most `FUTURE_MS_MAX` plus the lateness bound, in judged topics the records of one transaction.
 */
export const OPEN_PANES_MAX = 16;

export interface AlignmentHost {
  readonly paneMs: number;
  readonly latenessMs: number;
  readonly openPanesMax: number;
  readonly feeds: Readonly<Record<MonitorTopic, Feed>>;
  /** Start of the pane a record of a monitor topic would count in now; null where it needs none. */
  paneOf(input: Input): number | null;
  take(input: Input): void;
  /** Whether a pane end waits to be closed. */
  isDue(): boolean;
}

export class Alignment {
  readonly #host: AlignmentHost;
  readonly #unfolded = new Set<number>();
  /** In log order per topic. */
  #held: readonly Input[] = [];
  /** After a restart: every topic has been read again up to where it was. */
  #caughtUp = false;

  constructor(host: AlignmentHost) {
    this.#host = host;
  }

  /** A pane has state from here on, until `folded`. */
  opened(startMs: number): void {
    this.#unfolded.add(startMs);
  }

  folded(throughMs: number): void {
    for (const start of this.#unfolded) {
      if (start + this.#host.paneMs <= throughMs) this.#unfolded.delete(start);
    }
  }

  /** Takes what waited and may go on, then `inputs`; what may not is kept for later calls. */
  take(inputs: readonly Input[]): void {
    let waiting = this.#held.length === 0 ? inputs : [...this.#held, ...inputs];
    for (;;) {
      const before = waiting.length;
      waiting = this.#pass(waiting);
      // A pass may have made a topic the slowest whose records it had put aside before.
      if (waiting.length === 0 || waiting.length === before || this.#host.isDue()) break;
    }
    this.#held = waiting;
  }

  /** Topics whose records wait: reading them further would only let more of them wait. */
  heldTopics(): readonly MonitorTopic[] {
    const topics = new Set(this.#held.map(({ at }) => at.topic));
    return MONITOR_TOPICS.filter((topic) => topics.has(topic));
  }

  /** Topics that everything waits for: those whose watermarks have closed least. */
  slowestTopics(): readonly MonitorTopic[] {
    const least = this.#leastProgress();
    return MONITOR_TOPICS.filter((topic) => this.#progress(topic) === least);
  }

  /** Ends at or before `throughMs` of panes that are not folded, in any order. */
  unfoldedEnds(throughMs: number): number[] {
    const ends = [...this.#unfolded].map((start) => start + this.#host.paneMs);
    return ends.filter((end) => end <= throughMs);
  }

  get heldCount(): number {
    return this.#held.length;
  }

  get unfoldedCount(): number {
    return this.#unfolded.size;
  }

  #pass(inputs: readonly Input[]): readonly Input[] {
    const held: Input[] = [];
    const blocked = new Set<string>();
    for (const input of inputs) {
      const { topic } = input.at;
      if (blocked.has(topic) || this.#mustWait(input)) {
        blocked.add(topic);
        held.push(input);
      } else this.#host.take(input);
    }
    return held;
  }

  #mustWait(input: Input): boolean {
    const { topic } = input.at;
    if (!isMonitorTopic(topic)) return false;
    // What is read again opens the panes that were open, and needs the room that they had.
    if (!this.#caughtUp) {
      this.#caughtUp = !MONITOR_TOPICS.some((other) => this.#isReadAgain(other));
      if (!this.#caughtUp && !this.#isReadAgain(topic)) return true;
    }
    if (this.#unfolded.size < this.#host.openPanesMax) return false;
    const start = this.#host.paneOf(input);
    if (start === null || this.#unfolded.has(start)) return false;
    return this.#host.isDue() || this.#progress(topic) > this.#leastProgress();
  }

  #leastProgress(): number {
    return Math.min(...MONITOR_TOPICS.map((topic) => this.#progress(topic)));
  }

  /** One that is read again after a restart holds up all others until it is where it was, as in `stageClosedThrough`. */
  #progress(topic: MonitorTopic): number {
    if (this.#isReadAgain(topic)) return NO_WATERMARK;
    return closedThrough(this.#host.feeds[topic].watermarkMs, this.#host.paneMs, this.#host.latenessMs);
  }

  #isReadAgain(topic: MonitorTopic): boolean {
    const { nextOffset, cutFrom } = this.#host.feeds[topic];
    return nextOffset < cutFrom;
  }
}
