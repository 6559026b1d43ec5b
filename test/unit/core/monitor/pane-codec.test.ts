import { describe, expect, it } from "vitest";
import { TextAnalyser } from "../../../../services/core/analysis.ts";
import { METRICS } from "../../../../services/core/catalogue.generated.ts";
import { ALL, Catalogue, GENERATED } from "../../../../services/core/catalogue.ts";
import { CELLS_MAX } from "../../../../services/core/cell.ts";
import { rankOfId } from "../../../../services/core/hash.ts";
import { LanePane } from "../../../../services/core/monitor/lane-pane.ts";
import { decodeSegment, encodeSegment } from "../../../../services/core/monitor/pane-codec.ts";
import type { ClosedSegment } from "../../../../services/core/monitor/segment.ts";
import { OTHER } from "../../../../services/core/policy.ts";
import type { SampleView } from "../../../../services/core/sample.ts";
import { BUCKETS_MAX } from "../../../../services/core/sketches/bucket-sums.ts";
import { FAILED_IDS_BYTES_MAX, FAILED_IDS_MAX } from "../../../../services/core/sketches/failed-ids.ts";
import { PANE_STATE_BYTES_MAX } from "../../../../services/core/sketches/text-sample-codec.ts";

const CANDIDATE = 1;

/** A closed segment whose cells, ids and buckets have names as long as producers may send them, all of escaped characters. */
function largest(nameBytes: number) {
  const catalogue = new Catalogue(METRICS);
  const pane = new LanePane(["candidate"], catalogue);
  const analyser = new TextAnalyser();
  const text = analyser.analyseString(Array.from({ length: 300 }, (_, i) => `word${i * 7}`).join(" "));
  for (let i = 0; i < 600; i += 1) {
    const name = String(i % CELLS_MAX).padStart(nameBytes, '"');
    const cell = [name, name, name, name].join("\u001f");
    const id = String(i).padStart(Math.min(nameBytes, 256), '"');
    pane.addText(CANDIDATE, GENERATED, cell, rankOfId(id), id, name, text);
  }
  return { plan: catalogue.plan("candidate", GENERATED), state: pane.close(CANDIDATE).get(GENERATED)! };
}

describe("the changelog's value", () => {
  it("stays within its bound with the longest names, and says what the segment goes on with", () => {
    const { plan, state } = largest(384);
    const bytes = encodeSegment(state);
    expect(bytes.length).toBeLessThanOrEqual(PANE_STATE_BYTES_MAX);
    expect(bytes.length).toBeGreaterThan(0.98 * PANE_STATE_BYTES_MAX);
    expect(state.sample!.texts.length).toBeLessThan(512);
    const read = decodeSegment(plan, bytes);
    expect(read.sample!.texts.map(({ id }) => id)).toEqual(state.sample!.texts.map(({ id }) => id));
    expect(Buffer.compare(encodeSegment(read), bytes)).toBe(0);
  });

  it("keeps the whole sample with names of usual length", () => {
    const { state } = largest(24);
    encodeSegment(state);
    expect(state.sample!.texts.length).toBe(512);
  });

  it("keeps fewer ids of failures where they are long, and goes on with those", () => {
    const catalogue = new Catalogue(METRICS);
    const plan = catalogue.plan("reply", ALL);
    const failing = (chars: number) => {
      const pane = new LanePane(["reply"], catalogue);
      for (let i = 0; i < 20 * BUCKETS_MAX; i += 1) {
        pane.addFailed(1, ALL, `b${i % BUCKETS_MAX}`, String(i).padStart(chars, '"'));
      }
      return pane.close(1).get(ALL)!;
    };
    const idsOf = ({ failed }: ClosedSegment) => failed!.byBucket().map(([, ids]) => ids.length);
    const usual = failing(36);
    encodeSegment(usual);
    expect(new Set(idsOf(usual))).toEqual(new Set([FAILED_IDS_MAX]));
    const long = failing(256);
    const bytes = encodeSegment(long);
    expect(bytes.length).toBeLessThan(1.1 * FAILED_IDS_BYTES_MAX);
    expect(new Set(idsOf(long))).toEqual(new Set([1]));
    expect(decodeSegment(plan, bytes).failed!.byBucket()).toEqual(long.failed!.byBucket());
  });

  it("adds the smallest cells to the rest where cells of many buckets take more than there is room", () => {
    const catalogue = new Catalogue(METRICS);
    const plan = catalogue.plan("candidate", ALL);
    const pane = new LanePane(["candidate"], catalogue);
    for (let cell = 0; cell < CELLS_MAX - 1; cell += 1) {
      // The larger the number, the larger the cell.
      for (let i = 0; i < 200 + cell; i += 1) {
        const bucket = String(i % 200).padStart(384, '"');
        const sample = {
          bucket,
          origin: "model_generated",
          judge: "j@1",
          teacher: "t@1",
          judgeVerdict: "accept",
        };
        const item = { sample: sample as SampleView, generated: true, tokens: 9 };
        pane.add(CANDIDATE, ALL, `t${cell}`, "arrival", item);
      }
    }
    const state = pane.close(CANDIDATE).get(ALL)!;
    const { n } = state;
    const before = state.plan.counts.map((metric, i) => metric.value(state.total().states[i], null));
    const bytes = encodeSegment(state);
    expect(bytes.length).toBeLessThanOrEqual(PANE_STATE_BYTES_MAX);
    const names = [...state.cells.keys()];
    expect(names.length).toBeGreaterThan(1);
    expect(names).toContain(OTHER);
    expect(names).toContain(`t${CELLS_MAX - 2}`);
    const read = decodeSegment(plan, bytes);
    expect(read.n).toBe(n);
    expect([...read.cells.keys()].sort()).toEqual(names.sort());
    expect(plan.counts.map((metric, i) => metric.value(read.total().states[i], null))).toEqual(before);
  });
});
