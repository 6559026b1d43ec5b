/** Which provenance a sample must carry. What is missing is named on the sample; the gatekeeper decides. */

interface RequiredField {
  readonly field: string;
  /** What the gatekeeper, the tables and people call the gap. */
  readonly code: string;
  /** Required of samples of origin `model_generated` alone, or of every sample. */
  readonly of: "all" | "model_generated";
}

/**
 * The required set (requirements S2-9, S3-9): enough to say under what terms a sample may be used, where it came
 * from, and, for model output, to find and repeat its making. A generator that takes no seed is recorded as seed
 * `none`: said, not left out. `source` is satisfied by a non-empty `sources` as well.
 */
export const PROVENANCE_REQUIRED: readonly RequiredField[] = [
  { field: "licence", code: "licence", of: "all" },
  { field: "source", code: "source", of: "all" },
  { field: "teacherId", code: "teacher", of: "model_generated" },
  { field: "teacherVersion", code: "teacher_version", of: "model_generated" },
  { field: "templateId", code: "template", of: "model_generated" },
  { field: "templateVersion", code: "template_version", of: "model_generated" },
  { field: "promptHash", code: "prompt_hash", of: "model_generated" },
  { field: "seed", code: "seed", of: "model_generated" },
];

/** One array per set of gaps, so that samples share them: bit i of the index stands for `PROVENANCE_REQUIRED[i]`. */
const GAPS: readonly (readonly string[])[] = Array.from(
  { length: 1 << PROVENANCE_REQUIRED.length },
  (_, mask) =>
    PROVENANCE_REQUIRED.filter((_required, i) => (mask & (1 << i)) !== 0).map((required) => required.code),
);

/** Codes of the gaps in the order of `PROVENANCE_REQUIRED`; shared, not to be changed. */
export function gapsOf(mask: number): readonly string[] {
  return GAPS[mask]!;
}
