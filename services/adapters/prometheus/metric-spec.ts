/**
 * Every series of our own that any service exports: the telemetry's closed list. A name that is not here cannot be set.
 * Product series come from committed windows, verdicts, gates and decisions; operational ones from the loops.
 */

export type SeriesType = "gauge" | "counter" | "histogram";

export interface SeriesSpec {
  /** As exported: `plumbline_`, base units, `_total` for counters. */
  readonly name: string;
  /** What callers of the `Gauges` port say instead, where that differs. */
  readonly call?: string;
  readonly type: SeriesType;
  readonly help: string;
  /** Exactly the labels a caller gives. */
  readonly labels: readonly string[];
  /** Label sets exported; beyond it a counter adds to `__other__`, a gauge is refused, and both are counted. */
  readonly seriesMax: number;
  /** What a caller's value is multiplied by to become the base unit. */
  readonly scale?: number;
  /** Upper bounds of a histogram's buckets, in the base unit. */
  readonly buckets?: readonly number[];
}

/** At most so many values of a label, among series that agree in the labels of `within`. */
export interface LabelBound {
  readonly max: number;
  readonly within: readonly string[];
}

/**
 * Lanes that may have series of their own, declared ones first (ops.md section 4). One set for all series of a process;
 * where a series' own bound is reached before, label sets count in the order in which they come.
 */
export const LANES_MAX = 200;
/** Beside them stands `__other__`. */
const LANES_AND_OTHER = LANES_MAX + 1;

/** Labels whose values producers choose. All others come from closed lists, rules files or topic declarations. */
export const LABEL_BOUNDS: Readonly<Record<string, LabelBound>> = {
  lane: { max: LANES_MAX, within: [] },
  segment: { max: 32, within: ["lane", "stage"] },
  bucket: { max: 20, within: ["lane", "stage", "segment", "metric"] },
  subject: { max: 65, within: ["lane"] },
};

/** Order in which bounds are applied: what another one is bounded within comes first. */
export const BOUNDED_LABELS: readonly string[] = ["lane", "segment", "bucket", "subject"];

/** Counts what did not become a series. */
export const REFUSED_SERIES = "plumbline_series_refused_total";

const LANE = ["lane"];
const GATE = ["lane", "subject"];
const WINDOW = ["lane", "stage", "segment"];
const PARTITION = ["partition"];

