import type { Catalogue } from "../../core/catalogue.ts";
import type { Board } from "./board.ts";
import { metricPanel } from "./metric-panel.ts";
import { OF_LANE, ofRun, sqlCurve, sqlTable, sqlValue } from "./query.ts";

const OF_LANE_BY_RUN = `lane = ${sqlValue("lane")} AND ${ofRun("run")}`;

/** Teachers, templates, judges and feeds: who dominates, what gets through, what is narrowed away. */
export function sourcesBoard(catalogue: Catalogue): Board {
  return {
    name: "sources",
    title: "Sources",
    description:
      "Teachers, templates, judges and feeds: who dominates, whose samples survive, and what the judges narrow away.",
    variables: ["lane", "run"],
    rows: [
      {
        title: "Concentration",
        panels: [
          {
            kind: "series",
            title: "How much of the generated data comes from one maker?",
            description:
              "Share of the busiest teacher, template, judge and feed among generated samples that name one. Near 1, one fault is everywhere.",
            unit: "percentunit",
            width: 12,
            height: 8,
            queries: [
              sqlCurve(`
                SELECT time, what, max(samples) / sum(samples) AS busiest
                FROM (
                  SELECT $__timeInterval(event_time) AS time, maker.1 AS what, maker.2 AS name, count() AS samples
                  FROM samples
                  ARRAY JOIN [('teacher', teacher), ('template', template), ('judge', judge), ('feed', toString(source))] AS maker
                  WHERE maker.2 != '' AND maker_kind != 'person' AND $__timeFilter(event_time) AND ${OF_LANE}
                  GROUP BY time, what, name
                )
                GROUP BY time, what
                ORDER BY time`),
            ],
          },
          {
            kind: "series",
            title: "Who makes this lane's data?",
            description:
              "Samples by teacher, candidates and all; samples without one are called by their feed.",
            unit: "short",
            width: 12,
            height: 8,
            stacked: true,
            queries: [
              sqlCurve(`
                SELECT $__timeInterval(event_time) AS time, if(teacher = '', toString(source), teacher) AS maker, count() AS samples
                FROM samples
                WHERE $__timeFilter(event_time) AND ${OF_LANE}
                GROUP BY time, maker
                ORDER BY time, samples DESC
                LIMIT 20 BY time`),
            ],
          },
        ],
      },
      {
        title: "Survival",
        panels: [
          {
            kind: "table",
            title: "Whose samples get through?",
            description:
              "Teachers, templates, judges and feeds with the share of their samples that was admitted, and why the rest was not.",
            unit: "none",
            width: 24,
            height: 9,
            columns: { admitted_share: "percentunit", samples: "short" },
            queries: [
              sqlTable(`
                SELECT
                  maker.1 AS what, maker.2 AS name, count() AS samples, countIf(decision = 'admitted') / count() AS admitted_share,
                  avg(judge_score) AS mean_judge_score, arrayStringConcat(arrayDistinct(arrayFlatten(groupUniqArray(20)(reasons))), ', ') AS reasons_found, max(event_time) AS latest
                FROM samples
                ARRAY JOIN [('teacher', teacher), ('template', template), ('judge', judge), ('feed', toString(source))] AS maker
                WHERE maker.2 != '' AND $__timeFilter(event_time) AND ${OF_LANE}
                GROUP BY what, name
                ORDER BY what, samples DESC
                LIMIT 200`),
            ],
          },
          {
            kind: "series",
            title: "Does each origin still get through?",
            description: "Admitted share of the samples of each origin.",
            unit: "percentunit",
            width: 12,
            height: 8,
            queries: [
              sqlCurve(`
                SELECT $__timeInterval(event_time) AS time, toString(origin) AS origin_name, countIf(decision = 'admitted') / count() AS admitted
                FROM samples
                WHERE $__timeFilter(event_time) AND ${OF_LANE}
                GROUP BY time, origin_name
                ORDER BY time`),
            ],
          },
          {
            kind: "table",
            title: "What does leaving one subject out change?",
            description:
              "Where a rule's condition was met: the metric with each subject left out. What heals by leaving one out is blamed on it; too few texts remaining make it insufficient.",
            unit: "none",
            width: 12,
            height: 8,
            queries: [
              sqlTable(`
                SELECT end_time AS time, subject, metric, value, z, left_n, status
                FROM window_left_out
                WHERE bucket = '' AND $__timeFilter(end_time) AND ${OF_LANE}
                ORDER BY time DESC, metric, subject
                LIMIT 200`),
            ],
          },
        ],
      },
      {
        title: "Judges",
        panels: [
          metricPanel(
            {
              title: "Is one judge deciding everything, and does it accept evenly?",
              stage: "candidate",
              segment: "all",
              metrics: [
                "judge_acceptance",
                "judge_concentration",
                "acceptance_balance",
                "acceptance_hill_ratio",
              ],
              width: 12,
            },
            catalogue,
          ),
          metricPanel(
            {
              title: "How much do the judges narrow?",
              stage: "candidate",
              segment: "all",
              metrics: ["acceptance_narrowing"],
              width: 12,
            },
            catalogue,
          ),
          {
            kind: "series",
            title: "How often does each judge accept?",
            description: "Accepted share of what each judge version judged, of verdicts whose word is known.",
            unit: "percentunit",
            width: 12,
            height: 8,
            queries: [
              sqlCurve(`
                SELECT $__timeInterval(event_time) AS time, toString(judge) AS judge_name, countIf(accepts = true) / countIf(isNotNull(accepts)) AS accepted
                FROM judge_verdicts
                WHERE $__timeFilter(event_time) AND ${OF_LANE_BY_RUN}
                GROUP BY time, judge_name
                HAVING countIf(isNotNull(accepts)) > 0
                ORDER BY time`),
            ],
          },
          {
            kind: "table",
            title: "Where do judges and people disagree?",
            description:
              "Reviewed samples by judge: how often people agree with it, and in which direction it errs.",
            unit: "none",
            width: 12,
            height: 8,
            columns: { agreement: "percentunit" },
            queries: [
              sqlTable(`
                SELECT
                  judge, count() AS reviewed, countIf(judge_accepts = people_accept) / nullIf(countIf(isNotNull(people_accept) AND isNotNull(judge_accepts)), 0) AS agreement,
                  countIf(judge_accepts AND NOT people_accept) AS too_kind, countIf(NOT judge_accepts AND people_accept) AS too_strict
                FROM judge_reviews
                WHERE $__timeFilter(event_time) AND ${OF_LANE_BY_RUN}
                GROUP BY judge
                ORDER BY reviewed DESC`),
            ],
          },
          {
            kind: "table",
            title: "Which suite judges also judge or make the training data?",
            description:
              "Such an evaluation is not independent of what it evaluates. Versions of a judge are one judge.",
            unit: "none",
            width: 24,
            height: 7,
            nothing: "No judge of a suite has a part in the training data",
            queries: [
              sqlTable(`
                SELECT judge_id, arrayStringConcat(suites, ', ') AS scored_suites, judged, taught, last_run
                FROM suite_kin
                WHERE ${OF_LANE}
                ORDER BY judged + taught DESC`),
            ],
          },
        ],
      },
    ],
  };
}
