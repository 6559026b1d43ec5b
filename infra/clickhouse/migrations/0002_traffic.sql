-- What came in: samples after the gate, real use, its outcomes, offline results, training, reviews, changes; and their texts.
--
-- Bookkeeping columns as in 0001_history.sql. An absent text field is the empty string; an absent number is NULL.
-- Facts and texts are apart, so that who may count need not be allowed to read, and text can expire or be erased alone:
-- GRANT SELECT on every table but texts.

-- One row for each sample after the gatekeeper: its provenance and the decision, no text. The topic `samples` itself is not
-- stored, as each of its records comes out as admitted or quarantined.
-- ORDER BY: "what arrived in this lane in this window" is a range; one id is found by the bloom filter.
-- PARTITION BY day: the largest table; a day is dropped whole.
-- TTL 400 days: provenance of a year of training data with a month to spare.
CREATE TABLE IF NOT EXISTS samples
(
    id                  String,
    event_time          DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    lane                LowCardinality(String),
    bucket              LowCardinality(String),
    decision            LowCardinality(String) COMMENT 'admitted, quarantined',
    reasons             Array(LowCardinality(String)) COMMENT 'Why it was, or with enforced = false would have been, quarantined',
    enforced            Bool,
    gate_revision       UInt64 COMMENT 'The gates the gatekeeper had seen',
    source_offset       UInt64 COMMENT 'Where the producer wrote it: in the topic samples, in the partition _partition' CODEC(Delta, ZSTD(1)),
    origin              LowCardinality(String),
    maker_kind          LowCardinality(String),
    usage               LowCardinality(String) COMMENT 'adds, replaces, unknown',
    source              LowCardinality(String) COMMENT 'The feed it came through',
    teacher_id          LowCardinality(String),
    teacher_version     LowCardinality(String),
    template_id         LowCardinality(String),
    template_version    LowCardinality(String),
    judge_id            LowCardinality(String),
    judge_version       LowCardinality(String),
    judge_score         Nullable(Float64),
    judge_verdict       LowCardinality(String),
    dataset_id          LowCardinality(String),
    dataset_version     LowCardinality(String),
    prompt_hash         String,
    seed                String,
    licence             LowCardinality(String),
    consent             LowCardinality(String),
    sources             Array(String),
    filters             Array(LowCardinality(String)),
    parents             Array(String),
    generation_depth    Nullable(UInt32),
    purpose             LowCardinality(String),
    represents          LowCardinality(String),
    verifier_kind       LowCardinality(String),
    verifier_id         LowCardinality(String),
    verifier_verdict    LowCardinality(String),
    verifier_confidence Nullable(Float64),
    reviewer            LowCardinality(String),
    principal           LowCardinality(String),
    labels              Array(LowCardinality(String)),
    principles_version  LowCardinality(String),
    output_schema       LowCardinality(String),
    language            LowCardinality(String),
    difficulty          LowCardinality(String),
    input_form          LowCardinality(String),
    interrupted         Nullable(Bool),
    emotion             LowCardinality(String),
    embedding_model     LowCardinality(String),
    tool_calls          UInt32 COMMENT 'How many',
    context_turns       UInt32,
    input_bytes         UInt32,
    output_bytes        UInt32,
    template            String ALIAS if(template_version = '', template_id, concat(template_id, '@', template_version)),
    teacher             String ALIAS if(teacher_version = '', teacher_id, concat(teacher_id, '@', teacher_version)),
    judge               String ALIAS if(judge_version = '', judge_id, concat(judge_id, '@', judge_version)),
    _cluster            LowCardinality(String),
    _topic              LowCardinality(String),
    _epoch              UInt32,
    _partition          UInt32,
    _offset             UInt64 CODEC(Delta, ZSTD(1)),
    _append_time        DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    _day                Date,
    INDEX by_id id TYPE bloom_filter(0.01) GRANULARITY 4
)
ENGINE = MergeTree
PARTITION BY _day
ORDER BY (lane, event_time, id)
TTL _day + INTERVAL 400 DAY
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 100;

-- Every text once, compressed. Read it by id and lane.
-- ORDER BY: the question is "the text of these ids"; ids of a lane lie together. With the content in the key, Replacing
-- folds a record that was sent twice and keeps two contents that claim one id.
-- PARTITION BY day and TTL 90 days: the only personal data at rest; ALTER TABLE texts MODIFY TTL sets your own term.
CREATE TABLE IF NOT EXISTS texts
(
    id                  String COMMENT 'Of the sample or the interaction',
    kind                LowCardinality(String) COMMENT 'sample, interaction',
    lane                LowCardinality(String),
    input               String COMMENT 'Prompt of a sample, request of an interaction' CODEC(ZSTD(3)),
    output              String COMMENT 'Output of a sample, response of an interaction' CODEC(ZSTD(3)),
    context             String COMMENT 'Earlier turns as JSON, empty for none' CODEC(ZSTD(3)),
    fields              Map(LowCardinality(String), String) CODEC(ZSTD(3)),
    tool_calls          String COMMENT 'Calls as JSON, empty for none' CODEC(ZSTD(3)),
    content_hash        UInt64 MATERIALIZED cityHash64(input, output, context),
    _cluster            LowCardinality(String),
    _topic              LowCardinality(String),
    _epoch              UInt32,
    _partition          UInt32,
    _offset             UInt64 CODEC(Delta, ZSTD(1)),
    _append_time        DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    _day                Date
)
ENGINE = ReplacingMergeTree
PARTITION BY _day
ORDER BY (lane, kind, id, content_hash)
TTL _day + INTERVAL 90 DAY
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 100;

