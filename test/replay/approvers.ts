/** The people of a run: one freezes a source, another resumes what was frozen once its lane is clean again. */
import type { RecordOf } from "../../services/adapters/avro/codec.ts";
import type { Reader, Writer } from "../../services/ports.ts";
import type { Rig } from "../reliability/rig.ts";

const POLL_MS = 200;
/** Who asks too early is refused and asks again. */
const ASK_AGAIN_MS = 3_000;

export const FREEZER = "ann";
export const RESUMER = "bob";

export class Approvers {
  sent = 0;
  readonly #rig: Rig;
  readonly #reader: Reader;
  readonly #writer: Writer;
  readonly #frozen = new Map<string, { readonly gate: RecordOf<"gates">; askedMs: number }>();
  #stopping = false;
  readonly #watching: Promise<void>;

  private constructor(rig: Rig, reader: Reader, writer: Writer) {
    this.#rig = rig;
    this.#reader = reader;
    this.#writer = writer;
    this.#watching = this.#watch();
    // It is told to whoever stops it.
    this.#watching.catch(() => {});
  }

  static async start(rig: Rig): Promise<Approvers> {
    const reader = await rig.log.log.reader();
    await reader.assign([{ topic: rig.names.full("gates"), partition: 0, offset: 0 }]);
    return new Approvers(rig, reader, await rig.log.writer());
  }

  /** Subjects that are frozen now. */
  get frozen(): number {
    return this.#frozen.size;
  }

  async freeze(lane: string, subject: string): Promise<void> {
    await this.#send("freeze", lane, subject, FREEZER);
  }

  /** Throws what went wrong while watching. */
  async stop(): Promise<void> {
    this.#stopping = true;
    try {
      await this.#watching;
    } finally {
      await Promise.allSettled([this.#reader.close(), this.#writer.close()]);
    }
  }

  async #watch(): Promise<void> {
    while (!this.#stopping) {
      for (const { value } of await this.#reader.poll(1_000, POLL_MS)) {
        const decoded = this.#rig.codec.decodeGeneric("gates", value);
        if (!decoded.ok) continue;
        const gate = decoded.record;
        const key = `${gate.lane} ${gate.subject}`;
        if (gate.state !== "frozen") this.#frozen.delete(key);
        else this.#frozen.set(key, { gate, askedMs: this.#frozen.get(key)?.askedMs ?? performance.now() });
      }
      for (const held of this.#frozen.values()) {
        if (performance.now() - held.askedMs < ASK_AGAIN_MS) continue;
        held.askedMs = performance.now();
        await this.#send("resume", held.gate.lane, held.gate.subject, RESUMER);
      }
    }
  }

  async #send(kind: "freeze" | "resume", lane: string, subject: string, actor: string): Promise<void> {
    this.sent += 1;
    const value = this.#rig.codec.encode("commands", {
      commandId: `c${this.sent}`,
      kind,
      subject,
      lane,
      actor,
      reason: kind === "freeze" ? "complaints about it" : "looked at a hundred of its texts",
      issuedMs: Date.now(),
      keyId: "",
      signature: "",
    });
    await this.#writer.write([{ topic: this.#rig.names.full("commands"), partition: 0, key: lane, value }]);
  }
}
