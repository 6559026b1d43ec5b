/** Facts that are counted from samples, reviews, training and versions. */
import { type Fact, type FactId, NOT_MEASURED } from "../core/diagnosis/facts.ts";
import {
  type AskRows,
  epochMs,
  GENERATED,
  inNames,
  type LaneSpan,
  ofSpan,
  SAMPLES_OF_SPAN,
  spanParameters,
} from "./ask-rows.ts";

/** Below this many nothing is said of a share. */
export const SHARE_N_MIN = 30;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** Checks from outside the loop. A model that checks is of the loop's kind. */
const CHECKED =
  "(verifier_kind IN ('execution', 'rule', 'retrieval', 'human') AND verifier_verdict = 'pass' OR reviewer != '')";
const MESSY = "input_form IN ('fragmented', 'noisy', 'perturbed', 'cross_domain')";
const TIDY = "input_form IN ('standard', 'templated')";

const MAKERS_SQL = `
SELECT what, argMax(name, (samples, name)) AS name, toFloat64(max(samples)) AS most, toFloat64(sum(samples)) AS total
FROM
(
    SELECT maker.1 AS what, maker.2 AS name, count() AS samples
    FROM samples ARRAY JOIN [('template', template), ('teacher', teacher), ('source', toString(source))] AS maker
    WHERE ${SAMPLES_OF_SPAN} AND maker.2 != '' AND (maker.1 = 'source' OR ${GENERATED})
    GROUP BY what, name
)
GROUP BY what`;

const COUNTS_SQL = `
SELECT
    ${epochMs("min(event_time)")} AS firstMs, ${epochMs("max(event_time)")} AS lastMs, toFloat64(count()) AS samples,
    toFloat64(countIf(${GENERATED} AND prompt_hash != '')) AS prompted,
    toFloat64(uniqIf(prompt_hash, ${GENERATED} AND prompt_hash != '')) AS prompts,
    toFloat64(countIf(isNotNull(generation_depth))) AS deep,
    toFloat64(countIf(ifNull(generation_depth, 0) >= 2)) AS recursive,
    toFloat64(countIf(decision = 'admitted')) AS admitted,
    toFloat64(countIf(decision = 'admitted' AND ${GENERATED})) AS made,
    toFloat64(countIf(decision = 'admitted' AND ${GENERATED} AND NOT ${CHECKED})) AS unchecked,
    toFloat64(countIf(judge_id != '' AND teacher_id != '')) AS judged,
    toFloat64(countIf(judge_id != '' AND judge_id = teacher_id)) AS ownJudged,
    toFloat64(countIf(input_form != '')) AS formed,
    toFloat64(countIf(${MESSY})) AS messy,
    toFloat64(countIf(${MESSY} AND decision = 'admitted')) AS messyAdmitted,
    toFloat64(countIf(${TIDY})) AS tidy,
    toFloat64(countIf(${TIDY} AND decision = 'admitted')) AS tidyAdmitted
FROM samples WHERE ${SAMPLES_OF_SPAN}`;

const REAL_SQL = `
SELECT toFloat64(countIf(event_time < fromUnixTimestamp64Milli({midMs:Int64}))) AS before,
       toFloat64(countIf(event_time >= fromUnixTimestamp64Milli({midMs:Int64}))) AS after
FROM samples WHERE ${SAMPLES_OF_SPAN} AND NOT (${GENERATED})`;

const OWN_TEACHERS_SQL = `
WITH (SELECT groupUniqArray(1000)(toString(model_id)) FROM training WHERE ${ofSpan("training", null)} AND model_id != '') AS trained
SELECT toFloat64(length(trained)) AS models, toFloat64(countIf(teacher_id != '')) AS taught,
       toFloat64(countIf(has(trained, toString(teacher_id)))) AS own
FROM samples WHERE ${SAMPLES_OF_SPAN} AND ${GENERATED}`;

