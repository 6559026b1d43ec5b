/**
 * A lane's history by hand: five decision windows in which one template takes over and the tail goes, then style, then users; held by
 * its gate. Enough for every section of a report and for the loop.
 */
import type { Row, Store } from "../../services/ports.ts";
import { insertRows, originAt } from "./table-rows.ts";

export const WINDOW_MS = 3_600_000;
export const WINDOWS = 5;
/** Words that break whoever builds a page from them. */
export const SCRIPT = `</script><script>alert("x")</script><img src=x onerror=alert(1)>`;

export interface LaneHistory {
  readonly lane: string;
  /** End of the last window. */
  readonly endMs: number;
  /** Prefix of the run's topics. */
  readonly prefix?: string;
}

const RULES = [
  ["tail_coverage_collapse", "tail_coverage", "support", "candidate", "generated", 1],
  ["skeleton_repetition", "skeleton_distinct_6", "repetition", "candidate", "generated", 2],
  ["online_success_anchor", "online_fixed_mix", "online", "reply", "rates", 4],
  ["near_duplicates", "near_duplicate_share", "repetition", "candidate", "generated", WINDOWS],
] as const;

/** Values over the five windows, with the mean of real windows where there is one. */
const SERIES = [
  ["tail_coverage", "candidate", "generated", "", [0.98, 0.6, 0.45, 0.3, 0.2], 0.99],
  ["skeleton_distinct_6", "candidate", "generated", "", [0.9, 0.88, 0.7, 0.6, 0.5], 0.91],
  ["distinct_4", "candidate", "generated", "", [0.9, 0.85, 0.7, 0.6, 0.5], 0.95],
  ["near_duplicate_share", "candidate", "generated", "", [0.01, 0.02, 0.05, 0.08, 0.12], null],
  ["word_jsd", "candidate", "generated", "", [0.05, 0.08, 0.12, 0.15, 0.2], 0.05],
  ["length_psi", "candidate", "generated", "", [0.01, 0.02, 0.05, 0.1, 0.3], 0.01],
  ["origin_mix", "candidate", "all", "", [0.5, 0.6, 0.7, 0.8, 0.9], null],
  ["origin_mix", "candidate", "all", "model_generated", [0.5, 0.6, 0.7, 0.8, 0.9], null],
  ["origin_mix", "candidate", "all", "human_direct", [0.5, 0.4, 0.3, 0.2, 0.1], null],
  ["offline_score", "reply", "suite:main", "", [0.8, 0.81, 0.82, 0.82, 0.83], null],
  ["offline_score", "reply", "suite:long_tail", "", [0.7, 0.68, 0.6, 0.55, 0.5], null],
  ["online_success", "reply", "all", "", [0.8, 0.8, 0.78, 0.7, 0.6], null],
  ["acceptance_hill_ratio", "candidate", "all", "", [0.95, 0.9, 0.85, 0.8, 0.7], null],
] as const;

