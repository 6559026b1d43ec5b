/** The breakdowns that causes point to, as statements with one parameter: `{lane:String}`. Tests run each on the real engine. */
import type { LookId } from "../core/diagnosis/looks.ts";

const MAKERS = "[('template', template), ('teacher', teacher), ('judge', judge), ('feed', toString(source))]";

/** One line each, so that a shell, a page and a link take them as they stand. */
export const BREAKDOWNS: Readonly<Record<LookId, string>> = {
  makers: oneLine(`
    SELECT maker.1 AS what, maker.2 AS name, count() AS samples, round(avg(decision = 'admitted'), 3) AS admitted_share, max(event_time) AS latest
    FROM samples ARRAY JOIN ${MAKERS} AS maker
    WHERE lane = {lane:String} AND maker.2 != ''
    GROUP BY what, name ORDER BY what, samples DESC LIMIT 20 BY what`),
  left_out: oneLine(`
    SELECT end_time, subject, metric, value, z, left_n, status
    FROM window_left_out WHERE lane = {lane:String} AND bucket = ''
    ORDER BY end_time DESC, metric, subject LIMIT 50`),
  template_texts: oneLine(`
    SELECT id, substring(output, 1, 300) AS begins
    FROM texts
    WHERE lane = {lane:String} AND kind = 'sample' AND id IN (
      SELECT id FROM samples WHERE lane = {lane:String} AND template = (
        SELECT template FROM samples WHERE lane = {lane:String} AND template_id != '' GROUP BY template ORDER BY count() DESC LIMIT 1)
      ORDER BY event_time DESC LIMIT 10)
    LIMIT 10`),
  repetition: oneLine(`
    SELECT end_time, metric, value, null_mean AS real, z, n
    FROM window_values
    WHERE lane = {lane:String} AND window = 'decision' AND stage = 'candidate' AND segment = 'generated' AND bucket = ''
      AND metric IN ('skeleton_distinct_6', 'distinct_4', 'near_duplicate_share')
    ORDER BY end_time DESC, metric LIMIT 60`),
  prompts: oneLine(`
    SELECT prompt_hash, count() AS samples, uniqExact(template) AS templates, min(event_time) AS first, max(event_time) AS last
    FROM samples WHERE lane = {lane:String} AND prompt_hash != ''
    GROUP BY prompt_hash ORDER BY samples DESC LIMIT 20`),
  new_versions: oneLine(`
    SELECT maker.1 AS what, maker.2 AS version, min(event_time) AS first_seen, count() AS samples
    FROM samples ARRAY JOIN ${MAKERS} AS maker
    WHERE lane = {lane:String} AND maker.2 != ''
    GROUP BY what, version ORDER BY first_seen DESC LIMIT 20`),
  survival: oneLine(`
    SELECT bucket, count() AS judged, round(avg(accepts), 3) AS accepted
    FROM judge_verdicts WHERE lane = {lane:String}
    GROUP BY bucket ORDER BY accepted, judged DESC LIMIT 30`),
  judges: oneLine(`
    SELECT toStartOfDay(event_time) AS day, judge, count() AS judged, round(avg(accepts), 3) AS accepted, round(avg(judge_score), 3) AS score
    FROM judge_verdicts WHERE lane = {lane:String}
    GROUP BY day, judge ORDER BY day DESC, judged DESC LIMIT 60`),
  kin: oneLine(`
    SELECT judge_id, teacher_id, count() AS judged, round(avg(accepts), 3) AS accepted
    FROM judge_verdicts WHERE lane = {lane:String} AND teacher_id != ''
    GROUP BY judge_id, teacher_id ORDER BY judge_id = teacher_id DESC, judged DESC LIMIT 30`),
  suite_kin: oneLine(`
    SELECT judge_id, suites, judged, taught, last_run FROM suite_kin WHERE lane = {lane:String} ORDER BY judged + taught DESC LIMIT 30`),
  origins: oneLine(`
    SELECT toStartOfDay(event_time) AS day, origin, count() AS samples, round(avg(decision = 'admitted'), 3) AS admitted_share
    FROM samples WHERE lane = {lane:String}
    GROUP BY day, origin ORDER BY day DESC, samples DESC LIMIT 100`),
  real_days: oneLine(`
    SELECT origin, source, count() AS samples, max(event_time) AS latest
    FROM samples WHERE lane = {lane:String} AND origin IN ('human_direct', 'licensed', 'web_crawl', 'human_edited')
    GROUP BY origin, source ORDER BY latest LIMIT 30`),
  manifests: oneLine(`
    SELECT event_time, generation, model, part.1 AS dataset, part.2 AS origin, part.3 AS weight, part.4 AS samples
    FROM training ARRAY JOIN arrayZip(data_dataset, data_origin, data_weight, data_samples) AS part
    WHERE lane = {lane:String} AND kind = 'manifest'
    ORDER BY event_time DESC LIMIT 50`),
  share_changes: oneLine(`
    SELECT event_time, kind, share_from, share_to, actor, approver, reason, experiment_id
    FROM changes WHERE lane = {lane:String} AND isNotNull(share_to)
    ORDER BY event_time DESC LIMIT 30`),
  depth: oneLine(`
    SELECT generation_depth AS depth, count() AS samples, round(samples / sum(samples) OVER (), 3) AS share
    FROM samples WHERE lane = {lane:String} AND isNotNull(generation_depth)
    GROUP BY depth ORDER BY depth`),
  own_teachers: oneLine(`
    SELECT teacher, count() AS samples, min(event_time) AS first, max(event_time) AS last
    FROM samples WHERE lane = {lane:String} AND teacher_id IN (SELECT model_id FROM training WHERE lane = {lane:String})
    GROUP BY teacher ORDER BY samples DESC LIMIT 30`),
  suites: oneLine(`
    SELECT suite, suite_version, age_days, item_origins, judges, models, last_run, successes, trials
    FROM suites WHERE lane = {lane:String} ORDER BY last_run DESC LIMIT 30`),
  beside: oneLine(`
    SELECT day, bucket, suite, offline, online, gap, gap_lo, gap_hi
    FROM offline_beside_online WHERE lane = {lane:String} AND gap_lo > 0 ORDER BY gap DESC LIMIT 30`),
  buckets: oneLine(`
    SELECT bucket, users, rate, drop, drop_lo, drop_hi, e, outcomes, status
    FROM bucket_ranking WHERE lane = {lane:String} ORDER BY e DESC NULLS LAST LIMIT 20`),
  traffic: oneLine(`
    SELECT toMonday(interaction_time) AS week, bucket, count() AS outcomes, round(avg(resolved), 3) AS resolved_share
    FROM outcomes WHERE lane = {lane:String}
    GROUP BY week, bucket ORDER BY week DESC, outcomes DESC LIMIT 100`),
  control: oneLine(`
    SELECT end_time, segment, value, lo, hi, n
    FROM window_values WHERE lane = {lane:String} AND window = 'decision' AND metric = 'online_success' AND bucket = ''
    ORDER BY end_time DESC, segment LIMIT 60`),
  changes: oneLine(`
    SELECT event_time, kind, subject, from_version, to_version, actor, reason
    FROM changes WHERE lane = {lane:String} ORDER BY event_time DESC LIMIT 30`),
  forms: oneLine(`
    SELECT input_form, count() AS samples, round(avg(decision = 'admitted'), 3) AS admitted_share, round(avg(judge_score), 3) AS score
    FROM samples WHERE lane = {lane:String} GROUP BY input_form ORDER BY samples DESC LIMIT 20`),
  held_back: oneLine(`
    SELECT arrayJoin(reasons) AS reason, enforced, count() AS samples, max(event_time) AS latest
    FROM samples WHERE lane = {lane:String} AND notEmpty(reasons)
    GROUP BY reason, enforced ORDER BY samples DESC LIMIT 30`),
  training_runs: oneLine(`
    SELECT event_time, run_id, step, loss, loss_variance, holdout_id, holdout_loss
    FROM training WHERE lane = {lane:String} AND isNotNull(loss) ORDER BY event_time DESC LIMIT 60`),
  models: oneLine(`
    SELECT model, min(interaction_time) AS first, count() AS outcomes, round(avg(resolved), 3) AS resolved_share, uniqExact(bucket) AS buckets
    FROM outcomes WHERE lane = {lane:String} GROUP BY model ORDER BY first DESC LIMIT 20`),
  feeds: oneLine(`
    SELECT source, origin, count() AS samples, countIf(notEmpty(labels)) AS labelled, min(event_time) AS first
    FROM samples WHERE lane = {lane:String} GROUP BY source, origin ORDER BY samples DESC LIMIT 50`),
  error_patterns: oneLine(`
    SELECT end_time, stage, metric, bucket, value, lo, hi, n
    FROM window_values
    WHERE lane = {lane:String} AND window = 'decision' AND metric IN ('error_pattern_share', 'fact_out_of_scope_share', 'error_pattern_survival')
    ORDER BY end_time DESC, value DESC LIMIT 60`),
  verifiers: oneLine(`
    SELECT verifier_kind, verifier_id, verifier_verdict, count() AS samples, countIf(reviewer != '') AS reviewed
    FROM samples WHERE lane = {lane:String} GROUP BY verifier_kind, verifier_id, verifier_verdict ORDER BY samples DESC LIMIT 30`),
};

function oneLine(sql: string): string {
  return sql.replace(/\s+/g, " ").trim();
}
