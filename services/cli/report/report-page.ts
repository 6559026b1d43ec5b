/** The report as one HTML file: no scripts, nothing loaded; whatever names and texts hold, they stay text. */
import { CAUSES } from "../../core/diagnosis/causes.ts";
import type { RankedCause } from "../../core/diagnosis/diagnose.ts";
import { factKind } from "../../core/diagnosis/facts.ts";
import { lookOf } from "../../core/diagnosis/looks.ts";
import { type EdgeState, LOOP_NODES } from "../../core/diagnosis/loop.ts";
import { signalOf } from "../../core/diagnosis/signals.ts";
import { laneSubject } from "../../core/gate.ts";
import { formatNumber } from "../../core/rule.ts";
import { BREAKDOWNS } from "../../diagnosis/breakdowns.ts";
import { escapeHtml } from "../page/escape-html.ts";
import { htmlPage, htmlTable } from "../page/html-page.ts";
import { plotKey, TIME_PLOT_STYLE, type TimeBand, type TimeMarks, timePlot } from "../page/time-plot.ts";
import { clip } from "../table.ts";
import type { Chart } from "./curve-history.ts";
import type { LaneReport, ReportSample } from "./lane-report.ts";
import type { RuleResultRow } from "./report-history.ts";
import {
  checkWord,
  duties,
  headline,
  reasons,
  STAGE_WORDS,
  STANDING_WORDS,
  shellWord,
  stageWord,
  timeWord,
} from "./report-words.ts";

const SAMPLE_CHARS_MAX = 400;
const NAME_CHARS_MAX = 128;
const CAUSES_SHOWN_MAX = 6;
const NAMES_LISTED_MAX = 60;

const STYLE = `${TIME_PLOT_STYLE}
.lead { font-size: 1.1rem; } .lead strong { font-weight: 650; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: .4rem 1.6rem; } figure { margin: .8rem 0; } figcaption { font-weight: 600; margin-bottom: .3rem; }
article { border-top: 1px solid var(--line); padding: .4rem 0 .8rem; } article h3 { font-size: 1rem; margin: .4rem 0; }
blockquote { margin: .3rem 0; padding: .2rem .8rem; border-left: 3px solid var(--line); white-space: pre-wrap; overflow-wrap: anywhere; }
.skeleton { font-family: ui-monospace, monospace; font-size: .85em; overflow-wrap: anywhere; }
code { font-size: .85em; overflow-wrap: anywhere; } details summary { cursor: pointer; }
.swatch { display: inline-block; width: 1.2em; height: .8em; margin-right: .3em; } .swatch rect { width: 100%; height: 100%; }
`;

export function reportPage(report: LaneReport): string {
  const { lane, sinceMs, untilMs, prefix, verdict, history } = report;
  const reference = history.latest?.reference ?? "";
  const meta = [
    `${timeWord(sinceMs)} to ${timeWord(untilMs)} (UTC)`,
    prefix === "" ? "" : `run ${prefix}`,
    reference === "" ? "no reference version" : `reference ${reference}`,
    `owner ${report.policy.owner}`,
    report.policy.enforce ? "enforced" : "not enforced",
  ].filter((part) => part !== "");
  return htmlPage(`Lane ${lane}`, STYLE, [
    `<h1>Lane ${text(lane)}</h1>`,
    `<p class="lead ${verdict}"><strong>${escapeHtml(headline(report))}</strong></p>`,
    `<p class="soft">${meta.map((part) => text(part)).join(" · ")}</p>`,
    list(reasons(report)),
    "<h2>What is to be done</h2>",
    list(duties(report)),
    ...charts(report),
    ...evidence(report),
    ...samples(report),
    ...events(report),
    ...causes(report),
    ...loop(report),
    ...notMeasured(report),
  ]);
}

function text(value: string, charsMax = NAME_CHARS_MAX): string {
  return escapeHtml(clip(value, charsMax));
}

function list(items: readonly string[]): string {
  return `<ul>${items.map((item) => `<li>${escapeHtml(item)}</li>`).join("")}</ul>`;
}

const BAND_STATES = ["watch", "throttled", "frozen", "probation"] as const;

