/** A report in words: the same sentences on the page and in the terminal. What comes from data is made visible, not trusted. */
import { CAUSES } from "../../core/diagnosis/causes.ts";
import type { CauseStanding, CheckSeen } from "../../core/diagnosis/diagnose.ts";
import { factKind } from "../../core/diagnosis/facts.ts";
import type { LossStage, StageSeen } from "../../core/diagnosis/stage-of-loss.ts";
import { laneSubject } from "../../core/gate.ts";
import { formatNumber } from "../../core/rule.ts";
import { clip, visible } from "../table.ts";
import { isHeld, isStale, type LaneReport } from "./lane-report.ts";
import type { ReportGate } from "./report-history.ts";

const NAME_CHARS_MAX = 128;
const TEXT_CHARS_MAX = 300;

const STATE_WORDS: Readonly<Record<ReportGate["state"], string>> = {
  open: "open",
  watch: "watched",
  throttled: "throttled",
  frozen: "frozen",
  rolled_back: "rolled back",
  probation: "on probation",
};

export const STAGE_WORDS: Readonly<Record<LossStage, string>> = {
  rare_events: "Rare events",
  variance: "Variance",
  quality: "Quality",
};

export const STANDING_WORDS: Readonly<Record<CauseStanding, string>> = {
  likely: "likely: what is measured speaks for it",
  mixed: "mixed: what is measured speaks for it and against it",
  possible: "possible: nothing measured speaks for it or against it",
  unlikely: "unlikely: what is measured speaks against it",
};

export function timeWord(ms: number): string {
  return new Date(ms)
    .toISOString()
    .replace(/:\d\d\.\d{3}Z$/, "Z")
    .replace("T", " ");
}

function name(text: string): string {
  return clip(text, NAME_CHARS_MAX);
}

/** First what stands, in one sentence. */
export function headline(report: LaneReport): string {
  const { lane, history, untilMs } = report;
  const own = history.gates.find(({ subject }) => subject === laneSubject(lane));
  const others = history.gates.filter((gate) => gate !== own && isHeld(gate));
  if (own !== undefined && own.state !== "open") {
    const stale = isStale(own, untilMs) ? ", and its lease has run out" : "";
    return `Lane ${name(lane)} is ${STATE_WORDS[own.state]} since ${timeWord(own.sinceMs)}${stale}: ${clip(own.cause, TEXT_CHARS_MAX) || "no cause is recorded"}.`;
  }
  if (others.length > 0) {
    const named = others.slice(0, 5).map(({ subject, state }) => `${name(subject)} is ${STATE_WORDS[state]}`);
    return `In lane ${name(lane)}, ${named.join(", ")}; the rest of the lane flows.`;
  }
  if (history.latest === null)
    return `Lane ${name(lane)} was not judged in this time: nothing can be said of it.`;
  if (history.latest.verdict === "breach") {
    return `Lane ${name(lane)} is open, but its last window breaches: ${history.latest.families.map(name).join(", ")}.`;
  }
  if (history.latest.verdict !== "pass") {
    return `Lane ${name(lane)} is open, and its last window could not be judged. That is no pass.`;
  }
  if (own !== undefined && isStale(own, untilMs)) {
    return `Lane ${name(lane)} passed its last window, but nobody renews its gate since ${timeWord(own.validUntilMs)}: it is stale.`;
  }
  return `Lane ${name(lane)} is open, and its last window passes.`;
}

/** Why it stands so, a sentence each. */
export function reasons(report: LaneReport): readonly string[] {
  const { history, diagnosis } = report;
  const { windows, firstBreach, lastBreach } = history;
  const said: string[] = [
    `${windows.judged} windows were judged: ${windows.breaches} breached, ${windows.inconclusive} could not be told.`,
  ];
  if (firstBreach !== null && lastBreach !== null) {
    said.push(
      `The first breach ended at ${timeWord(firstBreach.endMs)}, the last at ${timeWord(lastBreach.endMs)}; in breach were ${lastBreach.families.map(name).join(", ") || "single rules"}.`,
    );
    const subjects = lastBreach.blamed.filter((subject) => subject !== laneSubject(report.lane));
    said.push(
      subjects.length > 0
        ? `Left out, ${subjects.map(name).join(", ")} alone restores what real text shows.`
        : "No single template, teacher, judge or feed, left out, restores what real text shows.",
    );
  }
  const lost = diagnosis.loss.stages.filter(({ sinceMs }) => sinceMs !== null);
  if (lost.length > 0) said.push(`Of the order of loss: ${lost.map(stageWord).join("; ")}.`);
  if (diagnosis.loss.inOrder === true)
    said.push("They went in the order of collapse: rare events, variance, quality.");
  if (diagnosis.loss.inOrder === false) {
    said.push(
      "They did not go in the order of collapse, which speaks for another cause than a narrowing loop.",
    );
  }
  const closed = diagnosis.loop.closed;
  if (closed.value !== null) {
    said.push(
      `The loop is ${percent(closed.value)} closed: that much of ${closed.n} admitted samples a model made and nothing outside checked.`,
    );
  }
  return said;
}

