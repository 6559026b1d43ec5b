/**
 * A reference as bytes, for the log and for files. Little endian:
 * `PLRF`, format (u32), content hash (16 ASCII hex digits), header length (u32), header (ASCII JSON), then the arrays
 * words, wordCounts, tailWords (u32 each). The content hash covers all that follows it and is the version.
 */
import type { NullPoint, Reference } from "../reference.ts";
import { contentHash } from "./content-hash.ts";
import { ReferenceFormatError } from "./reference-format-error.ts";
import { checkHeader, type ReferenceHeader } from "./reference-header.ts";

const MAGIC = "PLRF";
const FORMAT = 1;
const HASH_AT = 8;
const HEADER_LENGTH_AT = HASH_AT + 16;
const HEADER_AT = HEADER_LENGTH_AT + 4;
/** A larger file is no reference of ours: 65,536 words and tail words are 786 kB, the header far less than the rest. */
export const REFERENCE_BYTES_MAX = 8_388_608;
/** Word types a reference keeps, and tail words. */
export const VOCABULARY_MAX = 65_536;
/** Size of one record of a published reference. */
export const REFERENCE_CHUNK_BYTES_MAX = 512_000;

/** The content hash of a reference, whatever `version` it carries. */
export function referenceVersion(reference: Reference): string {
  return contentHash(body(reference));
}

/** Bytes of a reference. Its `version` must be `referenceVersion` of it, as the builder makes it; RangeError else. */
export function encodeReference(reference: Reference): Uint8Array {
  const content = body(reference);
  const version = contentHash(content);
  if (version !== reference.version) {
    throw new RangeError(`reference says version ${reference.version}, its content is ${version}`);
  }
  const bytes = new Uint8Array(HEADER_LENGTH_AT + content.length);
  writeAscii(bytes, 0, MAGIC);
  new DataView(bytes.buffer).setUint32(4, FORMAT, true);
  writeAscii(bytes, HASH_AT, version);
  bytes.set(content, HEADER_LENGTH_AT);
  return bytes;
}

/** Reads `encodeReference`. Throws `ReferenceFormatError`, which says what is wrong, for anything else. */
export function decodeReference(bytes: Uint8Array): Reference {
  if (bytes.length > REFERENCE_BYTES_MAX) {
    throw new ReferenceFormatError(`${bytes.length} bytes, at most ${REFERENCE_BYTES_MAX} are allowed`);
  }
  if (bytes.length < HEADER_AT || readAscii(bytes, 0, 4) !== MAGIC) {
    throw new ReferenceFormatError("not a reference file: it does not start with PLRF");
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const format = view.getUint32(4, true);
  if (format !== FORMAT) throw new ReferenceFormatError(`format ${format}, this version reads ${FORMAT}`);
  const version = readAscii(bytes, HASH_AT, 16);
  const actual = contentHash(bytes.subarray(HEADER_LENGTH_AT));
  if (actual !== version) {
    throw new ReferenceFormatError(
      `content hash is ${actual}, the file says ${version}: it is cut or altered`,
    );
  }
  const headerLength = view.getUint32(HEADER_LENGTH_AT, true);
  if (HEADER_AT + headerLength > bytes.length)
    throw new ReferenceFormatError("header is longer than the file");
  const header = checkHeader(parseHeader(readAscii(bytes, HEADER_AT, headerLength)));
  const arraysAt = HEADER_AT + headerLength;
  const { vocabulary, tail } = header;
  if (vocabulary > VOCABULARY_MAX || tail > VOCABULARY_MAX) {
    throw new ReferenceFormatError(
      `${vocabulary} words and ${tail} tail words, at most ${VOCABULARY_MAX} each`,
    );
  }
  const expected = arraysAt + 4 * (2 * vocabulary + tail);
  if (expected !== bytes.length) {
    throw new ReferenceFormatError(`${bytes.length} bytes where the header announces ${expected}`);
  }
  const words = readUint32s(view, arraysAt, vocabulary);
  const wordCounts = readUint32s(view, arraysAt + 4 * vocabulary, vocabulary);
  const tailWords = readUint32s(view, arraysAt + 8 * vocabulary, tail);
  checkAscending(words, "words");
  checkAscending(tailWords, "tailWords");
  const { vocabulary: _vocabulary, tail: _tail, ...rest } = header;
  return { ...rest, version, words, wordCounts, tailWords };
}

/** Cuts encoded bytes into pieces of at most `REFERENCE_CHUNK_BYTES_MAX`, views on `bytes`; at least one. */
export function chunkReference(bytes: Uint8Array): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length || at === 0; at += REFERENCE_CHUNK_BYTES_MAX) {
    pieces.push(bytes.subarray(at, at + REFERENCE_CHUNK_BYTES_MAX));
  }
  return pieces;
}