-- One row for each real use of a deployed model, no text.
-- ORDER BY as samples: a lane's window is a range; one id by the bloom filter. PARTITION BY day: large.
-- TTL 180 days: outcomes carry what later questions need.
CREATE TABLE IF NOT EXISTS interactions
(
    id                  String,
    event_time          DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    lane                LowCardinality(String),
    bucket              LowCardinality(String),
    segment             LowCardinality(String),
    model_id            LowCardinality(String),
    model_version       LowCardinality(String),
    refused             Bool,
    session_id          String,
    turn                Nullable(UInt32),
    latency_ms          Nullable(Float64),
    language            LowCardinality(String),
    product             LowCardinality(String),
    region              LowCardinality(String),
    channel             LowCardinality(String),
    input_form          LowCardinality(String),
    interrupted         Nullable(Bool),
    emotion             LowCardinality(String),
    consent             LowCardinality(String),
    principal           LowCardinality(String),
    tool_calls          UInt32 COMMENT 'How many',
    context_turns       UInt32,
    request_bytes       UInt32,
    response_bytes      UInt32,
    model               String ALIAS if(model_version = '', model_id, concat(model_id, '@', model_version)),
    _cluster            LowCardinality(String),
    _topic              LowCardinality(String),
    _epoch              UInt32,
    _partition          UInt32,
    _offset             UInt64 CODEC(Delta, ZSTD(1)),
    _append_time        DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    _day                Date,
    INDEX by_id id TYPE bloom_filter(0.01) GRANULARITY 4
)
ENGINE = MergeTree
PARTITION BY _day
ORDER BY (lane, event_time, id)
TTL _day + INTERVAL 180 DAY
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 100;