function charts(report: LaneReport): string[] {
  if (report.charts.length === 0) {
    return [
      "<h2>Curves</h2>",
      '<p class="inconclusive">No decision window closed in this time: there is nothing to draw.</p>',
    ];
  }
  const marks = marksOf(report);
  const bands = BAND_STATES.map(
    (state) =>
      `<li><svg class="swatch" viewBox="0 0 12 8" aria-hidden="true"><rect class="gate-${state}" width="12" height="8"/></svg>${state}</li>`,
  );
  return [
    "<h2>Curves</h2>",
    "<p>Values of decision windows; shaded around a single line is the 95 % interval, hollow marks are values that could not be told. Behind them stands what the lane's gate was, and dotted upright lines are changes:</p>",
    `<ul class="key">${bands.join("")}</ul>`,
    `<div class="charts">`,
    ...report.charts.map((chart) => figure(chart, marks)),
    "</div>",
  ];
}

function figure({ title, note, curves, windowsAPoint }: Chart, marks: TimeMarks): string {
  const thinned = windowsAPoint > 1 ? ` A point is the mean of up to ${windowsAPoint} windows.` : "";
  return [
    "<figure>",
    `<figcaption>${escapeHtml(title)}</figcaption>`,
    timePlot(title, curves, marks),
    curves.length > 1 ? plotKey(curves.map((curve) => ({ ...curve, name: clip(curve.name) }))) : "",
    `<p class="soft">${escapeHtml(note)}${thinned}</p>`,
    "</figure>",
  ]
    .filter((part) => part !== "")
    .join("\n");
}

function marksOf({ lane, history, untilMs }: LaneReport): TimeMarks {
  const { states, events: all } = history;
  const bands: TimeBand[] = states.map(({ atMs, state }, i) => ({
    fromMs: atMs,
    toMs: states[i + 1]?.atMs ?? untilMs,
    state,
  }));
  return {
    bands: bands.filter(({ state }) => state !== "open"),
    changesMs: all
      .filter(({ kind, subject }) => kind === "change" && subject !== laneSubject(lane))
      .map(({ atMs }) => atMs),
  };
}

const EVIDENCE_TITLES = [
  "rule",
  "says",
  "value",
  "n",
  "95 %",
  "comparison",
  "on",
  "reference",
  "windows: breach, cannot tell, pass",
];

function evidence({ history, diagnosis, rules }: LaneReport): string[] {
  if (history.results.length === 0)
    return ["<h2>Evidence</h2>", '<p class="inconclusive">No rule said anything in this time.</p>'];
  const spans = new Map(diagnosis.rules.map((span) => [span.rule, span]));
  const order = history.results.toSorted((a, b) => severity(b) - severity(a));
  const rows = order.map((row) => {
    const span = spans.get(row.rule);
    return [
      rules.find(({ id }) => id === row.rule)?.title ?? row.rule,
      saysWord(row),
      row.value === null ? "-" : formatNumber(row.value),
      String(row.n),
      row.lo === null || row.hi === null ? "-" : `${formatNumber(row.lo)} .. ${formatNumber(row.hi)}`,
      clip(row.arithmetic, NAME_CHARS_MAX),
      clip(
        [row.metric, row.stage, row.segment, row.bucket].filter((part) => part !== "").join(", "),
        NAME_CHARS_MAX,
      ),
      clip(row.reference) || "-",
      span === undefined ? "-" : `${span.breaches}, ${span.inconclusive}, ${span.passes}`,
    ];
  });
  return [
    "<h2>Evidence</h2>",
    "<p>What each rule said last in this time, the worst first; of a rule over many buckets the three worst. What could not be told is no pass.</p>",
    htmlTable(
      "Evidence",
      EVIDENCE_TITLES,
      rows,
      order.map(({ verdict }) => (verdict === "error" ? "inconclusive" : verdict)),
    ),
  ];
}

function severity({ verdict, warn }: RuleResultRow): number {
  return ["pass", "inconclusive", "error", "breach"].indexOf(verdict) * 2 + (warn ? 1 : 0);
}

