import { ByteReader, ByteWriter } from "../bytes.ts";
import { requireFormat } from "../state-format.ts";
import { SAMPLE_TEXTS_MAX, SAMPLE_TOKENS_MAX, type SampledText, type TextSample } from "./text-sample.ts";

/** The whole state of a closed pane (law 2): this sample, its counts, and their framing. */
export const PANE_STATE_BYTES_MAX = 786_432;
/**
 * The sample's part of it. 512 texts of 256 tokens take 546 kB (4 bytes a hash, 2 bits a kind), which leaves 200 bytes a
 * text for id, cell and bucket. Longer names are met by dropping texts from the end: a smaller bottom-k sample, still exact.
 */
export const SAMPLE_BYTES_MAX = 661_504;

const FORMAT = 1;
const KINDS_A_BYTE = 4;

/**
 * Bytes of a sample in canonical form: equal samples give equal bytes. At most `bytesMax`, which is never above
 * `SAMPLE_BYTES_MAX`, see there; and how many of the sample's first texts are in it.
 */
export function encodeFittingSample(
  sample: TextSample,
  bytesMax: number,
): { readonly bytes: Uint8Array; readonly texts: number } {
  const kept = sample.texts.slice(0, SAMPLE_TEXTS_MAX);
  const body = new ByteWriter(Math.min(bytesMax, likelyBytes(kept)) + TEXT_BYTES);
  const names = new Map<string, number>();
  const dictionary = new ByteWriter();
  // What the texts that fit have written: the first one that does not may have named something new.
  let texts = 0;
  let bodyEnd = 0;
  let nameCount = 0;
  let dictionaryEnd = 0;
  for (const text of kept) {
    writeText(body, text, nameIndex(text.cell), nameIndex(text.bucket));
    // Head: format, number of names, names' length, number of texts, body's length.
    if (body.length + dictionary.length + 16 > bytesMax) break;
    texts += 1;
    bodyEnd = body.length;
    nameCount = names.size;
    dictionaryEnd = dictionary.length;
  }
  const out = new ByteWriter(dictionaryEnd + bodyEnd + 32);
  out.u8(FORMAT);
  out.varint(nameCount);
  out.bytes(dictionary.written(dictionaryEnd));
  out.varint(texts);
  out.bytes(body.written(bodyEnd));
  return { bytes: out.finish(), texts };

  function nameIndex(name: string): number {
    const known = names.get(name);
    if (known !== undefined) return known;
    const index = names.size;
    names.set(name, index);
    dictionary.text(name);
    return index;
  }
}

/** A text beside its tokens: an id of usual length, and the numbers. */
const TEXT_BYTES = 64;

function likelyBytes(texts: readonly SampledText[]): number {
  let bytes = 0;
  for (const { tokens } of texts) bytes += TEXT_BYTES + Math.ceil(tokens.length * 4.25);
  return bytes;
}

/** The sample of `encodeFittingSample`'s bytes; throws RangeError for any others. */
export function decodeTextSample(bytes: Uint8Array): TextSample {
  const reader = new ByteReader(bytes);
  requireFormat("a text sample", reader.u8(), FORMAT);
  const nameCount = reader.varint();
  const dictionary = new ByteReader(reader.bytes());
  if (nameCount > dictionary.rest) throw new RangeError("more names than bytes");
  const names = Array.from({ length: nameCount }, () => dictionary.text());
  const count = reader.varint();
  if (count > SAMPLE_TEXTS_MAX) throw new RangeError(`${count} texts in a sample of ${SAMPLE_TEXTS_MAX}`);
  const body = new ByteReader(reader.bytes());
  return { texts: Array.from({ length: count }, () => readText(body, names)) };
}

function writeText(out: ByteWriter, text: SampledText, cell: number, bucket: number): void {
  out.varint(text.rank);
  out.text(text.id);
  out.varint(cell);
  out.varint(bucket);
  out.varint(text.length);
  out.varint(text.tokens.length);
  out.u32s(text.tokens);
  const { kinds } = text;
  for (let i = 0; i < kinds.length; i += KINDS_A_BYTE) {
    let packed = kinds[i]!;
    const end = Math.min(i + KINDS_A_BYTE, kinds.length);
    for (let j = i + 1; j < end; j += 1) packed |= kinds[j]! << (2 * (j - i));
    out.u8(packed);
  }
}

function readText(body: ByteReader, names: readonly string[]): SampledText {
  const rank = body.varint();
  const id = body.text();
  const cell = readName(body, names);
  const bucket = readName(body, names);
  const length = body.varint();
  const kept = body.varint();
  if (kept > SAMPLE_TOKENS_MAX || kept > length) throw new RangeError(`${kept} tokens kept of ${length}`);
  const tokens = new Uint32Array(kept);
  for (let i = 0; i < kept; i += 1) tokens[i] = body.u32();
  const kinds = new Uint8Array(kept);
  for (let i = 0; i < kept; i += KINDS_A_BYTE) {
    const packed = body.u8();
    for (let j = 0; j < KINDS_A_BYTE && i + j < kept; j += 1) kinds[i + j] = (packed >> (2 * j)) & 3;
  }
  return { rank, id, cell, bucket, tokens, kinds, length };
}

function readName(body: ByteReader, names: readonly string[]): string {
  const name = names[body.varint()];
  if (name === undefined) throw new RangeError("a name outside the dictionary");
  return name;
}