export async function insertLaneHistory(
  store: Store,
  { lane, endMs, prefix = "" }: LaneHistory,
): Promise<void> {
  let offset = 0;
  const row = (topic: string, fields: Row): Row => {
    offset += 1;
    return { lane, ...fields, ...originAt(`${prefix}${topic}.v1`, offset, endMs) };
  };
  const endOf = (window: number): number => endMs - (WINDOWS - 1 - window) * WINDOW_MS;
  const span = (window: number): Row => ({
    window: "decision",
    start_time: endOf(window) - WINDOW_MS,
    end_time: endOf(window),
    generation: 1,
  });
  const over = <T>(make: (window: number) => T): T[] => Array.from({ length: WINDOWS }, (_, i) => make(i));

  await insertRows(
    store,
    "windows",
    SERIES.flatMap(([metric, stage, segment, bucket, values, real]) =>
      over((window) =>
        row("windows", {
          ...span(window),
          metric,
          stage,
          segment,
          bucket,
          n: 600,
          value: values[window]!,
          lo: values[window]! - 0.02,
          hi: values[window]! + 0.02,
          null_mean: real,
          ratio: real === null ? null : values[window]! / real,
          status: "ok",
          evidence: [],
          reference_version: "ref-1",
        }),
      ),
    ),
  );
  await insertRows(
    store,
    "verdicts",
    over((window) => {
      const said = RULES.map(([rule, metric, family, stage, segment, from]) =>
        row("verdicts", {
          ...span(window),
          rule,
          metric,
          family,
          stage,
          segment,
          verdict:
            rule === "near_duplicates" && window === 0 ? "inconclusive" : window >= from ? "breach" : "pass",
          n: 600,
          value: 0.5 - window / 20,
          lo: 0.4,
          hi: 0.6,
          arithmetic: "value 0.3 < 0.7 and z -21.3 < -4",
          families: [],
          blamed: [],
          evidence: [],
          reference_version: "ref-1",
        }),
      );
      const families = RULES.filter(([, , , , , from]) => window >= from).map(([, , family]) => family);
      return [
        ...said,
        row("verdicts", {
          ...span(window),
          rule: "",
          verdict: families.length > 0 ? "breach" : "pass",
          families,
          blamed: families.length > 0 ? ["template:qa@3"] : [],
          evidence: families.length > 0 ? [`s-${window}-0`, `s-${window}-1`] : [],
          reference_version: "ref-1",
        }),
      ];
    }).flat(),
  );
  const gate = (window: number, state: string, revision: number): Row[] => [
    row("gates", {
      subject: `lane:${lane}`,
      state,
      share: state === "frozen" ? 0 : 1,
      since: endOf(window),
      valid_until: endMs + 10 * 365 * 86_400_000,
      revision,
      rule: "ladder",
      cause: `${state} for a reason`,
      decision_id: `d${revision}`,
    }),
  ];
  await insertRows(store, "gates", [
    ...gate(0, "open", 1),
    ...gate(1, "watch", 2),
    ...gate(2, "throttled", 3),
    ...gate(3, "frozen", 4),
  ]);
  const decide = (window: number, from: string, to: string, revision: number): Row =>
    row("decisions", {
      decision_id: `d${revision}`,
      at: endOf(window),
      subject: `lane:${lane}`,
      from_state: from,
      to_state: to,
      rule: "ladder",
      cause: `${to} for a reason`,
      actor: "governor",
      reason: "",
      window: "decision",
      window_start: endOf(window) - WINDOW_MS,
      window_end: endOf(window),
      evidence: [`s-${window}-0`],
      revision,
    });
  await insertRows(store, "decisions", [
    decide(1, "open", "watch", 2),
    decide(2, "watch", "throttled", 3),
    decide(3, "throttled", "frozen", 4),
  ]);
  await insertRows(store, "changes", [
    row("changes", {
      id: "c1",
      event_time: endOf(0) - 60_000,
      kind: "template",
      subject: "template:qa@3",
      actor: "ann",
      reason: `fewer stock phrases ${SCRIPT}`,
      bundle: [],
      details: {},
    }),
  ]);
  await insertSamples(store, row, endOf);
  await insertRows(store, "training", [
    row("training", {
      id: "t1",
      event_time: endOf(1),
      kind: "manifest",
      run_id: "r1",
      model_id: "m",
      model_version: "2",
      data_dataset: ["real@1", "made@1"],
      data_origin: ["human_direct", "model_generated"],
      data_weight: [1, 3],
      data_epochs: [1, 1],
      data_samples: [100, 300],
      data_tokens: [null, null],
    }),
  ]);
}

async function insertSamples(
  store: Store,
  row: (topic: string, fields: Row) => Row,
  endOf: (window: number) => number,
): Promise<void> {
  const samples: Row[] = [];
  const texts: Row[] = [];
  for (let window = 0; window < WINDOWS; window += 1) {
    for (let i = 0; i < 40; i += 1) {
      const id = `s-${window}-${i}`;
      const made = i % 4 !== 3;
      samples.push(
        row("admitted", {
          id,
          event_time: endOf(window) - WINDOW_MS + 60_000 * (i + 1),
          bucket: "refund",
          decision: "admitted",
          origin: made ? "model_generated" : "human_direct",
          maker_kind: made ? "model" : "person",
          source: "feed-a",
          teacher_id: made ? "gen" : "",
          teacher_version: made ? "1" : "",
          template_id: made ? "qa" : "",
          template_version: made ? (window === 0 ? "2" : "3") : "",
          judge_id: made ? "gen" : "",
          judge_version: made ? "1" : "",
          judge_verdict: made ? "accept" : "",
          generation_depth: made ? 2 : 0,
          input_form: i % 20 === 0 ? "noisy" : "standard",
          reasons: [],
          sources: [],
          filters: [],
          parents: [],
          labels: [],
        }),
      );
      texts.push(
        row("admitted", {
          id,
          kind: "sample",
          input: `Where is parcel ${i}?`,
          output: made
            ? `Thank you for reaching out about parcel ${i}. The refund of the blue lamp is on its way to you. ${i === 0 ? SCRIPT : ""}`
            : `no idea mate, mine came broken ${i} and nobody picks up`,
          context: "",
          fields: {},
          tool_calls: "",
        }),
      );
    }
  }
  await insertRows(store, "samples", samples);
  await insertRows(store, "texts", texts);
}
