/**
 * Why a lane narrows, as data: likely causes, where each shows, and what would confirm or rule it out.
 *
 * One table: runbooks, the report, the API and the console print from it. Thresholds are chosen, to put first what is worth
 * looking at first; they judge nothing. A cause is a place to look, never a finding.
 */
import type { FactId } from "./facts.ts";
import type { LookId } from "./looks.ts";

/** A part of the loop, where a cause sits. */
export type LoopPart = "template" | "teacher" | "judge" | "source" | "mix" | "training" | "suites" | "users";

export interface Check {
  readonly fact: FactId;
  readonly op: "gte" | "lte";
  readonly threshold: number;
}

export interface Cause {
  readonly part: LoopPart;
  readonly title: string;
  /** How it does what is seen, in one sentence. */
  readonly how: string;
  /** One that holds speaks for it. */
  readonly confirmedBy: readonly Check[];
  /** One that holds speaks against it. */
  readonly ruledOutBy: readonly Check[];
  /** Where to look, the best place first. */
  readonly look: readonly LookId[];
  /** What to do if it is so. */
  readonly act: string;
}

const atLeast = (fact: FactId, threshold: number): Check => ({ fact, op: "gte", threshold });
const atMost = (fact: FactId, threshold: number): Check => ({ fact, op: "lte", threshold });

