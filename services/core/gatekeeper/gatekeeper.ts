/**
 * The gatekeeper of one partition of `samples`: every candidate goes on, its bytes unchanged, to `admitted` or
 * `quarantined`. Useful while everything else is down.
 */
import type { Effect } from "../effect.ts";
import type { Input, QuarantineReason, SampleInput } from "../input.ts";
import type { LanePolicy, Policies } from "../policy.ts";
import { encodeForwardNote, FORWARD_HEADER } from "../record-headers.ts";
import type { GateRecord } from "../records.ts";
import { rejectEffect } from "../reject-effect.ts";
import type { Position, SampleView } from "../sample.ts";
import { advanced, NO_WATERMARK } from "../time.ts";
import { addGateReason, addRecordReasons, isStale } from "./admission.ts";
import { DuplicateMemory, MEMORY_SEGMENTS_MAX } from "./duplicate-memory.ts";
import { LaneGates } from "./lane-gates.ts";
import { encodeMemorySegment, type MemorySegment } from "./memory-segment.ts";
import { type LaneSalt, laneSalt, SampleKeyMaker } from "./sample-keys.ts";

/** Checkpoints of the memory are named `memory/<slot>`. */
export const GATEKEEPER_MEMORY = "memory/";
/**
 * With the first record that comes this long after a sample, ticks included, a checkpoint holds the sample, also where few
 * come: a restart reads again what none holds, and `samples` keeps 14 days.
 */
export const MEMORY_UNSAVED_MS_MAX = 12 * 3_600_000;
/**
 * After so many samples a checkpoint holds them, too, in a segment that is not full: who takes a partition over reads again what
 * none holds, and the partition stands still meanwhile. Three times the bytes that whole segments alone would take, 48 a sample.
 */
export const MEMORY_UNSAVED_SAMPLES_MAX = 10_000;
/** Lanes whose policy and salt are kept at hand; forgotten when full. */
const LANES_KNOWN_MAX = 4_096;

export interface GatekeeperConfig {
  readonly partition: number;
  readonly policies: Policies;
}

export interface GatekeeperRestored {
  /** Of the memory, in any order; null for a gatekeeper that never filled one. */
  readonly checkpoint: readonly MemorySegment[] | null;
  readonly nextOffset: number;
  readonly watermarkMs: number;
}

/** What of a lane is the same for every sample of a batch. */
interface KnownLane {
  readonly policy: LanePolicy;
  readonly salt: LaneSalt;
}

export class GatekeeperPartition {
  readonly #config: GatekeeperConfig;
  readonly #keys = new SampleKeyMaker();
  readonly #memory: DuplicateMemory;
  readonly #gates = new Map<string, LaneGates>();
  readonly #lanes = new Map<string, KnownLane>();
  /** Those `#lanes` was filled from. */
  #policies: Policies | null = null;
  #gateRevision = 0;
  #watermarkMs: number;
  #nextOffset: number;
  /** Of the sample being judged. */
  readonly #reasons: QuarantineReason[] = [];
  readonly #found: GateRecord[] = [];
  /** Segments that were filled while rebuilding, which only happens where checkpoints were lost. */
  readonly #owed: MemorySegment[] = [];
  /** Append time of the first sample that no checkpoint holds; null where all are held. */
  #unsavedSinceMs: number | null = null;
  #unsavedSamples = 0;
  /** Of the batch being judged. */
  readonly #counts = new Map<string, number>();

  constructor(config: GatekeeperConfig, restored: GatekeeperRestored) {
    this.#config = config;
    this.#memory = new DuplicateMemory(restored.checkpoint ?? []);
    this.#watermarkMs = restored.watermarkMs;
    this.#nextOffset = restored.nextOffset;
  }

  /** While rebuilding: a sample that was judged before and that no checkpoint holds; in log order, from `memoryTo`. */
  restoreSample({ sample, at }: SampleInput): void {
    this.#keys.make(sample, this.#lane(sample.lane).salt);
    const segment = this.#remember(at);
    if (segment !== null) this.#owed.push(segment);
  }

