/**
 * The gatekeeper of one partition of `samples`: every candidate goes on, its bytes unchanged, to `admitted` or
 * `quarantined`. Useful while everything else is down.
 */
import { TextAnalyser } from "../analysis.ts";
import type { Effect } from "../effect.ts";
import { gateKey } from "../gate.ts";
import { rankOfId } from "../hash.ts";
import type { Input, QuarantineReason, SampleInput, UnreadableInput } from "../input.ts";
import type { Policies } from "../policy.ts";
import { encodeForwardNote, FORWARD_HEADER } from "../record-headers.ts";
import type { GateRecord } from "../records.ts";
import { rejectEffect } from "../reject-effect.ts";
import type { SampleView } from "../sample.ts";
import { advanced, NO_WATERMARK } from "../time.ts";
import { decodeUtf8, encodeUtf8 } from "../utf8.ts";
import { gateReasons, recordReasons, type SeenGate, subjectKeys } from "./admission.ts";
import { DuplicateMemory, type DuplicateMemoryStart } from "./duplicate-memory.ts";

export const GATEKEEPER_MEMORY = "memory";
/** 2^53: ranks lie below it. */
const RANKS = 9_007_199_254_740_992;

export interface GatekeeperConfig {
  readonly partition: number;
  readonly policies: Policies;
}

/** Where the outputs of the samples that memory holds begin; read from there at a restart. */
export interface OutputOffsets {
  readonly admitted: number;
  readonly quarantined: number;
}

export interface GatekeeperCheckpoint {
  readonly memory: DuplicateMemoryStart;
  /** Outputs of the older table begin at or after `previous`, of the younger one at or after `current`. */
  readonly previous: OutputOffsets;
  readonly current: OutputOffsets;
}

export interface GatekeeperRestored {
  readonly checkpoint: GatekeeperCheckpoint | null;
  readonly nextOffset: number;
  readonly watermarkMs: number;
}

export class GatekeeperPartition {
  readonly #config: GatekeeperConfig;
  readonly #analyser = new TextAnalyser();
  readonly #memory: DuplicateMemory;
  readonly #gates = new Map<string, GateRecord>();
  #gateRevision = 0;
  #watermarkMs: number;
  #nextOffset: number;
  #outputs: { previous: OutputOffsets; current: OutputOffsets };

