/** The texts behind a window, and what they have in common. */

import { tokenHash } from "../../core/hash.ts";
import type { Reference } from "../../core/reference.ts";
import { KIND_WORD } from "../../core/tokenise-reference.ts";
import type { MissingBucket, SamplesAnswer, ShownText } from "../answers/samples-answer.ts";
import type { ConsoleDependencies } from "../dependencies.ts";
import {
  commonMarks,
  nearestPairs,
  type ReadText,
  readText,
  repeatedSkeletons,
  skeletonMarks,
} from "./likeness.ts";
import { readTokens } from "./read-tokens.ts";
import type { WindowQuestion } from "./window-history.ts";

/** Texts that are looked at; pairs and skeletons are of these. */
const EXAMINED_MAX = 300;
const REAL_TEXTS_MAX = 300;
const INPUT_CHARS_MAX = 1_000;
const OUTPUT_CHARS_MAX = 2_000;
const EVIDENCE_MAX = 8;
const MISSING_MAX = 60;

const FRAME_SQL = `
SELECT toFloat64(toUnixTimestamp64Milli(min(start_time))) AS start_ms
FROM windows
WHERE _topic = {windows:String} AND lane = {lane:String} AND window = {window:String}
  AND end_time = fromUnixTimestamp64Milli({end:Int64})
HAVING count() > 0`;

const EVIDENCE_SQL = `
SELECT arrayDistinct(arrayFlatten(groupArray(evidence))) AS ids
FROM verdicts
WHERE _topic = {verdicts:String} AND lane = {lane:String} AND window = {window:String} AND rule = ''
  AND end_time = fromUnixTimestamp64Milli({end:Int64})`;

/** Drawn by hash of the id: the same texts at every look. */
const SAMPLES_SQL = `
SELECT id, count() OVER () AS total
FROM samples
WHERE startsWith(_topic, {prefix:String}) AND lane = {lane:String} AND origin NOT IN {real:Array(String)}
  AND event_time >= fromUnixTimestamp64Milli({start:Int64}) AND event_time < fromUnixTimestamp64Milli({end:Int64})
ORDER BY cityHash64(id)
LIMIT ${EXAMINED_MAX}`;

const INTERACTIONS_SQL = `
SELECT id, count() OVER () AS total
FROM interactions
WHERE startsWith(_topic, {prefix:String}) AND lane = {lane:String}
  AND event_time >= fromUnixTimestamp64Milli({start:Int64}) AND event_time < fromUnixTimestamp64Milli({end:Int64})
ORDER BY cityHash64(id)
LIMIT ${EXAMINED_MAX}`;

const BUCKETS_SQL = `
SELECT DISTINCT bucket
FROM samples
WHERE startsWith(_topic, {prefix:String}) AND lane = {lane:String} AND origin NOT IN {real:Array(String)}
  AND event_time >= fromUnixTimestamp64Milli({start:Int64}) AND event_time < fromUnixTimestamp64Milli({end:Int64})
LIMIT 100000`;

const TEXTS_SQL = `
SELECT texts.id AS id, kind, substringUTF8(input, 1, ${INPUT_CHARS_MAX}) AS input, substringUTF8(output, 1, ${OUTPUT_CHARS_MAX}) AS output,
  lengthUTF8(input) > ${INPUT_CHARS_MAX} OR lengthUTF8(output) > ${OUTPUT_CHARS_MAX} AS "cut"
FROM texts
WHERE startsWith(_topic, {prefix:String}) AND lane = {lane:String} AND id IN {ids:Array(String)}
ORDER BY id
LIMIT 1 BY id`;

const PROVENANCE_SQL = `
SELECT id, bucket, origin, template, teacher, judge, decision
FROM samples
WHERE startsWith(_topic, {prefix:String}) AND lane = {lane:String} AND id IN {ids:Array(String)}
LIMIT 1 BY id
UNION ALL
SELECT id, bucket, '' AS origin, model AS template, '' AS teacher, '' AS judge, '' AS decision
FROM interactions
WHERE startsWith(_topic, {prefix:String}) AND lane = {lane:String} AND id IN {ids:Array(String)}
LIMIT 1 BY id`;

/** Words of people: samples of origins that count as real, and what users asked. */
const REAL_SQL = `
SELECT substringUTF8(if(kind = 'interaction', input, output), 1, ${OUTPUT_CHARS_MAX}) AS text
FROM texts
WHERE startsWith(_topic, {prefix:String}) AND lane = {lane:String}
  AND (kind = 'interaction' OR id IN (
    SELECT id FROM samples WHERE startsWith(_topic, {prefix:String}) AND lane = {lane:String} AND origin IN {real:Array(String)}
    ORDER BY cityHash64(id) LIMIT ${REAL_TEXTS_MAX}))
ORDER BY cityHash64(id)
LIMIT ${REAL_TEXTS_MAX}`;

interface TextRow {
  readonly id: string;
  readonly kind: string;
  readonly input: string;
  readonly output: string;
  readonly cut: number | boolean;
}

type Provenance = Pick<ShownText, "bucket" | "origin" | "template" | "teacher" | "judge" | "decision">;