/** All series of a full process stay under 2 MB and 100 ms a scrape (ops.md, S9): that is what bounds `seriesMax`. */
export const SERIES: readonly SeriesSpec[] = [
  // Windows: the lane's last decision window. Not a number where that window could not tell.
  gauge(
    "plumbline_window_value",
    "Value of a metric in the lane's last decision window, in the metric's own unit.",
    [...WINDOW, "metric"],
    4_500,
  ),
  gauge(
    "plumbline_window_z",
    "Deviation of a metric from real windows of the same size in the last decision window, in standard deviations.",
    [...WINDOW, "metric"],
    3_000,
  ),
  gauge(
    "plumbline_bucket_value",
    "Value of a metric in one bucket of the lane's last decision window, in the metric's own unit.",
    [...WINDOW, "metric", "bucket"],
    1_500,
  ),
  gauge("plumbline_window_records", "Records counted in the lane's last decision window.", WINDOW, 1_500),
  gauge(
    "plumbline_window_end_timestamp_seconds",
    "Event time at which the lane's last decision window ended.",
    LANE,
    LANES_AND_OTHER,
  ),
  counter("plumbline_windows_total", "Window rows written, by kind of window.", ["window"], 16),
  counter(
    "plumbline_late_records_total",
    "Records that came later than the lateness bound, counted in closed panes.",
    LANE,
    LANES_AND_OTHER,
  ),
  counter(
    "plumbline_repeated_records_total",
    "Records whose id had come before in their pane, left out of every metric.",
    LANE,
    LANES_AND_OTHER,
  ),

  // Verdicts, decisions, gates.
  counter(
    "plumbline_verdicts_total",
    "Verdicts over decision and generation windows.",
    ["lane", "window", "verdict"],
    1_600,
  ),
  gauge(
    "plumbline_rule_breach",
    "1 while the rule's last conclusive decision window breached, else 0.",
    ["lane", "rule"],
    2_000,
  ),
  gauge(
    "plumbline_rule_warn",
    "1 while the rule's last conclusive decision window warned without breaching, else 0.",
    ["lane", "rule"],
    2_000,
  ),
  counter(
    "plumbline_gate_decisions_total",
    "Decisions about gates, by the state decided on and the rule or command behind it.",
    ["decision", "rule"],
    600,
  ),
  gauge(
    "plumbline_gate_state",
    "State of a gate: 1 for the state it is in, 0 for the others.",
    [...GATE, "state"],
    3_000,
  ),
  gauge(
    "plumbline_gate_state_changed_timestamp_seconds",
    "Time since which a gate has been in its state.",
    GATE,
    500,
  ),
  gauge(
    "plumbline_gate_lease_end_timestamp_seconds",
    "Time at which a gate's lease ends unless it is renewed; a gate past it is stale.",
    GATE,
    500,
  ),

  // The gatekeeper's samples.
  counter(
    "plumbline_samples_judged_total",
    "Samples passed on, by where they went.",
    ["decision"],
    8,
    "samples_judged",
  ),
  counter(
    "plumbline_sample_reasons_total",
    "Reasons found against samples; one sample may have several, and passes where its lane does not enforce.",
    ["reason"],
    64,
    "sample_reasons",
  ),
  counter(
    "plumbline_stale_gate_samples_total",
    "Samples judged by a gate whose lease had ended.",
    [],
    1,
    "stale_gate_samples",
  ),

  // Operation.
  counter("plumbline_records_read_total", "Records read from the log.", ["service"], 16, "records"),
  counter(
    "plumbline_rejected_total",
    "Records that could not be read and went to the rejected topic, by code.",
    ["code"],
    64,
  ),
  counter(
    "plumbline_commands_refused_total",
    "Commands that were not carried out, by code.",
    ["code"],
    64,
    "commands_refused",
  ),
  counter("plumbline_transactions_total", "Transactions committed.", [], 1, "transactions"),
  {
    name: "plumbline_transaction_seconds",
    call: "transaction_ms",
    type: "histogram",
    help: "Time to write and commit one transaction.",
    labels: [],
    seriesMax: 1,
    scale: 1 / 1_000,
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  },
  gauge(
    "plumbline_consumer_lag_records",
    "Records of a partition not read yet.",
    ["topic", "partition"],
    1_000,
    "consumer_lag",
  ),
  gauge(
    "plumbline_read_timestamp_seconds",
    "Append time of the last record read of a partition; how far it lies back is the lag in time.",
    ["topic", "partition"],
    1_000,
    "read_timestamp",
  ),
  gauge(
    "plumbline_watermark_timestamp_seconds",
    "Event time up to which a partition is known to be complete, as its ticks say.",
    ["topic", "partition"],
    1_000,
  ),
  gauge("plumbline_open_panes", "Panes that still take records.", PARTITION, 256, "open_panes"),
  gauge(
    "plumbline_unfolded_panes",
    "Pane starts with state that some stage has not closed.",
    PARTITION,
    256,
    "unfolded_panes",
  ),
  gauge(
    "plumbline_held_records",
    "Records that wait until an earlier pane is closed.",
    PARTITION,
    256,
    "held_records",
  ),
  gauge(
    "plumbline_waited_for",
    "1 where records of other topics are held until this one moves on.",
    ["topic", "partition"],
    1_536,
    "waited_for",
  ),
  gauge("plumbline_lanes", "Lanes the monitor keeps windows for.", PARTITION, 256, "lanes"),
  gauge(
    "plumbline_changelog_keys",
    "Live keys of the monitor's changelog.",
    PARTITION,
    256,
    "changelog_keys",
  ),
  gauge(
    "plumbline_governor_active",
    "1 in the governor that decides, 0 in a standby.",
    [],
    1,
    "governor_active",
  ),
  counter("plumbline_recorder_inserts_total", "Blocks stored in ClickHouse.", ["table"], 64),
  counter("plumbline_recorder_rows_total", "Rows stored in ClickHouse.", ["table"], 64),
  counter(
    "plumbline_recorder_retries_total",
    "Inserts tried again because the store was away.",
    ["table"],
    64,
  ),
  gauge(
    "plumbline_recorder_waiting",
    "1 while a table's insert waits for the store: it is away, or its disk is nearly full.",
    ["table"],
    64,
  ),
  counter(
    "plumbline_recorder_unreadable_total",
    "Records the recorder could not read; they are in the rejected topic already.",
    ["topic"],
    64,
  ),
  counter(
    "plumbline_recorder_repeated_total",
    "Records that came to the recorder again although a table had them; they were left out.",
    ["topic"],
    64,
  ),
  counter(
    "plumbline_webhook_alerts_total",
    "Alerts that came back by webhook, by what became of them.",
    ["sender", "outcome"],
    16,
    "webhook_alerts",
  ),
  counter(
    "plumbline_webhooks_refused_total",
    "Requests to the webhooks that were refused, by status.",
    ["sender", "status"],
    32,
    "webhooks_refused",
  ),
  gauge("plumbline_console_readers", "Pages that the console keeps live.", [], 1, "console_readers"),
  gauge("plumbline_build_info", "Always 1; the labels say which release runs.", ["service", "version"], 16),
  counter(
    REFUSED_SERIES,
    "Updates that did not become a series of their own, because a bound was reached or the name is unknown.",
    ["series"],
    256,
  ),
];

function gauge(
  name: string,
  help: string,
  labels: readonly string[],
  seriesMax: number,
  call?: string,
): SeriesSpec {
  return { name, type: "gauge", help, labels, seriesMax, ...(call === undefined ? {} : { call }) };
}

function counter(
  name: string,
  help: string,
  labels: readonly string[],
  seriesMax: number,
  call?: string,
): SeriesSpec {
  return { name, type: "counter", help, labels, seriesMax, ...(call === undefined ? {} : { call }) };
}