  #remember({ offset, appendMs }: Position): MemorySegment | null {
    this.#unsavedSinceMs ??= appendMs;
    this.#unsavedSamples += 1;
    const segment = this.#memory.remember(offset, this.#keys);
    if (segment !== null) this.#allSaved();
    return segment;
  }

  #allSaved(): void {
    this.#unsavedSinceMs = null;
    this.#unsavedSamples = 0;
  }

  /** Offset in `samples` behind everything that memory holds. */
  get memoryTo(): number {
    return this.#memory.to;
  }

  /** The latest gates; applied between batches, so that one transaction sees one revision. */
  applyGates(gates: readonly GateRecord[]): void {
    for (const gate of gates) {
      let lane = this.#gates.get(gate.lane);
      if (lane === undefined) {
        lane = new LaneGates();
        this.#gates.set(gate.lane, lane);
      }
      lane.set(gate);
      this.#gateRevision = Math.max(this.#gateRevision, gate.revision);
    }
  }

  /** One batch of `samples` in log order. The effects are one transaction: the cut first, the input watermark last. */
  absorb(inputs: readonly Input[]): Effect[] {
    const { partition, policies } = this.#config;
    const from = this.#nextOffset;
    const cut: Effect = {
      type: "cut",
      topic: "admitted",
      partition,
      cut: {
        ranges: [{ topic: "samples", partition, from, to: (inputs.at(-1)?.at.offset ?? from - 1) + 1 }],
        revisions: { gates: String(this.#gateRevision), policy: policies.policy.version },
      },
    };
    const out: Effect[] = [cut, ...this.#owed.splice(0).map((segment) => this.#checkpoint(segment))];
    for (const input of inputs) {
      this.#nextOffset = input.at.offset + 1;
      if (input.kind === "sample") {
        this.#judge(input, out);
        this.#watermarkMs = advanced(this.#watermarkMs, input.sample.eventMs, input.at.appendMs);
      } else if (input.kind === "tick") {
        this.#watermarkMs = advanced(this.#watermarkMs, input.watermarkMs, input.at.appendMs);
      } else if (input.kind === "unreadable") {
        out.push(rejectEffect(input, partition));
      }
    }
    this.#saveUnfilled(inputs.at(-1)?.at.appendMs ?? 0, out);
    this.#pushCounts(out);
    out.push(...this.ticks());
    return out;
  }

  /** The input watermark, put into both outputs: once a transaction, and once a second when there is nothing to read. */
  ticks(): Effect[] {
    if (this.#watermarkMs === NO_WATERMARK) return [];
    const { partition } = this.#config;
    const watermarkMs = this.#watermarkMs;
    return [
      { type: "tick", topic: "admitted", partition, watermarkMs },
      { type: "tick", topic: "quarantined", partition, watermarkMs },
    ];
  }

  get nextOffset(): number {
    return this.#nextOffset;
  }

  get watermarkMs(): number {
    return this.#watermarkMs;
  }

  get gateRevision(): number {
    return this.#gateRevision;
  }

  #judge(input: SampleInput, out: Effect[]): void {
    const { sample, at } = input;
    const { policy, salt } = this.#lane(sample.lane);
    const generated = !policy.realOrigins.includes(sample.origin);
    const keys = this.#keys;
    keys.make(sample, salt);
    const reasons = this.#reasons;
    reasons.length = 0;
    addRecordReasons(sample, generated, reasons);
    if (this.#memory.hasId(keys)) reasons.push("duplicate_id");
    else if (this.#memory.hasText(keys)) reasons.push("duplicate_text");
    const segment = this.#remember(at);
    this.#askGates(sample, at.appendMs, generated, policy);
    const topic = reasons.length > 0 && policy.enforce ? "quarantined" : "admitted";
    out.push({
      type: "forward",
      topic,
      partition: this.#config.partition,
      key: sample.lane,
      raw: input.raw,
      headers: {
        [FORWARD_HEADER]: encodeForwardNote({
          sourceOffset: at.offset,
          gateRevision: this.#gateRevision,
          enforced: policy.enforce,
          reasons,
        }),
      },
    });
    this.#count(topic);
    for (const reason of reasons) this.#count(reason);
    if (segment !== null) out.push(this.#checkpoint(segment));
  }

  #askGates(sample: SampleView, appendMs: number, generated: boolean, policy: LanePolicy): void {
    const gates = this.#gates.get(sample.lane);
    if (gates === undefined) return;
    const found = this.#found;
    found.length = 0;
    gates.find(sample, found);
    let anyStale = false;
    for (const gate of found) {
      const stale = isStale(gate, appendMs);
      anyStale ||= stale;
      addGateReason(gate, stale, generated, this.#keys.idShare, policy, this.#reasons);
    }
    if (anyStale) this.#count(STALE);
  }

  /** Ticks of a silent topic are records, too: they bring the time. */
  #saveUnfilled(nowMs: number, out: Effect[]): void {
    if (this.#unsavedSinceMs === null) return;
    const isOld = nowMs - this.#unsavedSinceMs >= MEMORY_UNSAVED_MS_MAX;
    if (!isOld && this.#unsavedSamples < MEMORY_UNSAVED_SAMPLES_MAX) return;
    out.push(this.#checkpoint(this.#memory.unfilled));
    this.#allSaved();
  }

  #lane(lane: string): KnownLane {
    const { policies } = this.#config;
    if (policies !== this.#policies || this.#lanes.size === LANES_KNOWN_MAX) {
      this.#policies = policies;
      this.#lanes.clear();
    }
    let known = this.#lanes.get(lane);
    if (known === undefined) {
      known = { policy: policies.of(lane), salt: laneSalt(lane) };
      this.#lanes.set(lane, known);
    }
    return known;
  }

  #count(what: string): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1);
  }

  /** One count of each kind for the whole batch. */
  #pushCounts(out: Effect[]): void {
    for (const [what, by] of this.#counts) {
      if (what === STALE) out.push({ type: "count", name: "stale_gate_samples", labels: {}, by });
      else if (what === "admitted" || what === "quarantined") {
        out.push({ type: "count", name: "samples_judged", labels: { decision: what }, by });
      } else out.push({ type: "count", name: "sample_reasons", labels: { reason: what }, by });
    }
    this.#counts.clear();
  }

  #checkpoint(segment: MemorySegment): Effect {
    const { partition } = this.#config;
    const name = `${GATEKEEPER_MEMORY}${segment.number % MEMORY_SEGMENTS_MAX}`;
    return {
      type: "publish",
      topic: "state",
      partition,
      key: `gatekeeper/${partition}/${name}`,
      record: { service: "gatekeeper", partition, name, body: encodeMemorySegment(segment) },
    };
  }
}

const STALE = "stale";