/**
 * Joins pieces in their order to a copy of the bytes. Throws `ReferenceFormatError` where one is missing (undefined),
 * too large, or all together are.
 */
export function joinReference(pieces: readonly (Uint8Array | undefined)[]): Uint8Array {
  let size = 0;
  pieces.forEach((piece, i) => {
    if (piece === undefined) throw new ReferenceFormatError(`piece ${i} of ${pieces.length} is missing`);
    if (piece.length > REFERENCE_CHUNK_BYTES_MAX) {
      throw new ReferenceFormatError(
        `piece ${i} has ${piece.length} bytes, at most ${REFERENCE_CHUNK_BYTES_MAX}`,
      );
    }
    size += piece.length;
  });
  if (size > REFERENCE_BYTES_MAX) {
    throw new ReferenceFormatError(`pieces have ${size} bytes, at most ${REFERENCE_BYTES_MAX} are allowed`);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece!, at);
    at += piece!.length;
  }
  return bytes;
}

/** Header length, header and arrays: what the content hash covers. */
function body(reference: Reference): Uint8Array {
  const header = asciiJson(headerOf(reference));
  const { words, wordCounts, tailWords } = reference;
  const bytes = new Uint8Array(4 + header.length + 4 * (words.length + wordCounts.length + tailWords.length));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, header.length, true);
  writeAscii(bytes, 4, header);
  let at = 4 + header.length;
  for (const array of [words, wordCounts, tailWords]) {
    for (const value of array) {
      view.setUint32(at, value, true);
      at += 4;
    }
  }
  return bytes;
}

/** As it is written: what is empty and came later is left out, so that older references keep their version. */
type WrittenHeader = Omit<ReferenceHeader, "realPieces"> & Partial<Pick<ReferenceHeader, "realPieces">>;

/** Keys in one fixed order, nulls by metric id: equal references give equal bytes. */
function headerOf(reference: Reference): WrittenHeader {
  const nulls: Record<string, readonly NullPoint[]> = {};
  for (const id of Object.keys(reference.nulls).sort()) {
    nulls[id] = reference.nulls[id]!.map(({ n, mean, sd, quantiles }) => ({ n, mean, sd, quantiles }));
  }
  return {
    lane: reference.lane,
    vocabulary: reference.words.length,
    tail: reference.tailWords.length,
    textsA: reference.textsA,
    textsB: reference.textsB,
    otherCount: reference.otherCount,
    tailMassB: reference.tailMassB,
    lengthEdges: reference.lengthEdges,
    lengthCounts: reference.lengthCounts,
    buckets: reference.buckets,
    bucketCountsA: reference.bucketCountsA,
    bucketCountsB: reference.bucketCountsB,
    tailBuckets: reference.tailBuckets,
    fourGramsPer500: reference.fourGramsPer500,
    skeletonSixGramsPer500: reference.skeletonSixGramsPer500,
    ...(reference.realPieces.length === 0 ? {} : { realPieces: reference.realPieces }),
    nulls,
  };
}

/** JSON in ASCII: what lies above is escaped, so lone surrogates survive too. */
function asciiJson(value: WrittenHeader): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function parseHeader(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ReferenceFormatError("header is not JSON");
  }
}

function checkAscending(values: Uint32Array, name: string): void {
  for (let i = 1; i < values.length; i++) {
    if (values[i - 1]! >= values[i]!) throw new ReferenceFormatError(`${name} do not ascend at ${i}`);
  }
}

function readUint32s(view: DataView, at: number, count: number): Uint32Array {
  const values = new Uint32Array(count);
  for (let i = 0; i < count; i++) values[i] = view.getUint32(at + 4 * i, true);
  return values;
}

function writeAscii(bytes: Uint8Array, at: number, text: string): void {
  for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
}

function readAscii(bytes: Uint8Array, at: number, length: number): string {
  let text = "";
  for (let i = at; i < at + length; i++) text += String.fromCharCode(bytes[i]!);
  return text;
}
