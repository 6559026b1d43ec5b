/** What the lab reads back: generation windows, their verdicts and its lanes' gates, from the topics they are written to. */
import type { GateRecord, VerdictRecord, WindowRecord } from "../core/records.ts";
import type { ProducedRecordByTopic } from "../core/wire-types.generated.ts";
import type { Log } from "../ports.ts";
import { LAB_LANES, type LabLane } from "./lanes.ts";
import { TopicFollower } from "./topic-follower.ts";

interface ReadBack {
  windows: WindowRecord;
  verdicts: VerdictRecord;
  gates: GateRecord;
}
const READ_BACK = ["windows", "verdicts", "gates"] as const;

/** Records to bytes and back. `decode` gives null for bytes that are no such record: others report those. */
export interface LabCodec {
  encode<T extends keyof ProducedRecordByTopic>(topic: T, record: ProducedRecordByTopic[T]): Uint8Array;
  decode<T extends keyof ReadBack>(topic: T, value: Uint8Array): ReadBack[T] | null;
}

/**
 * Follows the three topics from their beginning. Keeps generation windows and verdicts of the lab's lanes (bounded by lanes x
 * generations x rows) and the latest gate of each lane. Rows of a window are committed before the verdict on it, but two
 * partitions are read in any order: wait for `complete`, and `drain` before looking at gates.
 */
export class LabWatch {
  readonly windows: WindowRecord[] = [];
  readonly #verdicts = new Map<string, VerdictRecord>();
  readonly #gates = new Map<LabLane, GateRecord>();
  readonly #codec: LabCodec;
  #follower: TopicFollower<keyof ReadBack> | null = null;

  private constructor(codec: LabCodec) {
    this.#codec = codec;
  }

  static async open(log: Log, codec: LabCodec, prefix: string): Promise<LabWatch> {
    const watch = new LabWatch(codec);
    watch.#follower = await TopicFollower.open(log, prefix, READ_BACK, (topic, value) =>
      watch.#take(topic, value),
    );
    return watch;
  }

  /** The generation verdict of a lane, null while there is none. */
  verdict(lane: LabLane, generation: number): VerdictRecord | null {
    return this.#verdicts.get(`${lane}/${generation}`) ?? null;
  }

  /** The lane's own gate; null while nothing was said of it, which is open. */
  gate(lane: LabLane): GateRecord | null {
    return this.#gates.get(lane) ?? null;
  }

  /** As `TopicFollower.until`. */
  async until(
    done: () => boolean,
    awaited: string,
    timeoutMs: number,
    signal: AbortSignal | null,
  ): Promise<void> {
    await this.#follower!.until(done, awaited, timeoutMs, signal);
  }

  /** Whether every row of the lane's generation window has been read; rows say how many there are. */
  complete(lane: LabLane, generation: number): boolean {
    const rows = this.windows.filter((row) => row.lane === lane && row.generation === generation);
    return rows.length > 0 && new Set(rows.map((row) => row.rowIndex)).size === rows[0]!.rowCount;
  }

  /** Reads everything committed until now. */
  async drain(signal: AbortSignal | null): Promise<void> {
    await this.#follower!.drain(signal);
  }

  async close(): Promise<void> {
    await this.#follower!.close();
  }

  #take(topic: keyof ReadBack, value: Uint8Array): void {
    switch (topic) {
      case "windows":
        this.#takeWindow(this.#codec.decode("windows", value));
        break;
      case "verdicts":
        this.#takeVerdict(this.#codec.decode("verdicts", value));
        break;
      case "gates":
        this.#takeGate(this.#codec.decode("gates", value));
    }
  }

  #takeWindow(window: WindowRecord | null): void {
    if (window !== null && window.window === "generation" && isLabLane(window.lane))
      this.windows.push(window);
  }

  #takeVerdict(verdict: VerdictRecord | null): void {
    if (verdict === null || verdict.window !== "generation" || !isLabLane(verdict.lane)) return;
    this.#verdicts.set(`${verdict.lane}/${verdict.generation}`, verdict);
  }

  #takeGate(gate: GateRecord | null): void {
    if (gate === null || !isLabLane(gate.lane) || gate.subject !== `lane:${gate.lane}`) return;
    const known = this.#gates.get(gate.lane);
    if (known === undefined || known.revision < gate.revision) this.#gates.set(gate.lane, gate);
  }
}

function isLabLane(lane: string): lane is LabLane {
  return (LAB_LANES as readonly string[]).includes(lane);
}
