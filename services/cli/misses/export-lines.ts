/** Misses as files: items of a shadow suite, or corrected samples to train on. One JSON object a line. */
import { hash64 } from "../../core/hash.ts";
import type { Miss } from "../../core/misses/miss.ts";

/** Name of the suite that shadow items belong to. */
export const SHADOW_SUITE = "shadow";
/** Where an item comes from, in words that stand beside it wherever it goes. */
const PROVENANCE = "production failure";

/** One item of a shadow suite: real users ask it, and the deployed model failed. Never trained on. */
export interface ShadowItem {
  readonly id: string;
  readonly suite: typeof SHADOW_SUITE;
  readonly bucket: string;
  readonly request: string;
  /** Earlier turns, oldest first. */
  readonly context: readonly unknown[];
  /** A right answer, where somebody said one. */
  readonly expected: string | null;
  readonly itemOrigin: "human_direct";
  readonly provenance: typeof PROVENANCE;
  readonly cause: string;
  readonly complaintType: string;
  readonly sourceInteraction: string;
  readonly model: string;
  readonly interactionTime: string;
  readonly language: string | null;
}

export function shadowItem(lane: string, miss: Miss): ShadowItem {
  return {
    id: itemId("miss", lane, miss),
    suite: SHADOW_SUITE,
    bucket: miss.bucket,
    request: miss.request,
    context: turns(miss.context),
    expected: miss.correction === "" ? null : miss.correction,
    itemOrigin: "human_direct",
    provenance: PROVENANCE,
    cause: miss.cause,
    complaintType: miss.complaintType,
    sourceInteraction: miss.interactionId,
    model: miss.model,
    interactionTime: new Date(miss.interactionMs).toISOString(),
    language: miss.language === "" ? null : miss.language,
  };
}

/**
 * A sample as `plumbline ingest --topic samples` takes it: what was asked, and what a person said would have been right. Its origin is
 * real: whoever writes corrections into outcomes vouches that people made them. Without event time, so that it counts when it is sent.
 */
export function correctedSample(lane: string, miss: Miss): Readonly<Record<string, unknown>> {
  const complaint = miss.complaintType === "" ? "" : ` (${miss.complaintType})`;
  return {
    id: itemId("correction", lane, miss),
    lane,
    bucket: miss.bucket,
    origin: "human_direct",
    makerKind: "person",
    usage: "adds",
    purpose: "fine_tuning",
    represents: `${PROVENANCE}: ${miss.cause}${complaint} in bucket ${miss.bucket === "" ? "-" : miss.bucket}`,
    sources: [`interaction:${miss.interactionId}`],
    generationDepth: 0,
    input: miss.request,
    output: miss.correction,
    context: turns(miss.context),
    consent: miss.consent === "" ? null : miss.consent,
    language: miss.language === "" ? null : miss.language,
  };
}

/** The same for the same interaction, however often it is exported; a producer's own id may be too long to be part of one. */
function itemId(kind: string, lane: string, { interactionId }: Miss): string {
  const { hi, lo } = hash64(JSON.stringify([lane, interactionId]));
  return `${kind}-${[hi, lo].map((half) => half.toString(16).padStart(8, "0")).join("")}`;
}

/** History keeps turns as JSON of our own making; what is none is no context. */
function turns(json: string): readonly unknown[] {
  if (json === "") return [];
  const parsed: unknown = JSON.parse(json);
  return Array.isArray(parsed) ? parsed : [];
}
