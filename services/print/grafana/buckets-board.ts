import type { Rule } from "../../core/rule.ts";
import type { Board } from "./board.ts";
import { OF_BUCKET, OF_LANE, ofRun, sqlCurve, sqlTable, sqlValue } from "./query.ts";
import { linesOf } from "./rule-panels.ts";

const OF_LANE_BY_RUN = `lane = ${sqlValue("lane")} AND ${ofRun("run")}`;

/** Which kinds of users are served worse, how sure that is, and the records behind it. */
export function bucketsBoard(rules: readonly Rule[]): Board {
  return {
    name: "buckets",
    title: "Long-tail buckets",
    description:
      "Which kinds of requests are served worse than they were, how sure that is, and the records behind it.",
    variables: ["lane", "bucket", "run"],
    rows: [
      {
        title: "Regressions, ranked",
        panels: [
          {
            kind: "table",
            title: "Which bucket has lost most, and how sure is it?",
            description:
              "The lane's latest decision window. Evidence is shared among all buckets: 20 is a level of .05 over all of them, however often one looks.",
            unit: "none",
            width: 24,
            height: 9,
            columns: {
              rate: "percentunit",
              drop: "percentunit",
              drop_lo: "percentunit",
              drop_hi: "percentunit",
              evidence: "sci",
            },
            queries: [
              sqlTable(`
                SELECT bucket, rate, drop, drop_lo, drop_hi, e AS evidence, outcomes, status, end_time
                FROM bucket_ranking
                WHERE ${OF_LANE}
                ORDER BY evidence DESC NULLS LAST, bucket
                LIMIT 200`),
            ],
          },
          {
            kind: "series",
            title: "How did the evidence of a fall grow?",
            description:
              "Anytime-valid evidence by bucket, to the base 10 (1.3 is the level .05 over all buckets).",
            unit: "none",
            width: 12,
            height: 8,
            steps: [
              { value: null, color: "green" },
              { value: evidenceLine(rules), color: "red" },
            ],
            queries: [
              sqlCurve(`
                SELECT end_time AS time, toString(bucket) AS bucket_name, log10(e) AS evidence
                FROM windows
                WHERE metric = 'bucket_regression' AND segment = 'buckets' AND bucket != '' AND e > 0 AND ${OF_BUCKET} AND $__timeFilter(end_time) AND ${OF_LANE}
                ORDER BY time`),
            ],
          },
          {
            kind: "series",
            title: "How much has each bucket lost?",
            description:
              "Fall of online success since the evidence began, by bucket. The line is the least effect the rule asks for.",
            unit: "percentunit",
            width: 12,
            height: 8,
            ...linesOf(rules, "bucket_regression", "value"),
            queries: [
              sqlCurve(`
                SELECT end_time AS time, toString(bucket) AS bucket_name, value AS drop
                FROM windows
                WHERE metric = 'bucket_regression' AND segment = 'buckets' AND bucket != '' AND isNotNull(value) AND ${OF_BUCKET} AND $__timeFilter(end_time) AND ${OF_LANE}
                ORDER BY time`),
            ],
          },
        ],
      },
      {
        title: "Rates",
        panels: [
          {
            kind: "series",
            title: "What do users of each bucket say?",
            description:
              "Online success by bucket and decision window, of the twenty buckets with most outcomes.",
            unit: "percentunit",
            width: 12,
            height: 8,
            queries: [
              sqlCurve(`
                SELECT end_time AS time, toString(bucket) AS bucket_name, value AS success
                FROM windows
                WHERE metric = 'online_success' AND stage = 'reply' AND segment = 'all' AND window = 'decision' AND isNotNull(value)
                  AND bucket IN (
                    SELECT bucket FROM windows
                    WHERE metric = 'online_success' AND segment = 'all' AND window = 'decision' AND bucket != '' AND ${OF_BUCKET} AND $__timeFilter(end_time) AND ${OF_LANE}
                    GROUP BY bucket ORDER BY sum(n) DESC LIMIT 20
                  )
                  AND $__timeFilter(end_time) AND ${OF_LANE}
                ORDER BY time`),
            ],
          },
          {
            kind: "series",
            title: "How much of the tail do its buckets still show?",
            description:
              "Online success shrunk towards that of all buckets, so that rare ones can be compared.",
            unit: "percentunit",
            width: 12,
            height: 8,
            queries: [
              sqlCurve(`
                SELECT end_time AS time, toString(bucket) AS bucket_name, value AS rate
                FROM windows
                WHERE metric = 'bucket_rate' AND segment = 'buckets' AND bucket != '' AND isNotNull(value) AND ${OF_BUCKET} AND $__timeFilter(end_time) AND ${OF_LANE}
                ORDER BY time`),
            ],
          },
          {
            kind: "table",
            title: "Has what failed had time to come in?",
            description:
              "Failures by hour of the interaction, after an hour, a day and a week. A figure is told once nothing can change it any more.",
            unit: "none",
            width: 24,
            height: 8,
            queries: [
              sqlTable(`
                SELECT cohort, bucket, segment, model, age_hours, trials_1h, failures_1h, trials_1d, failures_1d, trials_7d, failures_7d
                FROM failure_cohorts
                WHERE cohort >= toStartOfHour($__fromTime) AND cohort <= $__toTime AND ${OF_BUCKET} AND ${OF_LANE_BY_RUN}
                ORDER BY cohort DESC, failures_1h DESC
                LIMIT 200`),
            ],
          },
        ],
      },
      {
        title: "What is behind it",
        panels: [
          {
            kind: "table",
            title: "Which requests failed, and what was answered?",
            description:
              "The latest interactions that were not resolved or were handed to a person, with their words where they are still kept.",
            unit: "none",
            width: 24,
            height: 9,
            queries: [
              sqlTable(`
                SELECT interaction_time AS time, bucket, model, complaint_type, satisfaction, substring(request, 1, 500) AS request_begins, substring(response, 1, 500) AS response_begins, interaction_id
                FROM bucket_failures
                WHERE $__timeFilter(interaction_time) AND ${OF_BUCKET} AND ${OF_LANE}
                ORDER BY time DESC
                LIMIT 100`),
            ],
          },
          {
            kind: "table",
            title: "Why do interactions fail, bucket by bucket?",
            description: "Interactions that failed, each once, by cause and complaint.",
            unit: "short",
            width: 12,
            height: 8,
            queries: [
              sqlTable(`
                SELECT bucket, cause, complaint_type, count() AS failed, countIf(correction != '') AS corrected, max(failed_time) AS latest
                FROM misses
                WHERE $__timeFilter(failed_time) AND ${OF_BUCKET} AND ${OF_LANE_BY_RUN}
                GROUP BY bucket, cause, complaint_type
                ORDER BY failed DESC
                LIMIT 100`),
            ],
          },
          {
            kind: "table",
            title: "Which model versions answered, and how well?",
            description: "Interactions and resolved share by bucket and version, of outcomes that say.",
            unit: "none",
            width: 12,
            height: 8,
            columns: { resolved_share: "percentunit", outcomes: "short" },
            queries: [
              sqlTable(`
                SELECT bucket, model, count() AS outcomes, countIf(resolved = true) / nullIf(countIf(isNotNull(resolved)), 0) AS resolved_share
                FROM outcomes
                WHERE $__timeFilter(interaction_time) AND ${OF_BUCKET} AND ${OF_LANE}
                GROUP BY bucket, model
                ORDER BY outcomes DESC
                LIMIT 100`),
            ],
          },
        ],
      },
    ],
  };
}

/** Where the rule on buckets draws its line of evidence, to the base 10; 20 where the rules file has none. */
function evidenceLine(rules: readonly Rule[]): number {
  const rule = rules.find(({ metric }) => metric === "bucket_regression");
  const threshold = rule?.breach.find(({ field }) => field === "e")?.threshold ?? 20;
  return Number(Math.log10(threshold).toFixed(4));
}
