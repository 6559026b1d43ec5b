import type { Board } from "./board.ts";
import { curve, OF_RUN, sqlCurve, sqlTable } from "./query.ts";

/** What was decided, by whom, and what it holds back. */
export const GOVERNANCE_BOARD: Board = {
  name: "governance",
  title: "Governance",
  description:
    "What was decided and by whom, what people approved or were refused, what it holds back, and what people looked at.",
  variables: ["run"],
  rows: [
    {
      title: "Decisions",
      panels: [
        {
          kind: "series",
          title: "How often do rules and people move gates?",
          description:
            "Decisions since each governor started, by the state decided on and the rule or command behind it.",
          unit: "short",
          width: 12,
          height: 8,
          queries: [
            curve("sum by (decision, rule) (plumbline_gate_decisions_total)", "{{decision}}: {{rule}}"),
          ],
        },
        {
          kind: "table",
          title: "For how long was each subject in which state?",
          description: "Time from each decision to the next one of the subject, in the time shown.",
          unit: "s",
          width: 12,
          height: 8,
          columns: { decisions: "short" },
          queries: [
            sqlTable(`
              SELECT lane, subject, to_state AS state, count() AS decisions, sum(dateDiff('second', at, until)) AS seconds
              FROM (
                SELECT lane, subject, to_state, at, leadInFrame(at, 1, now64(3)) OVER (PARTITION BY lane, subject ORDER BY revision ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS until
                FROM decisions
                WHERE $__timeFilter(at) AND ${OF_RUN}
              )
              GROUP BY lane, subject, state
              ORDER BY seconds DESC
              LIMIT 200`),
          ],
        },
        {
          kind: "table",
          title: "What was decided, and why?",
          description: "Every decision of the hash chain in the time shown, latest first, with its cause.",
          unit: "none",
          width: 24,
          height: 9,
          queries: [
            sqlTable(`
              SELECT at AS time, lane, subject, from_state, to_state, rule, cause, actor, reason, decision_id
              FROM decisions
              WHERE $__timeFilter(at) AND ${OF_RUN}
              ORDER BY time DESC, revision DESC
              LIMIT 200`),
          ],
        },
      ],
    },
    {
      title: "People",
      panels: [
        {
          kind: "table",
          title: "Who approved or asked for what?",
          description:
            "Decisions that people caused: freezes by hand and resumes, with the reason they gave.",
          unit: "none",
          width: 12,
          height: 8,
          nothing: "Nobody asked for anything in the time shown",
          queries: [
            sqlTable(`
              SELECT at AS time, lane, subject, from_state, to_state, actor, reason
              FROM decisions
              WHERE actor != 'plumbline' AND rule != 'resume_refused' AND $__timeFilter(at) AND ${OF_RUN}
              ORDER BY time DESC
              LIMIT 100`),
          ],
        },
        {
          kind: "table",
          title: "Who was refused, and why?",
          description: "Requests to resume that were not granted. They are in the chain like every decision.",
          unit: "none",
          width: 12,
          height: 8,
          nothing: "Nobody was refused in the time shown",
          queries: [
            sqlTable(`
              SELECT at AS time, lane, subject, actor, cause, reason
              FROM decisions
              WHERE rule = 'resume_refused' AND $__timeFilter(at) AND ${OF_RUN}
              ORDER BY time DESC
              LIMIT 100`),
          ],
        },
        {
          kind: "table",
          title: "What did people change?",
          description:
            "Templates, teachers, judges, mixtures, suites and policies that were changed, ratio steps, deployments, rollbacks.",
          unit: "none",
          width: 12,
          height: 8,
          nothing: "Nobody declared a change in the time shown",
          columns: { share_from: "percentunit", share_to: "percentunit" },
          queries: [
            sqlTable(`
              SELECT event_time AS time, lane, kind, subject, from_version, to_version, share_from, share_to, actor, approver, reason
              FROM changes
              WHERE $__timeFilter(event_time) AND ${OF_RUN}
              ORDER BY time DESC
              LIMIT 100`),
          ],
        },
        {
          kind: "series",
          title: "How much do people look at?",
          description: "Reviews by lane and verdict in each step of the time shown.",
          unit: "short",
          width: 12,
          height: 8,
          queries: [
            sqlCurve(`
              SELECT $__timeInterval(event_time) AS time, toString(lane) AS lane_name, toString(verdict) AS said, count() AS reviews
              FROM reviews
              WHERE $__timeFilter(event_time) AND ${OF_RUN}
              GROUP BY time, lane_name, said
              ORDER BY time`),
          ],
        },
      ],
    },
    {
      title: "What it holds back",
      panels: [
        {
          kind: "table",
          title: "Which share does each gate let through?",
          description:
            "The latest state of every gate: the share of generated arrivals it lets through, its lease, clean windows so far.",
          unit: "none",
          width: 12,
          height: 8,
          columns: { share: "percentunit" },
          queries: [
            sqlTable(`
              SELECT lane, subject, state, share, lease, since, valid_until, clean_windows, rule
              FROM gate_now
              WHERE ${OF_RUN}
              ORDER BY state = 'open', lane, subject
              LIMIT 500`),
          ],
        },
        {
          kind: "series",
          title: "How many samples are held back, and are they really?",
          description:
            "Samples by decision. Where a lane does not enforce, samples with reasons pass, and are counted as would-be.",
          unit: "short",
          width: 12,
          height: 8,
          stacked: true,
          queries: [
            sqlCurve(`
              SELECT $__timeInterval(event_time) AS time, multiIf(decision = 'quarantined', 'quarantined', empty(reasons), 'admitted', 'would be quarantined') AS went, count() AS samples
              FROM samples
              WHERE $__timeFilter(event_time) AND ${OF_RUN}
              GROUP BY time, went
              ORDER BY time`),
          ],
        },
        {
          kind: "series",
          title: "Why are samples held back?",
          description: "Reasons found against samples a second; one sample may have several.",
          unit: "ops",
          width: 12,
          height: 8,
          queries: [
            curve("sum by (reason) (rate(plumbline_sample_reasons_total[$__rate_interval]))", "{{reason}}"),
          ],
        },
        {
          kind: "series",
          title: "Were samples judged by gates out of date, or commands refused?",
          description:
            "Samples a second judged by a stale gate, and commands not carried out, by code. 0 while there were none.",
          unit: "ops",
          width: 12,
          height: 8,
          queries: [
            curve(
              "sum(rate(plumbline_stale_gate_samples_total[$__rate_interval]))",
              "samples under stale gates",
            ),
            curve(
              "sum by (code) (rate(plumbline_commands_refused_total[$__rate_interval])) or vector(0)",
              "refused: {{code}}",
            ),
          ],
        },
      ],
    },
  ],
};
