/** The report on error patterns, for people at a terminal. */
import type { Growth } from "../../core/pattern/generation-growth.ts";
import type { TraitCost } from "../../core/pattern/trait-cost.ts";
import { intervalWord, NONE, numberWord, signedWord } from "../experiment/words.ts";
import { type Column, tableLines, visible } from "../table.ts";
import { REFUSED } from "./pattern-history.ts";
import type { CountedShare, PatternReport } from "./pattern-report.ts";

/** Generations of one pattern that are shown, the latest. */
const GENERATIONS_SHOWN_MAX = 8;
const FACTS_SHOWN_MAX = 20;

const right = (title: string): Column => ({ title, align: "right" });
const PATTERN_COLUMNS: readonly Column[] = [
  { title: "pattern" },
  { title: "owner" },
  { title: "growth, candidates" },
  { title: "growth, replies" },
  { title: "survival" },
  right("e of a rise"),
  { title: "verdict" },
];
const GENERATION_COLUMNS: readonly Column[] = [
  { title: "pattern" },
  right("generation"),
  right("candidates"),
  right("accepted"),
  right("admitted"),
  right("replies"),
];
const COST_COLUMNS: readonly Column[] = [
  { title: "trait" },
  { title: "outcome" },
  right("with it"),
  { title: "excess in the same buckets" },
  { title: "cost" },
];
const FACT_COLUMNS: readonly Column[] = [
  { title: "fact" },
  { title: "stage" },
  right("cited"),
  { title: "out of scope" },
];

export function patternLines(lane: string, report: PatternReport): string[] {
  const { patterns, facts } = report;
  const lines =
    patterns.length === 0
      ? [`no error pattern is declared for lane ${visible(lane)}`]
      : [...patternTable(report), "", ...generationTable(report)];
  lines.push(...costTable(report));
  if (facts.length > 0) {
    const rows = facts
      .slice(0, FACTS_SHOWN_MAX)
      .map((found) => [found.fact, found.stage, String(found.n), withInterval(found.value, found.interval)]);
    const more = facts.length - rows.length;
    lines.push("", ...tableLines(FACT_COLUMNS, rows), ...(more > 0 ? [`… and ${more} more`] : []));
  }
  return lines;
}

function patternTable({ patterns }: PatternReport): string[] {
  const rows = patterns.map(({ name, owner, growth, survival, rise, verdict }) => [
    name,
    owner,
    growthWord(growth.candidate),
    growthWord(growth.reply),
    survival === null ? NONE : withInterval(survival.value, survival),
    numberWord(rise?.e ?? null),
    verdict,
  ]);
  const reasons = patterns.flatMap(({ name, reasons: own }) =>
    own.map((reason) => `${visible(name)}: ${reason}`),
  );
  return [...tableLines(PATTERN_COLUMNS, rows), ...reasons];
}

function generationTable({ patterns }: PatternReport): string[] {
  const rows = patterns.flatMap(({ name, generations }) =>
    generations
      .slice(-GENERATIONS_SHOWN_MAX)
      .map(({ generation, candidate, accepted, admitted, reply }) => [
        name,
        String(generation),
        ...[candidate, accepted, admitted, reply].map(shareWord),
      ]),
  );
  if (rows.length === 0) return ["no generation has ended in this time (a training manifest ends one)"];
  return tableLines(GENERATION_COLUMNS, rows);
}

function costTable({ patterns, refusals }: PatternReport): string[] {
  const traits = [
    ...patterns.map(({ name, costs }) => ({ name, costs })),
    { name: REFUSED, costs: refusals },
  ];
  const rows = traits.flatMap(({ name, costs }) => costs.map((cost) => costRow(name, cost)));
  if (rows.length === 0) return [];
  return [
    "",
    ...tableLines(COST_COLUMNS, rows),
    "Excess goes with the trait, in the same bucket; whether the trait is what did it, an experiment tells.",
  ];
}

function costRow(name: string, { cost, currency, withTrait, excess, total }: TraitCost): string[] {
  return [
    name,
    cost,
    String(withTrait.trials),
    excess === null ? NONE : `${signedWord(excess.value)} (${intervalWord(excess, signedWord)})`,
    total === null ? NONE : `${numberWord(total.value)} ${currency} (${intervalWord(total)})`,
  ];
}

function growthWord(growth: Growth | null): string {
  return growth === null ? NONE : `x ${withInterval(growth.factor, growth)}`;
}

function shareWord(share: CountedShare | null): string {
  return share === null ? NONE : `${numberWord(share.value)} of ${share.n}`;
}

function withInterval(value: number, interval: { readonly lo: number; readonly hi: number }): string {
  return `${numberWord(value)} (${intervalWord(interval)})`;
}
