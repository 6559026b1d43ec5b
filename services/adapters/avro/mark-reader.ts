/** Reads the marks of a generator off a walked sample; see generator-marks.ts. */
import { markBit } from "../../core/generator-marks.ts";
import { hasText } from "./field-reader.ts";
import { stringRanges } from "./string-items.ts";
import type { WalkedRow, Walker } from "./walker.ts";

/** Kinds of maker that generate. */
const GENERATING = ["model", "rules", "simulator", "template"];
const LABELS = [
  { bytes: Buffer.from("ai_generated"), whole: true, bit: markBit("ai_generated") },
  { bytes: Buffer.from("ai_assisted"), whole: true, bit: markBit("ai_assisted") },
  { bytes: Buffer.from("watermark:"), whole: false, bit: markBit("watermark") },
  { bytes: Buffer.from("credential:"), whole: false, bit: markBit("credential") },
];
const TEACHER = markBit("teacher");
const MAKER = markBit("maker");
const DEPTH = markBit("depth");

/** A reader of the set of marks (bits) of one walked record. Linear in the bytes of its labels, which most have none of. */
export function createMarkReader(walker: Walker): (bytes: Buffer, row: WalkedRow) => number {
  const labels = walker.indexOf("labels");
  const teacher = walker.indexOf("teacherId");
  const maker = walker.indexOf("makerKind");
  const depth = walker.indexOf("generationDepth");
  const ofMaker = walker.fields[maker]!.symbols.map((symbol) => (GENERATING.includes(symbol) ? MAKER : 0));
  const ranges: number[] = [];
  return (bytes, row) => {
    let set = ofMaker[row.numbers[maker]!]!;
    if (hasText(row, teacher)) set |= TEACHER;
    if (row.starts[depth]! >= 0 && row.numbers[depth]! > 0) set |= DEPTH;
    if (row.numbers[labels] === 0) return set;
    stringRanges(bytes, row.starts[labels]!, ranges);
    for (let i = 0; i < ranges.length; i += 2) set |= markOfLabel(bytes, ranges[i]!, ranges[i + 1]!);
    return set;
  };
}

function markOfLabel(bytes: Buffer, start: number, end: number): number {
  for (const { bytes: word, whole, bit } of LABELS) {
    const length = end - start;
    if (whole ? length !== word.length : length <= word.length) continue;
    if (bytes.compare(word, 0, word.length, start, start + word.length) === 0) return bit;
  }
  return 0;
}
