/** A check of a suite's items for people. */
import { formatNumber } from "../../core/rule.ts";
import {
  STYLE_EFFECT_MIN,
  STYLE_TEXTS_MIN,
  type StyleConvergence,
} from "../../core/suite/style-convergence.ts";
import { clip, tableLines } from "../table.ts";
import type { CheckReport, OverlapReport } from "./check-items.ts";

/** Items listed; `--json` has more. */
const ITEMS_LISTED_MAX = 20;

export function checkLines(report: CheckReport): string[] {
  const { verdict, items, trainingTexts, realTexts, overlap, style } = report;
  const counted = [
    `${items.toLocaleString("en")} items`,
    `${trainingTexts.toLocaleString("en")} training texts`,
    ...(realTexts === null ? [] : [`${realTexts.toLocaleString("en")} real texts`]),
  ];
  return [
    `${verdict.toUpperCase()}: ${counted.join(", ")}`,
    "",
    ...overlapLines(overlap),
    "",
    ...(style === null
      ? ["style      not judged: give --reference with real texts that were never trained on"]
      : styleLines(style)),
  ];
}

function overlapLines({
  verdict,
  order,
  items,
  found,
  share,
  interval,
  shareMax,
  named,
}: OverlapReport): string[] {
  const of = `${found} of ${items} items (${percent(share)}, ${percent(interval.lo)} .. ${percent(interval.hi)})`;
  return [
    `verbatim   ${verdict}: ${of} share ${order} words in a row with a training text; ${percent(shareMax)} are allowed`,
    ...named
      .slice(0, ITEMS_LISTED_MAX)
      .map(
        (item) =>
          `  ${clip(item.id)}: ${item.found} of ${item.ngrams} places, ${percent(item.coverage)} of its words`,
      ),
    ...(found > ITEMS_LISTED_MAX ? [`  and ${found - ITEMS_LISTED_MAX} more`] : []),
  ];
}

function styleLines({ status, items, others, distances, converged }: StyleConvergence): string[] {
  if (status === "insufficient") {
    return [
      `style      inconclusive: ${items} items and ${others} other texts; ${STYLE_TEXTS_MIN} of each are needed`,
    ];
  }
  const rows = distances.map(({ feature, toTraining, toReal, nearer, lo, hi, converged: own }) => [
    feature,
    formatNumber(toTraining),
    formatNumber(toReal),
    `${formatNumber(nearer)} (${formatNumber(lo)} .. ${formatNumber(hi)})`,
    own ? "converged" : "",
  ]);
  const right = { align: "right" } as const;
  const table = tableLines(
    [
      { title: "" },
      { title: "to training, bits", ...right },
      { title: "to real, bits", ...right },
      { title: "nearer to training by", ...right },
      { title: "" },
    ],
    rows,
  );
  const word = converged
    ? `breach: the items read like the training data, not like real texts (surely nearer, by ${percent(STYLE_EFFECT_MIN)} or more)`
    : "pass: the items are not surely nearer to the training data than to real texts";
  return [`style      ${word}`, ...table.map((line) => `  ${line}`)];
}

function percent(share: number): string {
  return `${formatNumber(Math.round(share * 1_000) / 10)} %`;
}
