/** Exports of misses, and whether their gaps closed, for people at a terminal. */

import type { MissChoice } from "../../core/misses/choose-misses.ts";
import { type GapFinding, type GapState, worstGap } from "../../core/misses/gap.ts";
import type { MissExport } from "../../core/misses/miss-export.ts";
import { formatNumber } from "../../core/rule.ts";
import { type Column, tableLines, visible } from "../table.ts";
import type { RecordedExport } from "./export-record.ts";

const NONE = "-";

const LEFT_WORDS: Readonly<Record<keyof MissChoice["left"], string>> = {
  otherSide: "on the other side of the split",
  noWords: "whose words are not kept any more",
  noCorrection: "that nobody corrected",
  repeated: "that repeat a newer request",
  beyond: "beyond the number asked for",
};

/** One line for each reason that misses were left for. */
export function leftLines({ left }: MissChoice): string[] {
  return Object.entries(LEFT_WORDS).flatMap(([reason, words]) => {
    const n = left[reason as keyof MissChoice["left"]];
    return n === 0 ? [] : [`  left ${n} ${words}`];
  });
}

/** How many of each bucket, beside how often it fails. */
export function exportLines(made: MissExport, choice: MissChoice): string[] {
  const columns: Column[] = [
    { title: "bucket" },
    { title: "items", align: "right" },
    { title: "fails", align: "right" },
    { title: "of", align: "right" },
    { title: "others fail", align: "right" },
  ];
  const rows = made.gaps.map(({ bucket, own, others }) => [
    bucketWord(bucket),
    String(choice.items.filter((item) => item.bucket === bucket).length),
    percent(own.failures / own.trials),
    String(own.trials),
    percent(others.failures / others.trials),
  ]);
  return tableLines(columns, rows);
}

const STATE_WORDS: Readonly<Record<GapState, string>> = {
  closed: "closed: they fail less, and no more than the others did",
  narrowed: "narrowed: they fail less, but it is not shown that they fail no more than the others did",
  inconclusive: "inconclusive: too few outcomes of newer models to tell",
  "not closed": "not closed: it is not shown that they fail less, and not by as much as the gap was",
};

export function reportLines(
  { id, actor, recordedMs, made }: RecordedExport,
  findings: readonly GapFinding[],
  models: readonly string[],
): string[] {
  const columns: Column[] = [
    { title: "bucket" },
    { title: "before", align: "right" },
    { title: "n", align: "right" },
    { title: "after", align: "right" },
    { title: "n", align: "right" },
    { title: "fell by", align: "right" },
    { title: "95 %" },
    { title: "e", align: "right" },
    { title: "left of the gap" },
    { title: "gap" },
  ];
  const rows = findings.map((found) => [
    bucketWord(found.bucket),
    percent(found.before.failures / found.before.trials),
    String(found.before.trials),
    percent(found.after.failures / found.after.trials),
    String(found.after.trials),
    percent(found.fall),
    `${percent(found.lo)} .. ${percent(found.hi)}`,
    formatNumber(found.e),
    `${percent(found.left.lo)} .. ${percent(found.left.hi)}`,
    found.state,
  ]);
  const versions = models.length === 0 ? "none, so nothing can have changed" : models.map(visible).join(", ");
  return [
    `Export ${id} (${made.kind}, ${made.items} items) by ${visible(actor)}, ${new Date(recordedMs).toISOString()}`,
    `  newer model versions: ${versions}`,
    ...tableLines(columns, rows),
    STATE_WORDS[worstGap(findings)],
  ];
}

function bucketWord(bucket: string): string {
  return bucket === "" ? NONE : bucket;
}

function percent(rate: number): string {
  return Number.isNaN(rate) ? NONE : `${formatNumber(Math.round(rate * 1_000) / 10)} %`;
}
