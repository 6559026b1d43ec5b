/**
 * A stretch of the gatekeeper's memory as it is checkpointed: the keys of samples in the order they came.
 *
 * Layout, little endian: u32 format, f64 number, f64 from, f64 to, then u32 words, four a sample: id hi, id lo, text hi, text lo.
 */
import { requireFormat } from "../state-format.ts";

const FORMAT = 1;
const HEAD_BYTES = 28;
const SAMPLE_BYTES = 16;

export interface MemorySegment {
  /** Counts from 0 over the life of a partition. */
  readonly number: number;
  /** Offsets in `samples` the keys come from: [from, to). */
  readonly from: number;
  readonly to: number;
  readonly words: Uint32Array;
}

export function encodeMemorySegment({ number, from, to, words }: MemorySegment): Uint8Array {
  const bytes = new Uint8Array(HEAD_BYTES + words.length * 4);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, FORMAT, true);
  view.setFloat64(4, number, true);
  view.setFloat64(12, from, true);
  view.setFloat64(20, to, true);
  for (let i = 0; i < words.length; i += 1) view.setUint32(HEAD_BYTES + 4 * i, words[i]!, true);
  return bytes;
}

/** @throws Error on anything but what `encodeMemorySegment` wrote: a checkpoint is ours. `StateFormatError` for another format. */
export function decodeMemorySegment(bytes: Uint8Array): MemorySegment {
  const size = bytes.length - HEAD_BYTES;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (size < 0) throw new Error(`a memory segment of ${bytes.length} bytes`);
  requireFormat("a memory segment of the gatekeeper", view.getUint32(0, true), FORMAT);
  if (size % SAMPLE_BYTES !== 0) throw new Error(`a memory segment of ${bytes.length} bytes`);
  const number = view.getFloat64(4, true);
  const from = view.getFloat64(12, true);
  const to = view.getFloat64(20, true);
  if (!isOffset(number) || !isOffset(from) || !isOffset(to) || from > to) {
    throw new Error(`a memory segment ${number} of offsets ${from} to ${to}`);
  }
  const words = new Uint32Array(size / 4);
  for (let i = 0; i < words.length; i += 1) words[i] = view.getUint32(HEAD_BYTES + 4 * i, true);
  return { number, from, to, words };
}

function isOffset(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
