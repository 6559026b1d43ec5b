/** The hash chain over decisions: each carries the hash of the one before, so a cut or changed log shows (law 8). */
import { createHash } from "node:crypto";
import type { DecisionRecord } from "../core/records.ts";

/** `prevHash` of the first decision. */
export const CHAIN_START = "";

/** SHA-256, hex, over the decision's fields in a fixed order and the previous hash. */
export function decisionHash(decision: DecisionRecord, prevHash: string): string {
  const fields = [
    prevHash,
    decision.decisionId,
    decision.subject,
    decision.lane,
    decision.from,
    decision.to,
    decision.rule,
    decision.cause,
    decision.actor,
    decision.reason,
    decision.window,
    decision.windowStartMs,
    decision.windowEndMs,
    decision.generation,
    decision.evidence,
    decision.revision,
    decision.atMs,
    decision.cut,
  ];
  return createHash("sha256").update(JSON.stringify(fields)).digest("hex");
}

/** Links decisions in the order they are written. Made anew from the log's last decision at every start. */
export class HashChain {
  #last: string;

  constructor(lastHash: string) {
    this.#last = lastHash;
  }

  /** Hash of the last decision; `CHAIN_START` before the first. */
  get last(): string {
    return this.#last;
  }

  link(decision: DecisionRecord): DecisionRecord {
    const prevHash = this.#last;
    const hash = decisionHash(decision, prevHash);
    this.#last = hash;
    return { ...decision, prevHash, hash };
  }
}

/** Follows decisions in the order they were written, from the first, and finds where the chain breaks. */
export class ChainCheck {
  #last = CHAIN_START;
  #count = 0;
  #brokenAt: string | null = null;

  add(decision: DecisionRecord): void {
    const good =
      decision.prevHash === this.#last && decision.hash === decisionHash(decision, decision.prevHash);
    if (!good) this.#brokenAt ??= decision.decisionId;
    this.#last = decision.hash;
    this.#count += 1;
  }

  /** Decisions seen. */
  get count(): number {
    return this.#count;
  }

  /** Id of the first decision that was changed, or does not follow the one before it; null where the chain holds. */
  get brokenAt(): string | null {
    return this.#brokenAt;
  }
}
