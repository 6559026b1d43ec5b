/** What a judge's verdict means. Judges write their own words (`judgeVerdict` of samples); only the common ones are understood. */
import type { SampleView } from "./sample.ts";

/** Words of verdicts that let a candidate through. The view judge_verdicts of the history reads the same words. */
export const ACCEPTING_VERDICTS =
  "accept accepted approve approved pass passed ok okay yes keep kept good valid true 1 通过 接受 合格";
/** Words of verdicts that do not. */
export const REJECTING_VERDICTS =
  "reject rejected refuse refused deny denied fail failed no drop dropped discard discarded bad invalid false 0 不通过 拒绝 不合格";

const VERDICTS: ReadonlyMap<string, boolean> = new Map([
  ...ACCEPTING_VERDICTS.split(" ").map((word) => [word, true] as const),
  ...REJECTING_VERDICTS.split(" ").map((word) => [word, false] as const),
]);

/**
 * Whether the judge let a generated candidate through; null where none judged it, its verdict is a word this list has not
 * (case and surrounding space do not matter), or the candidate is real: judges are there for generated ones. A score
 * without verdict is null, too, as every judge has a scale of its own.
 */
export function judgedAccepted(sample: SampleView, generated: boolean): boolean | null {
  if (!generated || sample.judgeVerdict === "") return null;
  const { judgeVerdict } = sample;
  return VERDICTS.get(judgeVerdict) ?? VERDICTS.get(judgeVerdict.trim().toLowerCase()) ?? null;
}