export const CAUSES = {
  template_rigid: {
    part: "template",
    title: "A template has grown rigid",
    how: "One template writes most texts, and each of them is the same text with other nouns.",
    confirmedBy: [
      atLeast("blamed_template", 0.5),
      atLeast("template_share", 0.5),
      atMost("skeleton_ratio", 0.97),
    ],
    ruledOutBy: [atMost("template_share", 0.1)],
    look: ["makers", "left_out", "template_texts"],
    act: "Hold the template, vary its openings and the order of its parts, publish it as a new version.",
  },
  teacher_dominant: {
    part: "teacher",
    title: "One teacher dominates",
    how: "Whatever one model prefers is in most of what is trained on.",
    confirmedBy: [atLeast("blamed_teacher", 0.5), atLeast("teacher_share", 0.8)],
    ruledOutBy: [atMost("teacher_share", 0.4)],
    look: ["makers", "left_out"],
    act: "Spread generation over teachers of other families; hold the teacher where it alone explains the breach.",
  },
  judge_narrow: {
    part: "judge",
    title: "The judge lets one kind through",
    how: "Unusual candidates are judged away, so that what is left looks alike.",
    confirmedBy: [
      atLeast("blamed_judge", 0.5),
      atMost("acceptance_hill_ratio", 0.8),
      atLeast("acceptance_narrowing", 0.1),
      atMost("survival_by_length", 0.5),
    ],
    ruledOutBy: [atLeast("acceptance_hill_ratio", 0.97)],
    look: ["survival", "judges"],
    act: "Have people review what the judge rejects; loosen the criterion that the rejected share, and publish a new judge version.",
  },
  taste_shared: {
    part: "judge",
    title: "Teacher and judge share a taste",
    how: "A model that judges its own output likes it; so do the judges of suites it has a part in.",
    confirmedBy: [
      atLeast("own_judge_share", 0.3),
      atLeast("judge_self_preference", 0.05),
      atLeast("suite_kin", 1),
    ],
    ruledOutBy: [atMost("own_judge_share", 0.01)],
    look: ["kin", "suite_kin", "judges"],
    act: "Take a judge of another family than the teacher, and people for a sample of both.",
  },
  share_too_high: {
    part: "mix",
    title: "The generated share is too high",
    how: "Generated data displaces real data, and what only real data has is no longer learned.",
    confirmedBy: [
      atLeast("trained_generated_share", 0.5),
      atLeast("generated_share", 0.5),
      atLeast("generated_share_change", 0.1),
    ],
    ruledOutBy: [atMost("trained_generated_share", 0.2), atMost("generated_share", 0.2)],
    look: ["origins", "manifests", "share_changes"],
    act: "Cut the share a step; a ratio experiment (`plumbline experiment`) says how far.",
  },
  recursion: {
    part: "mix",
    title: "Generated data is made from generated data",
    how: "Each round learns from the last one's output: rare events go first, then variance, then quality.",
    confirmedBy: [atLeast("recursive_share", 0.2), atLeast("own_teacher_share", 0.2)],
    ruledOutBy: [atMost("recursive_share", 0.01)],
    look: ["depth", "own_teachers"],
    act: "Generate from real seeds only, and leave outputs of models that this lane trained out of the mix.",
  },
  real_scarce: {
    part: "mix",
    title: "Fresh real data has become scarce",
    how: "Nothing from outside comes in that could contradict the generator.",
    confirmedBy: [atMost("real_arrivals_change", -0.3)],
    ruledOutBy: [atLeast("real_arrivals_change", -0.05)],
    look: ["origins", "real_days"],
    act: "Find out which feed went silent; put failed requests of users back in (`plumbline misses`).",
  },
  prompts_few: {
    part: "template",
    title: "The pool of prompts is small",
    how: "The same questions are asked again, and answered alike.",
    confirmedBy: [atLeast("prompt_repeated", 0.5)],
    ruledOutBy: [atMost("prompt_repeated", 0.05)],
    look: ["prompts", "makers"],
    act: "Draw prompts from real requests instead of a list.",
  },
  self_similar: {
    part: "teacher",
    title: "Samples repeat each other in structure",
    how: "Words differ, skeletons do not: the same thought is told again.",
    confirmedBy: [
      atLeast("near_duplicate_share", 0.1),
      atMost("skeleton_ratio", 0.97),
      atMost("distinct_ratio", 0.9),
      atLeast("template_feel_reviews", 0.1),
    ],
    ruledOutBy: [atLeast("skeleton_ratio", 0.995)],
    look: ["template_texts", "repetition", "makers"],
    act: "Cluster what is alike and cap each cluster; ask reviewers for the label *template feel*.",
  },
  maker_new: {
    part: "template",
    title: "A new version of template, teacher or judge came in just before",
    how: "What changed last is the first to be asked.",
    confirmedBy: [atLeast("new_maker", 1)],
    ruledOutBy: [atMost("new_maker", 0)],
    look: ["new_versions", "makers"],
    act: "Go back to the version before it on a part of the traffic and compare.",
  },
  suites_outdated: {
    part: "suites",
    title: "The suites are outdated or at their ceiling",
    how: "They ask what every model has learned by now, and cannot fall.",
    confirmedBy: [
      atLeast("suite_legacy", 0.5),
      atLeast("suite_missing", 1),
      atLeast("suite_ceiling", 0.95),
      atLeast("suite_item_age", 365),
      atLeast("paraphrase_gap", 0.05),
    ],
    ruledOutBy: [atMost("suite_legacy", 0)],
    look: ["suites", "beside"],
    act: "Run a shadow suite from real requests of the last weeks (`plumbline misses export`).",
  },
  suites_inbred: {
    part: "suites",
    title: "The suites are made or scored by the models they judge",
    how: "Evaluation and generation share a standard, so the score says how well they agree.",
    confirmedBy: [atLeast("suite_kin", 1), atLeast("suite_made_least", 0.5), atMost("suite_judges", 1)],
    ruledOutBy: [atMost("suite_made_least", 0.1)],
    look: ["suite_kin", "suites"],
    act: "Score by execution, comparison or people; ask what people asked.",
  },
  judge_of_suite_changed: {
    part: "suites",
    title: "A suite has another judge than before",
    how: "The scale moved, not the model.",
    confirmedBy: [atLeast("new_judge_share", 0.5)],
    ruledOutBy: [atMost("new_judge_share", 0.01)],
    look: ["suites"],
    act: "Have both judges score the same replies before a trend is read across the change.",
  },
  traffic_shifted: {
    part: "users",
    title: "Users ask other things than they did",
    how: "The mix of buckets moved towards the hard ones, without any bucket being served worse.",
    confirmedBy: [atLeast("mix_explained", 0.5)],
    ruledOutBy: [atMost("mix_explained", 0.2)],
    look: ["buckets", "traffic"],
    act: "Generate and evaluate for the new mix; nothing is to be rolled back for it.",
  },
  world_changed: {
    part: "users",
    title: "Something outside changed: what no model had a part in fell too",
    how: "A season, a product, an outage: the control fell with the lane.",
    confirmedBy: [atLeast("control_explained", 0.5)],
    ruledOutBy: [atMost("control_explained", 0.2)],
    look: ["control", "changes"],
    act: "Ask who knows of the event, and declare it as a change, so that the next reader sees it.",
  },
  noise_filtered: {
    part: "mix",
    title: "Untidy real inputs are filtered out or never made",
    how: "What is incomplete, colloquial or contradictory is dropped as low quality, and is what users write.",
    confirmedBy: [
      atMost("messy_share", 0.05),
      atMost("messy_survival", 0.8),
      atMost("survival_by_length", 0.5),
      atLeast("paraphrase_gap", 0.05),
    ],
    ruledOutBy: [atLeast("messy_share", 0.2)],
    look: ["forms", "survival", "held_back"],
    act: "Protect a share of untidy real inputs from the filters, and add a low-quality suite.",
  },
  training_too_clean: {
    part: "training",
    title: "Training has become easy",
    how: "Generated text is regular: the loss grows calm while the tail and real suites gain nothing.",
    confirmedBy: [atLeast("calm_stall", 1), atLeast("trained_generated_share", 0.5)],
    ruledOutBy: [atMost("trained_generated_share", 0.2)],
    look: ["training_runs", "manifests"],
    act: "Stop expanding; a ratio experiment with the tail suite says what more of it gains.",
  },
  model_new: {
    part: "training",
    title: "A new model version began to answer just before",
    how: "What was deployed last is the first to be asked.",
    confirmedBy: [atLeast("new_model", 1)],
    ruledOutBy: [atMost("new_model", 0)],
    look: ["models", "buckets"],
    act: "Hold the version and let the one before it answer part of the traffic.",
  },
  origin_wrong: {
    part: "source",
    title: "A feed carries generated text under a real name",
    how: "What counts as real is bent, and with it the measure of everything else.",
    confirmedBy: [
      atLeast("blamed_source", 0.5),
      atLeast("hidden_synthetic_share", 0.05),
      atLeast("skeleton_leak", 0.05),
      atLeast("unknown_origin_share", 0.1),
    ],
    ruledOutBy: [atMost("hidden_synthetic_share", 0.001)],
    look: ["feeds", "left_out"],
    act: "Hold the feed, ask its owner, and build the reference again without it if it was in.",
  },
  error_inherited: {
    part: "teacher",
    title: "The teacher's errors are passed on",
    how: "Nothing outside checks the texts, and the judge takes a fluent error for an answer.",
    confirmedBy: [
      atLeast("error_pattern_survival", 1.1),
      atLeast("error_pattern_rise", 20),
      atLeast("unverified_share", 0.8),
    ],
    ruledOutBy: [atMost("unverified_share", 0.2)],
    look: ["error_patterns", "verifiers"],
    act: "Verify by execution, rules or retrieval before admission; strike the pattern at its template.",
  },
  facts_stale: {
    part: "template",
    title: "Facts are cited where or when they do not hold",
    how: "A template or a teacher carries a fact beyond its country, product or date.",
    confirmedBy: [atLeast("fact_out_of_scope_share", 0.05)],
    ruledOutBy: [atMost("fact_out_of_scope_share", 0.005)],
    look: ["error_patterns", "makers"],
    act: "Mend the fact in the template, and declare its scope (docs/patterns.md).",
  },
} as const satisfies Readonly<Record<string, Cause>>;

export type CauseId = keyof typeof CAUSES;
export const CAUSE_IDS = Object.keys(CAUSES) as readonly CauseId[];

export function causeOf(id: CauseId): Cause {
  return CAUSES[id];
}
