-- Evaluation suites as the lane's results know them, questions beside the same questions in other words, and judges that are at home
-- in the training data, too.

-- One row for each version of a suite that was ever run. A repeated result id counts once. Scores are of the latest run; an absent
-- text is the empty string and is listed nowhere.
CREATE OR REPLACE VIEW suites
(
    lane          LowCardinality(String),
    suite         LowCardinality(String) COMMENT 'main, long_tail, cross_domain, hard, low_quality, robustness, paraphrase, shadow, temporal_holdout, external, or the producer''s own',
    suite_version LowCardinality(String) COMMENT 'Empty where results name none',
    items_made    Nullable(DateTime64(3, 'UTC')) COMMENT 'When its newest items were made; NULL where no result says',
    age_days      Nullable(Float64) COMMENT 'From then to now, 0 and more',
    item_origins  Array(String) COMMENT 'Where the items come from, unknown ones left out',
    judges        Array(String) COMMENT 'Who scored, id@version; empty for comparison or execution',
    owners        Array(String) COMMENT 'Who owns it, as results say; more than one is a question',
    models        UInt64 COMMENT 'Model versions it was run on',
    runs          UInt64,
    results       UInt64,
    first_run     DateTime64(3, 'UTC') COMMENT 'Event time of the first result',
    last_run      DateTime64(3, 'UTC') COMMENT 'Event time of the latest result',
    last_model    String COMMENT 'Model version of the latest run',
    successes     Nullable(UInt64) COMMENT 'In the latest run; NULL where it has plain values only',
    trials        Nullable(UInt64) COMMENT 'In the latest run; NULL where it has plain values only',
    _topic        LowCardinality(String)
)
AS SELECT
    lane, suite, suite_version,
    max(suite_time) AS items_made,
    if(isNull(items_made), NULL, greatest(0, dateDiff('hour', assumeNotNull(items_made), now64(3)) / 24)) AS age_days,
    arraySort(arrayMap(x -> toString(x), groupUniqArrayIf(20)(item_origin, item_origin NOT IN ('', 'unknown')))) AS item_origins,
    arraySort(groupUniqArrayIf(50)(judge, judge != '')) AS judges,
    arraySort(arrayMap(x -> toString(x), groupUniqArrayIf(20)(suite_owner, suite_owner != ''))) AS owners,
    uniqExact(model) AS models,
    uniqExact(run_id) AS runs,
    count() AS results,
    min(event_time) AS first_run,
    max(event_time) AS last_run,
    argMax(model, (event_time, id)) AS last_model,
    sumIf(sound_successes, run_id = last_run_id) AS successes,
    sumIf(sound_trials, run_id = last_run_id) AS trials,
    _topic
