/** Error patterns, facts and costs of the lanes file: every phrase has tokens, every name is one, every date is a day. */
import { isLaneName, LANE_CHARS_MAX } from "../core/lane-name.ts";
import {
  COST_CAUSES,
  COSTS_MAX,
  type ErrorPattern,
  FACTS_MAX,
  type OutcomeCost,
  PATTERNS_MAX,
  type PatternRegistry,
  PHRASES_MAX,
  SCOPE_VALUES_MAX,
  type ScopedFact,
} from "../core/pattern/pattern-registry.ts";
import { PHRASE_TOKENS_MAX, phraseTokens } from "../core/pattern/phrase-trie.ts";
import { listOf } from "./read-list.ts";
import type { YamlField, YamlFile } from "./yaml-file.ts";

/** Sections of the lanes file that make the registry. */
export const REGISTRY_KEYS = ["patterns", "facts", "costs"] as const;

const ENTRY_NAME = /^[a-z0-9][a-z0-9_.-]{0,63}$/;
const PHRASE_CHARS_MAX = 300;
const VALUE_CHARS_MAX = 128;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const CURRENCY = /^[A-Z]{3}$/;
const UNIT_COST_MAX = 1e9;

type Fields = ReadonlyMap<string, YamlField>;

/** undefined where the file has none of the sections. */
export function readRegistry(file: YamlFile, fields: Fields | undefined): PatternRegistry | undefined {
  if (!REGISTRY_KEYS.some((key) => fields?.has(key))) return undefined;
  return {
    patterns: entries(file, fields?.get("patterns"), PATTERNS_MAX, readPattern),
    facts: entries(file, fields?.get("facts"), FACTS_MAX, readFact),
    costs: entries(file, fields?.get("costs"), COSTS_MAX, readCost),
  };
}

/** Entries that can be read; names are told apart over all lanes, as they become buckets. */
function entries<T extends { readonly name: string }>(
  file: YamlFile,
  field: YamlField | undefined,
  entriesMax: number,
  read: (file: YamlFile, item: YamlField) => T | undefined,
): readonly T[] {
  const lineOf = new Map<string, number>();
  return (file.items(field, entriesMax) ?? []).flatMap((item) => {
    const entry = read(file, item);
    if (entry === undefined) return [];
    const first = lineOf.get(entry.name);
    if (first !== undefined) file.report(item.line, `${item.name}: ${entry.name} is on line ${first}, too`);
    lineOf.set(entry.name, item.line);
    return [entry];
  });
}

function readPattern(file: YamlFile, item: YamlField): ErrorPattern | undefined {
  const fields = file.fields(item, ["name", "owner", "since", "phrases"], ["lane"]);
  const head = readHead(file, fields);
  const since = fields?.get("since");
  const sinceMs = readDay(file, since);
  const phrases = readPhrases(file, fields?.get("phrases"), true);
  if (head === undefined || since === undefined || sinceMs === null || phrases === undefined)
    return undefined;
  return { ...head, since: new Date(sinceMs).toISOString().slice(0, 10), phrases };
}

function readFact(file: YamlFile, item: YamlField): ScopedFact | undefined {
  const fields = file.fields(
    item,
    ["name", "owner", "phrases"],
    ["lane", "products", "regions", "channels", "from", "until", "conditions"],
  );
  const head = readHead(file, fields);
  const phrases = readPhrases(file, fields?.get("phrases"), true);
  const values = (key: string): readonly string[] =>
    listOf(file, fields?.get(key), SCOPE_VALUES_MAX, (value) => file.text(value, VALUE_CHARS_MAX)) ?? [];
  const fact = {
    products: values("products"),
    regions: values("regions"),
    channels: values("channels"),
    fromMs: readDay(file, fields?.get("from")),
    untilMs: readDay(file, fields?.get("until")),
    conditions: readPhrases(file, fields?.get("conditions"), false) ?? [],
  };
  if (fields === undefined || head === undefined || phrases === undefined) return undefined;
  const { fromMs, untilMs, products, regions, channels, conditions } = fact;
  if (fromMs !== null && untilMs !== null && untilMs <= fromMs) {
    file.report(item.line, `${item.name}: until is not after from`);
  }
  const bounds = [...products, ...regions, ...channels, ...conditions].length;
  if (bounds === 0 && fromMs === null && untilMs === null) {
    file.report(item.line, `${item.name}: a fact that holds everywhere cannot be cited out of its scope`);
  }
  return { ...head, phrases, ...fact };
}

