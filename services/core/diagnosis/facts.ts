/** What history can say of a lane's loop, number by number: the words that causes and the drawn loop refer to. */
import type { Stage } from "../sample.ts";

/** A value of the lane's decision windows: the latest one that could be told, or how it moved since the first of the time asked for. */
export interface MetricFact {
  readonly metric: string;
  readonly stage: Stage;
  /** `suite:*` takes the largest over suites. */
  readonly segment: string;
  /** `*` takes the largest over all buckets. */
  readonly bucket: string;
  readonly field: "value" | "ratio" | "e" | "change";
}

export interface FactKind {
  /** A noun phrase that the number completes: "share of the busiest template". */
  readonly title: string;
  readonly unit: "ratio" | "difference" | "bits" | "count" | "days" | "evidence";
  /** Absent: counted from samples, verdicts, training and versions (`services/diagnosis/read-facts.ts`). */
  readonly from?: MetricFact;
}

function metric(
  title: string,
  unit: FactKind["unit"],
  name: string,
  stage: Stage,
  segment: string,
  more: Partial<Pick<MetricFact, "bucket" | "field">> = {},
): FactKind {
  return { title, unit, from: { metric: name, stage, segment, bucket: "", field: "value", ...more } };
}

function counted(title: string, unit: FactKind["unit"] = "ratio"): FactKind {
  return { title, unit };
}