function saysWord({ verdict, warn }: RuleResultRow): string {
  if (verdict === "inconclusive" || verdict === "error") return "cannot tell";
  return verdict === "breach" ? "breach" : warn ? "pass, warns" : "pass";
}

function samples({ samples: shown, history, notMeasured: missing }: LaneReport): string[] {
  if (history.lastBreach === null) return [];
  const head = ["<h2>Samples behind the last breach</h2>"];
  if (shown.length === 0) {
    const ids = missing.texts.map((id) => clip(id)).join(", ");
    return [
      ...head,
      `<p class="soft">${ids === "" ? "The verdict names no records." : `The verdict names ${escapeHtml(ids)}, but their texts are not kept any more, or not for this reader.`}</p>`,
    ];
  }
  return [
    ...head,
    "<p>A few of the texts that the breaching window was measured on, each beside the nearest other text of that window and with its skeleton: content words are <code>_</code>, numbers <code>&lt;N&gt;</code>.</p>",
    ...shown.map(sample),
  ];
}

function sample({ id, kind, input, output, skeleton, sameSkeleton, nearest }: ReportSample): string {
  const quote = (value: string): string => `<blockquote>${text(value, SAMPLE_CHARS_MAX)}</blockquote>`;
  const near =
    nearest === null
      ? '<p class="soft">Nothing in its window is near it.</p>'
      : `<p>Nearest, ${text(nearest.id)}: ${formatNumber(Math.round(nearest.likeness * 100))} % of their phrases are shared.</p>${quote(nearest.output)}`;
  return [
    `<article><h3>${text(id)} <span class="soft">(${kind === "interaction" ? "an interaction" : "a sample"})</span></h3>`,
    input === "" ? "" : `<p class="soft">asked: ${text(input, SAMPLE_CHARS_MAX)}</p>`,
    quote(output),
    `<p class="skeleton">${text(skeleton, SAMPLE_CHARS_MAX)}</p>`,
    sameSkeleton > 1
      ? `<p class="breach">${sameSkeleton} texts of the window have this very skeleton.</p>`
      : "",
    near,
    "</article>",
  ].join("\n");
}

function events({ history }: LaneReport): string[] {
  const { events: all, eventsTotal } = history;
  const head = "<h2>Decisions and changes</h2>";
  if (all.length === 0)
    return [head, '<p class="soft">Nobody and nothing decided or declared anything in this time.</p>'];
  const rows = all.map(({ atMs, kind, subject, what, actor, reason }) => [
    timeWord(atMs),
    kind,
    clip(subject, NAME_CHARS_MAX),
    clip(what, SAMPLE_CHARS_MAX),
    clip(actor),
    clip(reason, SAMPLE_CHARS_MAX),
  ]);
  return [
    head,
    ...(eventsTotal > all.length ? [`<p class="soft">The latest ${all.length} of ${eventsTotal}.</p>`] : []),
    htmlTable("Decisions and changes", ["at", "kind", "subject", "what", "by", "reason"], rows),
  ];
}

function causes({ lane, diagnosis }: LaneReport): string[] {
  const { signals, causes: ranked } = diagnosis.diagnosis;
  const head = "<h2>Likely causes</h2>";
  if (signals.length === 0) return [head, '<p class="soft">No rule breached or warned in this time.</p>'];
  const seen = signals.map(
    ({ signal, sinceMs, rules }) =>
      `<li>${escapeHtml(signalOf(signal).title)}, since ${timeWord(sinceMs)} <span class="soft">(${rules.map((rule) => text(rule)).join(", ")})</span></li>`,
  );
  const rest = ranked
    .slice(CAUSES_SHOWN_MAX)
    .map(({ cause, standing }) => `${CAUSES[cause].title} (${standing})`);
  return [
    head,
    "<p>What was seen:</p>",
    `<ul>${seen.join("")}</ul>`,
    "<p>Where to look, in this order. It is an order, not a finding: nothing here was proved.</p>",
    ...ranked.slice(0, CAUSES_SHOWN_MAX).map((cause) => causeArticle(lane, cause)),
    ...(rest.length === 0 ? [] : ["<p>Further down:</p>", list(rest)]),
  ];
}

