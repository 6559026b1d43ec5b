/**
 * Declared error patterns and facts, found in the records of a window one by one: on strings, with no trie and no hash. Shared with
 * the services: the registry, which is data. Texts that the oracle cannot cut into tokens leave their window's values unknown.
 */
import type { PatternRegistry, ScopedFact } from "../../services/core/pattern/pattern-registry.ts";
import { groupBy } from "./group-by.ts";
import { BUCKETS_MAX, type Counted, type ExpectedValue, nothing, rate, share, sum } from "./naive-metrics.ts";
import { type NaiveReply, replyOf, verdictOf } from "./naive-replies.ts";
import { naiveTokens } from "./naive-tokens.ts";
import { type Fields, nameOf, textOf } from "./oracle-record.ts";

function spelled(text: string): string | null {
  const tokens = naiveTokens(text);
  return tokens === null ? null : ` ${tokens.join(" ")} `;
}

function says(text: string, phrases: readonly string[]): boolean {
  return phrases
    .flatMap((phrase) => [phrase.replaceAll("\u2019", "'"), phrase.replaceAll("'", "\u2019")])
    .some((phrase) => text.includes(spelled(phrase)!));
}

function textIn({ topic, value }: Counted): string | null {
  return spelled(textOf(topic === "interactions" ? value.response : value.output));
}

/** Whether a cited fact holds; null where it cannot be told. */
function holds(fact: ScopedFact, { topic, value }: Counted, text: string): boolean | null {
  const about = (topic === "interactions" ? value : (value.fields ?? {})) as Fields;
  const at = value.eventTime as number;
  if (fact.fromMs !== null && at < fact.fromMs) return false;
  if (fact.untilMs !== null && at >= fact.untilMs) return false;
  if (fact.conditions.length > 0 && !says(text, fact.conditions)) return false;
  const bounds = [
    { among: fact.products, own: nameOf(about.product) },
    { among: fact.regions, own: nameOf(about.region) },
    { among: fact.channels, own: nameOf(about.channel) },
  ].filter(({ among }) => among.length > 0);
  const isIn = (among: readonly string[], own: string): boolean =>
    among.map((name) => name.toLowerCase()).includes(own.toLowerCase());
  if (bounds.some(({ among, own }) => own !== "" && !isIn(among, own))) return false;
  return bounds.some(({ own }) => own === "") ? null : true;
}

/** Of the texts of a window (segments `generated` and `real`). */
export function textPatternValues(counted: readonly Counted[], registry: PatternRegistry): ExpectedValue[] {
  const texts = counted.map((one) => ({ one, text: textIn(one) }));
  if (texts.some(({ text }) => text === null)) return [];
  const values = patternShares("error_pattern_share", counted, registry);
  const cited = texts.flatMap(({ one, text }) =>
    registry.facts
      .filter(({ phrases }) => says(text!, phrases))
      .map((fact) => ({ one, fact: fact.name, holds: holds(fact, one, text!) }))
      .filter(({ holds }) => holds !== null),
  );
  if (cited.length === 0) return values;
  const all = new Set(cited.map(({ one }) => one));
  const wrong = new Set(cited.filter(({ holds }) => !holds).map(({ one }) => one));
  values.push(share("fact_out_of_scope_share", wrong.size, all.size, ""));
  for (const [fact, some] of groupBy(cited, ({ fact }) => fact)) {
    const out = some.filter(({ holds }) => !holds).length;
    values.push(share("fact_out_of_scope_share", out, some.length, fact));
  }
  return values;
}

function patternShares(
  metric: string,
  counted: readonly Counted[],
  { patterns }: PatternRegistry,
): ExpectedValue[] {
  if (patterns.length === 0 || counted.length === 0) return [];
  const found = patterns.map(({ name, phrases }) => ({
    name,
    texts: counted.filter((one) => says(textIn(one)!, phrases)),
  }));
  const any = new Set(found.flatMap(({ texts }) => texts)).size;
  return [
    rate(metric, any, counted.length, ""),
    ...found
      .filter(({ texts }) => texts.length > 0)
      .map(({ name, texts }) => rate(metric, texts.length, counted.length, name)),
  ];
}

/** Of arrivals at `candidate`: what judges let through. */
export function judgedPatternValues(
  arrivals: readonly Counted[],
  registry: PatternRegistry,
): ExpectedValue[] {
  const judged = arrivals.filter((one) => verdictOf(one) !== null);
  if (judged.some((one) => textIn(one) === null)) return [];
  const accepted = (some: readonly Counted[]) => some.filter((one) => verdictOf(one) === true);
  const has = (one: Counted, name: string): boolean =>
    registry.patterns.some((own) => (name === "" || own.name === name) && says(textIn(one)!, own.phrases));
  const survival = ["", ...registry.patterns.map(({ name }) => name)].flatMap((name): ExpectedValue[] => {
    const own = judged.filter((one) => has(one, name));
    const rest = judged.filter((one) => !has(one, name));
    const row = { metric: "error_pattern_survival", bucket: name, n: own.length };
    if (own.length === 0) return [];
    if (Math.min(own.length, rest.length) < 30) return [{ ...row, status: "insufficient", between: null }];
    if (accepted(rest).length === 0) return [{ ...row, status: "degenerate", between: null }];
    const ratio = accepted(own).length / own.length / (accepted(rest).length / rest.length);
    return [{ ...row, status: "ok", between: [ratio, ratio] }];
  });
  return [...patternShares("error_pattern_accepted", accepted(judged), registry), ...survival];
}

/** Of interactions, in a lane without reference: how much more cautious replies are in the rare buckets of the window. */
export function cautionValues(interactions: readonly Counted[]): ExpectedValue[] {
  const read = interactions.map(({ value }) => ({ bucket: nameOf(value.bucket), reply: replyOf(value) }));
  if (read.some(({ reply }) => reply === null)) return [];
  const told = read.filter(({ bucket, reply }) => bucket !== "" && reply!.act !== null);
  const buckets = groupBy(told, ({ bucket }) => bucket);
  if (buckets.size === 0 || buckets.size > BUCKETS_MAX) return [];
  buckets.delete("__other__");
  const rarest = [...buckets].sort(([a, x], [b, y]) => x.length - y.length || (a < b ? -1 : 1));
  const all = sum(rarest.map(([, some]) => some.length));
  const rare: { readonly reply: NaiveReply | null }[] = [];
  const others: { readonly reply: NaiveReply | null }[] = [];
  let held = 0;
  for (const [, some] of rarest) {
    held += some.length;
    (held <= all * 0.1 ? rare : others).push(...some);
  }
  if (rare.length === 0 || others.length === 0) {
    return [{ ...nothing("caution_gap", rare.length), status: "degenerate" }];
  }
  if (Math.min(rare.length, others.length) < 30) return [nothing("caution_gap", rare.length)];
  const cautious = (some: readonly { readonly reply: NaiveReply | null }[]): number =>
    some.filter(({ reply }) => {
      const { act, stock } = reply!;
      return act === "ask" || act === "refuse" || stock.includes("hedge") || stock.includes("deflect");
    }).length / some.length;
  const gap = cautious(rare) - cautious(others);
  return [{ metric: "caution_gap", bucket: "", n: rare.length, status: "ok", between: [gap, gap] }];
}