/** `event_time` of the last manifest may lie before the span: it is what the model that answers was trained on. */
const MANIFEST_SQL = `
SELECT model, toFloat64(length(data_weight)) AS parts, arraySum(data_weight) AS weight,
       arraySum(arrayMap((origin, share) -> if(${inNames("real", "toString(origin)")}, 0, share), data_origin, data_weight)) AS made
FROM training
WHERE ${ofSpan("training", null)} AND kind = 'manifest' AND event_time < fromUnixTimestamp64Milli({untilMs:Int64}) AND notEmpty(data_weight)
ORDER BY event_time DESC, id LIMIT 1`;

const REVIEWS_SQL = `
SELECT toFloat64(count()) AS reviews,
       toFloat64(countIf(arrayExists(label -> replaceAll(lower(label), '_', ' ') = 'template feel', labels))) AS felt
FROM reviews WHERE ${ofSpan("reviews", "event_time")}`;

const KIN_SQL = `
SELECT (SELECT toFloat64(uniqExact(judge_id)) FROM evaluations WHERE ${ofSpan("evaluations", null)} AND judge_id != '') AS judges,
       toFloat64(count()) AS kin, if(count() = 0, '', any(judge_id)) AS name
FROM suite_kin WHERE ${ofSpan("evaluations", null)}`;

/** Versions beside an older one of the same kind: where nothing was there before, nothing is new. */
function newSql(table: string, pairs: string, rows: string, fromMs: string, toMs: string): string {
  return `
SELECT toFloat64(count()) AS known,
       toFloat64(countIf(ranked > 1 AND first_seen >= fromUnixTimestamp64Milli(${fromMs}) AND first_seen < fromUnixTimestamp64Milli(${toMs}))) AS fresh,
       argMaxIf(name, first_seen, ranked > 1 AND first_seen >= fromUnixTimestamp64Milli(${fromMs}) AND first_seen < fromUnixTimestamp64Milli(${toMs})) AS name
FROM
(
    SELECT maker.1 AS what, maker.2 AS name, min(event_time) AS first_seen,
           rank() OVER (PARTITION BY maker.1 ORDER BY min(event_time)) AS ranked
    FROM ${table} ARRAY JOIN ${pairs} AS maker
    WHERE ${rows} AND event_time < fromUnixTimestamp64Milli({untilMs:Int64}) AND maker.2 != ''
    GROUP BY what, name
)`;
}

const NEW_MAKERS_SQL = newSql(
  "samples",
  "[('template', template), ('teacher', teacher), ('judge', judge)]",
  "lane = {lane:String} AND _topic IN (concat({prefix:String}, 'admitted.v1'), concat({prefix:String}, 'quarantined.v1'))",
  "{fromMs:Int64}",
  "{toMs:Int64}",
);
const NEW_MODELS_SQL = newSql(
  "interactions",
  "[('model', model)]",
  ofSpan("interactions", null),
  "{fromMs:Int64}",
  "{toMs:Int64}",
);

export type CountedFacts = Partial<Record<FactId, Fact>>;

/**
 * Facts of the span; what has too few records is absent. `firstBreachMs` is the end of the span's first breaching window, null
 * for none: then nothing came before it.
 */
export async function readCountedFacts(
  ask: AskRows,
  span: LaneSpan,
  firstBreachMs: number | null,
): Promise<CountedFacts> {
  const parameters = spanParameters(span);
  const found: CountedFacts = {};
  await countSamples(ask, parameters, found);
  await countTraining(ask, parameters, found);
  const [reviews] = await ask<{ readonly reviews: number; readonly felt: number }>(REVIEWS_SQL, parameters);
  found.template_feel_reviews = share(reviews?.felt, reviews?.reviews);
  const [kin] = await ask<{ readonly judges: number; readonly kin: number; readonly name: string }>(
    KIN_SQL,
    parameters,
  );
  if (kin !== undefined && kin.judges > 0) {
    found.suite_kin = { value: kin.kin, n: kin.judges, of: kin.name };
  }
  if (firstBreachMs !== null) await countNew(ask, parameters, firstBreachMs, found);
  return found;
}

