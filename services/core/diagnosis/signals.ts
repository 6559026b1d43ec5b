/**
 * What is seen first, and which causes may stand behind it: the five early signals of the product's specification (its
 * Table 17-1), and those that other rules speak of.
 */
import type { CauseId } from "./causes.ts";

export interface Signal {
  readonly title: string;
  /** How it shows. */
  readonly shows: string;
  /** Rules of the shipped rules file that speak of it. */
  readonly rules: readonly string[];
  /** Families of rules that are in no signal: a team's own rules lead somewhere, too. */
  readonly families: readonly string[];
  /** The likeliest first, before anything is known of the lane. */
  readonly causes: readonly CauseId[];
}

export const SIGNALS = {
  style_uniform: {
    title: "Output style becomes uniform",
    shows: "Sentence patterns, structures and wording grow alike.",
    rules: [
      "skeleton_repetition",
      "ngram_repetition",
      "near_duplicates",
      "length_divergence",
      "word_divergence",
    ],
    families: ["repetition", "divergence"],
    causes: [
      "template_rigid",
      "teacher_dominant",
      "judge_narrow",
      "taste_shared",
      "maker_new",
      "prompts_few",
      "self_similar",
    ],
  },
  online_worse: {
    title: "Users are served worse while offline scores stay",
    shows: "Average scores look normal, real satisfaction falls.",
    rules: [
      "offline_online_decoupled",
      "online_success_anchor",
      "bucket_regression",
      "alarms_uncovered",
      "online_fall_foretold",
      "offline_main_anchor",
    ],
    families: ["online", "offline"],
    causes: [
      "suites_outdated",
      "traffic_shifted",
      "noise_filtered",
      "suites_inbred",
      "model_new",
      "world_changed",
      "share_too_high",
    ],
  },
  fragile: {
    title: "The model grows fragile to odd input",
    shows: "It does worse where people write colloquially, incompletely or in other words.",
    rules: ["paraphrase_gap", "gaps_filled", "caution_lost", "caution_by_formula"],
    families: [],
    causes: ["noise_filtered", "self_similar", "prompts_few", "share_too_high", "suites_outdated"],
  },
  training_calm: {
    title: "Training is smoother, the tail is worse",
    shows: "Loss is attractive, complex tasks decline.",
    rules: ["training_calm_stall"],
    families: ["perplexity"],
    causes: ["share_too_high", "training_too_clean", "noise_filtered", "recursion"],
  },
  template_feel: {
    title: "People speak of template feel",
    shows: "Samples look right but say nothing particular.",
    rules: ["skeleton_repetition"],
    families: ["human"],
    causes: ["self_similar", "template_rigid", "prompts_few", "taste_shared"],
  },
  tail_lost: {
    title: "The tail disappears",
    shows: "Rare words and rare buckets come less often than in real text of the same size.",
    rules: ["tail_coverage_collapse", "tail_coverage_anchor"],
    families: ["support"],
    causes: [
      "share_too_high",
      "recursion",
      "teacher_dominant",
      "template_rigid",
      "judge_narrow",
      "real_scarce",
      "maker_new",
    ],
  },
  elsewhere: {
    title: "A rate fell for another reason than the model",
    shows: "Users ask other things, or what no model had a part in fell as well.",
    rules: ["fall_from_other_traffic", "fall_of_control_too"],
    families: [],
    causes: ["traffic_shifted", "world_changed", "model_new"],
  },
  suites_blind: {
    title: "Evaluation cannot see",
    shows: "Suites are missing, old, saturated, or made and scored by models.",
    rules: [
      "suite_missing",
      "suite_legacy_only",
      "suite_saturated",
      "suites_made_by_models",
      "suite_single_judge",
      "judge_changed",
    ],
    families: [],
    causes: ["suites_outdated", "suites_inbred", "judge_of_suite_changed", "taste_shared"],
  },
  origin_doubtful: {
    title: "It is not known what is real",
    shows: "Texts called real carry marks of a generator, or nobody says where they come from.",
    rules: ["hidden_synthetic", "unknown_origin_cap", "skeleton_leak"],
    families: ["provenance"],
    causes: ["origin_wrong", "recursion", "real_scarce"],
  },
  errors_spread: {
    title: "Errors spread",
    shows: "Known errors and facts out of their scope come more often, or pass more readily.",
    rules: ["error_pattern_rises", "error_pattern_survives", "facts_out_of_scope", "replies_out_of_scope"],
    families: ["errors", "acceptance"],
    causes: ["error_inherited", "facts_stale", "judge_narrow", "recursion", "maker_new"],
  },
} as const satisfies Readonly<Record<string, Signal>>;

export type SignalId = keyof typeof SIGNALS;
export const SIGNAL_IDS = Object.keys(SIGNALS) as readonly SignalId[];

export function signalOf(id: SignalId): Signal {
  return SIGNALS[id];
}

/** Signals that a rule speaks of, in the table's order; by its metric's family where no signal names the rule. */
export function signalsOfRule(rule: string, family: string): readonly SignalId[] {
  const named = SIGNAL_IDS.filter((id) => signalOf(id).rules.includes(rule));
  return named.length > 0 ? named : SIGNAL_IDS.filter((id) => signalOf(id).families.includes(family));
}