const UNKNOWN: Provenance = { bucket: "", origin: "", template: "", teacher: "", judge: "", decision: "" };

/** null where no such window is recorded. */
export async function windowSamples(
  { sql, names, published }: Pick<ConsoleDependencies, "sql" | "names" | "published">,
  { lane, window, endMs }: WindowQuestion,
): Promise<SamplesAnswer | null> {
  const real = published.policies.of(lane).realOrigins;
  const base = { lane, prefix: names.prefix, real };
  const at = {
    ...base,
    window,
    end: endMs,
    windows: names.full("windows"),
    verdicts: names.full("verdicts"),
  };
  const [frame] = await sql.rows<{ readonly start_ms: number }>(FRAME_SQL, at);
  if (frame === undefined) return null;
  const within = { ...base, start: frame.start_ms, end: endMs };
  const [named, samples, buckets, realTexts] = await Promise.all([
    sql.rows<{ readonly ids: readonly string[] }>(EVIDENCE_SQL, at),
    sql.rows<{ readonly id: string; readonly total: string }>(SAMPLES_SQL, within),
    sql.rows<{ readonly bucket: string }>(BUCKETS_SQL, within),
    sql.rows<{ readonly text: string }>(REAL_SQL, base),
  ]);
  const kind = samples.length > 0 ? "sample" : "interaction";
  const drawn =
    samples.length > 0 ? samples : await sql.rows<(typeof samples)[number]>(INTERACTIONS_SQL, within);
  const evidence = (named[0]?.ids ?? []).slice(0, EVIDENCE_MAX);
  const ids = [...new Set([...evidence, ...drawn.map(({ id }) => id)])];
  const rows = ids.length === 0 ? [] : await sql.rows<TextRow>(TEXTS_SQL, { ...base, ids });
  const byId = new Map(rows.map((row) => [row.id, row]));
  const read = new Map(rows.map((row) => [row.id, readText(row.id, row.output)]));
  const texts = drawn.flatMap(({ id }) => read.get(id) ?? []);
  const skeletons = repeatedSkeletons(texts);
  const pairs = nearestPairs(texts);
  const shown = [...new Set([...evidence, ...pairs.flatMap(({ left, right }) => [left.id, right.id])])];
  const provenance = new Map(
    shown.length === 0
      ? []
      : (await sql.rows<Provenance & { readonly id: string }>(PROVENANCE_SQL, { ...base, ids: shown })).map(
          (row) => [row.id, row],
        ),
  );
  const show = (id: string, marks: ShownText["marks"]): ShownText => {
    const { kind: own, input, output, cut } = byId.get(id)!;
    return { ...(provenance.get(id) ?? UNKNOWN), id, kind: own, input, output, cut: Boolean(cut), marks };
  };
  return {
    examined: texts.length,
    total: Number(drawn[0]?.total ?? 0),
    kind,
    evidence: evidence
      .filter((id) => byId.has(id))
      .map((id) => show(id, skeletonMarks(read.get(id)!, skeletons))),
    expired: evidence.filter((id) => !byId.has(id)),
    neighbours: pairs.map(({ left, right, similarity }) => ({
      similarity,
      left: show(left.id, commonMarks(left, right)),
      right: show(right.id, commonMarks(right, left)),
    })),
    skeletons,
    tail: tailOf(
      published.referenceOf(lane),
      new Set(buckets.map(({ bucket }) => bucket)),
      texts,
      realTexts.map(({ text }) => text),
    ),
  };
}

function tailOf(
  reference: Reference | null,
  written: ReadonlySet<string>,
  texts: readonly ReadText[],
  realTexts: readonly string[],
): SamplesAnswer["tail"] {
  if (reference === null) return { known: false, buckets: 0, missing: [], lostWords: [] };
  const all = reference.bucketCountsA.reduce((sum, count) => sum + count, 0);
  const missing = reference.tailBuckets
    .filter((bucket) => !written.has(bucket))
    .map((bucket): MissingBucket => {
      const count = reference.bucketCountsA[reference.buckets.indexOf(bucket)] ?? 0;
      return { bucket, realShare: all === 0 ? 0 : count / all };
    })
    .sort((a, b) => b.realShare - a.realShare);
  return {
    known: true,
    buckets: reference.tailBuckets.length,
    missing: missing.slice(0, MISSING_MAX),
    lostWords: lostWords(reference, texts, realTexts),
  };
}

/** The reference knows its words by hash alone; those of real texts in the history give them their names. */
function lostWords(
  reference: Reference,
  texts: readonly ReadText[],
  realTexts: readonly string[],
): readonly string[] {
  const tail = new Set(reference.tailWords);
  const seen = new Set(texts.flatMap(({ tokens }) => tokens.map(({ word }) => word)));
  const counts = new Map<string, number>();
  for (const text of realTexts) {
    for (const word of new Set(
      readTokens(text).flatMap((token) => (token.kind === KIND_WORD ? [token.word] : [])),
    )) {
      if (!seen.has(word) && tail.has(tokenHash(word))) counts.set(word, (counts.get(word) ?? 0) + 1);
    }
  }
  return [...counts]
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .slice(0, MISSING_MAX)
    .map(([word]) => word);
}
