/** The report as one HTML file: no scripts, nothing loaded. */
import { metricLabel } from "../../core/experiment/plan.ts";
import type { ExperimentReport } from "../../core/experiment/report.ts";
import { escapeHtml } from "./escape-html.ts";
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
:root { color-scheme: light dark; --ink: #1c2530; --soft: #5b6673; --line: #d5dbe1; --paper: #fff; --mark: #1660b8; --warm: #b4530a; --good: #1c7a4a; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e7ebef; --soft: #a3adb8; --line: #3a4450; --paper: #14191f; --mark: #74aef0; --warm: #f0a35e; --good: #6ccb98; --bad: #f2877f; } }
body { background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2.2rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: .8rem 0; display: block; overflow-x: auto; }
th, td { border-bottom: 1px solid var(--line); padding: .25rem .8rem .25rem 0; text-align: left; }
th { color: var(--soft); font-weight: 500; }
svg { width: 100%; max-width: 40rem; height: auto; display: block; }
.pass { color: var(--good); } .inconclusive { color: var(--warm); } .breach { color: var(--bad); }
.soft { color: var(--soft); }
.grid { stroke: var(--line); } .tick { fill: var(--soft); font: 12px system-ui, sans-serif; }
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
  return [
    "<!doctype html>",
    '<html lang="en">',
    `<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Experiment ${name}</title><style>${STYLE}</style></head>`,
    "<body>",
    `<h1>Experiment ${name}</h1>`,
    `<p class="${verdict}"><strong>${escapeHtml(capSentence(report))}</strong></p>`,
    `<p class="soft">Lane ${escapeHtml(plan.lane)}, planned by ${escapeHtml(plan.author)}, settings ${escapeHtml(plan.settingsHash)}, ${plan.seeds.length} seeds.${report.matched.orderShown ? "" : " The plan is not published: nothing shows that it came before the results."}</p>`,
    ...changes(judged),
    `<p class="soft">${KEY}</p>`,
    ...report.gradients.flatMap((_, i) => gradientSection(report, i)),
    ...effectSection(report),
    ...resultSection(report),
    "</body>",
    "</html>",
    "",
  ].join("\n");
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
    table(limits.length === 0 ? titles : [...titles, "lower bound", "limit"], rows),
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
  return ["<h2>What each control holds back</h2>", table(titles, rows)];
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
    lines.push(table(["arm", "seed", "metric", "state"], rows));
  }
  if (unused.length > 0) {
    const rows = unused.map(({ id, reason, detail }) => [id, reason, detail]);
    lines.push(table(["result", "not used because", "detail"], rows));
  }
  return lines;
}

function keyLabel(key: string): string {
  const [suite, metric, bucket] = JSON.parse(key) as [string, string, string];
  return metricLabel({ suite, metric, bucket });
}

function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[], tag: string): string =>
    `<tr>${cells.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join("")}</tr>`;
  const body = rows.map((row) => line(row, "td")).join("\n");
  return `<table><thead>${line(titles, "th")}</thead><tbody>\n${body}\n</tbody></table>`;
}
