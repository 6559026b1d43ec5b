/**
 * The values of the metrics of replies and judges, counted from the records of a window one by one.
 *
 * Shared with the services: the lists of phrases and words, which are data. How they are met is worked out anew, on strings.
 * Texts that the oracle cannot cut into tokens (scripts without spaces) leave the metrics of words unknown.
 */
import { REPLY_PHRASES, REQUEST_WORDS } from "../../services/core/reply/reply-phrases.ts";
import { FUNCTION_WORDS } from "../../services/core/skeleton.ts";
import { groupBy } from "./group-by.ts";
import {
  BUCKETS_MAX,
  byBucket,
  type Counted,
  type ExpectedValue,
  nothing,
  rate,
  sum,
} from "./naive-metrics.ts";
import { naiveTokens } from "./naive-tokens.ts";
import { type Fields, nameOf, textOf, versioned } from "./oracle-record.ts";

const ACTS = ["ask", "answer", "confirm", "cite", "refuse"];
const TOKENS_READ_MAX = 1_000;

export interface NaiveReply {
  readonly empty: boolean;
  readonly refused: boolean;
  readonly act: string | null;
  readonly shape: string;
  readonly length: number;
  readonly stock: readonly string[];
  /** Share of the request's rare tokens taken up; null where it has none. */
  readonly fit: number | null;
}

/** ` a b c ` */
function spelled(tokens: readonly string[]): string {
  return ` ${tokens.join(" ")} `;
}

/** Phrases as they stand in spelled tokens, with both kinds of apostrophe; those of scripts without spaces left out. */
function spellings(phrases: readonly string[]): string[] {
  const tokens = phrases.flatMap((phrase) => [phrase, phrase.replaceAll("'", "\u2019")]).map(naiveTokens);
  return tokens.flatMap((some) => (some === null ? [] : [spelled(some)]));
}

function says(tokens: readonly string[], kind: keyof typeof REPLY_PHRASES): boolean {
  const text = spelled(tokens);
  return SPELLINGS[kind].some((phrase) => text.includes(phrase));
}

const SPELLINGS = Object.fromEntries(
  Object.entries(REPLY_PHRASES).map(([kind, phrases]) => [kind, spellings(phrases)]),
) as Record<keyof typeof REPLY_PHRASES, string[]>;
const COMMON = new Set([...FUNCTION_WORDS, ...REQUEST_WORDS]);

