/** What a scan says: one document for programs, a table and plain words for people. */
import { GENERATED, REAL } from "../../core/catalogue.ts";
import { JUDGED_TEXTS_MIN, nullSizeMax } from "../../core/null.ts";
import type { RuleResult, Verdict } from "../../core/records.ts";
import type { Reference } from "../../core/reference.ts";
import type { MetricResult, ResultStatus } from "../../core/result.ts";
import type { Rule } from "../../core/rule.ts";
import { EXIT, type ExitCode } from "../io.ts";
import type { BadLineCount } from "../lines/bad-lines.ts";
import { type Column, clip, tableLines, visible } from "../table.ts";
import type { ScanResult } from "./text-scan.ts";

export interface ScanReportInput {
  readonly file: string;
  readonly lines: number;
  readonly bad: Readonly<Record<string, BadLineCount>>;
  /** The bad lines in words, one a reason. */
  readonly badWords: readonly string[];
  readonly reference: Reference;
  readonly result: ScanResult;
  /** Rules that were applied, and ids of those that a file of texts cannot decide. */
  readonly rules: readonly Rule[];
  readonly notApplied: readonly string[];
}

const EXIT_OF: Readonly<Record<Verdict, ExitCode>> = {
  pass: EXIT.pass,
  breach: EXIT.breach,
  inconclusive: EXIT.inconclusive,
  error: EXIT.inconclusive,
};

export function scanExitCode(result: ScanResult): ExitCode {
  return EXIT_OF[result.verdict.verdict];
}

/** Generated texts still missing for a verdict. */
function missingTexts({ judgedTexts, judgedTextsMin }: ScanResult): number {
  return Math.max(0, judgedTextsMin - judgedTexts);
}

export function scanJson(input: ScanReportInput): unknown {
  const { result, reference, rules } = input;
  const { verdict } = result;
  return {
    file: input.file,
    verdict: verdict.verdict,
    warn: verdict.warn,
    families: verdict.families,
    blamed: verdict.blamed,
    evidence: verdict.evidence,
    missingTexts: missingTexts(result),
    metrics: result.rows.flatMap(({ stage, segment, results }) =>
      results.map(({ metric, ...rest }) => ({ id: metric, stage, segment, ...rest })),
    ),
    verdicts: verdict.results.map((found) => {
      const rule = rules.find(({ id }) => id === found.rule)!;
      const { title, severity, owner, page, source } = rule;
      return { ...found, title, severity, owner, page, source };
    }),
    notApplied: input.notApplied,
    leftOut: result.rows.flatMap(({ segment, leftOut }) => leftOut.map((out) => ({ segment, ...out }))),
    lines: {
      read: input.lines,
      counted: result.rows.find(({ segment }) => segment === "all")?.n ?? 0,
      repeated: result.repeated,
      emptyTexts: result.emptyTexts,
      beyondIndex: result.beyondIndex,
      bad: input.bad,
    },
    reference: {
      version: reference.version,
      lane: reference.lane,
      textsA: reference.textsA,
      textsB: reference.textsB,
    },
    rulesVersion: verdict.rulesVersion,
  };
}

const COLUMNS: readonly Column[] = [
  { title: "metric" },
  { title: "texts" },
  { title: "n", align: "right" },
  { title: "value", align: "right" },
  { title: "interval" },
  { title: "real texts give" },
  { title: "z", align: "right" },
  { title: "status" },
  { title: "verdict" },
];

export function scanLines(input: ScanReportInput): readonly string[] {
  const { result, reference } = input;
  return [
    ...tableLines(COLUMNS, tableRows(result)),
    "",
    ...verdictWords(input),
    "",
    ...inputWords(input),
    `Reference ${reference.version}: ${reference.textsA} texts define what is real (words, tail, lengths), ` +
      `${reference.textsB} others show how real windows vary.`,
  ];
}

/** One row a metric and segment: the whole window, and buckets that a rule names. */
function tableRows(result: ScanResult): string[][] {
  return result.rows.flatMap(({ segment, results }) =>
    results
      .filter((found) => found.bucket === "" || rulesOn(result, segment, found).length > 0)
      .map((found) => [
        found.bucket === "" ? found.metric : `${found.metric} [${clip(found.bucket, 24)}]`,
        segment,
        String(found.n),
        numberOrDash(found.value),
        found.lo === null || found.hi === null ? "-" : `${shortNumber(found.lo)} .. ${shortNumber(found.hi)}`,
        found.nullMean === null || found.nullSd === null
          ? "-"
          : `${shortNumber(found.nullMean)} ± ${shortNumber(found.nullSd)}`,
        numberOrDash(found.z),
        found.status,
        verdictWord(rulesOn(result, segment, found)),
      ]),
  );
}

function rulesOn(result: ScanResult, segment: string, found: MetricResult): readonly RuleResult[] {
  return result.verdict.results.filter(
    (rule) => rule.segment === segment && rule.metric === found.metric && rule.bucket === found.bucket,
  );
}

function verdictWord(rules: readonly RuleResult[]): string {
  if (rules.length === 0) return "-";
  for (const worst of ["breach", "error", "inconclusive"]) {
    if (rules.some((rule) => rule.verdict === worst)) return worst;
  }
  return rules.some((rule) => rule.warn) ? "pass, warn" : "pass";
}

