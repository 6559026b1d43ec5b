/**
 * The gatekeeper of one partition, again: one call of its core per cut in `admitted`, with the samples it names and the
 * *replayed* gates of the revision it names. Its outputs are compared with their bytes.
 */
import { GatekeeperPartition } from "../../core/gatekeeper/gatekeeper.ts";
import type { Input, InputCut } from "../../core/input.ts";
import { decodeForwardNote, FORWARD_HEADER } from "../../core/record-headers.ts";
import type { GateRecord } from "../../core/records.ts";
import { NO_WATERMARK } from "../../core/time.ts";
import type { LogRecord } from "../../ports.ts";
import { canonicalJson } from "../canonical-json.ts";
import type { Published } from "../services/dependencies.ts";
import type { RecordStream } from "./record-streams.ts";
import { cutOf, openRecorded, openStream, placeOf, type ReplayPart } from "./replay-part.ts";
import type { RejectedReplay } from "./replay-rejected.ts";
import { digestOf, type RowSet } from "./row-set.ts";

type Judged = "admitted" | "quarantined";

export class GatekeeperReplay {
  readonly #part: ReplayPart;
  readonly #partition: number;
  readonly #admitted: RecordStream;
  readonly #quarantined: RecordStream;
  readonly #samples: RecordStream;
  readonly #rows: RowSet;
  readonly #rejected: RejectedReplay;
  readonly #core: GatekeeperPartition;
  readonly #decoder = new TextDecoder();
  #published: Published | null = null;
  #next: { readonly cut: InputCut; readonly record: LogRecord } | null = null;
  /** Offset in `samples` up to which everything is judged. */
  #judgedTo = 0;

  private constructor(
    part: ReplayPart,
    partition: number,
    streams: Readonly<Record<Judged | "samples", RecordStream>>,
    rows: RowSet,
    rejected: RejectedReplay,
  ) {
    this.#part = part;
    this.#partition = partition;
    this.#admitted = streams.admitted;
    this.#quarantined = streams.quarantined;
    this.#samples = streams.samples;
    this.#rows = rows;
    this.#rejected = rejected;
    const published = (): Published => this.#published!;
    // A new policy takes a restart, and a restart changes nothing else: the memory stays, the cut tells the policy.
    this.#core = new GatekeeperPartition(
      {
        partition,
        get policies() {
          return published().policies;
        },
      },
      { checkpoint: null, nextOffset: 0, watermarkMs: NO_WATERMARK },
    );
  }

  /** Ends are taken here, of a log that may still grow: the cuts' topic first, what they name after it. */
  static async open(
    part: ReplayPart,
    partition: number,
    rows: RowSet,
    rejected: RejectedReplay,
  ): Promise<GatekeeperReplay> {
    const admitted = await openRecorded(part, "admitted", partition);
    const quarantined = await openRecorded(part, "quarantined", partition);
    const samples = await openStream(part, "samples", partition);
    const replay = new GatekeeperReplay(part, partition, { admitted, quarantined, samples }, rows, rejected);
    await replay.#readToCut();
    return replay;
  }

  /** Revision of the gates that the next cut names; null where there is no cut left. */
  get nextRevision(): number | null {
    return this.#next === null ? null : Number(this.#next.cut.revisions.gates ?? 0);
  }

  applyGates(gates: readonly GateRecord[]): void {
    this.#core.applyGates(gates);
  }

  /** Follows one cut. Gates up to its revision must have been applied, and none beyond. */
  async step(): Promise<void> {
    const { cut, record } = this.#next!;
    this.#part.at(`gatekeeper ${this.#partition}`);
    this.#published = this.#part.find(cut.revisions, placeOf(record));
    const inputs: Input[] = [];
    for (const range of cut.ranges) {
      await this.#samples.readRange(range.from, range.to, (sample) => inputs.push(this.#part.decode(sample)));
      this.#judgedTo = Math.max(this.#judgedTo, range.to);
    }
    for (const effect of this.#core.absorb(inputs)) {
      if (effect.type === "publish" && effect.topic === "rejected") this.#rejected.replayed(effect.record);
      if (effect.type !== "forward") continue;
      this.#rows.replayed(rowText(effect.topic, effect.key, effect.headers, effect.raw));
    }
    await this.#readToCut();
    await this.#takeQuarantined((row) => this.#rows.recorded(row));
  }

  /** Quarantined copies that were committed beside the last cuts and not yet visible when the replay began. */
  async finish(): Promise<void> {
    if (!this.#rows.awaits) return;
    await this.#part.streams.extend(this.#quarantined);
    await this.#takeQuarantined((row) => this.#rows.recordedIfAwaited(row));
  }

  /** Takes what was admitted up to the next cut. */
  async #readToCut(): Promise<void> {
    this.#next = null;
    while (await this.#admitted.ready()) {
      const record = this.#admitted.shift();
      const cut = cutOf(this.#part, record);
      if (cut !== null) {
        this.#next = { cut, record };
        return;
      }
      if (record.value !== null) this.#rows.recorded(this.#textOf("admitted", record, record.value));
    }
  }

  async #takeQuarantined(take: (row: string) => void): Promise<void> {
    while (await this.#quarantined.ready()) {
      const { headers } = this.#quarantined.head!;
      // One without a note is none of the gatekeeper's: it has no like, which will show.
      const note = decodeForwardNote(headers[FORWARD_HEADER]);
      if (note !== null && note.sourceOffset >= this.#judgedTo) return;
      const record = this.#quarantined.shift();
      if (record.value !== null) take(this.#textOf("quarantined", record, record.value));
    }
  }

  #textOf(topic: Judged, { key, headers }: LogRecord, value: Uint8Array): string {
    return rowText(topic, key === null ? "" : this.#decoder.decode(key), headers, value);
  }
}

function rowText(
  topic: Judged,
  key: string,
  headers: Readonly<Record<string, string>>,
  value: Uint8Array,
): string {
  return `${topic} ${key} ${canonicalJson(headers)} bytes ${digestOf(value)}`;
}
