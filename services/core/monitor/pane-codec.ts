/** A closed segment as bytes: the changelog's value. Bounded by `PANE_STATE_BYTES_MAX` (law 2). */
import { ByteReader, ByteWriter } from "../bytes.ts";
import type { SegmentPlan } from "../catalogue.ts";
import { JsonShape } from "../json-shape.ts";
import type { Json } from "../metric.ts";
import type { TextSample } from "../sketches/text-sample.ts";
import { decodeTextSample, encodeTextSample } from "../sketches/text-sample-codec.ts";
import { ClosedSegment, decodeCells, encodeCells } from "./segment.ts";

const FORMAT = 1;
const shape = new JsonShape((message) => new Error(`pane state cannot be read: ${message}`));

interface Header {
  readonly metrics: readonly string[];
  readonly late: number;
  readonly repeated: number;
  readonly cells: Json;
}

/** Samples already encoded in this transaction: stages that took the same texts share one. */
export type SampleEncodings = Map<TextSample, Uint8Array>;

/** Format byte, header length, header (JSON), then the text sample where the segment has one. */
export function encodeSegment(segment: ClosedSegment, encodings: SampleEncodings = new Map()): Uint8Array {
  const header: Header = {
    metrics: segment.plan.counts.map((metric) => metric.id),
    late: segment.late,
    repeated: segment.repeated,
    cells: encodeCells(segment),
  };
  const writer = new ByteWriter();
  writer.u8(FORMAT);
  writer.text(JSON.stringify(header));
  if (segment.sample !== null) {
    let bytes = encodings.get(segment.sample);
    if (bytes === undefined) {
      bytes = encodeTextSample(segment.sample);
      encodings.set(segment.sample, bytes);
    }
    writer.bytes(bytes);
  }
  return writer.finish();
}

/**
 * Inverse of `encodeSegment`. Throws, saying what is wrong, on any other bytes: a changelog is ours, so that is a bug, a
 * damaged disk or a downgrade.
 */
export function decodeSegment(plan: SegmentPlan, bytes: Uint8Array): ClosedSegment {
  const reader = new ByteReader(bytes);
  const format = reader.u8();
  if (format !== FORMAT) throw new Error(`pane state has format ${format}, this version reads ${FORMAT}`);
  const header = shape.object(shape.parse(reader.text(), "header"), "header");
  const segment = new ClosedSegment(plan);
  segment.late = shape.count(header.late, "late");
  segment.repeated = shape.count(header.repeated, "repeated");
  const metricIds = shape.array(header.metrics, "metrics", (id, name) => shape.string(id, name));
  decodeCells(segment, header.cells, metricIds, shape);
  if (segment.sample !== null && reader.rest > 0) segment.sample = decodeTextSample(reader.bytes());
  return segment;
}
