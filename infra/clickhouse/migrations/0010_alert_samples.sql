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