function numberOrDash(value: number | null): string {
  return value === null ? "-" : shortNumber(value);
}

/** Three significant digits; the JSON has all of them. */
function shortNumber(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(3)));
}

function verdictWords(input: ScanReportInput): string[] {
  const { result, rules } = input;
  const { verdict } = result;
  const words: string[] = [];
  if (verdict.verdict === "breach") {
    const count = verdict.results.filter((rule) => rule.verdict === "breach").length;
    const families = verdict.families.length === 0 ? "" : ` (${verdict.families.join(", ")})`;
    words.push(`BREACH: ${plural(count, "rule")} of ${verdict.results.length}${families}.`);
  } else if (verdict.verdict === "pass") {
    words.push(`PASS: ${plural(verdict.results.length, "rule")}${verdict.warn ? ", with warnings" : ""}.`);
  } else {
    words.push(`INCONCLUSIVE: ${whyInconclusive(input)}`);
  }
  for (const found of verdict.results)
    words.push(...ruleWords(found, rules.find(({ id }) => id === found.rule)!));
  words.push(...blameWords(result));
  if (verdict.evidence.length > 0) {
    words.push(`Look at: ${verdict.evidence.map((id) => clip(id, 40)).join(", ")}`);
  }
  return words;
}

function ruleWords(found: RuleResult, rule: Rule): string[] {
  const mark = found.verdict === "pass" && found.warn ? "pass, warn" : found.verdict;
  const counted = `${found.metric} ${found.arithmetic} (n ${found.n})`;
  if (found.verdict !== "breach" && !found.warn) return [`  ${mark.padEnd(12)} ${found.rule}: ${counted}`];
  return [
    `  ${mark.padEnd(12)} ${found.rule}: ${visible(rule.title)}`,
    `${" ".repeat(15)}${counted}; read ${visible(rule.page)}`,
  ];
}

function whyInconclusive({ result, reference, rules }: ScanReportInput): string {
  const missing = missingTexts(result);
  if (result.judgedTexts === 0) {
    return `no text of the file counts as generated; each has an origin that the lane's policy calls ${REAL}.`;
  }
  if (missing > 0) {
    return `${result.judgedTexts} ${GENERATED} texts; a verdict needs ${result.judgedTextsMin}, so ${missing} more are missing.`;
  }
  if (nullSizeMax(reference.textsB) < JUDGED_TEXTS_MIN) {
    return (
      `the reference has ${reference.textsA + reference.textsB} texts, too few to know how real windows vary; ` +
      `give at least ${2 * 5 * JUDGED_TEXTS_MIN}.`
    );
  }
  if (rules.length === 0) return "no rule of the rules file judges a file of texts.";
  const undecided = result.verdict.results.filter((rule) => rule.verdict === "inconclusive");
  const statuses = new Set(undecided.map((rule) => statusOf(result, rule)));
  const why = [...statuses].map((status) => STATUS_WORDS[status]).join("; ");
  return `nothing breaches, but ${undecided.map(({ rule }) => rule).join(", ")} could not be decided: ${why}.`;
}

const STATUS_WORDS: Readonly<Record<ResultStatus, string>> = {
  ok: "a number the rule compares is missing",
  insufficient: "the texts hold too little for it (too few, or much shorter than the real ones)",
  no_reference: "the reference has nothing to hold it against",
  degenerate: "the metric cannot tell anything on these texts",
};

function statusOf(result: ScanResult, rule: RuleResult): ResultStatus {
  const row = result.rows.find(({ segment }) => segment === rule.segment);
  const found = row?.results.find(({ metric, bucket }) => metric === rule.metric && bucket === rule.bucket);
  return found?.status ?? "insufficient";
}

function blameWords({ verdict, rows }: ScanResult): string[] {
  const subject = verdict.blamed[0];
  if (subject === undefined) return [];
  if (!subject.startsWith("lane:"))
    return [`Without ${clip(subject)} every breach is gone: look there first.`];
  const named = rows.some((row) => row.leftOut.length > 0);
  return named
    ? ["No template, teacher, judge or source explains it alone: the whole file is to blame."]
    : ["The lines name no template, teacher, judge or source, so the whole file is to blame."];
}

function inputWords(input: ScanReportInput): string[] {
  const { result } = input;
  const words = [
    `${input.lines.toLocaleString("en")} lines of ${visible(input.file)} read.`,
    ...input.badWords,
  ];
  if (result.repeated > 0) {
    words.push(`${result.repeated.toLocaleString("en")} lines dropped: their id came before.`);
  }
  if (result.emptyTexts > 0) words.push(`${result.emptyTexts.toLocaleString("en")} texts are empty.`);
  if (result.beyondIndex > 0) {
    words.push(
      `${result.beyondIndex.toLocaleString("en")} ids came after a million others and were not checked for repeats.`,
    );
  }
  if (input.notApplied.length > 0) {
    words.push(
      `Not applied, as they need online traffic, evaluations or the lane's past: ${input.notApplied.join(", ")}.`,
    );
  }
  return words;
}

function plural(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? "" : "s"}`;
}
