/** Alerts on gates and on the product itself: what is held, and what no longer holds anything. */
import type { Alert } from "./alert.ts";
import { burns, PAGE_BURNS, TICKET_BURNS } from "./recordings.ts";

const OWNER = "platform";
/** Without one of these something is not judged, not decided, not held or not kept. */
const SERVICES = ["gatekeeper", "monitor", "governor", "recorder"] as const;
/** A record that waits this long makes what is concluded old: leases end after 60 s. */
const WAITING_S_MAX = 60;
const REJECTED_SHARE_MAX = 0.01;
/** Gates are published anew at half their lease: a governor that comes back says them again within this. */
const GATE_SAID_WITHIN = "5m";

export const OPERATIONS_ALERTS: readonly Alert[] = [
  {
    name: "PlumblineLaneFrozen",
    expr: `max by (lane, subject) (last_over_time(plumbline_gate_state{subject=~"lane:.*",state="frozen"}[${GATE_SAID_WITHIN}])) == 1`,
    holdsFor: "0s",
    severity: "page",
    owner: OWNER,
    summary: "Lane {{ $labels.lane }} is frozen",
    description:
      "No generated sample of lane {{ $labels.lane }} is let through until a named approver resumes it, where the lane enforces.",
    runbook: "lane_frozen",
    dashboard: "plumbline-lane",
    ofLane: true,
  },
  {
    name: "PlumblineSubjectFrozen",
    expr: `max by (lane, subject, state) (last_over_time(plumbline_gate_state{subject!~"lane:.*",state=~"frozen|rolled_back"}[${GATE_SAID_WITHIN}])) == 1`,
    holdsFor: "0s",
    severity: "ticket",
    owner: OWNER,
    summary: "{{ $labels.subject }} is {{ $labels.state }} in lane {{ $labels.lane }}",
    description:
      "Samples of {{ $labels.subject }} are held back in lane {{ $labels.lane }}; the rest of the lane flows.",
    runbook: "subject_frozen",
    dashboard: "plumbline-lane",
    ofLane: true,
  },
  {
    name: "PlumblineGateStale",
    // A dead governor exports nothing any more: what it said last still says when the lease ends.
    expr: "max by (lane, subject) (last_over_time(plumbline_gate_lease_end_timestamp_seconds[1d])) < time()",
    holdsFor: "1m",
    severity: "page",
    owner: OWNER,
    summary: "The gate of {{ $labels.subject }} in lane {{ $labels.lane }} is stale",
    description:
      "Its lease has ended and nobody renews it: the governor or the lane's monitor is gone. The gatekeeper does what the lane's staleGate says.",
    runbook: "gate_stale",
    dashboard: "plumbline-lane",
    ofLane: true,
  },
  {
    name: "PlumblineGovernorAbsent",
    expr: "absent(plumbline_governor_active == 1)",
    holdsFor: "1m",
    severity: "page",
    owner: OWNER,
    summary: "No governor decides",
    description: "Nothing is frozen, nothing resumed, no lease renewed, and no verdict is made.",
    runbook: "governor_absent",
    dashboard: "plumbline-operations",
    ofLane: false,
  },
  {
    name: "PlumblineServiceDown",
    expr: SERVICES.map((service) => `absent(plumbline_build_info{service="${service}"})`).join(" or "),
    holdsFor: "2m",
    severity: "page",
    owner: OWNER,
    summary: "The {{ $labels.service }} is down",
    description: "No {{ $labels.service }} answers on /metrics.",
    runbook: "service_down",
    dashboard: "plumbline-operations",
    ofLane: false,
  },
  {
    name: "PlumblineSamplesFailingFast",
    expr: PAGE_BURNS.map(burns).join(" or "),
    holdsFor: "2m",
    severity: "page",
    owner: "data-quality",
    summary: "Most samples are held back",
    description:
      "The budget of failing samples (5 % over 30 days) burns so fast that a twentieth of it goes within hours. Share now: {{ $value | humanizePercentage }}.",
    runbook: "samples_failing",
    dashboard: "plumbline-governance",
    ofLane: false,
  },
  {
    name: "PlumblineSamplesFailingSlowly",
    expr: TICKET_BURNS.map(burns).join(" or "),
    holdsFor: "15m",
    severity: "ticket",
    owner: "data-quality",
    summary: "More samples are held back than the objective allows",
    description:
      "The budget of failing samples (5 % over 30 days) will not last. Share now: {{ $value | humanizePercentage }}.",
    runbook: "samples_failing",
    dashboard: "plumbline-governance",
    ofLane: false,
  },
  {
    name: "PlumblineNotFresh",
    expr: `max by (topic, partition) ((time() - plumbline_read_timestamp_seconds) and on (instance, topic, partition) plumbline_consumer_lag_records > 0) > ${WAITING_S_MAX}`,
    holdsFor: "5m",
    severity: "page",
    owner: OWNER,
    summary: "Records of {{ $labels.topic }}, partition {{ $labels.partition }}, wait to be read",
    description:
      "The last record read is {{ $value | humanizeDuration }} old and more are waiting: windows close late, and gates move late.",
    runbook: "not_fresh",
    dashboard: "plumbline-operations",
    ofLane: false,
  },
  {
    name: "PlumblineRejectRate",
    expr: `sum(rate(plumbline_rejected_total[10m])) / sum(rate(plumbline_records_read_total[10m])) > ${REJECTED_SHARE_MAX}`,
    holdsFor: "10m",
    severity: "ticket",
    owner: OWNER,
    summary: "Records cannot be read",
    description: "{{ $value | humanizePercentage }} of the records read went to the rejected topic.",
    runbook: "reject_rate",
    dashboard: "plumbline-operations",
    ofLane: false,
  },
  {
    name: "PlumblineRecorderWaiting",
    expr: "max by (table) (plumbline_recorder_waiting) == 1",
    holdsFor: "5m",
    severity: "ticket",
    owner: OWNER,
    summary: "History is not written: table {{ $labels.table }} waits",
    description: "ClickHouse is away, or its disk is nearly full. Nothing is lost while Kafka keeps it.",
    runbook: "recorder_waiting",
    dashboard: "plumbline-operations",
    ofLane: false,
  },
  {
    name: "PlumblineWebhookWithoutEffect",
    // Of a sender alone: who asks for a lane that is not there names no lane.
    expr: `sum by (sender) (increase(plumbline_webhooks_refused_total[15m])) > 0 or sum by (sender) (increase(plumbline_webhook_alerts_total{outcome=~"unknown_.+"}[15m])) > 0`,
    holdsFor: "0s",
    severity: "ticket",
    owner: OWNER,
    summary: "Alerts of {{ $labels.sender }} ask for freezes and get none",
    description:
      "The console refused what {{ $labels.sender }} sent, or it named a lane or subject that is none: {{ $value | humanize }} times in a quarter of an hour. Nothing was frozen for it.",
    runbook: "webhook_without_effect",
    dashboard: "plumbline-operations",
    ofLane: false,
  },
];
