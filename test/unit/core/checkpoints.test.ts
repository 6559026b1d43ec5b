/** Checkpoints that are not as they were written: each is refused with the field, none starts a service on it. */
import { describe, expect, it } from "vitest";
import { METRICS } from "../../../services/core/catalogue.generated.ts";
import { ALL, Catalogue } from "../../../services/core/catalogue.ts";
import { restoreGovernor } from "../../../services/core/governor/governor.ts";
import {
  decodeLaneState,
  encodeLaneState,
  newLaneState,
} from "../../../services/core/governor/lane-state.ts";
import {
  decodeMonitorCheckpoint,
  encodeMonitorCheckpoint,
  type MonitorCheckpoint,
} from "../../../services/core/monitor/checkpoint.ts";
import { decodeSegment, encodeSegment } from "../../../services/core/monitor/pane-codec.ts";
import { ClosedSegment } from "../../../services/core/monitor/segment.ts";
import { NO_WATERMARK } from "../../../services/core/time.ts";
import { decodeUtf8, encodeUtf8 } from "../../../services/core/utf8.ts";

function changed(bytes: Uint8Array, what: string, by: string): Uint8Array {
  const text = decodeUtf8(bytes);
  expect(text).toContain(what);
  return encodeUtf8(text.replace(what, by));
}

const MONITOR: MonitorCheckpoint = {
  closedThrough: { candidate: 5_000, admitted: NO_WATERMARK, reply: NO_WATERMARK },
  foldedThroughMs: NO_WATERMARK,
  feeds: [{ topic: "admitted", offset: 7, watermarkMs: 4_000, readThrough: 9 }],
  lanes: [{ lane: "l", generation: 2, windows: [["decision", 0]] }],
};

describe("the monitor's checkpoint", () => {
  const bytes = encodeMonitorCheckpoint(MONITOR);
  it("comes back", () => expect(decodeMonitorCheckpoint(bytes)).toEqual(MONITOR));
  it.each([
    ['"admitted"', '"nobody"', "feeds[0] topic must be one of"],
    [",7,", ",-7,", "feeds[0] offset must not be negative"],
    [",7,", ',"7",', "feeds[0] offset must be a finite number"],
    ["[5000,null,null]", "[5000,null]", "closedThrough must be an array of 3"],
    ['"decision"', '"fortnight"', "lanes[0] windows[0] must be one of"],
    ["{", "", "it is not JSON"],
  ])("with %s as %s is refused: %s", (what, by, message) => {
    expect(() => decodeMonitorCheckpoint(changed(bytes, what, by))).toThrow(
      `the monitor's checkpoint cannot be read: ${message}`,
    );
  });
});

describe("the governor's state", () => {
  const lane = newLaneState("l", 1);
  lane.anchors.set("k", { value: 0.5, n: 512, nullSd: null });
  const bytes = encodeLaneState(lane);
  it("comes back", () => expect(decodeLaneState(bytes)).toEqual(lane));
  it("is refused where an anchor is no number", () => {
    expect(() => decodeLaneState(changed(bytes, "0.5", "null"))).toThrow(
      "anchors[0] value must be a finite number",
    );
  });
  it("is refused where the clock has lost its signs of life", () => {
    const body = encodeUtf8('{"revision":3,"clockMs":5}');
    expect(() => restoreGovernor([{ service: "governor", partition: 0, name: "clock", body }])).toThrow(
      "the governor's checkpoint cannot be read: signs must be an array",
    );
  });
});

describe("a pane's state", () => {
  const plan = new Catalogue(METRICS).plan("candidate", ALL);
  it("is refused where its cells are gone", () => {
    const bytes = encodeSegment(new ClosedSegment(plan));
    expect(decodeSegment(plan, bytes).n).toBe(0);
    const cut = Buffer.from(bytes);
    cut.write("calls", cut.indexOf("cells"));
    expect(() => decodeSegment(plan, cut)).toThrow("pane state cannot be read: cells must be an array");
  });
});