FROM
(
    SELECT
        id, lane, suite, suite_version, suite_time, suite_owner, item_origin, run_id, event_time, _topic,
        model,
        if(judge_version = '' OR judge_id = '', toString(judge_id), concat(judge_id, '@', judge_version)) AS judge,
        -- Successes without trials, or more of them, are refused by the monitor, too.
        if(trials > 0 AND successes <= trials, successes, NULL) AS sound_successes,
        if(trials > 0 AND successes <= trials, trials, NULL) AS sound_trials,
        last_value(run_id) OVER (PARTITION BY _topic, lane, suite, suite_version ORDER BY event_time, id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS last_run_id
    FROM
    (
        SELECT id, lane, suite, suite_version, suite_time, suite_owner, item_origin, run_id, event_time, _topic, model, judge_id, judge_version, successes, trials
        FROM evaluations
        ORDER BY _append_time, _partition, _offset
        LIMIT 1 BY _topic, lane, id
    )
)
GROUP BY lane, suite, suite_version, _topic
ORDER BY lane, suite, last_run DESC;

-- Items of any suite beside the items that paraphrase or perturb them (pair_id), by model version and metric. An item is right where
-- its results have as many successes as trials, or a value of 1. McNemar's counts: only the pairs on which the two differ tell.
CREATE OR REPLACE VIEW paraphrase_pairs
(
    lane            LowCardinality(String),
    suite           LowCardinality(String) COMMENT 'Of the items that paraphrase or perturb',
    model           String COMMENT 'id@version',
    metric          LowCardinality(String),
    pairs           UInt64 COMMENT 'Items with both results',
    both_right      UInt64,
    only_original   UInt64 COMMENT 'Right as it was asked first, wrong in other words',
    only_paraphrase UInt64 COMMENT 'Wrong as it was asked first, right in other words',
    gap             Float64 COMMENT 'Share right as asked first minus share right in other words, -1..1',
    z               Nullable(Float64) COMMENT 'McNemar 1947, without correction; NULL where no pair differs',
    last_run        DateTime64(3, 'UTC'),
    _topic          LowCardinality(String)
)
AS SELECT
    lane, suite, model, metric,
    count() AS pairs,
    countIf(original AND reworded) AS both_right,
    countIf(original AND NOT reworded) AS only_original,
    countIf(reworded AND NOT original) AS only_paraphrase,
    (toFloat64(only_original) - toFloat64(only_paraphrase)) / pairs AS gap,
    if(only_original + only_paraphrase = 0, NULL, (toFloat64(only_original) - toFloat64(only_paraphrase)) / sqrt(only_original + only_paraphrase)) AS z,
    max(at) AS last_run,
    _topic
FROM
(
    SELECT
        rewordings.lane AS lane, rewordings.suite AS suite, rewordings.model AS model, rewordings.metric AS metric,
        rewordings._topic AS _topic, rewordings.right AS reworded, originals.right AS original, rewordings.event_time AS at
    FROM
    (
        SELECT lane, suite, model, metric, item_id, pair_id, _topic, event_time, if(isNull(trials), value = 1, successes = trials) AS right
        FROM evaluations
        WHERE pair_id != '' AND pair_id != item_id AND (isNotNull(trials) OR isNotNull(value))
        ORDER BY event_time DESC, id DESC
        LIMIT 1 BY _topic, lane, suite, model, metric, item_id, pair_id
    ) AS rewordings
    INNER ANY JOIN
    (
        SELECT lane, model, metric, item_id, _topic, if(isNull(trials), value = 1, successes = trials) AS right
        FROM evaluations
        WHERE item_id != '' AND pair_id = '' AND (isNotNull(trials) OR isNotNull(value))
        ORDER BY event_time DESC, id DESC
        LIMIT 1 BY _topic, lane, model, metric, item_id
    ) AS originals
    ON originals._topic = rewordings._topic AND originals.lane = rewordings.lane AND originals.model = rewordings.model
        AND originals.metric = rewordings.metric AND originals.item_id = rewordings.pair_id
)
GROUP BY lane, suite, model, metric, _topic
ORDER BY lane, suite, model, metric;

-- Judges of suites that also judge the lane's training data, or make it: such an evaluation is not independent of what it evaluates.
-- Versions of a judge are one judge; counted are samples that were admitted.
CREATE OR REPLACE VIEW suite_kin
(
    lane     LowCardinality(String),
    judge_id LowCardinality(String),
    suites   Array(String) COMMENT 'Suites that it scored',
    judged   UInt64 COMMENT 'Admitted samples that it judged',
    taught   UInt64 COMMENT 'Admitted samples that it made, as teacher',
    last_run DateTime64(3, 'UTC') COMMENT 'Event time of the latest result that it scored',
    _topic   LowCardinality(String)
)
AS SELECT
    scored.lane AS lane, scored.judge_id AS judge_id, scored.suites AS suites, kin.judged AS judged, kin.taught AS taught,
    scored.last_run AS last_run, scored._topic AS _topic
FROM
(
    SELECT
        lane, judge_id, _topic, replaceOne(toString(_topic), 'evaluations.v1', '') AS prefix,
        arraySort(arrayMap(x -> toString(x), groupUniqArray(50)(suite))) AS suites, max(event_time) AS last_run
    FROM evaluations
    WHERE judge_id != ''
    GROUP BY lane, judge_id, _topic
) AS scored
INNER JOIN
(
    SELECT lane, name, replaceOne(toString(_topic), 'admitted.v1', '') AS prefix, sum(as_judge) AS judged, sum(as_teacher) AS taught
    FROM
    (
        SELECT lane, judge_id AS name, _topic, count() AS as_judge, toUInt64(0) AS as_teacher
        FROM samples WHERE decision = 'admitted' AND judge_id != '' GROUP BY lane, judge_id, _topic
        UNION ALL
        SELECT lane, teacher_id AS name, _topic, toUInt64(0) AS as_judge, count() AS as_teacher
        FROM samples WHERE decision = 'admitted' AND teacher_id != '' GROUP BY lane, teacher_id, _topic
    )
    GROUP BY lane, name, prefix
) AS kin
ON kin.lane = scored.lane AND kin.name = scored.judge_id AND kin.prefix = scored.prefix
ORDER BY lane, judge_id;