  constructor(config: GatekeeperConfig, restored: GatekeeperRestored) {
    this.#config = config;
    this.#memory = new DuplicateMemory(restored.checkpoint?.memory);
    this.#watermarkMs = restored.watermarkMs;
    this.#nextOffset = restored.nextOffset;
    const nothing = { admitted: 0, quarantined: 0 };
    this.#outputs = {
      previous: restored.checkpoint?.previous ?? nothing,
      current: restored.checkpoint?.current ?? nothing,
    };
  }

  /** While rebuilding: one of the gatekeeper's own outputs, with the offset of the sample it was made of. */
  restoreSample(sample: SampleView, sourceOffset: number): void {
    this.#memory.restore(sourceOffset, this.#keys(sample));
  }

  /** The latest gates; applied between batches, so that one transaction sees one revision. */
  applyGates(gates: readonly GateRecord[]): void {
    for (const gate of gates) {
      this.#gates.set(gateKey(gate), gate);
      this.#gateRevision = Math.max(this.#gateRevision, gate.revision);
    }
  }

  /**
   * One batch of `samples` in log order. `outputHighs` are end offsets of the outputs at or before this transaction.
   * The effects are one transaction: the cut first, the input watermark last.
   */
  absorb(inputs: readonly Input[], outputHighs: OutputOffsets): Effect[] {
    const { partition, policies } = this.#config;
    const from = this.#nextOffset;
    const out: Effect[] = [];
    let rotated = false;
    for (const input of inputs) {
      this.#nextOffset = input.at.offset + 1;
      if (input.kind === "sample") {
        rotated = this.#judge(input, out) || rotated;
        this.#watermarkMs = advanced(this.#watermarkMs, input.sample.eventMs, input.at.appendMs);
      } else if (input.kind === "tick") {
        this.#watermarkMs = advanced(this.#watermarkMs, input.watermarkMs, input.at.appendMs);
      } else if (input.kind === "unreadable") {
        out.push(rejectEffect(input as UnreadableInput, partition));
      }
    }
    if (rotated) out.push(this.#checkpoint(outputHighs));
    const cut = {
      ranges: [{ topic: "samples", partition, from, to: this.#nextOffset }],
      revisions: { gates: String(this.#gateRevision), policy: policies.policy.version },
    };
    return [{ type: "cut", topic: "admitted", partition, cut }, ...out, ...this.ticks()];
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

  #judge(input: SampleInput, out: Effect[]): boolean {
    const { sample, at } = input;
    const policy = this.#config.policies.of(sample.lane);
    const generated = !policy.realOrigins.includes(sample.origin);
    const keys = this.#keys(sample);
    const reasons: QuarantineReason[] = recordReasons(sample, generated);
    if (this.#memory.has(keys[0]!)) reasons.push("duplicate_id");
    else if (keys.length > 1 && this.#memory.has(keys[1]!)) reasons.push("duplicate_text");
    const rotated = this.#memory.remember(at.offset, keys);
    const gates = this.#seenGates(sample, at.appendMs);
    reasons.push(...gateReasons(gates, generated, rankOfId(sample.id) / RANKS, policy));
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
    out.push({ type: "count", name: "samples_judged", labels: { decision: topic }, by: 1 });
    for (const reason of reasons)
      out.push({ type: "count", name: "sample_reasons", labels: { reason }, by: 1 });
    if (gates.some((seen) => seen.stale)) {
      out.push({ type: "count", name: "stale_gate_samples", labels: {}, by: 1 });
    }
    return rotated;
  }

  #seenGates(sample: SampleView, appendMs: number): SeenGate[] {
    if (this.#gates.size === 0) return [];
    const seen: SeenGate[] = [];
    for (const subject of subjectKeys(sample)) {
      const gate = this.#gates.get(gateKey({ lane: sample.lane, subject }));
      if (gate !== undefined) seen.push({ gate, stale: gate.validUntilMs < appendMs });
    }
    return seen;
  }

  /** Keys of the id and, where there is text, of the text; both within the lane. */
  #keys(sample: SampleView): number[] {
    const id = rankOfId(`${sample.lane}\u001fid\u001f${sample.id}`);
    if (sample.output.end === sample.output.start) return [id];
    const text = this.#analyser.analyse(sample.output);
    const laneRank = rankOfId(sample.lane);
    // 21 + 32 bits of the content hash, moved by the lane, fit a number exactly.
    const hi = (text.contentHi ^ (laneRank % 0x1_0000_0000)) & 0x1f_ffff;
    return [id, hi * 0x1_0000_0000 + text.contentLo];
  }

  #checkpoint(outputHighs: OutputOffsets): Effect {
    const { partition } = this.#config;
    this.#outputs = { previous: this.#outputs.current, current: outputHighs };
    const checkpoint: GatekeeperCheckpoint = { memory: this.#memory.start, ...this.#outputs };
    return {
      type: "publish",
      topic: "state",
      partition,
      key: `gatekeeper/${partition}/${GATEKEEPER_MEMORY}`,
      record: {
        service: "gatekeeper",
        partition,
        name: GATEKEEPER_MEMORY,
        body: encodeUtf8(JSON.stringify(checkpoint)),
      },
    };
  }
}

/** Throws on anything but what the gatekeeper wrote: a checkpoint is ours. */
export function decodeGatekeeperCheckpoint(bytes: Uint8Array): GatekeeperCheckpoint {
  return JSON.parse(decodeUtf8(bytes)) as GatekeeperCheckpoint;
}
