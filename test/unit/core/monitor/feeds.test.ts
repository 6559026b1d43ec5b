import { describe, expect, it } from "vitest";
import { newFeeds, stageClosedThrough } from "../../../../services/core/monitor/feeds.ts";
import { NO_WATERMARK } from "../../../../services/core/time.ts";

const PANE_MS = 5_000;
const LATENESS_MS = 5_000;

describe("how far a stage is closed", () => {
  it("is what the slowest of its topics has passed by the lateness bound", () => {
    const feeds = newFeeds();
    for (const topic of ["admitted", "quarantined", "training"] as const) feeds[topic].watermarkMs = 40_000;
    feeds.training.watermarkMs = 21_000;
    expect(stageClosedThrough("candidate", feeds, PANE_MS, LATENESS_MS)).toBe(15_000);
    expect(stageClosedThrough("reply", feeds, PANE_MS, LATENESS_MS)).toBe(NO_WATERMARK);
  });

  // Else a transaction could close panes with less of a topic than the cut of an earlier one says that was read.
  it("is nothing after a restart until each topic is read again up to where it was", () => {
    const feeds = newFeeds();
    for (const topic of ["admitted", "quarantined", "training"] as const) feeds[topic].watermarkMs = 40_000;
    feeds.admitted.nextOffset = 70;
    feeds.admitted.cutFrom = 100;
    expect(stageClosedThrough("candidate", feeds, PANE_MS, LATENESS_MS)).toBe(NO_WATERMARK);
    feeds.admitted.nextOffset = 100;
    expect(stageClosedThrough("candidate", feeds, PANE_MS, LATENESS_MS)).toBe(35_000);
  });
});
