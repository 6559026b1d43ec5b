-- A subject can live in several lanes, each with a gate of its own; and runs with topics of their own share one history.

-- The latest gate of every subject in its lane, by run (the topic tells which).
CREATE OR REPLACE VIEW gate_now AS
SELECT subject, lane, if(valid_until < now64(3), 'stale', 'live') AS lease, state, share, since, valid_until, revision, rule, cause, decision_id, clean_windows, _topic
FROM gates
ORDER BY revision DESC
LIMIT 1 BY _topic, lane, subject;

-- The latest verdict of every lane, by run.
CREATE OR REPLACE VIEW verdict_latest AS
SELECT lane, window, start_time, end_time, generation, verdict, warn, families, blamed, evidence, rules_version, reference_version, _topic
FROM verdicts
WHERE rule = ''
ORDER BY end_time DESC, _offset DESC
LIMIT 1 BY _topic, lane;
