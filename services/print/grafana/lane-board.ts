import type { Catalogue } from "../../core/catalogue.ts";
import type { Rule } from "../../core/rule.ts";
import type { Board, Row } from "./board.ts";
import { GATE_WORDS, gateState } from "./gate-words.ts";
import { bucketValue, metricPanel, windowValue } from "./metric-panel.ts";
import { curve, OF_LANE, sqlTable, THIS_LANE } from "./query.ts";
import { rulePanel } from "./rule-panels.ts";

/** One lane's whole story. */
export function laneBoard(rules: readonly Rule[], catalogue: Catalogue): Board {
  return {
    name: "lane",
    title: "Lane",
    description:
      "One lane's whole story: its gate, what it is made of, what narrows, what the suites say and what users say.",
    variables: ["lane", "run"],
    annotations: [
      {
        name: "Frozen",
        color: "blue",
        query: sqlTable(`
          SELECT at AS time, concat(subject, ': ', from_state, ' to ', to_state) AS title, concat(cause, ' ', reason) AS text, rule AS tags
          FROM decisions
          WHERE to_state IN ('frozen', 'rolled_back') AND from_state != to_state AND $__timeFilter(at) AND ${OF_LANE}
          ORDER BY time`),
      },
      {
        name: "Resumed",
        color: "green",
        query: sqlTable(`
          SELECT at AS time, concat(subject, ': ', from_state, ' to ', to_state) AS title, concat(actor, ': ', reason) AS text, rule AS tags
          FROM decisions
          WHERE from_state = 'frozen' AND to_state != 'frozen' AND $__timeFilter(at) AND ${OF_LANE}
          ORDER BY time`),
      },
      {
        name: "Changed",
        color: "purple",
        query: sqlTable(`
          SELECT event_time AS time, concat(kind, ' ', subject) AS title, concat(actor, ': ', reason) AS text, kind AS tags
          FROM changes
          WHERE $__timeFilter(event_time) AND ${OF_LANE}
          ORDER BY time`),
      },
    ],
    rows: [
      gateRow(),
      madeOfRow(catalogue),
      narrowingRow(catalogue),
      offlineOnlineRow(),
      {
        title: "Rule by rule: what was judged, and the lines",
        panels: rules.map((rule) => rulePanel(rule, catalogue)),
      },
    ],
  };
}

function gateRow(): Row {
  return {
    title: "The gate",
    panels: [
      {
        kind: "timeline",
        title: "In which state were the lane's gates?",
        description: "The lane's own gate and those of its templates, teachers, judges, models and sources.",
        unit: "none",
        width: 16,
        height: 7,
        words: GATE_WORDS,
        queries: [curve(gateState("subject", THIS_LANE), "{{subject}}")],
      },
      {
        kind: "series",
        title: "How long do the leases last?",
        description: "Seconds until each gate's lease ends unless it is renewed. Below 0 the gate is stale.",
        unit: "s",
        width: 8,
        height: 7,
        steps: [
          { value: null, color: "red" },
          { value: 0, color: "green" },
        ],
        queries: [
          curve(
            `max by (subject) (plumbline_gate_lease_end_timestamp_seconds{${THIS_LANE}}) - time()`,
            "{{subject}}",
          ),
        ],
      },
      {
        kind: "table",
        title: "What was judged, with which arithmetic?",
        description:
          "Rules that breached or warned in the time shown, latest first, with the comparison in words.",
        unit: "none",
        width: 24,
        height: 8,
        nothing: "No rule breached or warned in the time shown",
        queries: [
          sqlTable(`
            SELECT end_time AS time, window, rule, verdict, warn, bucket, n, value, arithmetic
            FROM verdicts
            WHERE rule != '' AND (verdict = 'breach' OR warn) AND $__timeFilter(end_time) AND ${OF_LANE}
            ORDER BY time DESC, rule, bucket
            LIMIT 200`),
        ],
      },
    ],
  };
}

function madeOfRow(catalogue: Catalogue): Row {
  return {
    title: "What it is made of",
    panels: [
      {
        kind: "series",
        title: "Where do the lane's samples come from?",
        description: "Share of each origin among all candidates of the last decision window.",
        unit: "percentunit",
        width: 12,
        height: 8,
        stacked: true,
        queries: [curve(bucketValue("origin_mix", "candidate", "all"), "{{bucket}}")],
      },
      {
        kind: "series",
        title: "How many records are judged at a time?",
        description:
          "Records counted in the lane's last decision window, by stage. Few records make a window inconclusive.",
        unit: "short",
        width: 12,
        height: 8,
        queries: [
          curve(
            `max by (stage, segment) (plumbline_window_records{${THIS_LANE},segment=~"all|generated|real"})`,
            "{{stage}}, {{segment}}",
          ),
        ],
      },
      metricPanel(
        {
          title: "Is something called real that is not, or of unknown origin?",
          stage: "candidate",
          segment: "all",
          metrics: ["hidden_synthetic_share", "unknown_origin_share"],
          width: 24,
          height: 7,
        },
        catalogue,
      ),
    ],
  };
}

function narrowingRow(catalogue: Catalogue): Row {
  const generated = { stage: "candidate", segment: "generated" } as const;
  return {
    title: "What narrows",
    panels: [
      metricPanel(
        {
          title: "Does generated text repeat itself more?",
          ...generated,
          metrics: ["distinct_4", "skeleton_distinct_6", "near_duplicate_share", "seq_rep_4"],
          width: 12,
        },
        catalogue,
      ),
      metricPanel(
        {
          title: "Does the tail disappear?",
          ...generated,
          metrics: ["tail_coverage", "tail_mass_ratio"],
          width: 12,
        },
        catalogue,
      ),
      metricPanel(
        {
          title: "How far has generated text moved away from real text?",
          ...generated,
          metrics: ["word_jsd", "length_jsd"],
          width: 12,
        },
        catalogue,
      ),
      {
        kind: "series",
        title: "How unusual is that beside real text of the same size?",
        description:
          "Deviation from real windows of the same size, in standard deviations; what is bad depends on the metric's direction.",
        unit: "none",
        width: 12,
        height: 8,
        queries: [
          curve(
            `max by (metric) (plumbline_window_z{${THIS_LANE},stage="candidate",segment="generated"})`,
            "{{metric}}",
          ),
        ],
      },
    ],
  };
}

function offlineOnlineRow(): Row {
  return {
    title: "Offline beside online",
    panels: [
      {
        kind: "series",
        title: "Do the suites still say what users say?",
        description:
          "Score of each evaluation suite beside the share of interactions that users saw resolved. The gap's course tells, not its size.",
        unit: "percentunit",
        width: 12,
        height: 8,
        queries: [
          curve(
            `max by (segment) (plumbline_window_value{${THIS_LANE},stage="reply",segment=~"suite:.*",metric="offline_score"})`,
            "{{segment}}",
          ),
          curve(windowValue("online_success", "reply", "all"), "users"),
        ],
      },
      {
        kind: "series",
        title: "Which buckets are users unhappy in?",
        description: "Online success by bucket, those with most traffic; at most twenty are exported.",
        unit: "percentunit",
        width: 12,
        height: 8,
        queries: [curve(bucketValue("online_success", "reply", "all"), "{{bucket}}")],
      },
    ],
  };
}
