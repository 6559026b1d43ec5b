/**
 * Why the alerts on gates and on the product itself fire, the likeliest first. What stands behind a rule's alert is in the table of
 * causes (services/core/diagnosis); both end up in the alert and on its page in docs/runbooks.
 */
import type { QuarantineReason, RejectCode } from "../../core/input.ts";

export interface OperationsCause {
  readonly title: string;
  /** What shows it, as Markdown; metrics are those of `/metrics`. */
  readonly shownBy: string;
}

const code = (name: RejectCode): string => `\`${name}\``;
const reason = (name: QuarantineReason): string => `\`${name}\``;

/** By page in docs/runbooks. */
export const OPERATIONS_CAUSES: Readonly<Record<string, readonly OperationsCause[]>> = {
  lane_frozen: [
    {
      title: "Two families of rules breached",
      shownBy: "`plumbline gate get lane:support` names the rule; that rule's page has its causes",
    },
    {
      title: "A person or an alert's webhook froze it",
      shownBy: "the same, with an actor that is not `plumbline`",
    },
  ],
  subject_frozen: [
    {
      title: "Leaving it out restores every metric that breached",
      shownBy: "dashboard *Sources*, and view `window_left_out`",
    },
    {
      title: "The model version serves users worse",
      shownBy: "`plumbline gate get` names `online_fall_foretold` or `offline_online_decoupled`",
    },
    {
      title: "A person or an alert's webhook froze it",
      shownBy: "the actor in `plumbline gate get` is not `plumbline`",
    },
  ],
  gate_stale: [
    {
      title: "No governor runs",
      shownBy:
        "every lane is stale, and `plumbline_governor_active` is gone: [governor_absent](governor_absent.md)",
    },
    {
      title: "The lane's monitor is down or behind",
      shownBy: "only lanes of one partition are stale; dashboard *Operations*, lag of `admitted`",
    },
    {
      title: "A broker's clock jumped",
      shownBy: "all became stale in the same second, and services are up",
    },
  ],
  governor_absent: [
    { title: "It ended, or was never started", shownBy: "`plumbline status`; the end of its log" },
    {
      title: "Another one holds the commands",
      shownBy: "it runs, and `plumbline_governor_active` is 0 on every one that is scraped",
    },
    {
      title: "Kafka takes no transactions",
      shownBy: "`plumbline doctor`; [service_down](service_down.md) for the others fires as well",
    },
  ],
  service_down: [
    { title: "It ended with an error", shownBy: "the last line of its log" },
    { title: "Killed for memory", shownBy: "`dmesg`; its log stops in the middle" },
    { title: "Kafka or the disk is gone", shownBy: "several services at once; `plumbline doctor`" },
    {
      title: "It runs and Prometheus does not reach it",
      shownBy: "`curl` of its `/healthz` answers 200; then the scrape's address is wrong",
    },
  ],
  samples_failing: [
    {
      title: "A gate is closed",
      shownBy: `reasons ${reason("lane_frozen")}, ${reason("subject_frozen")} or ${reason("share_throttled")}: its own alert says why`,
    },
    {
      title: "A producer leaves out what the policy asks for",
      shownBy: `reason ${reason("provenance_missing")}, of one producer, since its release`,
    },
    { title: "A batch was sent twice", shownBy: `reason ${reason("duplicate_id")}` },
  ],
  not_fresh: [
    {
      title: "More arrives than one instance can take",
      shownBy: "CPU at one core, and a lag that grows with the traffic",
    },
    {
      title: "A topic that all wait for is silent or behind",
      shownBy: "`plumbline_waited_for` is 1 for it",
    },
    {
      title: "It works off an outage",
      shownBy: "the lag falls steadily; nothing is to be done",
    },
  ],
  reject_rate: [
    {
      title: "A producer's new release writes something else",
      shownBy: "one code of one topic, since its deployment",
    },
    { title: "A schema is not registered", shownBy: `code ${code("schema_unknown")}` },
    { title: "A producer's clock is ahead", shownBy: `code ${code("event_time_future")}` },
  ],
  recorder_waiting: [
    {
      title: "The disk is nearly full",
      shownBy: "`df -h` of the data directory; the recorder's log names the watermark",
    },
    {
      title: "ClickHouse is away or overloaded",
      shownBy: "`curl -s $CLICKHOUSE_URL/ping`; the log has its code",
    },
    { title: "A table was altered by hand", shownBy: "one table alone waits" },
  ],
  webhook_without_effect: [
    { title: "Token or secret differ", shownBy: '`plumbline_webhooks_refused_total{status="401"}`' },
    {
      title: "The alert names a lane or subject that is none",
      shownBy: '`plumbline_webhook_alerts_total{outcome=~"unknown_.+"}`',
    },
    { title: "Something else sends there", shownBy: "status 415 or 422, or a sender that you do not know" },
  ],
};