function isSaid(token: string): boolean {
  return /^[\p{L}\p{M}'\p{N}]/u.test(token);
}

function sentencesOf(tokens: readonly string[]): string[][] {
  const sentences: string[][] = [[]];
  for (const token of tokens) {
    sentences.at(-1)!.push(token);
    if (/^[.!?。؟।]$/u.test(token)) sentences.push([]);
  }
  return sentences.filter((sentence) => sentence.some(isSaid));
}

function actOf(sentence: readonly string[]): string {
  if (says(sentence, "refuse")) return "refuse";
  if (/^[?؟]$/u.test(sentence.at(-1)!)) return "ask";
  if (says(sentence, "cite")) return "cite";
  const opening = spelled(sentence.slice(sentence.findIndex(isSaid)));
  return SPELLINGS.confirm.some((phrase) => opening.startsWith(phrase)) ? "confirm" : "answer";
}

export function replyOf(value: Fields): NaiveReply | null {
  const tokens = naiveTokens(textOf(value.response));
  const asked = naiveTokens(textOf(value.request));
  if (tokens === null || asked === null) return null;
  if (Math.max(tokens.length, asked.length) > TOKENS_READ_MAX) return null;
  const acts = sentencesOf(tokens).map(actOf);
  const [first] = acts;
  const refused = value.refused === true || says(tokens, "refuse");
  let act: string | null = first === "ask" ? "ask" : acts.includes("cite") ? "cite" : null;
  act ??= first === undefined ? null : first === "confirm" ? "confirm" : "answer";
  const rare = [...new Set(asked)].filter(
    (token) => isSaid(token) && (/^\p{N}/u.test(token) || !COMMON.has(token)),
  );
  return {
    empty: first === undefined,
    refused,
    act: refused ? "refuse" : act,
    shape: `${first}, ${acts.find((one) => one !== first)}`,
    length: [16, 32, 64, 128, 256, 512].filter((end) => tokens.length >= end).length,
    stock: (["hedge", "apology", "deflect", "courtesy"] as const).filter((kind) => says(tokens, kind)),
    fit: rare.length === 0 ? null : rare.filter((token) => tokens.includes(token)).length / rare.length,
  };
}

/** Interactions (segment `all` of `reply`). */
export function replyValues(interactions: readonly Counted[]): ExpectedValue[] {
  const turns = interactions.filter(({ value }) => typeof value.turn === "number" && value.turn >= 0);
  const followUps = turns.filter(({ value }) => (value.turn as number) > 0).length;
  const known = interactions.filter(({ value }) => typeof value.interrupted === "boolean");
  const broken = known.filter(({ value }) => value.interrupted === true).length;
  const values = [
    rate("follow_up_share", followUps, turns.length, ""),
    rate("interrupted_share", broken, known.length, ""),
  ];
  const read = new Map(interactions.map((one) => [one, replyOf(one.value)]));
  if ([...read.values()].includes(null)) return values;
  const replies = [...read.values()] as NaiveReply[];
  const share = (metric: string, holds: (reply: NaiveReply) => boolean) =>
    byBucket(interactions, (some, bucket) =>
      rate(metric, some.filter((one) => holds(read.get(one)!)).length, some.length, bucket),
    );
  values.push(...share("empty_reply_share", (reply) => reply.empty));
  values.push(...share("refusal_share", (reply) => reply.refused));
  for (const kind of ["", "hedge", "apology", "deflect", "courtesy"]) {
    const hit = replies.filter(({ stock }) => (kind === "" ? stock.length > 0 : stock.includes(kind)));
    values.push(rate("stock_phrase_share", hit.length, replies.length, kind));
  }
  const fits = replies.flatMap(({ fit }) => fit ?? []);
  const mean = sum(fits) / fits.length;
  if (fits.length < 30) values.push(nothing("context_fit", fits.length));
  else
    values.push({ metric: "context_fit", bucket: "", n: fits.length, status: "ok", between: [mean, mean] });
  values.push(...actValues(replies.flatMap(({ act }) => act ?? [])));
  const inBuckets = interactions.filter(({ value }) => nameOf(value.bucket) !== "");
  for (const [metric, of] of [
    ["reply_shape_bits", "shape"],
    ["reply_length_bits", "length"],
  ] as const) {
    values.push(
      ...informationValues(
        metric,
        inBuckets.map((one) => [nameOf(one.value.bucket), String(read.get(one)![of])]),
      ),
    );
  }
  return values;
}

function actValues(acts: readonly string[]): ExpectedValue[] {
  const n = acts.length;
  const counts = ACTS.map((act) => acts.filter((one) => one === act).length);
  const values: ExpectedValue[] =
    n < 30
      ? [nothing("reply_act_mix", n)]
      : [
          rate("reply_act_mix", Math.max(...counts), n, ""),
          ...ACTS.map((act, i) => rate("reply_act_mix", counts[i]!, n, act)),
        ];
  if (n < 100) return [...values, nothing("reply_act_entropy", n)];
  const seen = new Set(acts).size;
  const bits = Math.min(Math.log2(5), entropy(acts) + (seen - 1) / (2 * n * Math.LN2));
  return [...values, { metric: "reply_act_entropy", bucket: "", n, status: "ok", between: [bits, bits] }];
}

/** H(bucket) + H(shape) - H(both), less what independent ones of the same shares would show. */
function informationValues(metric: string, pairs: readonly (readonly [string, string])[]): ExpectedValue[] {
  const n = pairs.length;
  const buckets = pairs.map(([bucket]) => bucket);
  const shapes = pairs.map(([, shape]) => shape);
  const both = pairs.map((pair) => JSON.stringify(pair));
  const rows = new Set(buckets).size;
  const cells = new Set(both).size;
  if (rows > BUCKETS_MAX) return [];
  if (n < 5 * cells || n === 0) return [nothing(metric, n)];
  if (rows < 2) return [{ metric, bucket: "", n, status: "degenerate", between: null }];
  const times = (names: readonly string[]) =>
    [...groupBy(names, (name) => name).values()].map((some) => some.length);
  const chance = times(buckets).flatMap((a) =>
    times(shapes).map((b) => (poissonExcess((a * b) / n) * (n - a) * (n - b)) / n ** 3 / Math.LN2),
  );
  const bits = Math.max(0, entropy(buckets) + entropy(shapes) - entropy(both) - sum(chance));
  return [{ metric, bucket: "", n, status: "ok", between: [bits, bits] }];
}

/** E(x ln x) - m ln m, term by term. */
function poissonExcess(mean: number): number {
  let logFactorial = 0;
  let total = -mean * Math.log(mean);
  for (let x = 1; x < 10 * mean + 100; x += 1) {
    logFactorial += Math.log(x);
    total += Math.exp(x * Math.log(mean) - mean - logFactorial) * x * Math.log(x);
  }
  return total;
}

function entropy(names: readonly string[]): number {
  const shares = [...groupBy(names, (name) => name).values()].map((some) => some.length / names.length);
  return -sum(shares.map((share) => share * Math.log2(share)));
}

/** Whether the verdict is one of the words that are understood; null where it is not. */
export function verdictOf({ value, generated }: Counted): boolean | null {
  const word = nameOf(value.judgeVerdict).trim();
  if (!generated) return null;
  if (
    /^(accept|accepted|approved?|pass|passed|ok|okay|yes|keep|kept|good|valid|true|1|通过|接受|合格)$/i.test(
      word,
    )
  )
    return true;
  if (
    /^(reject|rejected|refused?|deny|denied|fail|failed|no|drop|dropped|discard|discarded|bad|invalid|false|0|不通过|拒绝|不合格)$/i.test(
      word,
    )
  )
    return false;
  return null;
}

/** Arrivals with a judge's verdict (segment `all` of `candidate`). */
export function judgeValues(arrivals: readonly Counted[]): ExpectedValue[] {
  const judged = arrivals.filter((one) => verdictOf(one) !== null);
  const kept = (some: readonly Counted[]) => some.filter((one) => verdictOf(one) === true).length;
  const values = byBucket(judged, (some, bucket) =>
    rate("judge_acceptance", kept(some), some.length, bucket),
  );
  values.push(
    ...mixValues(
      judged.filter(({ value }) => nameOf(value.bucket) !== ""),
      kept,
    ),
  );

  values.push(preferenceOf(judged, kept), ...lengthValues(judged, kept));
  const named = judged
    .map((one) => versioned(one.value.judgeId, one.value.judgeVersion))
    .filter((name) => name !== "");
  const judges = groupBy(named, (name) => name);
  if (named.length === 0) values.push(nothing("judge_concentration", 0));
  else if (judges.size <= BUCKETS_MAX) {
    const exact = (count: number, bucket: string): ExpectedValue => ({
      metric: "judge_concentration",
      bucket,
      n: named.length,
      status: "ok",
      between: [count / named.length, count / named.length],
    });
    values.push(exact(Math.max(...[...judges.values()].map((some) => some.length)), ""));
    for (const [judge, some] of judges) values.push(exact(some.length, judge));
  }
  return values;
}

/** Acceptance of what the judge itself wrote, less that of what others wrote. */
function preferenceOf(judged: readonly Counted[], kept: (some: readonly Counted[]) => number): ExpectedValue {
  const metric = "judge_self_preference";
  const named = judged.filter(({ value }) => textOf(value.judgeId) !== "" && textOf(value.teacherId) !== "");
  const own = named.filter(({ value }) => value.judgeId === value.teacherId);
  const others = named.filter(({ value }) => value.judgeId !== value.teacherId);
  if (Math.min(own.length, others.length) < 30) return nothing(metric, named.length);
  const difference = kept(own) / own.length - kept(others) / others.length;
  return { metric, bucket: "", n: named.length, status: "ok", between: [difference, difference] };
}

/** Acceptance by length in tokens; none where the oracle cannot count them. */
function lengthValues(
  judged: readonly Counted[],
  kept: (some: readonly Counted[]) => number,
): ExpectedValue[] {
  const lengths = new Map(judged.map((one) => [one, naiveTokens(textOf(one.value.output))?.length ?? null]));
  if ([...lengths.values()].includes(null)) return [];
  const ends = [16, 32, 64, 128, 256, 512];
  const bins = groupBy(judged, (one) => String(ends.filter((end) => lengths.get(one)! >= end).length));
  return [...bins].map(([bin, some]) => {
    const from = [0, ...ends][Number(bin)]!;
    const name = from === 512 ? "512 and more" : `${from}-${ends[Number(bin)]! - 1}`;
    return rate("survival_by_length", kept(some), some.length, name);
  });
}

/** Judged samples with a bucket. */
function mixValues(judged: readonly Counted[], kept: (some: readonly Counted[]) => number): ExpectedValue[] {
  const buckets = [...groupBy(judged, (one) => nameOf(one.value.bucket)).values()];
  if (buckets.length > BUCKETS_MAX) return [];
  const all = judged.length;
  const accepted = kept(judged);
  const values: ExpectedValue[] = [];
  const big = buckets.filter((some) => some.length >= 30);
  const rates = big.map((some) => kept(some) / some.length);
  const n = sum(big.map((some) => some.length));
  const most = Math.max(...rates);
  const balance = { metric: "acceptance_balance", bucket: "", n };
  if (big.length < 2) values.push(nothing("acceptance_balance", n));
  else if (most === 0) values.push({ ...balance, status: "degenerate", between: null });
  else {
    const ratio = Math.min(...rates) / most;
    values.push({ ...balance, status: "ok", between: [ratio, ratio] });
  }
  const mix = (metric: string, value: number): ExpectedValue => {
    if (accepted < 5 * buckets.length || all === 0) return nothing(metric, accepted);
    if (buckets.length < 2) return { metric, bucket: "", n: accepted, status: "degenerate", between: null };
    return { metric, bucket: "", n: accepted, status: "ok", between: [value, value] };
  };
  const before = buckets.map((some) => some.length / all);
  const after = buckets.map((some) => kept(some) / accepted);
  const bits = (share: number): number => (share > 0 ? Math.log2(share) : 0);
  const divergence = sum(after.map((share, i) => share * (bits(share) - bits(before[i]!))));
  const hill = (shares: readonly number[]): number => 2 ** -sum(shares.map((share) => share * bits(share)));
  values.push(mix("acceptance_narrowing", Math.max(0, divergence)));
  values.push(mix("acceptance_hill_ratio", hill(after) / hill(before)));
  return values;
}
