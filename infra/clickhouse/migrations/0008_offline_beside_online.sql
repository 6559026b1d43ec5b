-- What a suite says of a bucket, and what its users say, day by day: `offline` and `online` are rates over all decision windows of
-- the day, `gap` is offline minus online with its 95 % interval (Newcombe). A suite and a user are not the same thing: look at
-- how the gap changes, not at how large it is. `users` is `all`, `user:<segment>`, or `control`; bucket '' is all of them.
CREATE OR REPLACE VIEW offline_beside_online AS
WITH
    (successes, trials) -> (successes / trials + 1.9207 / trials) / (1 + 3.8415 / trials) AS middle,
    (successes, trials) -> 1.96 * sqrt(successes / trials * (1 - successes / trials) / trials + 0.9604 / (trials * trials)) / (1 + 3.8415 / trials) AS half
SELECT
    day, lane, bucket, users, suite,
    offline_successes / offline_n AS offline, offline_n,
    online_successes / online_n AS online, online_n,
    offline - online AS gap,
    gap - sqrt(pow(offline - (middle(offline_successes, offline_n) - half(offline_successes, offline_n)), 2)
        + pow(middle(online_successes, online_n) + half(online_successes, online_n) - online, 2)) AS gap_lo,
    gap + sqrt(pow(middle(offline_successes, offline_n) + half(offline_successes, offline_n) - offline, 2)
        + pow(online - (middle(online_successes, online_n) - half(online_successes, online_n)), 2)) AS gap_hi,
    _topic
FROM
(
    SELECT toDate(end_time) AS day, lane, bucket, segment AS users, sum(value * n) AS online_successes, sum(n) AS online_n, _topic
    FROM windows
    WHERE window = 'decision' AND stage = 'reply' AND metric = 'online_success' AND isNotNull(value)
    GROUP BY day, lane, bucket, users, _topic
) AS online_side
INNER JOIN
(
    SELECT toDate(end_time) AS day, lane, bucket, substring(segment, 7) AS suite, sum(value * n) AS offline_successes, sum(n) AS offline_n, _topic
    FROM windows
    WHERE window = 'decision' AND stage = 'reply' AND metric = 'offline_score' AND isNotNull(value)
    GROUP BY day, lane, bucket, suite, _topic
) AS offline_side USING (day, lane, bucket, _topic)
WHERE online_n > 0 AND offline_n > 0
ORDER BY day, lane, bucket, users, suite;
