/** Checkpoints that are not as they were written: each is refused with the field, none starts a service on it. */
import { describe, expect, it } from "vitest";
import { METRICS } from "../../../services/core/catalogue.generated.ts";
import { ALL, Catalogue } from "../../../services/core/catalogue.ts";
import { decodeMemorySegment } from "../../../services/core/gatekeeper/memory-segment.ts";
import {
  decodeLaneState,
  encodeLaneState,
  newLaneState,
} from "../../../services/core/governor/lane-state.ts";
import { restoreGovernor } from "../../../services/core/governor/restore-governor.ts";
import {
  decodeMonitorCheckpoint,
  encodeMonitorCheckpoint,
  type MonitorCheckpoint,
} from "../../../services/core/monitor/checkpoint.ts";
import { decodeSegment, encodeSegment } from "../../../services/core/monitor/pane-codec.ts";
import { ClosedSegment } from "../../../services/core/monitor/segment.ts";
import { StateFormatError } from "../../../services/core/state-format.ts";
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

const NEWER =
  "a newer Plumbline wrote it. Start that release again, or a later one; nothing was read on or committed";

describe("state of a newer release is refused, naming both formats, by", () => {
  const plan = new Catalogue(METRICS).plan("candidate", ALL);
  const clock = (body: Uint8Array) => [{ service: "governor", partition: 0, name: "clock", body }];
  it.each<[string, () => unknown, string]>([
    [
      "the monitor's checkpoint",
      () => decodeMonitorCheckpoint(encodeUtf8('{"format":2,"panes":"kept elsewhere"}')),
      "the monitor's checkpoint has format 2, this release reads format 1",
    ],
    [
      "a closed pane",
      () => decodeSegment(plan, encodeSegment(new ClosedSegment(plan)).with(0, 2)),
      "pane state has format 2, this release reads format 1",
    ],
    [
      "a lane of the governor",
      () => decodeLaneState(encodeUtf8('{"format":2}')),
      "the governor's checkpoint has format 2, this release reads format 1",
    ],
    [
      "the governor's clock",
      () => restoreGovernor(clock(encodeUtf8('{"format":2}'))),
      "the governor's checkpoint has format 2, this release reads format 1",
    ],
    [
      "a segment of the gatekeeper's memory, whatever its size",
      () => decodeMemorySegment(Uint8Array.of(2, ...new Array<number>(40).fill(0))),
      "a memory segment of the gatekeeper has format 2, this release reads format 1",
    ],
  ])("%s", (_, decode, message) => {
    expect(decode).toThrow(new StateFormatError(`${message}: ${NEWER}`));
  });
  it("but not by what an older one left without a number", () => {
    const older = changed(encodeMonitorCheckpoint(MONITOR), '"format":1,', "");
    expect(decodeMonitorCheckpoint(older)).toEqual(MONITOR);
    const lane = newLaneState("l", 1);
    expect(decodeLaneState(changed(encodeLaneState(lane), '"format":1,', ""))).toEqual(lane);
  });
  it("and a format that no release wrote is refused without advice", () => {
    const none = changed(encodeMonitorCheckpoint(MONITOR), '"format":1,', '"format":"one",');
    expect(() => decodeMonitorCheckpoint(none)).toThrow(
      /^the monitor's checkpoint has a format of type string, this release reads format 1$/,
    );
  });
  it("nor does one nested deeper than the stack end in the engine's words", () => {
    const deep = `{"format":${"[".repeat(100_000)}${"]".repeat(100_000)}}`;
    expect(() => decodeLaneState(encodeUtf8(deep))).toThrow(
      "the governor's checkpoint has a format of type object, this release reads format 1",
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
