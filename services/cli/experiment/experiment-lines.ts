/** Experiments for people at a terminal. */
import type { Effect } from "../../core/experiment/ablation.ts";
import type { Gradient, GradientPoint } from "../../core/experiment/gradient.ts";
import type { Matched } from "../../core/experiment/match-results.ts";
import { armsOf, decidesCap, metricKey, metricLabel, type Plan } from "../../core/experiment/plan.ts";
import type { ExperimentReport } from "../../core/experiment/report.ts";
import { type Column, clip, tableLines, visible } from "../table.ts";
import {
  breakSentence,
  capSentence,
  effectName,
  effectWord,
  intervalWord,
  LIMIT_WORDS,
  NONE,
  numberWord,
  pWord,
  signedWord,
} from "./words.ts";

/** Results that are not used, named in the terminal; the rest is counted. */
const UNUSED_SHOWN_MAX = 20;
const CURVE_CHARS = 32;

const MARKS = { used: "ok", missing: "missing", contradicting: "contradicts" } as const;

/** The matrix: one row an arm and metric, one column a seed. */
export function matrixLines(plan: Plan, { cells }: Matched): string[] {
  const columns: Column[] = [
    { title: "arm" },
    { title: "share", align: "right" },
    { title: "metric" },
    ...plan.seeds.map((seed) => ({ title: clip(`seed ${seed}`, 20), align: "right" as const })),
  ];
  const words = new Map(
    cells.map((cell) => [
      JSON.stringify([cell.arm.name, cell.metric, cell.seed]),
      cell.value === null ? MARKS[cell.state] : numberWord(cell.value),
    ]),
  );
  const rows = armsOf(plan).flatMap(({ name, ratio }) =>
    plan.metrics.map((metric) => [
      name,
      numberWord(ratio),
      metricLabel(metric),
      ...plan.seeds.map((seed) => words.get(JSON.stringify([name, metricKey(metric), seed]))!),
    ]),
  );
  return tableLines(columns, rows);
}

/** How many planned cells have their result, and every result that is not used, with its reason. */
export function matchLines({ cells, unused, unusedCounts, repeated, orderShown }: Matched): string[] {
  const count = (state: string): number => cells.filter((cell) => cell.state === state).length;
  const lines = [
    `${count("used")} of ${cells.length} planned results are there, ${count("missing")} missing, ${count("contradicting")} contradicting`,
  ];
  if (repeated > 0) lines.push(`${repeated} results came again with the same number; each counts once`);
  if (!orderShown) lines.push("the plan is not published: nothing shows that it came before the results");
  for (const [reason, n] of Object.entries(unusedCounts)) lines.push(`not used, ${reason}: ${n}`);
  for (const { reason, id, detail } of unused.slice(0, UNUSED_SHOWN_MAX)) {
    lines.push(`  ${clip(id)}: ${reason}, ${clip(detail, 120)}`);
  }
  return lines;
}

export function reportLines(report: ExperimentReport): string[] {
  const { plan, gradients, breakPs, effects } = report;
  const lines = [
    `Experiment ${visible(plan.id)} in lane ${visible(plan.lane)}, planned by ${visible(plan.author)}`,
    `  ${capSentence(report)}`,
  ];
  for (const [i, gradient] of gradients.entries()) {
    lines.push("", ...gradientLines(report, gradient, breakPs[i]!));
  }
  if (effects.length > 0) lines.push("", ...effectLines(effects));
  return lines;
}

const POINT_COLUMNS: readonly Column[] = [
  { title: "share", align: "right" },
  { title: "n", align: "right" },
  { title: "mean", align: "right" },
  { title: "95 %" },
  { title: "against 0", align: "right" },
  { title: "95 %" },
];

function gradientLines(report: ExperimentReport, gradient: Gradient, adjustedP: number | null): string[] {
  const { metric, points } = gradient;
  const limits = report.cap.limits.filter((limit) => limit.metric === metric);
  const margin = metric.delta === null ? "" : `, delta ${numberWord(metric.delta)}`;
  const place = scaleOf(points);
  const columns = [
    ...POINT_COLUMNS,
    ...(decidesCap(metric) ? [{ title: "lower bound", align: "right" as const }, { title: "limit" }] : []),
    { title: "curve" },
  ];
  const rows = points.map((point) => {
    const limit = limits.find(({ ratio }) => ratio === point.ratio);
    return [
      numberWord(point.ratio),
      String(point.n),
      numberWord(point.mean),
      intervalWord(point.interval),
      signedWord(point.gain?.mean ?? null),
      intervalWord(point.gain?.interval ?? null, signedWord),
      ...(limit === undefined ? [] : [signedWord(limit.lowerBound), LIMIT_WORDS[limit.state]]),
      drawn(point, place),
    ];
  });
  return [
    `${visible(metricLabel(metric))} (${metric.role}, ${metric.better} is better${margin})`,
    ...tableLines(columns, rows),
    breakSentence(gradient, adjustedP),
  ];
}

/** From a value to its column of the curve; null where there is nothing to draw. */
function scaleOf(points: readonly GradientPoint[]): ((value: number) => number) | null {
  const values = points.flatMap(({ mean, interval }) => [
    ...(mean === null ? [] : [mean]),
    ...(interval === null ? [] : [interval.lo, interval.hi]),
  ]);
  const lo = Math.min(...values);
  const width = Math.max(...values) - lo;
  if (!Number.isFinite(width)) return null;
  return (value) => (width === 0 ? 0 : Math.round(((value - lo) / width) * (CURVE_CHARS - 1)));
}

/** One line of the curve: the mean and its interval, from the lowest drawn value left to the highest right. */
function drawn({ mean, interval }: GradientPoint, place: ((value: number) => number) | null): string {
  if (mean === null || place === null) return NONE;
  const line = new Array<string>(CURVE_CHARS).fill(" ");
  if (interval !== null) {
    line.fill("─", place(interval.lo), place(interval.hi) + 1);
    line[place(interval.lo)] = "├";
    line[place(interval.hi)] = "┤";
  }
  line[place(mean)] = "●";
  return line.join("");
}

const EFFECT_COLUMNS: readonly Column[] = [
  { title: "metric" },
  { title: "taken away" },
  { title: "share", align: "right" },
  { title: "n", align: "right" },
  { title: "difference", align: "right" },
  { title: "95 %" },
  { title: "p", align: "right" },
  { title: "p (Holm)", align: "right" },
  { title: "taking it away" },
];

function effectLines(effects: readonly Effect[]): string[] {
  const rows = effects.map((effect) => [
    metricLabel(effect.metric),
    effectName(effect),
    numberWord(effect.ratio),
    String(effect.n),
    signedWord(effect.mean),
    intervalWord(effect.interval, signedWord),
    `${pWord(effect.p)} ${effect.test === "t" ? "t" : "signs"}`,
    pWord(effect.adjustedP),
    effectWord(effect),
  ]);
  return [
    "What each control holds back: with it taken away, against the same share with it",
    ...tableLines(EFFECT_COLUMNS, rows),
  ];
}
