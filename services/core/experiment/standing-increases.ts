/** Which raises of a lane's generated share still stand: what was taken back since is history. */
import type { ShareChange } from "./untested-increase.ts";

/**
 * The changes, in the order they were made, that no later one has undone: a later change to a share that is known, and no higher
 * than the one before the raise. Of a raise that does not say what it began from, only a later change to none at all undoes it.
 */
export function standingChanges<C extends ShareChange>(changes: readonly C[]): readonly C[] {
  let standing: readonly C[] = [];
  for (const change of changes) {
    const { shareTo } = change;
    if (shareTo !== null) standing = standing.filter((earlier) => shareTo > (earlier.shareFrom ?? 0));
    standing = [...standing, change];
  }
  return standing;
}
