/** The governor, again: one call of its core per cut in `decisions`, with the ranges of `commands` and `windows` it names. */
import type { Effect } from "../../core/effect.ts";
import { Governor } from "../../core/governor/governor.ts";
import type { Input, InputCut } from "../../core/input.ts";
import type { DecisionRecord, GateRecord } from "../../core/records.ts";
import type { LogRecord } from "../../ports.ts";
import type { Published } from "../services/dependencies.ts";
import type { RecordStream } from "./record-streams.ts";
import { cutOf, openRecorded, openStream, placeOf, type ReplayPart } from "./replay-part.ts";
import type { RejectedReplay } from "./replay-rejected.ts";
import type { RowSet } from "./row-set.ts";

/** Topics of the governor that have a partition for each of `windows`. */
const BESIDE_WINDOWS = ["series", "verdicts"] as const;
type BesideWindows = (typeof BESIDE_WINDOWS)[number];

/** What the governor's records are compared in. */
export type GovernorRows = Readonly<Record<BesideWindows | "decisions", RowSet>>;

interface GovernorStreams {
  readonly decisions: RecordStream;
  readonly recorded: readonly { readonly topic: BesideWindows; readonly stream: RecordStream }[];
  /** By `<topic>/<partition>`, as cuts name them. */
  readonly inputs: ReadonlyMap<string, RecordStream>;
}

export class GovernorReplay {
  readonly #part: ReplayPart;
  readonly #streams: GovernorStreams;
  readonly #rows: GovernorRows;
  readonly #rejected: RejectedReplay;
  readonly #governor: Governor;
  #published: Published | null = null;

  private constructor(
    part: ReplayPart,
    streams: GovernorStreams,
    rows: GovernorRows,
    rejected: RejectedReplay,
  ) {
    this.#part = part;
    this.#streams = streams;
    this.#rows = rows;
    this.#rejected = rejected;
    const published = (): Published => this.#published!;
    // A new policy takes a restart, and a restart changes nothing else: the state stays, the cut tells the policy.
    this.#governor = new Governor(
      {
        catalogue: part.catalogue,
        get policies() {
          return published().policies;
        },
        get rules() {
          return published().rules;
        },
        get rulesVersion() {
          return published().rulesVersion;
        },
      },
      null,
    );
  }

  /**
   * Ends are taken here, of a log that may still grow: series and verdicts before the decisions whose cuts they come from, and those
   * before their inputs.
   */
  static async open(
    part: ReplayPart,
    partitions: number,
    rows: GovernorRows,
    rejected: RejectedReplay,
  ): Promise<GovernorReplay> {
    const all = async (topic: BesideWindows | "windows"): Promise<RecordStream[]> => {
      const opened: RecordStream[] = [];
      for (let p = 0; p < partitions; p += 1) opened.push(await openRecorded(part, topic, p));
      return opened;
    };
    const recorded: { topic: BesideWindows; stream: RecordStream }[] = [];
    for (const topic of BESIDE_WINDOWS) {
      for (const stream of await all(topic)) recorded.push({ topic, stream });
    }
    const decided = await openRecorded(part, "decisions", 0);
    const inputs = new Map([["commands/0", await openStream(part, "commands", 0)]]);
    for (const [p, stream] of (await all("windows")).entries()) inputs.set(`windows/${p}`, stream);
    const streams = { decisions: decided, recorded, inputs };
    return new GovernorReplay(part, streams, rows, rejected);
  }

  /** Follows one more cut and returns the gates it made; null where there is none. */
  async step(): Promise<readonly GateRecord[] | null> {
    const { decisions } = this.#streams;
    while (await decisions.ready()) {
      const record = decisions.shift();
      const cut = cutOf(this.#part, record);
      if (cut !== null) return await this.#follow(cut, record);
      if (record.value !== null) this.#rows.decisions.recorded(this.#decoded("decisions", record.value));
    }
    await this.#takeRecorded(Number.POSITIVE_INFINITY);
    return null;
  }

  /** Series and verdicts that were committed beside the last cuts and not yet visible when the replay began. */
  async finish(): Promise<void> {
    for (const { topic, stream } of this.#streams.recorded) {
      const rows = this.#rows[topic];
      if (!rows.awaits) continue;
      await this.#part.streams.extend(stream);
      while (await stream.ready()) {
        const { value } = stream.shift();
        if (value !== null) rows.recordedIfAwaited(this.#decoded(topic, value));
      }
    }
  }

  async #follow(cut: InputCut, record: LogRecord): Promise<GateRecord[]> {
    this.#part.at("governor");
    this.#published = this.#part.find(cut.revisions, placeOf(record));
    const inputs: Input[] = [];
    for (const range of cut.ranges) {
      const stream = this.#streams.inputs.get(`${range.topic}/${range.partition}`);
      if (stream === undefined) throw new Error(`${placeOf(record)} names ${range.topic}/${range.partition}`);
      await stream.readRange(range.from, range.to, (input) => inputs.push(this.#part.decode(input)));
    }
    const gates: GateRecord[] = [];
    for (const effect of this.#governor.absorb(inputs, cut)) this.#take(effect, gates);
    // Recorded rows meet the replayed ones soon: those of this cut have about its append time.
    await this.#takeRecorded(record.appendMs);
    return gates;
  }

  #take(effect: Effect, gates: GateRecord[]): void {
    if (effect.type !== "publish") return;
    if (effect.topic === "series" || effect.topic === "verdicts") {
      this.#rows[effect.topic].replayed(effect.record);
    } else if (effect.topic === "decisions") this.#rows.decisions.replayed(withoutChain(effect.record));
    else if (effect.topic === "rejected") this.#rejected.replayed(effect.record);
    else if (effect.topic === "gates") gates.push(effect.record);
  }

  async #takeRecorded(untilMs: number): Promise<void> {
    for (const { topic, stream } of this.#streams.recorded) {
      while ((await stream.ready()) && stream.head!.appendMs <= untilMs) {
        const { value } = stream.shift();
        if (value !== null) this.#rows[topic].recorded(this.#decoded(topic, value));
      }
    }
  }

  #decoded(topic: BesideWindows | "decisions", value: Uint8Array): unknown {
    const result = this.#part.codec.decodeGeneric(topic, value);
    if (!result.ok) return { unreadable: result.code };
    return topic === "decisions" ? withoutChain(result.record as DecisionRecord) : result.record;
  }
}

/** Chain hashes are made where records are written, so equality is of the rest. */
function withoutChain({ prevHash: _prevHash, hash: _hash, ...rest }: DecisionRecord): object {
  return rest;
}
