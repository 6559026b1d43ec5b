/** What the split lab reads back: decision windows and series, verdicts on them, and decisions of its lane. */
import type { Codec } from "../../adapters/avro/codec.ts";
import type { DecisionRecord, VerdictRecord, WindowRecord } from "../../core/records.ts";
import type { MetricResult } from "../../core/result.ts";
import type { Stage } from "../../core/sample.ts";
import type { Log } from "../../ports.ts";
import { TopicFollower } from "../topic-follower.ts";
import { SPLIT_LANE, type SplitTimes } from "./split-records.ts";

const READ_BACK = ["windows", "series", "verdicts", "decisions"] as const;
type ReadBack = (typeof READ_BACK)[number];

/** Keeps all of one run: bounded by its windows times the rows of one. Windows are counted from 1, as in the plan. */
export class SplitHistory {
  /** Decision windows' rows by window, those of the lane's series among them, in the order they were read. */
  readonly rows = new Map<number, WindowRecord[]>();
  readonly verdicts = new Map<number, VerdictRecord>();
  /** In the order they were made. */
  readonly decisions: DecisionRecord[] = [];
  readonly #codec: Codec;
  readonly #times: SplitTimes;
  #follower: TopicFollower<ReadBack> | null = null;

  private constructor(codec: Codec, times: SplitTimes) {
    this.#codec = codec;
    this.#times = times;
  }

  static async open(log: Log, codec: Codec, prefix: string, times: SplitTimes): Promise<SplitHistory> {
    const history = new SplitHistory(codec, times);
    history.#follower = await TopicFollower.open(log, prefix, READ_BACK, (topic, value) =>
      history.#take(topic, value),
    );
    return history;
  }

  /** Waits until a window has its verdict; its rows may still be on their way. Throws as `TopicFollower.until`. */
  async untilJudged(window: number, timeoutMs: number, signal: AbortSignal | null): Promise<void> {
    const judged = (): boolean => this.verdicts.has(window);
    await this.#follower!.until(judged, `the verdict on window ${window}`, timeoutMs, signal);
  }

  /** Reads everything committed until now: of three topics read side by side, any may lag behind. */
  async drain(signal: AbortSignal | null): Promise<void> {
    await this.#follower!.drain(signal);
  }

  async close(): Promise<void> {
    await this.#follower!.close();
  }

  /** Results of one metric in a window, the total first; empty where the window has no such row. */
  results(window: number, stage: Stage, segment: string, metric: string): readonly MetricResult[] {
    const row = this.rows.get(window)?.find((r) => r.stage === stage && r.segment === segment);
    return row?.results.filter((result) => result.metric === metric) ?? [];
  }

  /** Value of the whole window; null where it has none that counts. */
  value(window: number, stage: Stage, segment: string, metric: string): number | null {
    const total = this.results(window, stage, segment, metric).find((result) => result.bucket === "");
    return total?.status === "ok" ? total.value : null;
  }

  /** The window that ends at a time. */
  windowEnding(endMs: number): number {
    return Math.round((endMs - this.#times.startMs) / this.#times.windowMs);
  }

  #take(topic: ReadBack, value: Uint8Array): void {
    const decoded = this.#codec.decodeGeneric(topic, value);
    // What cannot be read is the services' to report.
    if (!decoded.ok || decoded.record.lane !== SPLIT_LANE) return;
    const { record } = decoded;
    if (topic === "decisions") this.decisions.push(record as DecisionRecord);
    else if ((record as WindowRecord | VerdictRecord).window !== "decision") return;
    else if (topic === "verdicts") {
      const verdict = record as VerdictRecord;
      this.verdicts.set(this.windowEnding(verdict.endMs), verdict);
    } else this.#takeRow(record as WindowRecord);
  }

  #takeRow(row: WindowRecord): void {
    const window = this.windowEnding(row.endMs);
    const known = this.rows.get(window);
    if (known === undefined) this.rows.set(window, [row]);
    else known.push(row);
  }
}
