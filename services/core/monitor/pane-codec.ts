/** A closed segment as bytes: the changelog's value. Bounded by `PANE_STATE_BYTES_MAX` (law 2). */
import { ByteReader, ByteWriter } from "../bytes.ts";
import type { SegmentPlan } from "../catalogue.ts";
import { JsonShape } from "../json-shape.ts";
import type { Json } from "../metric.ts";
import { FAILED_IDS_BYTES_MAX, FAILED_IDS_MAX, FailedIds } from "../sketches/failed-ids.ts";
import { firstTexts, type TextSample } from "../sketches/text-sample.ts";
import {
  decodeTextSample,
  encodeFittingSample,
  PANE_STATE_BYTES_MAX,
  SAMPLE_BYTES_MAX,
} from "../sketches/text-sample-codec.ts";
import { requireFormat } from "../state-format.ts";
import { encodeUtf8 } from "../utf8.ts";
import { ClosedSegment, decodeCells, encodeCells } from "./segment.ts";

const FORMAT = 1;
const shape = new JsonShape((message) => new Error(`pane state cannot be read: ${message}`));

/** Samples already encoded in this transaction: stages that took the same texts share one. */
export type SampleEncodings = Map<TextSample, Uint8Array>;

/** Lengths of the header and of the sample in front of them. */
const FRAMING_BYTES_MAX = 16;

/**
 * Format byte, header length, header (JSON), then the text sample where the segment has one. At most `PANE_STATE_BYTES_MAX`:
 * where cells of many buckets take more, the smallest are added to `__other__`; where cells with long names leave the sample
 * too little room, its last texts are dropped, and long ids of failures take the place of fewer. All *from the segment as well*, so that what goes on from memory and what goes
 * on from the changelog after a restart are the same.
 */
export function encodeSegment(segment: ClosedSegment, encodings: SampleEncodings = new Map()): Uint8Array {
  const header = encodeFittingHeader(segment);
  const known = segment.sample === null ? undefined : encodings.get(segment.sample);
  const writer = new ByteWriter(header.length + (known?.length ?? 0) + FRAMING_BYTES_MAX);
  writer.u8(FORMAT);
  writer.bytes(header);
  if (segment.sample !== null) {
    const bytesMax = Math.min(SAMPLE_BYTES_MAX, PANE_STATE_BYTES_MAX - writer.length - FRAMING_BYTES_MAX);
    let bytes = known;
    if (bytes === undefined || bytes.length > bytesMax) {
      const fitting = encodeFittingSample(segment.sample, bytesMax);
      bytes = fitting.bytes;
      segment.sample = firstTexts(segment.sample, fitting.texts);
      encodings.set(segment.sample, bytes);
    }
    writer.bytes(bytes);
  }
  return writer.finish();
}

function encodeFittingHeader(segment: ClosedSegment): Uint8Array {
  const failed = fittingFailed(segment);
  const encode = (): Uint8Array =>
    encodeUtf8(
      JSON.stringify({
        metrics: segment.plan.counts.map((metric) => metric.id),
        late: segment.late,
        repeated: segment.repeated,
        cells: encodeCells(segment),
        ...(failed === null ? {} : { failed }),
      }),
    );
  let bytes = encode();
  while (bytes.length > PANE_STATE_BYTES_MAX - FRAMING_BYTES_MAX && segment.cells.size > 1) {
    segment.boundCells(segment.cells.size >> 1);
    bytes = encode();
  }
  return bytes;
}

/** Failures as they are encoded, long ids in the place of fewer; null where there are none. */
function fittingFailed({ failed }: ClosedSegment): Json {
  if (failed === null) return null;
  let encoded = failed.encode();
  for (
    let kept = FAILED_IDS_MAX;
    kept > 0 && encodeUtf8(JSON.stringify(encoded)).length > FAILED_IDS_BYTES_MAX;
    kept >>= 1
  ) {
    failed.keep(kept >> 1);
    encoded = failed.encode();
  }
  return encoded;
}

/**
 * Inverse of `encodeSegment`. Throws, saying what is wrong, on any other bytes: a changelog is ours, so that is a bug, a
 * damaged disk or a downgrade (`StateFormatError`).
 */
export function decodeSegment(plan: SegmentPlan, bytes: Uint8Array): ClosedSegment {
  const reader = new ByteReader(bytes);
  requireFormat("pane state", reader.u8(), FORMAT);
  const header = shape.object(shape.parse(reader.text(), "header"), "header");
  const segment = new ClosedSegment(plan);
  segment.late = shape.count(header.late, "late");
  segment.repeated = shape.count(header.repeated, "repeated");
  const metricIds = shape.array(header.metrics, "metrics", (id, name) => shape.string(id, name));
  decodeCells(segment, header.cells, metricIds, shape);
  // Panes without failures, and those written before they were kept, have none.
  if (header.failed !== undefined) segment.failed = FailedIds.decode(header.failed, shape);
  if (segment.sample !== null && reader.rest > 0) segment.sample = decodeTextSample(reader.bytes());
  return segment;
}
