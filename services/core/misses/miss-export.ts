/** What history keeps of an export: which gap it is meant to close, fixed before anything is generated or trained. */
import { JsonShape } from "../json-shape.ts";
import type { FailureCounts, Gap } from "./gap.ts";
import { EXPORT_KINDS, type ExportKind } from "./miss.ts";

/** How long after its interaction an outcome may come and still count. */
export const MATURITIES = ["1h", "1d", "7d"] as const;
export type Maturity = (typeof MATURITIES)[number];
export const MATURITY_MS: Readonly<Record<Maturity, number>> = {
  "1h": 3_600_000,
  "1d": 86_400_000,
  "7d": 604_800_000,
};

/** Buckets that an export names: those with most misses. */
export const EXPORT_BUCKETS_MAX = 64;

export interface MissExport {
  readonly lane: string;
  readonly kind: ExportKind;
  /** Interactions from here … */
  readonly sinceMs: number;
  /** … to here, exclusive: as far as the lane's outcomes had come. */
  readonly untilMs: number;
  readonly maturity: Maturity;
  readonly items: number;
  /** Of the ids of the interactions taken, in the order of the file. */
  readonly itemsHash: string;
  /** Buckets of the lane among which these were picked. */
  readonly bucketsOfLane: number;
  /** In the order of their names. */
  readonly gaps: readonly Gap[];
}

class ExportError extends Error {}

const shape = new JsonShape((message) => new ExportError(message));

/** An export as a `changes` record carries it. Anybody may have written that record: null for what is none. Never throws. */
export function parseMissExport(json: string): MissExport | null {
  try {
    const fields = shape.object(shape.parse(json, "export"), "export");
    return {
      lane: shape.string(fields.lane, "lane"),
      kind: shape.oneOf(fields.kind, "kind", EXPORT_KINDS),
      sinceMs: shape.count(fields.sinceMs, "sinceMs"),
      untilMs: shape.count(fields.untilMs, "untilMs"),
      maturity: shape.oneOf(fields.maturity, "maturity", MATURITIES),
      items: shape.count(fields.items, "items"),
      itemsHash: shape.string(fields.itemsHash, "itemsHash"),
      bucketsOfLane: shape.count(fields.bucketsOfLane, "bucketsOfLane"),
      gaps: shape.array(fields.gaps, "gaps", (entry, name) => {
        const gap = shape.object(entry, name);
        return {
          bucket: shape.string(gap.bucket, name),
          own: counts(gap.own, `${name}.own`),
          others: counts(gap.others, `${name}.others`),
        };
      }),
    };
  } catch (error) {
    if (error instanceof ExportError) return null;
    throw error;
  }
}

function counts(value: unknown, name: string): FailureCounts {
  const fields = shape.object(value, name);
  const [failures, trials] = [shape.count(fields.failures, name), shape.count(fields.trials, name)];
  if (failures > trials) throw new ExportError(`${name} has more failures than trials`);
  return { failures, trials };
}

/** The gaps of the buckets that items were taken from, largest counts first up to the bound, then by name. */
export function gapsOf(
  byBucket: ReadonlyMap<string, FailureCounts>,
  taken: ReadonlyMap<string, number>,
): readonly Gap[] {
  const all = [...byBucket.values()].reduce(added, { failures: 0, trials: 0 });
  return [...taken]
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .slice(0, EXPORT_BUCKETS_MAX)
    .map(([bucket]) => {
      const own = byBucket.get(bucket) ?? { failures: 0, trials: 0 };
      return {
        bucket,
        own,
        others: { failures: all.failures - own.failures, trials: all.trials - own.trials },
      };
    })
    .sort((a, b) => (a.bucket < b.bucket ? -1 : 1));
}

function added(a: FailureCounts, b: FailureCounts): FailureCounts {
  return { failures: a.failures + b.failures, trials: a.trials + b.trials };
}
