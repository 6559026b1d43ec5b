/** What the lab reads back: generation windows, their verdicts and its lanes' gates, from the topics they are written to. */
import type { GateRecord, VerdictRecord, WindowRecord } from "../core/records.ts";
import { topicName } from "../core/topics.ts";
import type { ProducedRecordByTopic } from "../core/wire-types.generated.ts";
import type { Log, LogRecord, Reader, TopicOffset, TopicPartition } from "../ports.ts";
import { LAB_LANES, type LabLane } from "./lanes.ts";

const POLL_RECORDS_MAX = 1_000;
const POLL_MS = 100;
/** Offsets have holes; after so many empty polls nothing more is there. */
const SILENT_POLLS_MAX = 5;

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

/** Nothing arrived in time. The message says what was awaited and which services to look at. */
export class LabTimeoutError extends Error {
  override readonly name = "LabTimeoutError";
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
  readonly #log: Log;
  readonly #reader: Reader;
  readonly #codec: LabCodec;
  readonly #partitions: readonly TopicPartition[];
  readonly #topics: ReadonlyMap<string, keyof ReadBack>;
  readonly #positions = new Map<string, number>();

  private constructor(
    log: Log,
    reader: Reader,
    codec: LabCodec,
    partitions: readonly TopicPartition[],
    prefix: string,
  ) {
    this.#log = log;
    this.#reader = reader;
    this.#codec = codec;
    this.#partitions = partitions;
    this.#topics = new Map(READ_BACK.map((topic) => [topicName(prefix, topic), topic]));
  }

  static async open(log: Log, codec: LabCodec, prefix: string): Promise<LabWatch> {
    const partitions: TopicPartition[] = [];
    for (const name of READ_BACK) {
      const topic = topicName(prefix, name);
      const count = await log.partitionCount(topic);
      for (let partition = 0; partition < count; partition += 1) partitions.push({ topic, partition });
    }
    const lows = await log.watermarks(partitions);
    const offsets: TopicOffset[] = lows.map(({ topic, partition, low }) => ({
      topic,
      partition,
      offset: low,
    }));
    const reader = await log.reader();
    await reader.assign(offsets);
    return new LabWatch(log, reader, codec, partitions, prefix);
  }

  /** The generation verdict of a lane, null while there is none. */
  verdict(lane: LabLane, generation: number): VerdictRecord | null {
    return this.#verdicts.get(`${lane}/${generation}`) ?? null;
  }

  /** The lane's own gate; null while nothing was said of it, which is open. */
  gate(lane: LabLane): GateRecord | null {
    return this.#gates.get(lane) ?? null;
  }

  /** Reads until `done()`; throws LabTimeoutError after `timeoutMs`, and the signal's reason when aborted. */
  async until(
    done: () => boolean,
    awaited: string,
    timeoutMs: number,
    signal: AbortSignal | null,
  ): Promise<void> {
    let waitedMs = 0;
    while (!done()) {
      signal?.throwIfAborted();
      if (waitedMs >= timeoutMs) {
        throw new LabTimeoutError(
          `${awaited} did not come within ${timeoutMs / 1_000} s: look at gatekeeper, monitor and governor`,
        );
      }
      const records = await this.#reader.poll(POLL_RECORDS_MAX, POLL_MS);
      if (records.length === 0) waitedMs += POLL_MS;
      for (const record of records) this.#take(record);
    }
  }

  /** Whether every row of the lane's generation window has been read; rows say how many there are. */
  complete(lane: LabLane, generation: number): boolean {
    const rows = this.windows.filter((row) => row.lane === lane && row.generation === generation);
    return rows.length > 0 && new Set(rows.map((row) => row.rowIndex)).size === rows[0]!.rowCount;
  }

  /** Reads everything committed until now. */
  async drain(signal: AbortSignal | null): Promise<void> {
    const ends = await this.#log.watermarks(this.#partitions);
    const missing = (): number =>
      Math.max(
        0,
        ...ends.map(
          ({ topic, partition, low, high }) => high - (this.#positions.get(`${topic}/${partition}`) ?? low),
        ),
      );
    let silentPolls = 0;
    // A transaction's marker takes the last offset and is never delivered: one short of the end, a silent poll settles it.
    while (missing() > 0 && silentPolls < (missing() === 1 ? 1 : SILENT_POLLS_MAX)) {
      signal?.throwIfAborted();
      const records = await this.#reader.poll(POLL_RECORDS_MAX, POLL_MS);
      silentPolls = records.length === 0 ? silentPolls + 1 : 0;
      for (const record of records) this.#take(record);
    }
  }

  close(): Promise<void> {
    return this.#reader.close();
  }

  #take(record: LogRecord): void {
    this.#positions.set(`${record.topic}/${record.partition}`, record.offset + 1);
    const topic = this.#topics.get(record.topic);
    if (topic === undefined || record.value === null) return;
    switch (topic) {
      case "windows":
        this.#takeWindow(this.#codec.decode("windows", record.value));
        break;
      case "verdicts":
        this.#takeVerdict(this.#codec.decode("verdicts", record.value));
        break;
      case "gates":
        this.#takeGate(this.#codec.decode("gates", record.value));
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