-- What became of each interaction; needs no join, as it carries the interaction's bucket, model, segment and time.
-- ORDER BY: success per lane and bucket over interaction time is the online curve. PARTITION BY month: one small row each.
-- TTL 400 days: a year of online curves.
CREATE TABLE IF NOT EXISTS outcomes
(
    id                  String,
    event_time          DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    lane                LowCardinality(String),
    bucket              LowCardinality(String),
    segment             LowCardinality(String),
    model_id            LowCardinality(String),
    model_version       LowCardinality(String),
    interaction_id      String,
    interaction_time    DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    resolved            Nullable(Bool),
    satisfaction        Nullable(Float64),
    escalated           Nullable(Bool),
    complaint_type      LowCardinality(String),
    cost                Nullable(Float64),
    cost_currency       LowCardinality(String),
    correction          String CODEC(ZSTD(3)),
    note                String CODEC(ZSTD(3)),
    principal           LowCardinality(String),
    model               String ALIAS if(model_version = '', model_id, concat(model_id, '@', model_version)),
    _cluster            LowCardinality(String),
    _topic              LowCardinality(String),
    _epoch              UInt32,
    _partition          UInt32,
    _offset             UInt64 CODEC(Delta, ZSTD(1)),
    _append_time        DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    _day                Date
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(_day)
ORDER BY (lane, bucket, interaction_time, id)
TTL _day + INTERVAL 400 DAY
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 100;

-- Offline results. ORDER BY: a suite's curve over time for a lane, by bucket. PARTITION BY year, no TTL: few, and every
-- later claim about a model rests on them.
CREATE TABLE IF NOT EXISTS evaluations
(
    id                  String,
    event_time          DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    lane                LowCardinality(String),
    bucket              LowCardinality(String),
    run_id              String,
    model_id            LowCardinality(String),
    model_version       LowCardinality(String),
    suite               LowCardinality(String),
    suite_version       LowCardinality(String),
    suite_time          Nullable(DateTime64(3, 'UTC')),
    suite_owner         LowCardinality(String),
    item_origin         LowCardinality(String),
    item_id             String,
    pair_id             String,
    judge_id            LowCardinality(String),
    judge_version       LowCardinality(String),
    metric              LowCardinality(String),
    successes           Nullable(UInt64),
    trials              Nullable(UInt64),
    value               Nullable(Float64),
    experiment_id       LowCardinality(String),
    arm                 LowCardinality(String),
    synthetic_share     Nullable(Float64),
    settings_hash       LowCardinality(String),
    seed                String,
    perplexity          Nullable(Float64),
    perplexity_model    LowCardinality(String),
    tokenizer_id        LowCardinality(String),
    note                String,
    principal           LowCardinality(String),
    model               String ALIAS if(model_version = '', model_id, concat(model_id, '@', model_version)),
    _cluster            LowCardinality(String),
    _topic              LowCardinality(String),
    _epoch              UInt32,
    _partition          UInt32,
    _offset             UInt64 CODEC(Delta, ZSTD(1)),
    _append_time        DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    _day                Date
)
ENGINE = MergeTree
PARTITION BY toYear(_day)
ORDER BY (lane, suite, metric, bucket, event_time, id)
SETTINGS non_replicated_deduplication_window = 100;

-- Training runs and manifests. ORDER BY: a lane's runs in time. PARTITION BY year, no TTL: which data made which model.
CREATE TABLE IF NOT EXISTS training
(
    id                  String,
    event_time          DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    lane                LowCardinality(String),
    bucket              LowCardinality(String),
    kind                LowCardinality(String) COMMENT 'run, manifest',
    run_id              String,
    parent_run_id       String,
    model_id            LowCardinality(String),
    model_version       LowCardinality(String),
    generation          Nullable(UInt32) COMMENT 'By the producer''s own count',
    data_dataset        Array(String) COMMENT 'What was trained on: id@version; the data_ arrays go together',
    data_origin         Array(LowCardinality(String)),
    data_weight         Array(Float64),
    data_epochs         Array(Float64),
    data_samples        Array(Nullable(UInt64)),
    data_tokens         Array(Nullable(UInt64)),
    mixture_id          LowCardinality(String),
    mixture_version     LowCardinality(String),
    step                Nullable(UInt64),
    loss                Nullable(Float64),
    loss_variance       Nullable(Float64),
    holdout_id          LowCardinality(String),
    holdout_loss        Nullable(Float64),
    tokenizer_id        LowCardinality(String),
    settings_hash       LowCardinality(String),
    seed                String,
    experiment_id       LowCardinality(String),
    arm                 LowCardinality(String),
    note                String,
    principal           LowCardinality(String),
    model               String ALIAS if(model_version = '', model_id, concat(model_id, '@', model_version)),
    _cluster            LowCardinality(String),
    _topic              LowCardinality(String),
    _epoch              UInt32,
    _partition          UInt32,
    _offset             UInt64 CODEC(Delta, ZSTD(1)),
    _append_time        DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    _day                Date
)
ENGINE = MergeTree
PARTITION BY toYear(_day)
ORDER BY (lane, event_time, run_id, id)
SETTINGS non_replicated_deduplication_window = 100;

-- Judgements of people. ORDER BY: a lane's in time. PARTITION BY year, no TTL: an audit trail, written by hand.
CREATE TABLE IF NOT EXISTS reviews
(
    id                  String,
    event_time          DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    lane                LowCardinality(String),
    bucket              LowCardinality(String),
    target_topic        LowCardinality(String),
    target_id           String,
    subject             String,
    reviewer            LowCardinality(String),
    reviewer_role       LowCardinality(String),
    verdict             LowCardinality(String),
    labels              Array(LowCardinality(String)),
    confidence          Nullable(Float64),
    inspection_id       String,
    note                String CODEC(ZSTD(3)),
    principal           LowCardinality(String),
    _cluster            LowCardinality(String),
    _topic              LowCardinality(String),
    _epoch              UInt32,
    _partition          UInt32,
    _offset             UInt64 CODEC(Delta, ZSTD(1)),
    _append_time        DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    _day                Date
)
ENGINE = MergeTree
PARTITION BY toYear(_day)
ORDER BY (lane, event_time, id)
SETTINGS non_replicated_deduplication_window = 100;

-- What someone did or asked for. ORDER BY: a lane's in time. PARTITION BY year, no TTL: an audit trail.
CREATE TABLE IF NOT EXISTS changes
(
    id                  String,
    event_time          DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    lane                LowCardinality(String),
    bucket              LowCardinality(String),
    kind                LowCardinality(String),
    subject             String,
    from_version        String,
    to_version          String,
    share_from          Nullable(Float64),
    share_to            Nullable(Float64),
    samples             Nullable(UInt64),
    bundle              Array(String),
    actor               LowCardinality(String),
    role                LowCardinality(String),
    approver            LowCardinality(String),
    reason              String,
    experiment_id       LowCardinality(String),
    start_time          Nullable(DateTime64(3, 'UTC')),
    end_time            Nullable(DateTime64(3, 'UTC')),
    details             Map(String, String),
    principal           LowCardinality(String),
    _cluster            LowCardinality(String),
    _topic              LowCardinality(String),
    _epoch              UInt32,
    _partition          UInt32,
    _offset             UInt64 CODEC(Delta, ZSTD(1)),
    _append_time        DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    _day                Date
)
ENGINE = MergeTree
PARTITION BY toYear(_day)
ORDER BY (lane, event_time, id)
SETTINGS non_replicated_deduplication_window = 100;
