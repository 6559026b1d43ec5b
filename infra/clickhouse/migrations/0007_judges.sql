-- Judges beside people: what each judge decided, and what people said of the same samples.

-- One row a judged sample. Repeats that the gatekeeper caught are left out. `accepts` reads the common words of verdicts as the
-- metrics do; NULL where the verdict is none of them.
CREATE OR REPLACE VIEW judge_verdicts
(
    lane            LowCardinality(String),
    sample_id       String,
    event_time      DateTime64(3, 'UTC'),
    bucket          LowCardinality(String),
    origin          LowCardinality(String),
    decision        LowCardinality(String) COMMENT 'Of the gatekeeper: admitted, quarantined',
    judge_id        LowCardinality(String),
    judge           LowCardinality(String) COMMENT 'id@version',
    teacher_id      LowCardinality(String) COMMENT 'What generated the sample; equal to judge_id where a model judges its own',
    judge_score     Nullable(Float64) COMMENT 'On the judge''s own scale',
    judge_verdict   LowCardinality(String) COMMENT 'In the judge''s own words',
    accepts         Nullable(Bool) COMMENT 'What the verdict means; NULL where its word is not known',
    run             LowCardinality(String) COMMENT 'Prefix of the run''s topics, empty for the live ones',
    _topic          LowCardinality(String)
)
AS SELECT
    lane, id AS sample_id, event_time, bucket, origin, decision, judge_id, judge, teacher_id, judge_score, judge_verdict,
    multiIf(
        word IN ('accept', 'accepted', 'approve', 'approved', 'pass', 'passed', 'ok', 'okay', 'yes', 'keep', 'kept', 'good', 'valid', 'true', '1', '通过', '接受', '合格'), true,
        word IN ('reject', 'rejected', 'refuse', 'refused', 'deny', 'denied', 'fail', 'failed', 'no', 'drop', 'dropped', 'discard', 'discarded', 'bad', 'invalid', 'false', '0', '不通过', '拒绝', '不合格'), false,
        NULL) AS accepts,
    toLowCardinality(replaceRegexpOne(_topic, '(admitted|quarantined)\\.v\\d+$', '')) AS run,
    _topic
FROM
(
    SELECT *, judge, lowerUTF8(replaceRegexpAll(judge_verdict, '^\\s+|\\s+$', '')) AS word, _topic
    FROM samples
    WHERE judge_verdict != '' AND NOT has(reasons, 'duplicate_id')
);

-- One row a judged sample that people reviewed: their verdicts beside the judge's. Of each reviewer the latest review counts,
-- and only those with a verdict; `people_accept` is the majority of those who are sure, NULL where they are even.
CREATE OR REPLACE VIEW judge_reviews
(
    lane            LowCardinality(String),
    sample_id       String,
    event_time      DateTime64(3, 'UTC') COMMENT 'Of the sample',
    reviewed_time   DateTime64(3, 'UTC') COMMENT 'Of the latest review',
    bucket          LowCardinality(String),
    origin          LowCardinality(String),
    decision        LowCardinality(String) COMMENT 'Of the gatekeeper: admitted, quarantined',
    judge_id        LowCardinality(String),
    judge           LowCardinality(String) COMMENT 'id@version',
    judge_verdict   LowCardinality(String) COMMENT 'In the judge''s own words',
    judge_accepts   Nullable(Bool) COMMENT 'What the verdict means; NULL where its word is not known',
    reviewers       Array(String) COMMENT 'Who reviewed it, by name',
    passes          UInt64 COMMENT 'Reviewers who let it pass',
    fails           UInt64 COMMENT 'Reviewers who do not',
    unsure          UInt64 COMMENT 'Reviewers who could not say',
    people_accept   Nullable(Bool) COMMENT 'Majority of those who are sure; NULL where they are even or nobody is',
    run             LowCardinality(String) COMMENT 'Prefix of the run''s topics, empty for the live ones',
    _topic          LowCardinality(String)
)
AS SELECT
    verdicts.lane AS lane, verdicts.sample_id AS sample_id, verdicts.event_time AS event_time, people.reviewed_time AS reviewed_time,
    bucket, origin, decision, judge_id, judge, judge_verdict, accepts AS judge_accepts,
    people.reviewers AS reviewers, people.passes AS passes, people.fails AS fails, people.unsure AS unsure,
    multiIf(passes > fails, true, fails > passes, false, NULL) AS people_accept,
    verdicts.run AS run, _topic
FROM judge_verdicts AS verdicts
INNER JOIN
(
    SELECT
        run, lane, target_id,
        max(event_time) AS reviewed_time,
        arraySort(groupArray(toString(reviewer))) AS reviewers,
        countIf(word = 'pass') AS passes,
        countIf(word = 'fail') AS fails,
        countIf(word = 'unsure') AS unsure
    FROM
    (
        SELECT
            toLowCardinality(replaceRegexpOne(_topic, 'reviews\\.v\\d+$', '')) AS run, lane, target_id, reviewer, event_time,
            lower(verdict) AS word
        FROM reviews
        WHERE target_topic IN ('samples', 'admitted', 'quarantined') AND word IN ('pass', 'fail', 'unsure')
        ORDER BY event_time DESC, _append_time DESC, _offset DESC
        LIMIT 1 BY run, lane, target_id, reviewer
    )
    GROUP BY run, lane, target_id
) AS people ON people.run = verdicts.run AND people.lane = verdicts.lane AND people.target_id = verdicts.sample_id;
