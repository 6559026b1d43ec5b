/** What users' records stand behind a breach that is about them: how many failed in the window, and a few to look at. */
import { ALL } from "../catalogue.ts";
import { rankOfId } from "../hash.ts";
import type { RuleResult, WindowRecord } from "../records.ts";
import { FAILED_IDS_MAX } from "../sketches/failed-ids.ts";

/** Ids in a verdict's words; more are in its evidence. */
const WORDED_IDS_MAX = 3;
const ONLINE = "online_success";
const BUCKETS = "buckets";
const SERIES = /^reply\/(.+)\/online_success$/;

/** Of one window: interactions whose outcome said that they were not resolved. */
export interface FailedBehind {
  readonly failed: number;
  /** Outcomes that said whether. */
  readonly trials: number;
  /** At most `FAILED_IDS_MAX`, smallest hash first. */
  readonly ids: readonly string[];
}

/** null for a result that is not about outcomes, and for a window without any of its bucket. */
export function failedBehind(result: RuleResult, rows: readonly WindowRecord[]): FailedBehind | null {
  const segment = usersOf(result);
  const row = rows.find((own) => own.stage === "reply" && own.segment === segment);
  if (row === undefined) return null;
  const bucket = result.segment.startsWith(BUCKETS) || result.metric === ONLINE ? result.bucket : "";
  const parent = bucket.endsWith("/*") ? bucket.slice(0, -1) : null;
  const isBehind = (name: string): boolean => (parent === null ? name === bucket : isChild(name, parent));
  let [failed, trials] = [0, 0];
  for (const { metric, bucket: name, value, n } of row.results) {
    if (metric !== ONLINE || value === null || !isBehind(name)) continue;
    failed += n - Math.round(value * n);
    trials += n;
  }
  if (trials === 0) return null;
  const behind = (row.failed ?? []).filter((own) => isBehind(own.bucket));
  // Of one bucket they are few enough, and in order.
  const ids = behind.length === 1 ? behind[0]!.ids : smallest(behind.flatMap((own) => own.ids));
  return { failed, trials, ids };
}

/** A bucket in words, with its users where they are not all. */
export function placeOf({ segment, bucket }: RuleResult): string {
  return segment.startsWith(`${BUCKETS}/`) ? `${bucket} of ${segment.slice(BUCKETS.length + 1)}` : bucket;
}

/** As they stand in a verdict's arithmetic; `place` is "" for what the verdict itself names. */
export function failedWords({ failed, trials, ids }: FailedBehind, place: string): string {
  const where = place === "" ? "" : `most in ${place}: `;
  const more = failed > WORDED_IDS_MAX ? ", …" : "";
  const named = ids.length === 0 ? "" : ` (${ids.slice(0, WORDED_IDS_MAX).join(", ")}${more})`;
  return `${where}${failed} of the window's ${trials} outcomes failed${named}`;
}

/** Whose outcomes a result is about, as the segment of their rows; null for nobody's. */
function usersOf({ stage, segment, metric, bucket }: RuleResult): string | null {
  if (stage !== "reply") return null;
  if (segment.startsWith(BUCKETS)) return segment.slice(BUCKETS.length + 1) || ALL;
  if (segment === "rates" || segment === "drift") {
    // A series of online success, alone or behind the offline one of a pair; without a name, the lane's.
    const series = bucket.slice(bucket.lastIndexOf("~") + 1);
    return series === "" ? ALL : (SERIES.exec(series)?.[1] ?? null);
  }
  return metric === ONLINE ? segment : null;
}

/** `<parent>/` and one name more: what is pooled in `<parent>/*`. */
function isChild(name: string, parent: string): boolean {
  return name.startsWith(parent) && name.lastIndexOf("/") === parent.length - 1;
}

function smallest(ids: readonly string[]): readonly string[] {
  return [...new Set(ids)]
    .map((id) => ({ id, rank: rankOfId(id) }))
    .sort((a, b) => a.rank - b.rank || (a.id < b.id ? -1 : 1))
    .slice(0, FAILED_IDS_MAX)
    .map(({ id }) => id);
}
