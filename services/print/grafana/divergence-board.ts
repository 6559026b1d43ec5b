import type { Rule } from "../../core/rule.ts";
import type { Board } from "./board.ts";
import { bucketValue, windowValue } from "./metric-panel.ts";
import { curve, OF_BUCKET, OF_LANE, sqlCurve, sqlTable, THIS_LANE } from "./query.ts";
import { linesOf } from "./rule-panels.ts";

/** What evaluation sets say beside what real traffic says. */
export function divergenceBoard(rules: readonly Rule[]): Board {
  return {
    name: "divergence",
    title: "Online–offline divergence",
    description:
      "What the evaluation suites say beside what users say: both series, the gap, the lag, whether they still move together, and which proxy moved first.",
    variables: ["lane", "bucket", "run"],
    rows: [
      {
        title: "Both series",
        panels: [
          {
            kind: "series",
            title: "Do offline and online tell the same story?",
            description:
              "Score of each suite, and online success as it is and at the first mix of buckets. A calm suite over falling users is the trap.",
            unit: "percentunit",
            width: 12,
            height: 9,
            queries: [
              curve(
                `max by (segment) (plumbline_window_value{${THIS_LANE},stage="reply",segment=~"suite:.*",metric="offline_score"})`,
                "{{segment}}",
              ),
              curve(windowValue("online_success", "reply", "all"), "users"),
              curve(windowValue("online_fixed_mix", "reply", "rates"), "users, at the first mix of buckets"),
            ],
          },
          {
            kind: "series",
            title: "What did both say over the whole history?",
            description:
              "The same from history, by event time of each decision window, with the bucket chosen above.",
            unit: "percentunit",
            width: 12,
            height: 9,
            queries: [
              sqlCurve(`
                SELECT end_time AS time, if(metric = 'online_success', 'users', toString(segment)) AS series, avg(value) AS rate
                FROM windows
                WHERE window = 'decision' AND stage = 'reply' AND metric IN ('online_success', 'offline_score')
                  AND if(${"decodeURLComponent('${bucket:percentencode}')"} = '__all', bucket = '', ${OF_BUCKET})
                  AND isNotNull(value) AND $__timeFilter(end_time) AND ${OF_LANE}
                GROUP BY time, series
                ORDER BY time`),
            ],
          },
        ],
      },
      {
        title: "Gap, lag, decoupling",
        panels: [
          {
            kind: "table",
            title: "How far is each suite from its users, day by day?",
            description:
              "Offline minus online with its 95 % interval (Newcombe), by bucket and kind of user. A suite is not a user: look at how the gap changes.",
            unit: "percentunit",
            width: 24,
            height: 8,
            columns: { offline_n: "short", online_n: "short" },
            queries: [
              sqlTable(`
                SELECT day, if(bucket = '', 'all', toString(bucket)) AS bucket_name, users, suite, offline, online, gap, gap_lo, gap_hi, offline_n, online_n
                FROM offline_beside_online
                WHERE day >= toDate($__fromTime) AND day <= toDate($__toTime) AND ${OF_BUCKET} AND ${OF_LANE}
                ORDER BY day DESC, gap DESC
                LIMIT 200`),
            ],
          },
          {
            kind: "series",
            title: "For how many windows has offline stayed calm while users were served worse?",
            description:
              "Decision windows in a row in which a suite showed nothing and online success fell, by pair. The line is the rule's.",
            unit: "short",
            width: 12,
            height: 8,
            ...linesOf(rules, "decoupled_windows", "value"),
            queries: [
              sqlCurve(`
                SELECT end_time AS time, toString(bucket) AS pair, value
                FROM windows
                WHERE metric = 'decoupled_windows' AND segment = 'drift' AND bucket != '' AND isNotNull(value) AND $__timeFilter(end_time) AND ${OF_LANE}
                ORDER BY time`),
            ],
          },
          {
            kind: "series",
            title: "How fast do users and suites fall?",
            description:
              "Fall of each whole rate since the evidence began, as the lane's series hold it: users beside every suite.",
            unit: "percentunit",
            width: 12,
            height: 8,
            queries: [curve(bucketValue("rate_regression", "reply", "rates"), "{{bucket}}")],
          },
          {
            kind: "table",
            title: "Which offline series moves with users, and how many windows ahead?",
            description:
              "The latest correlation of each offline series with online success, after trends were removed, the lag at which it is strongest (positive: offline first), and whether that is concluded.",
            unit: "none",
            width: 24,
            height: 9,
            queries: [
              sqlTable(`
                SELECT
                  bucket AS pair,
                  argMaxIf(value, end_time, metric = 'drift_correlation') AS correlation,
                  argMaxIf(value, end_time, metric = 'drift_rank_correlation') AS rank_correlation,
                  argMaxIf(value, end_time, metric = 'drift_whitened') AS whitened,
                  argMaxIf(value, end_time, metric = 'drift_lag') AS lag_windows,
                  argMaxIf(value, end_time, metric = 'drift_concluded') AS concluded,
                  max(end_time) AS through
                FROM windows
                WHERE segment = 'drift' AND bucket != '' AND metric LIKE 'drift_%' AND isNotNull(value) AND $__timeFilter(end_time) AND ${OF_LANE}
                GROUP BY pair
                ORDER BY abs(correlation) DESC
                LIMIT 100`),
            ],
          },
        ],
      },
      {
        title: "Which proxy moved first",
        panels: [
          {
            kind: "table",
            title: "Which offline proxy foretold each alarm?",
            description:
              "Online alarms with the proxy that moved first and by how many windows; a value of 0 means that nothing foretold it.",
            unit: "none",
            width: 12,
            height: 8,
            queries: [
              sqlTable(`
                SELECT end_time AS time, metric, bucket AS alarm_or_proxy, value, n
                FROM windows
                WHERE segment = 'proxies' AND metric IN ('alarm_explained', 'proxy_lead') AND $__timeFilter(end_time) AND ${OF_LANE}
                ORDER BY time DESC, metric
                LIMIT 100`),
            ],
          },
          {
            kind: "series",
            title: "Which share of alarms did no proxy see coming?",
            description:
              "Online alarms that no proxy of the map foretold, of all so far. High: the suites ask the wrong questions.",
            unit: "percentunit",
            width: 12,
            height: 8,
            queries: [
              sqlCurve(`
                SELECT end_time AS time, value AS uncovered
                FROM windows
                WHERE metric = 'uncovered_alarms' AND segment = 'proxies' AND bucket = '' AND isNotNull(value) AND $__timeFilter(end_time) AND ${OF_LANE}
                ORDER BY time`),
            ],
          },
          {
            kind: "table",
            title: "Is it the model, or other traffic?",
            description:
              "What explains a fall beside the model: another mix of requests, or a control that fell as well. 1 is all of it.",
            unit: "percentunit",
            width: 12,
            height: 8,
            queries: [
              sqlTable(`
                SELECT end_time AS time, metric, bucket AS rate, value
                FROM windows
                WHERE metric IN ('mix_explained', 'mix_drop', 'control_explained') AND isNotNull(value) AND $__timeFilter(end_time) AND ${OF_LANE}
                ORDER BY time DESC, metric
                LIMIT 100`),
            ],
          },
          {
            kind: "table",
            title: "How old and how independent are the suites?",
            description:
              "Every suite version that ran: age of its items, where they come from, who scored them, and the latest run.",
            unit: "none",
            width: 12,
            height: 8,
            columns: { age_days: "d" },
            queries: [
              sqlTable(`
                SELECT suite, suite_version, age_days, arrayStringConcat(item_origins, ', ') AS origins, arrayStringConcat(judges, ', ') AS judges, runs, results, last_run, last_model
                FROM suites
                WHERE ${OF_LANE}
                ORDER BY last_run DESC
                LIMIT 100`),
            ],
          },
        ],
      },
    ],
  };
}