async function countSamples(
  ask: AskRows,
  parameters: Readonly<Record<string, string>>,
  found: CountedFacts,
): Promise<void> {
  const makers = await ask<{
    readonly what: "template" | "teacher" | "source";
    readonly name: string;
    readonly most: number;
    readonly total: number;
  }>(MAKERS_SQL, parameters);
  for (const { what, name, most, total } of makers) found[`${what}_share`] = share(most, total, name);
  const [counts] = await ask<Readonly<Record<string, number>>>(COUNTS_SQL, parameters);
  if (counts === undefined || !(counts.samples! > 0)) return;
  found.prompt_repeated = share(Math.max(0, counts.prompted! - counts.prompts!), counts.prompted);
  found.recursive_share = share(counts.recursive, counts.deep);
  found.closed_share = share(counts.unchecked, counts.admitted);
  found.unverified_share = share(counts.unchecked, counts.made);
  found.own_judge_share = share(counts.ownJudged, counts.judged);
  found.messy_share = share(counts.messy, counts.formed);
  if (counts.messy! >= SHARE_N_MIN && counts.tidy! >= SHARE_N_MIN && counts.tidyAdmitted! > 0) {
    const survival = counts.messyAdmitted! / counts.messy! / (counts.tidyAdmitted! / counts.tidy!);
    found.messy_survival = { value: survival, n: counts.messy! + counts.tidy!, of: "" };
  }
  const midMs = Math.floor((counts.firstMs! + counts.lastMs!) / 2);
  const [real] = await ask<{ readonly before: number; readonly after: number }>(REAL_SQL, {
    ...parameters,
    midMs: String(midMs),
  });
  if (real !== undefined && real.before >= SHARE_N_MIN) {
    found.real_arrivals_change = {
      value: (real.after - real.before) / real.before,
      n: real.before + real.after,
      of: "",
    };
  }
}

async function countTraining(
  ask: AskRows,
  parameters: Readonly<Record<string, string>>,
  found: CountedFacts,
): Promise<void> {
  const [teachers] = await ask<{ readonly models: number; readonly taught: number; readonly own: number }>(
    OWN_TEACHERS_SQL,
    parameters,
  );
  if (teachers !== undefined && teachers.models > 0) {
    found.own_teacher_share = share(teachers.own, teachers.taught);
  }
  const [manifest] = await ask<{
    readonly model: string;
    readonly parts: number;
    readonly weight: number;
    readonly made: number;
  }>(MANIFEST_SQL, parameters);
  if (manifest !== undefined && manifest.weight > 0) {
    found.trained_generated_share = {
      value: manifest.made / manifest.weight,
      n: manifest.parts,
      of: manifest.model,
    };
  }
}

async function countNew(
  ask: AskRows,
  parameters: Readonly<Record<string, string>>,
  firstBreachMs: number,
  found: CountedFacts,
): Promise<void> {
  for (const [fact, sql, beforeMs] of [
    ["new_maker", NEW_MAKERS_SQL, HOUR_MS],
    ["new_model", NEW_MODELS_SQL, DAY_MS],
  ] as const) {
    const [seen] = await ask<{ readonly known: number; readonly fresh: number; readonly name: string }>(sql, {
      ...parameters,
      fromMs: String(firstBreachMs - beforeMs),
      toMs: String(firstBreachMs),
    });
    if (seen !== undefined && seen.known > 0) {
      found[fact] = { value: seen.fresh, n: seen.known, of: seen.name };
    }
  }
}

function share(part: number | undefined, whole: number | undefined, of = ""): Fact {
  if (part === undefined || whole === undefined || whole < SHARE_N_MIN) {
    return { ...NOT_MEASURED, n: whole ?? 0 };
  }
  return { value: part / whole, n: whole, of };
}