function causeArticle(lane: string, { cause, standing, confirmedBy, ruledOutBy }: RankedCause): string {
  const { title, how, act, look } = CAUSES[cause];
  const looks = look.map(
    (id) =>
      `<li>${escapeHtml(lookOf(id).question)}<br><code>plumbline sql "${escapeHtml(BREAKDOWNS[id])}" --param ${escapeHtml(shellWord(`lane=${lane}`))}</code></li>`,
  );
  return [
    `<article><h3>${escapeHtml(title)} <span class="soft">(${escapeHtml(STANDING_WORDS[standing])})</span></h3>`,
    `<p>${escapeHtml(how)}</p>`,
    "<p>It would be confirmed by:</p>",
    list(
      confirmedBy.map(
        (check) =>
          `${check.seen === "holds" ? "yes" : check.seen === "fails" ? "no" : "?"}: ${checkWord(check)}`,
      ),
    ),
    "<p>It would be ruled out by:</p>",
    list(
      ruledOutBy.map(
        (check) =>
          `${check.seen === "holds" ? "yes" : check.seen === "fails" ? "no" : "?"}: ${checkWord(check)}`,
      ),
    ),
    `<p>If it is so: ${escapeHtml(act)}</p>`,
    `<details><summary>Where to look</summary><ul>${looks.join("")}</ul></details>`,
    "</article>",
  ].join("\n");
}

const EDGE_WORDS: Readonly<Record<EdgeState, string>> = {
  open: "open",
  narrowing: "narrowing",
  closed: "closed",
  not_measured: "not measured",
};
const EDGE_CLASSES: Readonly<Record<EdgeState, string>> = {
  open: "pass",
  narrowing: "inconclusive",
  closed: "breach",
  not_measured: "soft",
};

function loop({ diagnosis }: LaneReport): string[] {
  const { edges, closedEdges, measuredEdges } = diagnosis.loop;
  const rows = edges.map(({ from, to, title, state, measures }) => [
    `${LOOP_NODES[from]} to ${LOOP_NODES[to]}: ${title}`,
    EDGE_WORDS[state],
    measures
      .filter(({ value }) => value !== null)
      .map(({ fact, value }) => `${factKind(fact).title} ${formatNumber(value!)}`)
      .join("; ") || "-",
  ]);
  const stages = diagnosis.loss.stages.map((stage) => [STAGE_WORDS[stage.stage], stageWord(stage)]);
  return [
    "<h2>The loop, and the stage of loss</h2>",
    `<p>${closedEdges} of ${measuredEdges} measured edges let only the loop's own taste pass.</p>`,
    htmlTable(
      "The loop",
      ["from and to", "is", "measured"],
      rows,
      edges.map(({ state }) => EDGE_CLASSES[state]),
    ),
    htmlTable("Stage of loss", ["what", "state"], stages),
  ];
}

function notMeasured({ notMeasured: missing, rules, history }: LaneReport): string[] {
  const title = (id: string): string => rules.find((rule) => rule.id === id)?.title ?? id;
  const part = (what: string, names: readonly string[]): string[] =>
    names.length === 0
      ? []
      : [`<p>${what}</p>`, list(names.slice(0, NAMES_LISTED_MAX).map((each) => clip(each, NAME_CHARS_MAX)))];
  const parts = [
    ...part("Rules that could not tell:", missing.rulesInconclusive.map(title)),
    ...part("Rules that were not evaluated, as the lane has no such input:", missing.rulesSilent.map(title)),
    ...part("Numbers behind causes and loop that history does not have:", missing.facts),
    ...part("Records named as evidence whose texts are not kept:", missing.texts),
  ];
  const windows = history.windows.inconclusive;
  return [
    "<h2>What was not measured</h2>",
    "<p>Nothing below is a pass.</p>",
    ...(windows === 0 ? [] : [`<p>${windows} of ${history.windows.judged} windows could not be judged.</p>`]),
    ...(parts.length === 0 ? ["<p>Everything that the rules ask for was measured.</p>"] : parts),
  ];
}