export function stageWord({ stage, state, sinceMs }: StageSeen): string {
  const word = STAGE_WORDS[stage].toLowerCase();
  if (state === "lost") return `${word} lost since ${timeWord(sinceMs!)}`;
  if (state === "was_lost") return `${word} lost at ${timeWord(sinceMs!)} and not in breach now`;
  return state === "holds" ? `${word} hold` : `${word} not measured`;
}

/** Who must do what. */
export function duties(report: LaneReport): readonly string[] {
  const { lane, history, policy } = report;
  const todo: string[] = [];
  for (const gate of history.gates.filter(isHeld).slice(0, 10)) {
    if (gate.state === "throttled") {
      todo.push(
        `${name(gate.subject)} comes back by itself after ${policy.relaxCleanWindows} clean windows; until then ${percent(gate.share)} of generated arrivals pass.`,
      );
      continue;
    }
    const who =
      policy.approvers.length === 0
        ? "Nobody may resume it until the lanes file names approvers; one of them, who did not freeze it, then does"
        : `One of ${policy.approvers.map(name).join(", ")}, who did not freeze it, resumes it`;
    todo.push(
      `${who}, after ${policy.resumeCleanWindows} clean windows of trial batches: plumbline gate resume ${shellWord(gate.subject)} --lane ${shellWord(lane)} --by NAME --reason "…".`,
    );
  }
  for (const rule of report.rules) {
    const row = history.results.find((result) => result.rule === rule.id);
    if (row?.verdict === "breach")
      todo.push(
        `${rule.owner}: ${rule.title} (${rule.severity}). docs/runbooks/${rule.id}.md says what to do.`,
      );
  }
  if (!policy.enforce)
    todo.push("The lane's policy does not enforce: all of this is recorded, and nothing is held back.");
  const first = report.diagnosis.diagnosis.causes[0];
  if (first !== undefined && first.standing !== "unlikely") {
    todo.push(`Look first: ${CAUSES[first.cause].title.toLowerCase()}. ${CAUSES[first.cause].act}`);
  }
  if (todo.length === 0) todo.push(`Nothing. ${name(policy.owner)} owns the lane.`);
  return todo;
}

/** One check with its number: "share of the busiest template … is 0.8 (at least 0.5), qa@3, n 150". */
export function checkWord({ fact, op, threshold, value, n, of }: CheckSeen): string {
  const bound = `${op === "gte" ? "at least" : "at most"} ${formatNumber(threshold)}`;
  const { title } = factKind(fact);
  if (value === null) return `${title} (${bound}): not measured`;
  return `${title} is ${formatNumber(value)} (${bound})${of === "" ? "" : `, ${name(of)}`}, n ${n}`;
}

export function percent(share: number): string {
  return `${formatNumber(Math.round(share * 1_000) / 10)} %`;
}

/** A word as a shell takes it. */
export function shellWord(text: string): string {
  return /^[\w./@:-]+$/.test(text) ? text : `'${visible(text).replaceAll("'", `'\\''`)}'`;
}

/** The report for a terminal. */
export function reportLines(report: LaneReport): readonly string[] {
  const causes = report.diagnosis.diagnosis.causes
    .filter(({ standing }) => standing !== "unlikely")
    .slice(0, 3);
  return [
    headline(report),
    ...reasons(report).map((line) => `  ${line}`),
    "to do:",
    ...duties(report).map((line) => `  ${line}`),
    ...(causes.length === 0 ? [] : ["likely causes:"]),
    ...causes.map(({ cause, standing }) => `  ${CAUSES[cause].title} (${standing})`),
  ];
}
