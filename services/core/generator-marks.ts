/** What on a sample says that a machine made it, whatever origin it is declared to be of. */

/** The order gives each its bit. The first four are labels that travel with the text; the others contradict a real origin. */
export const GENERATOR_MARKS = [
  /** Label `ai_generated`, … */
  "ai_generated",
  /** … `ai_assisted`, … */
  "ai_assisted",
  /** … `watermark:<scheme>`, … */
  "watermark",
  /** … `credential:<id>`: a content credential that names a generator. */
  "credential",
  /** A teacher is named. */
  "teacher",
  /** Its maker is a model, rules, a simulator or a template. */
  "maker",
  /** It has one generation of model output behind it, or more. */
  "depth",
] as const;
export type GeneratorMark = (typeof GENERATOR_MARKS)[number];

/** One array a set of marks, so that samples share them. */
const SETS: readonly (readonly GeneratorMark[])[] = Array.from(
  { length: 1 << GENERATOR_MARKS.length },
  (_, set) => GENERATOR_MARKS.filter((_mark, i) => (set & (1 << i)) !== 0),
);

/** The bit of a mark in a set. */
export function markBit(mark: GeneratorMark): number {
  return 1 << GENERATOR_MARKS.indexOf(mark);
}

/** Marks of a set of bits in the order of `GENERATOR_MARKS`; shared, not to be changed. */
export function marksOf(set: number): readonly GeneratorMark[] {
  return SETS[set]!;
}
