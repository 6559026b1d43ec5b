-- What Plumbline concluded: windows, verdicts, decisions, gates, commands, and how far the recorder has come.
--
-- Every row says where it comes from: _cluster, _topic, _epoch, _partition, _offset, _append_time. The recorder resumes
-- from max(_offset) + 1 of the current epoch, so a row is there once. _day is the running maximum of the append time of
-- its topic-partition: tables are partitioned by it, never by event time, because one insert is atomic only inside one
-- table partition, and a single record from 1970 or 2100 must not open a partition of its own.
-- non_replicated_deduplication_window remembers the tokens of the last inserts, so that an insert whose answer was lost
-- can be sent again; a token is random for each batch, never derived from its content.
-- Statements can be repeated. A statement ends with a semicolon at the end of a line.

-- How far each topic-partition is recorded. One row after each block; the largest next_offset of the newest epoch counts.
-- ORDER BY: the whole key, so that Replacing keeps one row of each. No TTL: a lost row would be a repeated topic.
CREATE TABLE IF NOT EXISTS progress
(
    topic          LowCardinality(String),
    partition      UInt32,
    epoch          UInt32 COMMENT 'Grows when an operator declares that a recreated topic starts anew',
    next_offset    UInt64,
    cluster        String,
    topic_id       String,
    append_max     DateTime64(3, 'UTC') COMMENT 'Running maximum of append time, which _day continues',
    written_at     DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(next_offset)
ORDER BY (topic, epoch, partition);

-- One row for each metric value of a window.
-- ORDER BY: the questions are "this metric of this lane over time", then "all metrics of this lane's window": lane and
-- metric first, time last, so that a series is one range on disk. Few distinct values come before many.
-- PARTITION BY month: about a hundred values a lane-minute; a day would make too many small parts.
-- TTL 3 years: year-on-year comparison with a year to spare. Values are small and hold no text.
CREATE TABLE IF NOT EXISTS windows
(
    lane           LowCardinality(String),
    stage          LowCardinality(String) COMMENT 'candidate, admitted, reply',
    segment        LowCardinality(String) COMMENT 'all, generated, real, suite:<name>',
    window         LowCardinality(String) COMMENT 'pane, decision, generation, 5m, 1h, 1d, 14d',
    start_time     DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    end_time       DateTime64(3, 'UTC') COMMENT 'Exclusive' CODEC(Delta, ZSTD(1)),
    generation     UInt32,
    metric         LowCardinality(String),
    bucket         LowCardinality(String) COMMENT 'Empty: the whole window',
    n              UInt64 COMMENT 'What the value was computed on; the metric says texts, trials or arrivals',
    n_ref          Nullable(UInt64) COMMENT 'The same in the reference',
    value          Nullable(Float64) CODEC(ZSTD(1)),
    lo             Nullable(Float64) COMMENT 'Lower end of the 95 % interval' CODEC(ZSTD(1)),
    hi             Nullable(Float64) COMMENT 'Upper end of the 95 % interval' CODEC(ZSTD(1)),
    null_mean      Nullable(Float64) COMMENT 'The metric on real windows of the same n' CODEC(ZSTD(1)),
    null_sd        Nullable(Float64) CODEC(ZSTD(1)),
    ratio          Nullable(Float64) COMMENT 'value / null_mean' CODEC(ZSTD(1)),
    z              Nullable(Float64) COMMENT '(value - null_mean) / null_sd, signed' CODEC(ZSTD(1)),
    e              Nullable(Float64) COMMENT 'Anytime-valid evidence' CODEC(ZSTD(1)),
    status         LowCardinality(String) COMMENT 'ok, insufficient, no_reference, degenerate: only ok has a judged value',
    window_n       UInt64 COMMENT 'Records counted in the window',
    late           UInt64,
    repeated       UInt64,
    incomplete     Bool COMMENT 'Late share above 1 %',
    reference_version LowCardinality(String),
    policy_version LowCardinality(String),
    evidence       Array(String) COMMENT 'Ids of a few records behind the window, never text' CODEC(ZSTD(3)),
    row_index      UInt32 COMMENT 'A decision or generation window of a lane is several records: this is row_index of row_count',
    row_count      UInt32,
    _cluster       LowCardinality(String),
    _topic         LowCardinality(String),
    _epoch         UInt32,
    _partition     UInt32,
    _offset        UInt64 CODEC(Delta, ZSTD(1)),
    _row           UInt32 COMMENT 'Index of the row in its record',
    _append_time   DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    _day           Date
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(_day)
ORDER BY (lane, metric, stage, segment, window, bucket, start_time)
TTL _day + INTERVAL 3 YEAR
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 100;

-- The same metrics with one subject left out, for windows in which a rule's condition was met.
-- ORDER BY: asked for one window of a lane at a time, all subjects of it.
-- PARTITION BY and TTL: as windows, which it explains.
CREATE TABLE IF NOT EXISTS window_left_out
(
    lane           LowCardinality(String),
    stage          LowCardinality(String),
    segment        LowCardinality(String),
    window         LowCardinality(String),
    start_time     DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    end_time       DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    generation     UInt32,
    subject        String COMMENT 'Left out',
    left_n         UInt64 COMMENT 'Records that remain',
    metric         LowCardinality(String),
    bucket         LowCardinality(String) COMMENT 'Empty: the whole window',
    n              UInt64 COMMENT 'What the value was computed on; the metric says texts, trials or arrivals',
    n_ref          Nullable(UInt64) COMMENT 'The same in the reference',
    value          Nullable(Float64) CODEC(ZSTD(1)),
    lo             Nullable(Float64) COMMENT 'Lower end of the 95 % interval' CODEC(ZSTD(1)),
    hi             Nullable(Float64) COMMENT 'Upper end of the 95 % interval' CODEC(ZSTD(1)),
    null_mean      Nullable(Float64) COMMENT 'The metric on real windows of the same n' CODEC(ZSTD(1)),
    null_sd        Nullable(Float64) CODEC(ZSTD(1)),
    ratio          Nullable(Float64) COMMENT 'value / null_mean' CODEC(ZSTD(1)),
    z              Nullable(Float64) COMMENT '(value - null_mean) / null_sd, signed' CODEC(ZSTD(1)),
    e              Nullable(Float64) COMMENT 'Anytime-valid evidence' CODEC(ZSTD(1)),
    status         LowCardinality(String) COMMENT 'ok, insufficient, no_reference, degenerate: only ok has a judged value',
    reference_version LowCardinality(String),
    _cluster       LowCardinality(String),
    _topic         LowCardinality(String),
    _epoch         UInt32,
    _partition     UInt32,
    _offset        UInt64 CODEC(Delta, ZSTD(1)),
    _row           UInt32 COMMENT 'Index of the row in its record',
    _append_time   DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    _day           Date
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(_day)
ORDER BY (lane, window, start_time, subject, metric)
TTL _day + INTERVAL 3 YEAR
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 100;

-- One row for each rule over a window, and one with an empty rule for the window's own verdict.
-- ORDER BY: a lane's verdicts in time, the window's row first (the empty rule sorts before every other).
-- PARTITION BY year: few rows. No TTL: a verdict is the reason of a decision, and decisions are kept.
CREATE TABLE IF NOT EXISTS verdicts
(
    lane           LowCardinality(String),
    window         LowCardinality(String) COMMENT 'decision, generation',
    start_time     DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    end_time       DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    generation     UInt32,
    rule           LowCardinality(String) COMMENT 'Empty: the verdict of the whole window',
    verdict        LowCardinality(String) COMMENT 'pass, inconclusive, error, breach',
    warn           Bool,
    metric         LowCardinality(String),
    family         LowCardinality(String),
    stage          LowCardinality(String),
    segment        LowCardinality(String),
    bucket         LowCardinality(String),
    n              UInt64,
    value          Nullable(Float64),
    lo             Nullable(Float64),
    hi             Nullable(Float64),
    ratio          Nullable(Float64),
    z              Nullable(Float64),
    anchor_ratio   Nullable(Float64) COMMENT 'value over the anchor generator version',
    arithmetic     String COMMENT 'The comparison in words',
    families       Array(LowCardinality(String)) COMMENT 'Families in breach; in the window row',
    blamed         Array(String) COMMENT 'Smallest subject set that, left out, restores the null; in the window row',
    evidence       Array(String) COMMENT 'Ids, never text; in the window row',
    rules_version  LowCardinality(String),
    reference_version LowCardinality(String),
    _cluster       LowCardinality(String),
    _topic         LowCardinality(String),
    _epoch         UInt32,
    _partition     UInt32,
    _offset        UInt64 CODEC(Delta, ZSTD(1)),
    _row           UInt32 COMMENT 'Index of the row in its record',
    _append_time   DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    _day           Date
)
ENGINE = MergeTree
PARTITION BY toYear(_day)
ORDER BY (lane, window, start_time, rule, metric, stage, segment, bucket)
SETTINGS non_replicated_deduplication_window = 100;

-- Every gate transition. ORDER BY: a subject's history; the chain itself is read by _offset of its single partition.
-- PARTITION BY year, no TTL: the audit log.
CREATE TABLE IF NOT EXISTS decisions
(
    decision_id    String,
    at             DateTime64(3, 'UTC') COMMENT 'The governor clock',
    subject        String,
    lane           LowCardinality(String),
    from_state     LowCardinality(String),
    to_state       LowCardinality(String),
    rule           LowCardinality(String),
    cause          String,
    actor          String,
    reason         String,
    window         LowCardinality(String),
    window_start   DateTime64(3, 'UTC'),
    window_end     DateTime64(3, 'UTC'),
    generation     UInt32,
    evidence       Array(String),
    revision       UInt64,
    cut            String COMMENT 'What the governor had read',
    prev_hash      String,
    hash           String,
    _cluster       LowCardinality(String),
    _topic         LowCardinality(String),
    _epoch         UInt32,
    _partition     UInt32,
    _offset        UInt64 CODEC(Delta, ZSTD(1)),
    _append_time   DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    _day           Date
)
ENGINE = MergeTree
PARTITION BY toYear(_day)
ORDER BY (lane, subject, at, revision)
SETTINGS non_replicated_deduplication_window = 100;

-- Every state a gate was published with; the topic is compacted, this table is its history. Lease renewals are in it.
-- ORDER BY: the latest revision of a subject is the last row of its range.
-- PARTITION BY month and TTL 1 year: renewals are many and only transitions (in decisions) matter for ever.
CREATE TABLE IF NOT EXISTS gates
(
    subject        String,
    lane           LowCardinality(String),
    state          LowCardinality(String) COMMENT 'open, watch, throttled, frozen, rolled_back, probation',
    share          Float64 COMMENT 'Share of generated arrivals let through, 0..1',
    since          DateTime64(3, 'UTC'),
    valid_until    DateTime64(3, 'UTC') COMMENT 'End of the lease, append time',
    revision       UInt64,
    rule           LowCardinality(String),
    cause          String,
    decision_id    String,
    clean_windows  UInt32,
    _cluster       LowCardinality(String),
    _topic         LowCardinality(String),
    _epoch         UInt32,
    _partition     UInt32,
    _offset        UInt64 CODEC(Delta, ZSTD(1)),
    _append_time   DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    _day           Date
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(_day)
ORDER BY (subject, revision)
TTL _day + INTERVAL 1 YEAR
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 100;

-- What people and webhooks asked for. Clock ticks in the same topic make no row.
-- ORDER BY time, as it is read; PARTITION BY year, no TTL: the audit log.
CREATE TABLE IF NOT EXISTS commands
(
    command_id     String,
    kind           LowCardinality(String),
    subject        String,
    lane           LowCardinality(String),
    actor          String,
    reason         String,
    issued_at      DateTime64(3, 'UTC'),
    key_id         String,
    signature      String,
    _cluster       LowCardinality(String),
    _topic         LowCardinality(String),
    _epoch         UInt32,
    _partition     UInt32,
    _offset        UInt64 CODEC(Delta, ZSTD(1)),
    _append_time   DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    _day           Date
)
ENGINE = MergeTree
PARTITION BY toYear(_day)
ORDER BY (issued_at, command_id)
SETTINGS non_replicated_deduplication_window = 100;

-- What could not be read, with its bytes. ORDER BY: by code and place, as one looks for the producer at fault.
-- PARTITION BY day and TTL 90 days: bytes of strangers, possibly personal; a day is dropped whole.
CREATE TABLE IF NOT EXISTS rejected
(
    topic          LowCardinality(String) COMMENT 'Where the record was',
    partition      UInt32,
    offset         UInt64,
    append_time    DateTime64(3, 'UTC'),
    code           LowCardinality(String),
    detail         String,
    key_base64     Nullable(String),
    bytes_base64   String CODEC(ZSTD(3)),
    bytes          String ALIAS base64Decode(bytes_base64),
    headers        Map(LowCardinality(String), String) CODEC(ZSTD(3)),
    _cluster       LowCardinality(String),
    _topic         LowCardinality(String),
    _epoch         UInt32,
    _partition     UInt32,
    _offset        UInt64 CODEC(Delta, ZSTD(1)),
    _append_time   DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    _day           Date
)
ENGINE = MergeTree
PARTITION BY _day
ORDER BY (code, topic, partition, offset)
TTL _day + INTERVAL 90 DAY
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 100;

-- Metric values as people read them: newest first is one ORDER BY away, no bookkeeping columns.
CREATE OR REPLACE VIEW window_values AS
SELECT lane, stage, segment, bucket, window, start_time, end_time, generation, metric, value, lo, hi, n, null_mean, ratio, z, status, reference_version
FROM windows;

-- The latest state of every gate, and whether its lease has run out.
CREATE OR REPLACE VIEW gate_now AS
SELECT subject, lane, if(valid_until < now64(3), 'stale', 'live') AS lease, state, share, since, valid_until, revision, rule, cause, decision_id, clean_windows
FROM gates
ORDER BY revision DESC
LIMIT 1 BY subject;

-- The latest verdict of every lane.
CREATE OR REPLACE VIEW verdict_latest AS
SELECT lane, window, start_time, end_time, generation, verdict, warn, families, blamed, evidence, rules_version, reference_version
FROM verdicts
WHERE rule = ''
ORDER BY end_time DESC, _offset DESC
LIMIT 1 BY lane;
