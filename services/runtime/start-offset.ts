/** Where a service reads on. */
import type { Watermarks } from "../ports.ts";

/**
 * The group's committed offset. A broker forgets those of a group that was away for long, as they may be deleted: then the offset
 * behind what the service's own output, committed in the same transactions, says was read. Not where the log ends before it:
 * that is another topic under the name (a broker forgets offsets with the topic, too), and is read from its beginning.
 *
 * `recorded` is null where the output says nothing, `range` undefined where the partition is not there.
 */
export function startOffset(
  committed: number | undefined,
  recorded: number | null,
  range: Watermarks | undefined,
): number {
  const low = range?.low ?? 0;
  if (committed !== undefined) return committed;
  if (recorded === null || recorded > (range?.high ?? 0)) return low;
  return Math.max(recorded, low);
}
