-- Online beside offline: cohorts of outcomes by maturity, buckets ranked by what they lost, and the records behind them.

-- Values with their evidence, as `window_values` shows them without.
CREATE OR REPLACE VIEW window_values AS
SELECT lane, stage, segment, bucket, window, start_time, end_time, generation, metric, value, lo, hi, n, null_mean, ratio, z, e, status, reference_version, _topic
FROM windows;

-- An outcome comes hours or days after its interaction. A cohort is all interactions of one hour, of one model version, bucket and
-- segment; its rate after 1 h, 1 d and 7 d counts the outcomes that came within that time, and is NULL until the lane's own outcomes
-- have come so far that nothing more can. A repeated id counts once, and of several outcomes of one interaction the latest.
CREATE OR REPLACE VIEW outcome_cohorts AS
SELECT
    lane, model, bucket, segment, cohort, _topic,
    dateDiff('second', cohort + INTERVAL 1 HOUR, through) / 3600 AS age_hours,
    multiIf(age_hours >= 168, '7d', age_hours >= 24, '1d', age_hours >= 1, '1h', 'young') AS maturity,
    count() AS outcomes,
    countIf(delay_s <= 3600) AS outcomes_1h,
    countIf(delay_s <= 86400) AS outcomes_1d,
    countIf(delay_s <= 604800) AS outcomes_7d,
    if(age_hours >= 1, countIf(resolved AND delay_s <= 3600) / nullIf(countIf(isNotNull(resolved) AND delay_s <= 3600), 0), NULL) AS resolved_1h,
    if(age_hours >= 24, countIf(resolved AND delay_s <= 86400) / nullIf(countIf(isNotNull(resolved) AND delay_s <= 86400), 0), NULL) AS resolved_1d,
    if(age_hours >= 168, countIf(resolved AND delay_s <= 604800) / nullIf(countIf(isNotNull(resolved) AND delay_s <= 604800), 0), NULL) AS resolved_7d,
    countIf(delay_s > 604800) AS outcomes_later
FROM
(
    SELECT
        lane, model, bucket, segment, resolved, _topic,
        toStartOfHour(interaction_time) AS cohort,
        dateDiff('second', interaction_time, event_time) AS delay_s,
        max(event_time) OVER (PARTITION BY _topic, lane) AS through
    FROM
    (
        SELECT lane, model, bucket, segment, resolved, interaction_time, event_time, _topic
        FROM outcomes
        ORDER BY event_time DESC, _offset DESC
        LIMIT 1 BY _topic, lane, interaction_id
    )
)
GROUP BY lane, model, bucket, segment, cohort, through, _topic;

-- Buckets as they stand in the lane's latest decision window, the one with most evidence of a fall first. e is shared among the
-- buckets: 20 is a level of .05 over all of them. The rate is drawn towards that of all buckets, so that a rare one can be ranked.
CREATE OR REPLACE VIEW bucket_ranking AS
SELECT
    lane, bucket, latest.end_time AS end_time, _topic,
    anyIf(value, metric = 'bucket_rate') AS rate,
    anyIf(value, metric = 'bucket_regression') AS drop,
    anyIf(lo, metric = 'bucket_regression') AS drop_lo,
    anyIf(hi, metric = 'bucket_regression') AS drop_hi,
    anyIf(e, metric = 'bucket_regression') AS e,
    anyIf(n, metric = 'bucket_regression') AS outcomes,
    anyIf(status, metric = 'bucket_regression') AS status
FROM windows
INNER JOIN
(
    SELECT _topic, lane, max(end_time) AS end_time FROM windows WHERE segment = 'buckets' GROUP BY _topic, lane
) AS latest USING (_topic, lane)
WHERE segment = 'buckets' AND bucket != '' AND windows.end_time = latest.end_time
GROUP BY lane, bucket, end_time, _topic
ORDER BY lane, e DESC NULLS LAST, bucket;

-- What stands behind a bucket: interactions that were not resolved, or were handed to a person, with their words where they are
-- still kept and the reader may read them (table texts).
CREATE OR REPLACE VIEW bucket_failures AS
SELECT
    outcomes.lane AS lane, outcomes.bucket AS bucket, outcomes.segment AS segment, outcomes.model AS model,
    outcomes.interaction_id AS interaction_id, outcomes.interaction_time AS interaction_time, outcomes.event_time AS event_time,
    resolved, escalated, complaint_type, satisfaction, correction,
    texts.input AS request, texts.output AS response, outcomes._topic AS _topic
FROM outcomes
LEFT ANY JOIN texts ON texts.kind = 'interaction' AND texts.lane = outcomes.lane AND texts.id = outcomes.interaction_id
WHERE resolved = false OR escalated = true
ORDER BY event_time DESC;
