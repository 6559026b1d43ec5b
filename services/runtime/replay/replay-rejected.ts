/**
 * What was set aside unread, again: by the gatekeeper of a partition, its monitor, and the governor, whose records are in
 * partition 0. Compared with key and bytes, whole as `rejected` keeps them.
 */
import type { RejectedRecord } from "../../core/records.ts";
import type { TopicName } from "../../core/topics.ts";
import type { RecordStream } from "./record-streams.ts";
import { openRecorded, type ReplayPart } from "./replay-part.ts";
import { type Comparison, digestOf, RowSet } from "./row-set.ts";

export class RejectedReplay {
  readonly #part: ReplayPart;
  readonly #streams: readonly RecordStream[];
  readonly #rows = new RowSet("rejected");

  private constructor(part: ReplayPart, streams: readonly RecordStream[]) {
    this.#part = part;
    this.#streams = streams;
  }

  /** Ends are taken here, of a log that may still grow: before those of the cuts whose transactions wrote the records. */
  static async open(part: ReplayPart, partitions: number): Promise<RejectedReplay> {
    const streams: RecordStream[] = [];
    for (let p = 0; p < partitions; p += 1) streams.push(await openRecorded(part, "rejected", p));
    return new RejectedReplay(part, streams);
  }

  /** Takes a record as a core asks for it, with its topic's short name. */
  replayed(record: RejectedRecord): void {
    this.#rows.replayed(rowOf(record, this.#part.names.full(record.topic as TopicName)));
  }

  /** Called when all parts are through. */
  async compare(): Promise<Comparison> {
    for (const stream of this.#streams) {
      await this.#take(stream, (row) => this.#rows.recorded(row));
      // What was committed beside the last cuts and not yet visible when the replay began.
      if (!this.#rows.awaits) continue;
      await this.#part.streams.extend(stream);
      await this.#take(stream, (row) => this.#rows.recordedIfAwaited(row));
    }
    return this.#rows.compare();
  }

  async #take(stream: RecordStream, take: (row: unknown) => void): Promise<void> {
    while (await stream.ready()) {
      const { value } = stream.shift();
      if (value === null) continue;
      const decoded = this.#part.codec.decodeGeneric("rejected", value);
      if (!decoded.ok) take({ unreadable: decoded.code });
      else take(rowOf(decoded.record as RejectedRecord, decoded.record.topic));
    }
  }
}

function rowOf(record: RejectedRecord, topic: string): object {
  const key = record.key === null ? null : digestOf(record.key);
  return { ...record, topic, key, bytes: digestOf(record.bytes) };
}