function readCost(file: YamlFile, item: YamlField): OutcomeCost | undefined {
  const fields = file.fields(
    item,
    ["name", "owner", "cause", "unitCost", "currency"],
    ["lane", "complaintType"],
  );
  const head = readHead(file, fields);
  const cause = file.oneOf(fields?.get("cause"), COST_CAUSES);
  const complaintType = file.text(fields?.get("complaintType"), VALUE_CHARS_MAX) ?? "";
  const unitCost = file.number(fields?.get("unitCost"), 0, UNIT_COST_MAX);
  const currencyField = fields?.get("currency");
  const currency = file.text(currencyField, VALUE_CHARS_MAX);
  if (currencyField !== undefined && currency !== undefined && !CURRENCY.test(currency)) {
    file.report(currencyField.line, `${currencyField.name} must be three capital letters (ISO 4217)`);
  }
  if (complaintType !== "" && cause !== "complaint") {
    file.report(item.line, `${item.name}: only the cause complaint has a complaintType`);
  }
  if (head === undefined || cause === undefined || unitCost === undefined || currency === undefined) {
    return undefined;
  }
  return { ...head, cause, complaintType, unitCost, currency };
}

function readHead(
  file: YamlFile,
  fields: Fields | undefined,
): { readonly name: string; readonly lane: string | null; readonly owner: string } | undefined {
  const nameField = fields?.get("name");
  const name = file.text(nameField, VALUE_CHARS_MAX);
  const owner = file.text(fields?.get("owner"));
  const laneField = fields?.get("lane");
  const lane = file.text(laneField, LANE_CHARS_MAX);
  if (laneField !== undefined && lane !== undefined && !isLaneName(lane)) {
    file.report(laneField.line, `${laneField.name} is no name of a lane`);
  }
  if (nameField === undefined || name === undefined || owner === undefined) return undefined;
  if (!ENTRY_NAME.test(name)) {
    file.report(
      nameField.line,
      `${nameField.name} is ${JSON.stringify(name)}, must be 1 to 64 of a-z, 0-9, _, . and -`,
    );
    return undefined;
  }
  return { name, lane: lane ?? null, owner };
}

function readPhrases(
  file: YamlFile,
  field: YamlField | undefined,
  some: boolean,
): readonly string[] | undefined {
  const phrases = listOf(file, field, PHRASES_MAX, (item) => {
    const phrase = file.text(item, PHRASE_CHARS_MAX);
    if (phrase === undefined) return undefined;
    // The typographic apostrophe is a token of its own: such a phrase is kept in both spellings.
    const tokens = phraseTokens(phrase.replaceAll("'", "\u2019")).length;
    if (tokens > 0 && tokens <= PHRASE_TOKENS_MAX) return phrase;
    file.report(item.line, `${item.name} has ${tokens} words and marks, must have 1 to ${PHRASE_TOKENS_MAX}`);
    return undefined;
  });
  if (some && field !== undefined && phrases?.length === 0) {
    file.report(field.line, `${field.name} has no phrase that can be met`);
  }
  return phrases;
}

/** Epoch ms of the day's beginning, UTC; null where there is none. */
function readDay(file: YamlFile, field: YamlField | undefined): number | null {
  const day = file.text(field, VALUE_CHARS_MAX);
  if (field === undefined || day === undefined) return null;
  const ms = DAY.test(day) ? Date.parse(`${day}T00:00:00Z`) : Number.NaN;
  // February 30 parses nowhere, or as a day in March.
  if (!Number.isNaN(ms) && new Date(ms).toISOString().startsWith(day)) return ms;
  file.report(field.line, `${field.name} is ${JSON.stringify(day)}, must be a day such as 2026-01-31`);
  return null;
}
