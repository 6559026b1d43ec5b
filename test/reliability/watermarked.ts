/** Waits until every loaded topic-partition has a watermark: before that nothing is late. */
import type { Rig } from "./rig.ts";

const TOPICS = ["admitted", "quarantined", "interactions", "outcomes"] as const;

/** After a sound load was started. What the gatekeeper passes on has a tick at its end. */
export async function watermarked(rig: Rig): Promise<void> {
  const partitions = rig.loadedPartitions();
  for (const topic of TOPICS) {
    await rig.until(`${topic} has a watermark`, async () => {
      const marks = await rig.log.watermarks(topic);
      return partitions.every((partition) => marks[partition]!.high > 0);
    });
  }
}
