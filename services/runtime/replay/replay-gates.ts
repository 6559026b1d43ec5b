/**
 * The gates as they stand in the end. Their topic is compacted, so what there was between is compared by decisions and by what
 * the gatekeepers did; here every gate's last state is, with its lease.
 */
import { gateKey } from "../../core/gate.ts";
import type { GateRecord } from "../../core/records.ts";
import { openStream, type ReplayPart } from "./replay-part.ts";
import { type Comparison, RowSet } from "./row-set.ts";

export class GatesReplay {
  /** By key, which compaction keeps. */
  readonly #recorded: ReadonlyMap<string, unknown>;
  /** Revision of the latest recorded gate: what a log that grows has made since is not compared. */
  readonly #through: number;
  readonly #replayed = new Map<string, GateRecord>();

  private constructor(recorded: ReadonlyMap<string, unknown>, through: number) {
    this.#recorded = recorded;
    this.#through = through;
  }

  /** Reads the gates as they stand: before the end of the decisions they come with is taken. */
  static async open(part: ReplayPart): Promise<GatesReplay> {
    const stream = await openStream(part, "gates", 0);
    const recorded = new Map<string, unknown>();
    const decoder = new TextDecoder();
    let through = 0;
    while (await stream.ready()) {
      const { key: bytes, value } = stream.shift();
      if (bytes === null) continue;
      const key = decoder.decode(bytes);
      if (value === null) {
        recorded.delete(key);
        continue;
      }
      const decoded = part.codec.decodeGeneric("gates", value);
      recorded.set(key, decoded.ok ? decoded.record : { unreadable: decoded.code });
      if (decoded.ok) through = Math.max(through, decoded.record.revision);
    }
    return new GatesReplay(recorded, through);
  }

  /** Takes the gates of one cut, in order. */
  replayed(gates: readonly GateRecord[]): void {
    for (const gate of gates) if (gate.revision <= this.#through) this.#replayed.set(gateKey(gate), gate);
  }

  compare(): Comparison {
    const rows = new RowSet("gates");
    for (const [key, gate] of this.#recorded) rows.recorded({ key, gate });
    for (const [key, gate] of this.#replayed) rows.replayed({ key, gate });
    return rows.compare();
  }
}
