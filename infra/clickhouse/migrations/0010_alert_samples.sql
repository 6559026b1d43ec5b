-- From an alert to what stands behind it: the records that a breaching verdict names, each with what became of it and its words,
-- where those are still kept and the reader may read them (table texts). A verdict names at most 8; how many there are of each
-- bucket stands in its arithmetic (table verdicts), and all of them in bucket_failures.
CREATE OR REPLACE VIEW alert_samples
(
    run              String COMMENT 'Prefix of the run''s topics, empty for the live ones',
    lane             String,
    window           String COMMENT 'decision, generation',
    start_time       DateTime64(3, 'UTC'),
    end_time         DateTime64(3, 'UTC') COMMENT 'Exclusive',
    families         Array(String) COMMENT 'In breach',
    id               String COMMENT 'Of an interaction that failed, or of a text that the breaching metric was measured on',
    kind             String COMMENT 'interaction where an outcome of it failed, else text',
    bucket           String,
    segment          String,
    model            String COMMENT 'id@version',
    interaction_time Nullable(DateTime64(3, 'UTC')),
    request          String,
    response         String
)
AS
SELECT
    alerts.run AS run, alerts.lane AS lane, window, start_time, end_time, families, alerts.id AS id,
    if(failed.known, 'interaction', 'text') AS kind,
    failed.bucket AS bucket, failed.segment AS segment, failed.model AS model,
    if(failed.known, toNullable(failed.interaction_time), NULL) AS interaction_time,
    texts.input AS request, texts.output AS response
FROM
(
    SELECT
        replaceOne(toString(_topic), 'verdicts.v1', '') AS run, toString(lane) AS lane, toString(window) AS window, start_time, end_time,
        arrayMap(family -> toString(family), families) AS families, arrayJoin(evidence) AS id
    FROM verdicts
    WHERE rule = '' AND verdict = 'breach'
) AS alerts
LEFT ANY JOIN
(
    SELECT
        replaceOne(toString(_topic), 'outcomes.v1', '') AS run, toString(lane) AS lane, interaction_id AS id,
        toString(bucket) AS bucket, toString(segment) AS segment, toString(model) AS model, interaction_time, true AS known
    FROM outcomes
    WHERE resolved = false AND interaction_id IN (SELECT arrayJoin(evidence) FROM verdicts WHERE rule = '' AND verdict = 'breach')
) AS failed ON failed.run = alerts.run AND failed.lane = alerts.lane AND failed.id = alerts.id
LEFT ANY JOIN
(
    SELECT toString(lane) AS lane, id, input, output
    FROM texts
    WHERE id IN (SELECT arrayJoin(evidence) FROM verdicts WHERE rule = '' AND verdict = 'breach')
) AS texts ON texts.lane = alerts.lane AND texts.id = alerts.id
ORDER BY end_time DESC, lane, id;

-- Buckets as they stand in the lane's latest decision window, the one with most evidence of a fall first: of all users, and of each
-- segment of users that the lane's policy names. e is shared among all of them: 20 is a level of .05. The rate is drawn towards
-- that of all buckets of the same users, so that a rare one can be ranked.
CREATE OR REPLACE VIEW bucket_ranking AS
SELECT
    lane, bucket, if(segment = 'buckets', 'all', substring(segment, 9)) AS users, latest.end_time AS end_time, _topic,
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
WHERE (segment = 'buckets' OR startsWith(segment, 'buckets/')) AND bucket != '' AND windows.end_time = latest.end_time
GROUP BY lane, bucket, users, end_time, _topic
ORDER BY lane, e DESC NULLS LAST, bucket, users;
