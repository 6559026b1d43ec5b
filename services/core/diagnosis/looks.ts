/** Where to look: breakdowns by name. Their SQL is in `services/diagnosis/breakdowns.ts`. */

export const DASHBOARDS = ["lane", "divergence", "buckets", "sources", "governance"] as const;
export type DashboardName = (typeof DASHBOARDS)[number];

export interface Look {
  /** The question that it answers. */
  readonly question: string;
  readonly dashboard: DashboardName;
}

export const LOOKS = {
  makers: {
    question: "Who makes the lane's samples, and whose get through?",
    dashboard: "sources",
  },
  left_out: {
    question: "Which subject, left out, heals the metric?",
    dashboard: "sources",
  },
  template_texts: {
    question: "What do the latest texts of the busiest template look like, side by side?",
    dashboard: "sources",
  },
  repetition: { question: "How did repetition move?", dashboard: "lane" },
  prompts: { question: "Which prompts are used most?", dashboard: "sources" },
  new_versions: {
    question: "Which versions of template, teacher, judge and feed came in last?",
    dashboard: "sources",
  },
  survival: { question: "Which buckets does the judge let through?", dashboard: "sources" },
  judges: { question: "How often does each judge accept?", dashboard: "sources" },
  kin: { question: "Which judges judge what they made themselves?", dashboard: "sources" },
  suite_kin: {
    question: "Which suite judges also judge or make the training data?",
    dashboard: "sources",
  },
  origins: { question: "Where do samples come from, day by day?", dashboard: "lane" },
  real_days: { question: "Which feeds of real data went silent?", dashboard: "sources" },
  manifests: { question: "What was each generation trained on?", dashboard: "lane" },
  share_changes: { question: "Who changed the share, and why?", dashboard: "governance" },
  depth: { question: "How much was made from what was made?", dashboard: "sources" },
  own_teachers: { question: "Which teachers did this lane train itself?", dashboard: "sources" },
  suites: { question: "What do the suites ask, how old is it, who scores it?", dashboard: "divergence" },
  beside: { question: "Where do suites and users disagree most?", dashboard: "divergence" },
  buckets: { question: "Which buckets are served worse?", dashboard: "buckets" },
  traffic: { question: "What do users ask, week by week?", dashboard: "buckets" },
  control: { question: "How did what no model had a part in do?", dashboard: "divergence" },
  changes: { question: "What did people change or declare?", dashboard: "governance" },
  forms: { question: "How untidy are inputs, and do they get through?", dashboard: "sources" },
  held_back: { question: "What was held back, and why?", dashboard: "governance" },
  training_runs: { question: "How calm did training grow?", dashboard: "lane" },
  models: { question: "How is each model version doing?", dashboard: "divergence" },
  feeds: { question: "Which feeds call what real?", dashboard: "sources" },
  error_patterns: { question: "Which known errors and facts out of scope are there?", dashboard: "lane" },
  verifiers: { question: "Who or what checks generated samples?", dashboard: "sources" },
} as const satisfies Readonly<Record<string, Look>>;

export type LookId = keyof typeof LOOKS;
export const LOOK_IDS = Object.keys(LOOKS) as readonly LookId[];

export function lookOf(id: LookId): Look {
  return LOOKS[id];
}
