-- From misses to data: interactions that failed, each once; and rates by hour that do not change any more once they are told.

-- One row for each interaction that failed: its latest outcome that says so was not resolved, or a person had to take over; or the
-- latest review of it says fail. What users say comes before what a reviewer says. The latest correction that anybody gave counts.
-- Words are in the table texts (kind interaction), as long as they are kept: ask for those of the rows that are wanted, by lane and id.
CREATE OR REPLACE VIEW misses
(
    run                 String COMMENT 'Prefix of the run''s topics, empty for the live ones',
    lane                String,
    interaction_id      String,
    bucket              String,
    segment             String,
    model               String COMMENT 'id@version',
    interaction_time    DateTime64(3, 'UTC'),
    failed_time         DateTime64(3, 'UTC') COMMENT 'Event time of the latest outcome or review',
    cause               String COMMENT 'unresolved, escalated, review',
    complaint_type      String,
    correction          String COMMENT 'What the right answer would have been, empty for none'
)
AS
SELECT
    run, lane, interaction_id, bucket, segment, model, interaction_time, failed_time,
    if(unresolved, 'unresolved', if(escalated_last, 'escalated', 'review')) AS cause,
    complaint_type, correction
FROM
(
    SELECT
        run, lane, interaction_id,
        argMax(bucket, (is_outcome, event_time, _offset)) AS bucket,
        argMax(segment, (is_outcome, event_time, _offset)) AS segment,
        argMax(model, (is_outcome, event_time, _offset)) AS model,
        argMax(interaction_time, (is_outcome, event_time, _offset)) AS interaction_time,
        max(event_time) AS failed_time,
        -- Of nullable values the latest that says something counts.
        ifNull(argMax(resolved, (event_time, _offset)) = false, false) AS unresolved,
        ifNull(argMax(escalated, (event_time, _offset)), false) AS escalated_last,
        argMaxIf(verdict, (event_time, _offset), verdict != '') = 'fail' AS failed_review,
        argMaxIf(complaint_type, (event_time, _offset), complaint_type != '') AS complaint_type,
        argMaxIf(correction, (event_time, _offset), correction != '') AS correction
    FROM
    (
        SELECT
            substring(_topic, 1, length(_topic) - length('outcomes.v1')) AS run, toString(lane) AS lane, interaction_id,
            toString(bucket) AS bucket, toString(segment) AS segment, model, interaction_time, event_time, _offset,
            true AS is_outcome, resolved, escalated, '' AS verdict, toString(complaint_type) AS complaint_type, correction
        FROM outcomes
        UNION ALL
        SELECT
            substring(reviews._topic, 1, length(reviews._topic) - length('reviews.v1')) AS run, toString(reviews.lane) AS lane, target_id AS interaction_id,
            if(interactions.id = '', toString(reviews.bucket), toString(interactions.bucket)) AS bucket,
            toString(interactions.segment) AS segment, interactions.model AS model,
            if(interactions.id = '', reviews.event_time, interactions.event_time) AS interaction_time, reviews.event_time AS event_time, reviews._offset AS _offset,
            false AS is_outcome, CAST(NULL, 'Nullable(Bool)') AS resolved, CAST(NULL, 'Nullable(Bool)') AS escalated,
            toString(verdict) AS verdict, '' AS complaint_type, '' AS correction
        FROM reviews
        LEFT ANY JOIN
        (
            -- Only what was reviewed: interactions are many, reviews are few.
            SELECT id, lane, bucket, segment, model, event_time, substring(_topic, 1, length(_topic) - length('interactions.v1')) AS run
            FROM interactions
            WHERE (lane, id) IN (SELECT lane, target_id FROM reviews WHERE target_topic = 'interactions')
        ) AS interactions
            ON interactions.lane = reviews.lane AND interactions.id = reviews.target_id
            AND interactions.run = substring(reviews._topic, 1, length(reviews._topic) - length('reviews.v1'))
        WHERE target_topic = 'interactions'
    )
    GROUP BY run, lane, interaction_id
)
WHERE unresolved OR escalated_last OR failed_review;

