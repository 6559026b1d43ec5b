/** A failed interaction, and the side of the split it belongs to: tested on, or learned from; never both. */
import { rankOfId } from "../hash.ts";

/** Why an interaction counts as failed: what users say comes before what a reviewer says. */
export const MISS_CAUSES = ["unresolved", "escalated", "review"] as const;
export type MissCause = (typeof MISS_CAUSES)[number];

export interface Miss {
  readonly interactionId: string;
  readonly bucket: string;
  readonly segment: string;
  /** `<id>@<version>`. */
  readonly model: string;
  readonly interactionMs: number;
  /** When the failure became known. */
  readonly failedMs: number;
  readonly cause: MissCause;
  /** "" for none. */
  readonly complaintType: string;
  /** What the right answer would have been, the latest that anybody gave; "" for none. */
  readonly correction: string;
  /** "" where the words are not kept any more. */
  readonly request: string;
  readonly response: string;
  /** Earlier turns as JSON; "" for none. */
  readonly context: string;
  readonly language: string;
  readonly product: string;
  readonly consent: string;
}

/** What misses become. */
export const EXPORT_KINDS = ["shadow", "corrections", "brief"] as const;
export type ExportKind = (typeof EXPORT_KINDS)[number];

/** Share of requests that go to the shadow suite. Fixed: with another share a request could be trained on first and tested on later. */
export const SHADOW_SHARE = 0.5;
const RANKS = 2 ** 53;

export type Side = "shadow" | "train";

/**
 * The side of a miss, by the hash of what was asked. The same request is on the same side in every export, bucket and lane,
 * whoever asked it and however it was spaced and cased; near-duplicates in other words may lie on both. Without words the interaction's id decides.
 */
export function sideOf(miss: Pick<Miss, "request" | "interactionId">): Side {
  return rankOfId(requestKey(miss)) / RANKS < SHADOW_SHARE ? "shadow" : "train";
}

/** Equal for requests that differ in case, spacing and compatible characters only. */
export function requestKey({ request, interactionId }: Pick<Miss, "request" | "interactionId">): string {
  const words = request.normalize("NFKC").toLowerCase().replace(/\s+/gu, " ").trim();
  return words === "" ? `id ${interactionId}` : `ask ${words}`;
}

/** The side that an export takes from: a suite is tested on, corrections and what a brief shows are learned from. */
export function sideFor(kind: ExportKind): Side {
  return kind === "shadow" ? "shadow" : "train";
}
