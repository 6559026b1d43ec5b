import type { Board } from "./board.ts";
import { curve, latest, ofRun, sqlTable } from "./query.ts";

/** Whether the services keep up, and what they cost. */
export const OPERATIONS_BOARD: Board = {
  name: "operations",
  title: "Operations",
  description: "Whether the services keep up with the log, what they refuse, and what they cost.",
  variables: ["run"],
  rows: [
    {
      title: "Alive",
      panels: [
        {
          kind: "table",
          title: "Which services are up, and of which release?",
          description:
            "One row for each process that answers on /metrics. A service that is missing here decides nothing.",
          unit: "none",
          width: 10,
          height: 7,
          queries: [latest("max by (service, version) (plumbline_build_info)")],
        },
        {
          kind: "stat",
          title: "Does exactly one governor decide?",
          description:
            "Governors that hold the right to decide: 1. With 0, leases run out and gates go stale; 2 cannot be.",
          unit: "none",
          width: 5,
          height: 7,
          steps: [
            { value: null, color: "red" },
            { value: 1, color: "green" },
            { value: 2, color: "red" },
          ],
          queries: [curve("sum(plumbline_governor_active)", "active")],
        },
        {
          kind: "series",
          title: "How fresh is what the monitor has concluded?",
          description:
            "Age of the event time up to which each partition of windows is complete, against the clock. It stands still while producers are silent and a lane's idleMs is off.",
          unit: "s",
          width: 9,
          height: 7,
          queries: [
            curve(
              'time() - max by (topic, partition) (plumbline_watermark_timestamp_seconds{topic="windows"})',
              "partition {{partition}}",
            ),
          ],
        },
      ],
    },
    {
      title: "The log",
      panels: [
        {
          kind: "series",
          title: "How many records wait to be read?",
          description: "Records of each topic that a service has not read yet, all partitions.",
          unit: "short",
          width: 12,
          height: 8,
          queries: [curve("sum by (topic) (plumbline_consumer_lag_records)", "{{topic}}")],
        },
        {
          kind: "series",
          title: "How long do records wait?",
          description:
            "Age of the last record read, where more are waiting: the lag in time. Silence in a topic is no lag.",
          unit: "s",
          width: 12,
          height: 8,
          queries: [
            curve(
              "max by (topic) ((time() - plumbline_read_timestamp_seconds) * on (instance, topic, partition) (plumbline_consumer_lag_records > bool 0))",
              "{{topic}}",
            ),
          ],
        },
        {
          kind: "series",
          title: "How many records are read a second?",
          description: "Records that each service reads from the log.",
          unit: "recps",
          width: 8,
          height: 8,
          queries: [
            curve("sum by (service) (rate(plumbline_records_read_total[$__rate_interval]))", "{{service}}"),
          ],
        },
        {
          kind: "series",
          title: "What cannot be read, and why?",
          description:
            "Records a second that went to the rejected topic, by code. 0 while nothing was ever rejected.",
          unit: "recps",
          width: 8,
          height: 8,
          queries: [
            curve(
              "sum by (code) (rate(plumbline_rejected_total[$__rate_interval])) or vector(0)",
              "{{code}}",
            ),
          ],
        },
        {
          kind: "series",
          title: "How many records come too late or twice?",
          description:
            "Records a second that came later than the lateness bound, and repeated ids left out of every metric. 0 while there were none.",
          unit: "recps",
          width: 8,
          height: 8,
          queries: [
            curve("sum(rate(plumbline_late_records_total[$__rate_interval])) or vector(0)", "late"),
            curve("sum(rate(plumbline_repeated_records_total[$__rate_interval])) or vector(0)", "repeated"),
          ],
        },
        {
          kind: "table",
          title: "Which records could not be read lately?",
          description:
            "The latest rejected records: where they stand in the log, and what is wrong with them.",
          unit: "none",
          width: 24,
          height: 7,
          queries: [
            sqlTable(`
              SELECT append_time AS time, code, topic, partition, offset, detail, length(bytes_base64) * 3 / 4 AS bytes
              FROM rejected
              WHERE $__timeFilter(append_time)
              ORDER BY time DESC
              LIMIT 100`),
          ],
          columns: { bytes: "decbytes" },
        },
      ],
    },
    {
      title: "Panes and the changelog",
      panels: [
        {
          kind: "series",
          title: "How much is the monitor holding open?",
          description:
            "Panes that still take records, pane starts not folded into every stage, and records that wait for an earlier pane.",
          unit: "short",
          width: 12,
          height: 8,
          queries: [
            curve("sum(plumbline_open_panes)", "open panes"),
            curve("sum(plumbline_unfolded_panes)", "unfolded pane starts"),
            curve("sum(plumbline_held_records)", "held records"),
          ],
        },
        {
          kind: "series",
          title: "How large are the monitor's lanes and changelog?",
          description: "Lanes with windows of their own, and live keys of the changelog. Both are bounded.",
          unit: "short",
          width: 12,
          height: 8,
          queries: [
            curve("sum(plumbline_lanes)", "lanes"),
            curve("sum(plumbline_changelog_keys)", "changelog keys"),
          ],
        },
      ],
    },
    {
      title: "History",
      panels: [
        {
          kind: "series",
          title: "How many rows reach ClickHouse a second?",
          description: "Rows stored by the recorder, by table.",
          unit: "rowsps",
          width: 12,
          height: 8,
          queries: [
            curve("sum by (table) (rate(plumbline_recorder_rows_total[$__rate_interval]))", "{{table}}"),
          ],
        },
        {
          kind: "series",
          title: "Is the recorder waiting for the store?",
          description:
            "1 while some table's insert waits, and tries again a second. 0 while the store was never away.",
          unit: "none",
          width: 6,
          height: 8,
          queries: [
            curve("max(plumbline_recorder_waiting) or vector(0)", "waiting"),
            curve(
              "sum(rate(plumbline_recorder_retries_total[$__rate_interval])) or vector(0)",
              "tries a second",
            ),
          ],
        },
        {
          kind: "table",
          title: "How far is each topic recorded?",
          description:
            "The next offset to record and the append time reached, by topic and partition, newest epoch.",
          unit: "none",
          width: 6,
          height: 8,
          queries: [
            sqlTable(`
              SELECT topic, partition, max(next_offset) AS next_offset, max(append_max) AS reached
              FROM progress
              WHERE ${ofRun("extract(topic, '^(.*?)[a-z]+[.]v[0-9]+$')")}
              GROUP BY topic, partition, epoch
              ORDER BY topic, partition, epoch DESC
              LIMIT 1 BY topic, partition`),
          ],
        },
      ],
    },
    {
      title: "Cost",
      panels: [
        {
          kind: "series",
          title: "How much memory does each service hold?",
          description: "Resident memory of each process.",
          unit: "bytes",
          width: 8,
          height: 8,
          queries: [
            curve(
              "max by (service) (process_resident_memory_bytes * on (instance) group_left (service) plumbline_build_info)",
              "{{service}}",
            ),
          ],
        },
        {
          kind: "series",
          title: "How much CPU does each service take?",
          description: "Cores in use by each process.",
          unit: "none",
          width: 8,
          height: 8,
          queries: [
            curve(
              "max by (service) (rate(process_cpu_seconds_total[$__rate_interval]) * on (instance) group_left (service) plumbline_build_info)",
              "{{service}}",
            ),
          ],
        },
        {
          kind: "series",
          title: "How long do transactions and event loops take?",
          description:
            "The 99th percentile of writing and committing one transaction, and of the event loop's delay.",
          unit: "s",
          width: 8,
          height: 8,
          queries: [
            curve(
              "histogram_quantile(0.99, sum by (le) (rate(plumbline_transaction_seconds_bucket[$__rate_interval])))",
              "transaction, 99 %",
            ),
            curve("max(nodejs_eventloop_lag_p99_seconds)", "event loop, 99 %"),
          ],
        },
        {
          kind: "series",
          title: "Which series were refused for want of room?",
          description:
            "Updates a second that did not become a series of their own because a bound was reached, by series.",
          unit: "ops",
          width: 24,
          height: 7,
          queries: [
            curve(
              "sum by (series) (rate(plumbline_series_refused_total[$__rate_interval])) or vector(0)",
              "{{series}}",
            ),
          ],
        },
      ],
    },
  ],
};
