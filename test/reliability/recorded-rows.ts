/** How fast a recorder writes to a server, by what the server's door saw. */
import type { Rig } from "./rig.ts";
import type { Seen, SeenInsert, StoreDoor } from "./store-door.ts";

/** What a recorder asks about each of its topics after every assignment, and nobody else does. */
const ASKED_ON_ASSIGNMENT = "argMaxIf(progress.topic_id";

/** Waits until a batch that arrived from now on is stored, with its progress. */
export async function storesAgain(rig: Rig, door: StoreDoor, withinMs: number): Promise<void> {
  const fromMs = Date.now();
  await rig.until(
    "the recorder stores again",
    async () =>
      (await door.seen()).inserts.some(
        ({ table, arrivedMs, acknowledged }) => table === "progress" && acknowledged && arrivedMs >= fromMs,
      ),
    withinMs,
  );
}

/** Times a recorder has asked where to go on: once a topic for every assignment. */
export function assignmentQuestions(seen: Seen): number {
  return seen.statements.filter((sql) => sql.includes(ASKED_ON_ASSIGNMENT)).length;
}

export interface CatchUp {
  /** From the return until the first row was stored again. */
  readonly firstMs: number;
  /** From the first row until all but the last second of the load was stored. */
  readonly tookMs: number;
  /** Rows stored in that time, over those the load makes in as much. */
  readonly timesLive: number;
}

/** How a table caught up after the store was away from `awayMs` to `backMs`; null where it never did. */
export function catchUp(
  inserts: readonly SeenInsert[],
  table: string,
  livePerS: number,
  awayMs: number,
  backMs: number,
): CatchUp | null {
  const own = inserts.filter((one) => one.table === table && one.storedMs >= awayMs);
  const first = own.find(({ storedMs }) => storedMs >= backMs);
  if (first === undefined) return null;
  let rows = 0;
  let rowsSinceBack = 0;
  for (const one of own) {
    rows += one.rows;
    if (one.storedMs < backMs) continue;
    rowsSinceBack += one.rows;
    if (rows < (livePerS * (one.storedMs - awayMs - 1_000)) / 1_000) continue;
    const tookMs = Math.max(1, one.storedMs - first.arrivedMs);
    return {
      firstMs: first.storedMs - backMs,
      tookMs,
      timesLive: rowsSinceBack / ((livePerS * tookMs) / 1_000),
    };
  }
  return null;
}
