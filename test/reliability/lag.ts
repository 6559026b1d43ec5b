/** How far a service lies behind, in time: what its gauge said when it last changed. */
import type { Rig } from "./rig.ts";

const SERIES = /^plumbline_read_timestamp_seconds\{topic="(\w+)",partition="(\d+)"\}$/;

/** Topics whose partitions get a record at least once a second under load. */
const BUSY: Readonly<Record<string, readonly string[]>> = {
  gatekeeper: ["samples"],
  monitor: ["admitted", "interactions"],
};

/**
 * Waits until a service has read to within `lagMs` of now in every loaded partition, by append time, and returns when that was
 * seen (`performance.now()`). The gauge is set once a second, so a value counts only in the moment it changes.
 */
export async function caughtUp(
  rig: Rig,
  service: "gatekeeper" | "monitor",
  lagMs: number,
  withinMs: number,
): Promise<number> {
  const before = new Map<string, number>();
  const fresh = new Set<string>();
  const wanted = BUSY[service]!.flatMap((topic) =>
    rig.loadedPartitions().map((partition) => `${topic}/${partition}`),
  );
  let seenMs = Number.NaN;
  let first = true;
  await rig.until(
    `${service} is within ${lagMs} ms of now`,
    async () => {
      const series = await rig.series(service);
      const nowMs = Date.now();
      for (const [name, seconds] of series) {
        const [, topic, partition] = SERIES.exec(name) ?? [];
        if (topic === undefined) continue;
        const at = `${topic}/${partition}`;
        const changed = before.get(at) !== seconds;
        before.set(at, seconds);
        if (first || !changed) continue;
        if (nowMs - seconds * 1_000 < lagMs) fresh.add(at);
        else fresh.delete(at);
      }
      first = series.size === 0;
      seenMs = performance.now();
      return wanted.every((at) => fresh.has(at));
    },
    withinMs,
  );
  return seenMs;
}