export const FACTS = {
  template_share: counted("share of the busiest template among generated samples that name one"),
  teacher_share: counted("share of the busiest teacher among generated samples that name one"),
  source_share: counted("share of the busiest feed among all samples that name one"),
  prompt_repeated: counted("share of generated samples whose prompt had been used before"),
  blamed_template: counted("share of breaching windows that one template explains"),
  blamed_teacher: counted("share of breaching windows that one teacher explains"),
  blamed_judge: counted("share of breaching windows that one judge explains"),
  blamed_source: counted("share of breaching windows that one feed explains"),
  new_maker: counted(
    "templates, teachers and judges that first came in the hour before the first breach",
    "count",
  ),
  new_model: counted("model versions that first answered in the day before the first breach", "count"),
  generated_share: metric("generated share of what arrives", "ratio", "origin_mix", "candidate", "all"),
  generated_share_change: metric(
    "change of the generated share of what arrives",
    "difference",
    "origin_mix",
    "candidate",
    "all",
    {
      field: "change",
    },
  ),
  trained_generated_share: counted("generated share of the last training manifest, by weight"),
  real_arrivals_change: counted(
    "change of real arrivals, second half of the time against the first",
    "difference",
  ),
  recursive_share: counted("share of samples made from generated ones, of those that state their depth"),
  own_teacher_share: counted("share of generated samples whose teacher is a model trained on this lane"),
  closed_share: counted("share of admitted samples that a model made and nobody and nothing outside checked"),
  unverified_share: counted("share of generated admitted samples without a passed check from outside"),
  own_judge_share: counted("share of judged samples whose judge is their own teacher"),
  judge_share: metric("share of the busiest judge", "ratio", "judge_concentration", "candidate", "all"),
  judge_acceptance: metric("share that judges accept", "ratio", "judge_acceptance", "candidate", "all"),
  judge_acceptance_change: metric(
    "change of what judges accept",
    "difference",
    "judge_acceptance",
    "candidate",
    "all",
    { field: "change" },
  ),
  acceptance_narrowing: metric("narrowing by the judge", "bits", "acceptance_narrowing", "candidate", "all"),
  acceptance_hill_ratio: metric(
    "effective buckets left by the judge",
    "ratio",
    "acceptance_hill_ratio",
    "candidate",
    "all",
  ),
  judge_self_preference: metric(
    "preference of judges for their own",
    "difference",
    "judge_self_preference",
    "candidate",
    "all",
  ),
  survival_by_length: metric(
    "least over most accepted length",
    "ratio",
    "survival_by_length",
    "candidate",
    "all",
  ),
  messy_share: counted("share of untidy inputs among samples that state their form"),
  messy_survival: counted("admission of untidy inputs, over that of standard ones"),
  near_duplicate_share: metric(
    "share of near-duplicates",
    "ratio",
    "near_duplicate_share",
    "candidate",
    "generated",
  ),
  skeleton_ratio: metric(
    "distinct sentence templates, over real text",
    "ratio",
    "skeleton_distinct_6",
    "candidate",
    "generated",
    {
      field: "ratio",
    },
  ),
  distinct_ratio: metric(
    "distinct 4-grams, over real text",
    "ratio",
    "distinct_4",
    "candidate",
    "generated",
    {
      field: "ratio",
    },
  ),
  tail_coverage: metric("tail coverage", "ratio", "tail_coverage", "candidate", "generated"),
  suite_item_age: metric("age of the oldest suite's items", "days", "suite_item_age", "reply", "suite:*"),
  suite_legacy: metric("share of suites with old items", "ratio", "suite_legacy", "reply", "suites"),
  suite_missing: metric(
    "suites that policy asks for and nobody runs",
    "count",
    "suite_missing",
    "reply",
    "suites",
  ),
  suite_ceiling: metric(
    "score of the suite nearest its ceiling",
    "ratio",
    "suite_ceiling",
    "reply",
    "suites",
  ),
  suite_made_least: metric(
    "share of made items in the most real suite",
    "ratio",
    "suite_made_least",
    "reply",
    "suites",
  ),
  suite_judges: metric("judges that score the suites", "count", "suite_judges", "reply", "suites"),
  suite_kin: counted("suite judges that also judge or make the training data", "count"),
  new_judge_share: metric(
    "share of results by judges that a suite did not have before",
    "ratio",
    "new_judge_share",
    "reply",
    "rates",
  ),
  paraphrase_gap: metric(
    "score lost when questions are put in other words",
    "difference",
    "paraphrase_gap",
    "reply",
    "suites",
  ),
  mix_explained: metric(
    "share of the fall that other traffic explains",
    "ratio",
    "mix_explained",
    "reply",
    "rates",
    {
      bucket: "reply/all/online_success",
    },
  ),
  control_explained: metric(
    "share of the fall that the control shows as well",
    "ratio",
    "control_explained",
    "reply",
    "rates",
    { bucket: "reply/all/online_success" },
  ),
  decoupled_windows: metric(
    "windows in which offline stayed calm and online did not",
    "count",
    "decoupled_windows",
    "reply",
    "drift",
    { bucket: "*" },
  ),
  online_success: metric("share of users who are served", "ratio", "online_success", "reply", "all"),
  online_success_change: metric(
    "change of the share of users who are served",
    "difference",
    "online_success",
    "reply",
    "all",
    {
      field: "change",
    },
  ),
  calm_stall: metric(
    "windows in which training grew calm and reality gained nothing",
    "count",
    "calm_stall",
    "reply",
    "curves",
  ),
  hidden_synthetic_share: metric(
    "share of texts called real that carry a generator's mark",
    "ratio",
    "hidden_synthetic_share",
    "candidate",
    "all",
  ),
  unknown_origin_share: metric(
    "share of arrivals of unknown origin",
    "ratio",
    "unknown_origin_share",
    "candidate",
    "all",
  ),
  skeleton_leak: metric(
    "share of texts called real in the generator's templates",
    "ratio",
    "skeleton_leak",
    "candidate",
    "real",
  ),
  error_pattern_survival: metric(
    "survival of known errors through the judge, over other texts",
    "ratio",
    "error_pattern_survival",
    "candidate",
    "all",
    { bucket: "*" },
  ),
  error_pattern_rise: metric(
    "evidence that a known error rises",
    "evidence",
    "error_pattern_rise",
    "reply",
    "patterns",
    {
      bucket: "*",
      field: "e",
    },
  ),
  fact_out_of_scope_share: metric(
    "share of generated texts that cite facts out of their scope",
    "ratio",
    "fact_out_of_scope_share",
    "candidate",
    "generated",
    { bucket: "*" },
  ),
  template_feel_reviews: counted("share of reviews that say template feel"),
} as const satisfies Readonly<Record<string, FactKind>>;

export type FactId = keyof typeof FACTS;
export const FACT_IDS = Object.keys(FACTS) as readonly FactId[];

/** One fact as history has it. `value` null: not measured, which is neither small nor large. */
export interface Fact {
  readonly value: number | null;
  /** Samples, windows, results: what it was counted on. */
  readonly n: number;
  /** Whom it is about: the busiest template, the blamed teacher; "" for nobody in particular. Data: may hold anything. */
  readonly of: string;
}

export type Facts = Readonly<Record<FactId, Fact>>;

export const NOT_MEASURED: Fact = { value: null, n: 0, of: "" };
export function factKind(id: FactId): FactKind {
  return FACTS[id];
}
