import type { Board } from "./board.ts";
import { GATE_WORDS, gateState } from "./gate-words.ts";
import { curve, latest, OF_RUN, sqlTable } from "./query.ts";

/** Every lane's gate, and what needs somebody's attention. */
export const OVERVIEW_BOARD: Board = {
  name: "overview",
  title: "Overview",
  description:
    "Every lane's gate and what needs attention. Start here; the other dashboards are under Plumbline, above.",
  variables: ["run"],
  rows: [
    {
      title: "Now",
      panels: [
        {
          kind: "stat",
          title: "How many lanes are frozen?",
          description: "Lanes that let no generated sample through until a named person resumes them.",
          unit: "short",
          width: 4,
          height: 4,
          steps: [
            { value: null, color: "green" },
            { value: 1, color: "red" },
          ],
          queries: [
            curve(
              'count(max by (lane) (plumbline_gate_state{subject=~"lane:.*",state="frozen"}) == 1) or vector(0)',
              "frozen",
            ),
          ],
        },
        {
          kind: "stat",
          title: "How many other subjects are held?",
          description:
            "Templates, teachers, judges, models and sources that are frozen or rolled back while their lane goes on.",
          unit: "short",
          width: 4,
          height: 4,
          steps: [
            { value: null, color: "green" },
            { value: 1, color: "orange" },
          ],
          queries: [
            curve(
              'count(max by (lane, subject) (plumbline_gate_state{subject!~"lane:.*",state=~"frozen|rolled_back"}) == 1) or vector(0)',
              "held",
            ),
          ],
        },
        {
          kind: "stat",
          title: "How many gates are stale?",
          description:
            "Gates whose lease has run out: the governor or the lane's monitor is gone, and the lane's policy says what holds.",
          unit: "short",
          width: 4,
          height: 4,
          steps: [
            { value: null, color: "green" },
            { value: 1, color: "red" },
          ],
          queries: [
            curve(
              "count(max by (lane, subject) (plumbline_gate_lease_end_timestamp_seconds) < time()) or vector(0)",
              "stale",
            ),
          ],
        },
        {
          kind: "stat",
          title: "Is a governor deciding?",
          description:
            "Governors that hold the right to decide. Without one nothing is frozen and nothing resumed.",
          unit: "none",
          width: 4,
          height: 4,
          steps: [
            { value: null, color: "red" },
            { value: 1, color: "green" },
          ],
          queries: [curve("sum(plumbline_governor_active) or vector(0)", "active")],
        },
        {
          kind: "stat",
          title: "How many rules breach?",
          description: "Pairs of lane and rule whose last conclusive decision window breached.",
          unit: "short",
          width: 4,
          height: 4,
          steps: [
            { value: null, color: "green" },
            { value: 1, color: "orange" },
          ],
          queries: [
            curve("count(max by (lane, rule) (plumbline_rule_breach) == 1) or vector(0)", "in breach"),
          ],
        },
        {
          kind: "stat",
          title: "Which share of samples is held back?",
          description: "Quarantined samples among all that the gatekeeper judged lately, all lanes.",
          unit: "percentunit",
          width: 4,
          height: 4,
          steps: [
            { value: null, color: "green" },
            { value: 0.05, color: "orange" },
            { value: 0.5, color: "red" },
          ],
          queries: [
            curve(
              'sum(rate(plumbline_samples_judged_total{decision="quarantined"}[$__rate_interval])) / sum(rate(plumbline_samples_judged_total[$__rate_interval]))',
              "held back",
            ),
          ],
        },
      ],
    },
    {
      title: "What needs attention",
      panels: [
        {
          kind: "table",
          title: "Which rules breach, and in which lanes?",
          description:
            "Rules whose last conclusive decision window breached. Each has a page in docs/runbooks.",
          unit: "none",
          width: 8,
          height: 8,
          nothing: "No rule breaches",
          queries: [latest("max by (lane, rule) (lane_rule:plumbline_rule_breach:held) == 1")],
        },
        {
          kind: "table",
          title: "Which gates are not open?",
          description: "Gates that watch, throttle or hold, by subject. A gate that was never moved is open.",
          unit: "none",
          width: 8,
          height: 8,
          nothing: "All gates are open",
          queries: [latest('max by (lane, subject, state) (plumbline_gate_state{state!="open"}) == 1')],
        },
        {
          kind: "table",
          title: "How did each lane's last window end?",
          description:
            "The latest verdict of every lane, the families that breached, and whom leaving out would heal it.",
          unit: "none",
          width: 8,
          height: 8,
          queries: [
            sqlTable(`
              SELECT lane, verdict, warn, end_time, arrayStringConcat(families, ', ') AS families, arrayStringConcat(blamed, ', ') AS blamed
              FROM verdict_latest
              WHERE ${OF_RUN}
              ORDER BY verdict = 'breach' DESC, lane`),
          ],
        },
      ],
    },
    {
      title: "Over time",
      panels: [
        {
          kind: "timeline",
          title: "In which state was every lane's gate?",
          description:
            "The lanes' own gates. Those of templates, teachers, judges and models are on the lane's dashboard.",
          unit: "none",
          width: 24,
          height: 8,
          words: GATE_WORDS,
          queries: [curve(gateState("lane", 'subject=~"lane:.*"'), "{{lane}}")],
        },
        {
          kind: "series",
          title: "How much of the tail does each lane's generated text still have?",
          description:
            "Share of the reference's rare words that appear in generated candidates, beside real windows of the same size.",
          unit: "percentunit",
          width: 12,
          height: 8,
          queries: [
            curve(
              'max by (lane) (plumbline_window_value{stage="candidate",segment="generated",metric="tail_coverage"})',
              "{{lane}}",
            ),
          ],
        },
        {
          kind: "series",
          title: "What do users say in each lane?",
          description: "Share of interactions that were resolved, of those whose outcome says.",
          unit: "percentunit",
          width: 12,
          height: 8,
          queries: [
            curve(
              'max by (lane) (plumbline_window_value{stage="reply",segment="all",metric="online_success"})',
              "{{lane}}",
            ),
          ],
        },
        {
          kind: "table",
          title: "What was decided last?",
          description: "The latest decisions about gates, of rules and of people.",
          unit: "none",
          width: 24,
          height: 8,
          nothing: "Nothing was decided in the time shown",
          queries: [
            sqlTable(`
              SELECT at AS time, lane, subject, from_state, to_state, rule, cause, actor, reason
              FROM decisions
              WHERE $__timeFilter(at) AND ${OF_RUN}
              ORDER BY time DESC, revision DESC
              LIMIT 100`),
          ],
        },
      ],
    },
  ],
};
