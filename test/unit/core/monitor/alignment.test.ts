import { describe, expect, it } from "vitest";
import type { Input } from "../../../../services/core/input.ts";
import { Alignment } from "../../../../services/core/monitor/alignment.ts";
import { type MonitorTopic, newFeeds } from "../../../../services/core/monitor/feeds.ts";
import { NO_WATERMARK, paneStart } from "../../../../services/core/time.ts";

const PANE_MS = 1_000;

/** An outcome or, of judged topics, a record of no kind but its time: what the alignment asks is where it would count. */
function record(topic: MonitorTopic, offset: number, eventMs: number): Input {
  return {
    kind: "outcome",
    at: { topic, partition: 0, offset, appendMs: eventMs },
    outcome: { eventMs },
  } as Input;
}

/** An alignment over feeds whose watermark is the latest record's; `taken` lists `topic:offset` in order. */
function aligned(openPanesMax: number) {
  const feeds = newFeeds();
  const taken: string[] = [];
  const eventMs = (input: Input): number => (input as Extract<Input, { kind: "outcome" }>).outcome.eventMs;
  const alignment: Alignment = new Alignment({
    paneMs: PANE_MS,
    latenessMs: 0,
    openPanesMax,
    feeds,
    paneOf: (input) => paneStart(eventMs(input), PANE_MS),
    take(input) {
      const feed = feeds[input.at.topic as MonitorTopic];
      feed.watermarkMs = Math.max(feed.watermarkMs, eventMs(input));
      feed.nextOffset = input.at.offset + 1;
      alignment.opened(paneStart(eventMs(input), PANE_MS));
      taken.push(`${input.at.topic}:${input.at.offset}`);
    },
    isDue: () => false,
  });
  return { alignment, feeds, taken };
}

describe("what keeps topics together", () => {
  it("holds a topic from its first record that would open a pane too many, and nothing of the slowest", () => {
    const { alignment, feeds, taken } = aligned(3);
    for (const topic of ["quarantined", "interactions", "evaluations", "training"] as const) {
      feeds[topic].watermarkMs = 10_000;
    }
    feeds.outcomes.watermarkMs = 1_000;
    feeds.admitted.watermarkMs = 2_000;
    alignment.take([1, 2, 3, 4, 5].map((second) => record("admitted", second, second * 1_000)));
    expect(taken).toEqual(["admitted:1", "admitted:2", "admitted:3"]);
    expect(alignment.heldTopics()).toEqual(["admitted"]);
    expect(alignment.slowestTopics()).toEqual(["outcomes"]);
    // It waits behind its own first, also where its pane is open.
    alignment.take([record("admitted", 6, 3_000), record("outcomes", 1, 1_500)]);
    expect(taken.at(-1)).toBe("outcomes:1");
    expect(alignment.heldCount).toBe(3);
    alignment.folded(2_000);
    alignment.take([]);
    expect(taken.at(-1)).toBe("admitted:4");
    expect(alignment.unfoldedCount).toBe(3);
  });

  it("gives a record far ahead the room of one pane, and lets those behind it go on without more", () => {
    const { alignment, feeds, taken } = aligned(2);
    for (const feed of Object.values(feeds)) feed.watermarkMs = 1_000;
    alignment.take([record("interactions", 0, 300_000), record("outcomes", 0, 1_000)]);
    // Full by now; those behind go on all the same, until they are where the first is.
    alignment.take([2, 3, 4].map((second) => record("outcomes", second, second * 1_000)));
    expect(taken).toEqual(["interactions:0", "outcomes:0", "outcomes:2"]);
    expect(alignment.heldTopics()).toEqual(["outcomes"]);
    alignment.folded(3_000);
    alignment.take([]);
    expect(taken.at(-1)).toBe("outcomes:3");
  });

  it("reads again after a restart what was read, before anything new takes the room", () => {
    const { alignment, feeds, taken } = aligned(2);
    for (const feed of Object.values(feeds)) feed.watermarkMs = 10_000;
    Object.assign(feeds.admitted, { watermarkMs: NO_WATERMARK, cutFrom: 3 });
    const fresh = record("outcomes", 0, 9_000);
    alignment.take([fresh, record("admitted", 0, 1_000), record("admitted", 1, 2_000)]);
    expect(taken).toEqual(["admitted:0", "admitted:1"]);
    expect(alignment.slowestTopics()).toEqual(["admitted"]);
    alignment.take([record("admitted", 2, 2_500)]);
    // All is as it was; what is new asks for room as ever.
    expect(taken).toEqual(["admitted:0", "admitted:1", "admitted:2"]);
    expect(alignment.heldTopics()).toEqual(["outcomes"]);
    alignment.folded(2_000);
    alignment.take([]);
    expect(taken.at(-1)).toBe("outcomes:0");
  });
});
