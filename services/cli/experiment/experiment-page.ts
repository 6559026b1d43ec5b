/** The report as one HTML file: no scripts, nothing loaded. */
import { metricLabel } from "../../core/experiment/plan.ts";
import type { ExperimentReport } from "../../core/experiment/report.ts";
import { escapeHtml } from "../page/escape-html.ts";
import { htmlPage, htmlTable } from "../page/html-page.ts";
import { gradientPlot } from "./gradient-plot.ts";
import type { JudgedChange } from "./judged-changes.ts";
import {
  breakSentence,
  capSentence,
  effectName,
  effectWord,
  INCREASE_WORDS,
  intervalWord,
  LIMIT_WORDS,
  numberWord,
  pWord,
  signedWord,
} from "./words.ts";

const STYLE = `
.bar { stroke: var(--mark); stroke-width: 1.5; } .mean { fill: var(--mark); }
.band { fill: var(--warm); opacity: .15; } .break { stroke: var(--warm); stroke-dasharray: 4 3; }
.cap { stroke: var(--good); stroke-width: 2; }
.quadratic { fill: none; stroke: var(--soft); stroke-dasharray: 2 4; } .segmented { fill: none; stroke: var(--warm); }
`;

const KEY =
  "Points are means over seeds with 95 % intervals. Solid line: two straight pieces; the shaded band is the 95 % interval of " +
  "where they meet. Dotted: a quadratic. Green: the cap.";

/** The same page for the same report. `judged` are the changes of the lane's share, or one that somebody asks about. */
export function experimentPage(report: ExperimentReport, judged: readonly JudgedChange[]): string {
  const { plan, verdict } = report;
  const name = escapeHtml(plan.id);
  return htmlPage(`Experiment ${plan.id}`, STYLE, [
    `<h1>Experiment ${name}</h1>`,
    `<p class="${verdict}"><strong>${escapeHtml(capSentence(report))}</strong></p>`,
    `<p class="soft">Lane ${escapeHtml(plan.lane)}, planned by ${escapeHtml(plan.author)}, settings ${escapeHtml(plan.settingsHash)}, ${plan.seeds.length} seeds.${report.matched.orderShown ? "" : " The plan is not published: nothing shows that it came before the results."}</p>`,
    ...changes(judged),
    `<p class="soft">${KEY}</p>`,
    ...report.gradients.flatMap((_, i) => gradientSection(report, i)),
    ...effectSection(report),
    ...resultSection(report),
  ]);
}

function changes(judged: readonly JudgedChange[]): string[] {
  if (judged.length === 0) return [];
  const items = judged.map(({ change, verdict, reasons }) => {
    const why = reasons.map((reason) => INCREASE_WORDS[reason]).join("; ") || "supported";
    const word = verdict === "breach" ? "red line" : verdict;
    return `<li class="${verdict}">${word}: share ${numberWord(change.shareFrom)} to ${numberWord(change.shareTo)}, ${escapeHtml(change.id)} by ${escapeHtml(change.actor)}: ${why}</li>`;
  });
  return ["<h2>Changes of the share</h2>", "<ul>", ...items, "</ul>"];
}

function gradientSection(report: ExperimentReport, i: number): string[] {
  const gradient = report.gradients[i]!;
  const { metric, points } = gradient;
  const label = metricLabel(metric);
  const limits = report.cap.limits.filter((limit) => limit.metric === metric);
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
    ];
  });
  const titles = ["share", "n", "mean", "95 %", "against 0", "95 %"];
  const margin = metric.delta === null ? "" : `, no worse down to ${numberWord(-metric.delta)} from the best`;
  return [
    `<h2>${escapeHtml(label)}</h2>`,
    `<p class="soft">${metric.role}, ${metric.better} is better${margin}</p>`,
    gradientPlot(label, gradient, report.verdict === "pass" ? report.cap.ratio : null),
    htmlTable(label, limits.length === 0 ? titles : [...titles, "lower bound", "limit"], rows),
    `<p>${escapeHtml(breakSentence(gradient, report.breakPs[i]!))}</p>`,
  ];
}

function effectSection({ effects }: ExperimentReport): string[] {
  if (effects.length === 0) return [];
  const rows = effects.map((effect) => [
    metricLabel(effect.metric),
    effectName(effect),
    numberWord(effect.ratio),
    String(effect.n),
    signedWord(effect.mean),
    intervalWord(effect.interval, signedWord),
    `${pWord(effect.p)} (${effect.test === "t" ? "t" : "sign flips"})`,
    pWord(effect.adjustedP),
    effectWord(effect),
  ]);
  const titles = [
    "metric",
    "taken away",
    "share",
    "n",
    "difference",
    "95 %",
    "p",
    "p (Holm)",
    "taking it away",
  ];
  return ["<h2>What each control holds back</h2>", htmlTable("What each control holds back", titles, rows)];
}

function resultSection({ matched }: ExperimentReport): string[] {
  const { cells, unused, unusedCounts } = matched;
  const open = cells.filter(({ state }) => state !== "used");
  const total = Object.values(unusedCounts).reduce((sum, n) => sum + n, 0);
  const lines = [
    "<h2>Results</h2>",
    `<p>${cells.length - open.length} of ${cells.length} planned results; ${total} results are not used.</p>`,
  ];
  if (open.length > 0) {
    const rows = open.map(({ arm, seed, metric, state }) => [arm.name, seed, keyLabel(metric), state]);
    lines.push(htmlTable("Results that are missing", ["arm", "seed", "metric", "state"], rows));
  }
  if (unused.length > 0) {
    const rows = unused.map(({ id, reason, detail }) => [id, reason, detail]);
    lines.push(htmlTable("Results that are not used", ["result", "not used because", "detail"], rows));
  }
  return lines;
}

function keyLabel(key: string): string {
  const [suite, metric, bucket] = JSON.parse(key) as [string, string, string];
  return metricLabel({ suite, metric, bucket });
}