-- Failures by the hour of the interaction, counted as the metric online_success counts: not resolved, of outcomes that say whether.
-- What an interaction came to within 1 h, 1 d and 7 d is the latest outcome within that time, so a count is final once the lane's
-- outcomes have come that far beyond the cohort (age_hours); before, it is not told.
CREATE OR REPLACE VIEW failure_cohorts
(
    run                 String COMMENT 'Prefix of the run''s topics, empty for the live ones',
    lane                String,
    bucket              String,
    segment             String COMMENT 'Of users; a lane''s control segments are in no rate of its own',
    model               String COMMENT 'id@version',
    cohort              DateTime('UTC') COMMENT 'Hour of the interactions',
    age_hours           Float64 COMMENT 'From the end of the cohort to the lane''s latest outcome',
    trials_1h           Nullable(UInt64) COMMENT 'Interactions whose outcome within 1 h says whether they were resolved; NULL until final',
    failures_1h         Nullable(UInt64),
    trials_1d           Nullable(UInt64),
    failures_1d         Nullable(UInt64),
    trials_7d           Nullable(UInt64),
    failures_7d         Nullable(UInt64)
)
AS
SELECT
    run, lane, bucket, segment, model, cohort,
    dateDiff('second', cohort + INTERVAL 1 HOUR, through) / 3600 AS age_hours,
    if(age_hours >= 1, countIf(isNotNull(resolved_1h)), NULL) AS trials_1h,
    if(age_hours >= 1, countIf(resolved_1h = false), NULL) AS failures_1h,
    if(age_hours >= 24, countIf(isNotNull(resolved_1d)), NULL) AS trials_1d,
    if(age_hours >= 24, countIf(resolved_1d = false), NULL) AS failures_1d,
    if(age_hours >= 168, countIf(isNotNull(resolved_7d)), NULL) AS trials_7d,
    if(age_hours >= 168, countIf(resolved_7d = false), NULL) AS failures_7d
FROM
(
    SELECT
        run, lane, interaction_id, bucket, segment, model, cohort, resolved_1h, resolved_1d, resolved_7d,
        max(last_time) OVER (PARTITION BY run, lane) AS through
    FROM
    (
        SELECT
            substring(_topic, 1, length(_topic) - length('outcomes.v1')) AS run, toString(outcomes.lane) AS lane, interaction_id,
            argMax(toString(outcomes.bucket), (event_time, _offset)) AS bucket,
            argMax(toString(outcomes.segment), (event_time, _offset)) AS segment,
            argMax(outcomes.model, (event_time, _offset)) AS model,
            toDateTime(toStartOfHour(min(interaction_time)), 'UTC') AS cohort,
            max(event_time) AS last_time,
            argMaxIf(resolved, (event_time, _offset), dateDiff('second', interaction_time, event_time) <= 3600) AS resolved_1h,
            argMaxIf(resolved, (event_time, _offset), dateDiff('second', interaction_time, event_time) <= 86400) AS resolved_1d,
            argMaxIf(resolved, (event_time, _offset), dateDiff('second', interaction_time, event_time) <= 604800) AS resolved_7d
        FROM outcomes
        GROUP BY run, lane, interaction_id
    )
)
GROUP BY run, lane, bucket, segment, model, cohort, through;

-- Cohorts of outcomes by maturity, as before; but what an interaction came to within a time is the latest outcome within it. An
-- outcome that comes later adds to the later figures and changes none that was told.
CREATE OR REPLACE VIEW outcome_cohorts AS
SELECT
    lane, model, bucket, segment, cohort, _topic,
    dateDiff('second', cohort + INTERVAL 1 HOUR, through) / 3600 AS age_hours,
    multiIf(age_hours >= 168, '7d', age_hours >= 24, '1d', age_hours >= 1, '1h', 'young') AS maturity,
    count() AS outcomes,
    countIf(first_delay_s <= 3600) AS outcomes_1h,
    countIf(first_delay_s <= 86400) AS outcomes_1d,
    countIf(first_delay_s <= 604800) AS outcomes_7d,
    if(age_hours >= 1, countIf(last_1h) / nullIf(countIf(isNotNull(last_1h)), 0), NULL) AS resolved_1h,
    if(age_hours >= 24, countIf(last_1d) / nullIf(countIf(isNotNull(last_1d)), 0), NULL) AS resolved_1d,
    if(age_hours >= 168, countIf(last_7d) / nullIf(countIf(isNotNull(last_7d)), 0), NULL) AS resolved_7d,
    countIf(first_delay_s > 604800) AS outcomes_later
FROM
(
    SELECT *, max(last_time) OVER (PARTITION BY _topic, lane) AS through
    FROM
    (
        SELECT
            _topic, lane, interaction_id,
            argMax(outcomes.model, (event_time, _offset)) AS model,
            argMax(outcomes.bucket, (event_time, _offset)) AS bucket,
            argMax(outcomes.segment, (event_time, _offset)) AS segment,
            toStartOfHour(min(interaction_time)) AS cohort,
            max(event_time) AS last_time,
            min(dateDiff('second', interaction_time, event_time)) AS first_delay_s,
            argMaxIf(resolved, (event_time, _offset), dateDiff('second', interaction_time, event_time) <= 3600) AS last_1h,
            argMaxIf(resolved, (event_time, _offset), dateDiff('second', interaction_time, event_time) <= 86400) AS last_1d,
            argMaxIf(resolved, (event_time, _offset), dateDiff('second', interaction_time, event_time) <= 604800) AS last_7d
        FROM outcomes
        GROUP BY _topic, lane, interaction_id
    )
)
GROUP BY lane, model, bucket, segment, cohort, through, _topic;
