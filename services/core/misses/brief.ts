/** What a generator is asked to make, and how it will be judged: the failure is named before anything is generated. */
import { compareText } from "../compare-text.ts";
import type { GapSize } from "./gap.ts";
import { GAP_MARGIN, type Gap, gapSize, trialsNeeded } from "./gap.ts";
import type { Miss } from "./miss.ts";
import type { MissExport } from "./miss-export.ts";

/** Failures shown of each bucket. */
export const BRIEF_EXAMPLES_MAX = 5;
/** Kinds of complaint named of each bucket, most frequent first. */
const COMPLAINTS_MAX = 5;

export interface BriefExample {
  readonly interactionId: string;
  readonly cause: string;
  readonly complaintType: string;
  readonly request: string;
  readonly response: string;
  /** "" for none. */
  readonly correction: string;
}

export interface BriefTarget {
  readonly bucket: string;
  readonly gap: Gap;
  readonly size: GapSize;
  /** Whether the bucket fails more often than the others with its whole interval: else data are not what it lacks. */
  readonly shown: boolean;
  /** Misses of the bucket on the side that may be learned from. */
  readonly misses: number;
  readonly causes: Readonly<Record<string, number>>;
  readonly complaints: readonly (readonly [string, number])[];
  readonly examples: readonly BriefExample[];
  /** Rate of failures that the next model may have at most; null where the others have no final outcomes to go by. */
  readonly rateMax: number | null;
  /** About so many outcomes later that can be told; null where there is no gap, or too little is known to ever tell. */
  readonly trialsNeeded: number | null;
}

export interface Brief {
  readonly made: MissExport;
  /** Largest gap first; those that are not shown last. */
  readonly targets: readonly BriefTarget[];
}

/** `items` are all of the side that may be learned from, as the export took them. */
export function briefOf(made: MissExport, items: readonly Miss[]): Brief {
  const targets = made.gaps.map((gap) => target(gap, made.bucketsOfLane, items));
  const rank = ({ shown, size }: BriefTarget): number =>
    (shown ? 2 : 0) + (Number.isNaN(size.gap) ? -1 : size.gap);
  return { made, targets: targets.toSorted((a, b) => rank(b) - rank(a) || compareText(a.bucket, b.bucket)) };
}

function target(gap: Gap, buckets: number, items: readonly Miss[]): BriefTarget {
  const own = items.filter(({ bucket }) => bucket === gap.bucket);
  const size = gapSize(gap);
  const complaints = counted(own.map(({ complaintType }) => complaintType).filter((type) => type !== ""));
  return {
    bucket: gap.bucket,
    gap,
    size,
    shown: size.lo > 0,
    misses: own.length,
    causes: Object.fromEntries(counted(own.map(({ cause }) => cause))),
    complaints: complaints.slice(0, COMPLAINTS_MAX),
    examples: own.slice(0, BRIEF_EXAMPLES_MAX).map((miss) => ({
      interactionId: miss.interactionId,
      cause: miss.cause,
      complaintType: miss.complaintType,
      request: miss.request,
      response: miss.response,
      correction: miss.correction,
    })),
    rateMax: gap.others.trials === 0 ? null : Math.min(1, size.othersRate + GAP_MARGIN),
    trialsNeeded: trialsNeeded(gap, buckets),
  };
}

function counted(words: readonly string[]): (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].sort(([a, m], [b, n]) => n - m || compareText(a, b));
}
