/** What happened in a run, in plain words and with no number but the report's own. */

import type { GenerationReport, LabReport, LaneReport } from "../../lab/lab-report.ts";
import type { LabLane } from "../../lab/lanes.ts";
import { TRIAL_BATCHES } from "../../lab/pools.ts";
import { LAB_APPROVER } from "../../lab/run-lab.ts";
import { tableLines } from "../table.ts";
import { change, percent, ratio, relativeChange } from "./figures.ts";
import { cut, fold } from "./fold.ts";
import type { Paint } from "./paint.ts";

/** Ids shown of a freeze's evidence. */
const SAMPLES_SHOWN_MAX = 3;
const BREACHES_SHOWN_MAX = 5;

/** Lines of at most `columns`; failures, where there are any, come first. */
export function storyLines(
  report: LabReport,
  failures: readonly string[],
  columns: number,
  paint: Paint,
): string[] {
  const { replace, fresh, governed } = report.lanes;
  const blocks: string[][] = [];
  if (failures.length > 0) {
    const words = failures.flatMap((failure) => fold(failure, columns, "    ", "  - "));
    blocks.push([paint("red", "This run did not show what it must:"), ...words]);
  }
  const title = `What happened (seed ${report.seed}, ${report.seconds.toFixed(1)} s)`;
  blocks.push([
    paint("bold", title),
    ...fold(replaceStory(replace), columns),
    ...freezeStory(replace, columns),
  ]);
  blocks.push(fold(freshStory(fresh), columns));
  blocks.push(fold(governedStory(governed), columns));
  blocks.push(costTable(report, columns, paint));
  return blocks.flatMap((block, i) => (i === 0 ? block : ["", ...block]));
}

function replaceStory({ generations }: LaneReport): string {
  const first = generations[0];
  const last = generations.at(-1);
  if (first === undefined || last === undefined) return "replace was not judged in any generation.";
  const offline = relativeChange(first.offline, last.offline);
  const tail = relativeChange(first.onlineTail, last.onlineTail);
  // "Only" is a judgement: it stands where the suite moved less than half as far as the users it speaks for.
  const only = offline !== null && tail !== null && Math.abs(offline) < Math.abs(tail) / 2 ? "only " : "";
  return (
    `replace trained on nothing but its own output and heeded no gate. From generation 1 to ${generations.length} its tail ` +
    `coverage went from ${ratio(first.tailCoverage)} to ${ratio(last.tailCoverage)}. The offline suite went from ` +
    `${percent(first.offline)} to ${percent(last.offline)} (${only}${change(first.offline, last.offline)}), users' success ` +
    `on rare topics from ${percent(first.onlineTail)} to ${percent(last.onlineTail)} ` +
    `(${change(first.onlineTail, last.onlineTail)}).`
  );
}

function freezeStory({ frozenAtGeneration, rule, evidence }: LaneReport, columns: number): string[] {
  if (frozenAtGeneration === null) return ["It was never frozen."];
  const lines = fold(
    `It was frozen at generation ${frozenAtGeneration} by ${rule ?? "a rule without name"}. What was in breach:`,
    columns,
  );
  const breaches = evidence?.breaches ?? [];
  for (const breach of breaches.slice(0, BREACHES_SHOWN_MAX)) lines.push(cut(`  ${breach}`, columns));
  if (breaches.length > BREACHES_SHOWN_MAX) lines.push(`  and ${breaches.length - BREACHES_SHOWN_MAX} more`);
  const samples = evidence?.samples ?? [];
  if (samples.length > 0) {
    lines.push(cut(`  samples: ${samples.slice(0, SAMPLES_SHOWN_MAX).join(", ")}`, columns));
  }
  return lines;
}

function freshStory({ generations, frozenAtGeneration, rule }: LaneReport): string {
  const first = generations[0];
  const last = generations.at(-1);
  if (first === undefined || last === undefined) return "fresh was not judged in any generation.";
  const gate =
    frozenAtGeneration === null
      ? "was never frozen"
      : `was frozen at generation ${frozenAtGeneration} by ${rule ?? "a rule without name"}`;
  return (
    `fresh mixed in half fresh real text and ${gate}: ${breachWords(generations)}, and its tail coverage ` +
    `was ${ratio(first.tailCoverage)} in generation 1 and ${ratio(last.tailCoverage)} in generation ${generations.length}.`
  );
}

function breachWords(generations: readonly GenerationReport[]): string {
  const breached = generations.flatMap(({ families }, i) =>
    families.length === 0 ? [] : [`${families.join(" and ")} in generation ${i + 1}`],
  );
  return breached.length === 0
    ? "nothing was in breach in any generation"
    : `in breach were ${breached.join(", ")}`;
}

function governedStory({ generations, frozenAtGeneration, resumedAtGeneration }: LaneReport): string {
  if (frozenAtGeneration === null) return "governed began like replace, and was never frozen.";
  const frozen = generations[frozenAtGeneration - 1];
  const trials =
    frozenAtGeneration < generations.length
      ? "from then on it made trial batches with half fresh real text, which were quarantined and measured."
      : "the run ended before it could make trial batches.";
  const words = [
    `governed began like replace, was frozen at generation ${frozenAtGeneration} (tail coverage ` +
      `${ratio(frozen?.tailCoverage ?? null)}) and obeyed: ${trials}`,
  ];
  if (resumedAtGeneration === null) {
    words.push("It was not resumed.");
  } else {
    words.push(
      `After ${TRIAL_BATCHES} clean windows in a row, ${LAB_APPROVER} resumed it at generation ${resumedAtGeneration}.`,
    );
  }
  const last = generations.at(-1);
  if (last !== undefined) {
    const breach = last.families.length === 0 ? "nothing in breach" : `${last.families.join(", ")} in breach`;
    words.push(
      `In generation ${generations.length} its tail coverage is ${ratio(last.tailCoverage)}, its gate ${last.gate}, ${breach}.`,
    );
  }
  return words.join(" ");
}

/** What it cost online beside what the offline suite showed, each lane against its own first generation. */
function costTable({ lanes }: LabReport, columns: number, paint: Paint): string[] {
  const rows: string[][] = [];
  const add = (lane: LabLane, generation: number | null, note: string): void => {
    const first = lanes[lane].generations[0];
    const then = generation === null ? undefined : lanes[lane].generations[generation - 1];
    if (first === undefined || then === undefined) return;
    rows.push([
      `${lane}, generation ${generation}${note}`,
      change(first.offline, then.offline),
      change(first.online, then.online),
      change(first.onlineTail, then.onlineTail),
    ]);
  };
  const { replace, governed, fresh } = lanes;
  add("replace", replace.frozenAtGeneration, ", frozen here");
  add("replace", replace.generations.length, ", gate not heeded");
  add("governed", governed.generations.length, ", gate heeded");
  add("fresh", fresh.generations.length, "");
  const table = tableLines(
    [
      { title: "change since generation 1" },
      { title: "offline suite", align: "right" },
      { title: "online", align: "right" },
      { title: "rare topics", align: "right" },
    ],
    rows,
  );
  return [
    paint("bold", "What it cost users, beside what the offline suite showed"),
    ...table.map((line) => cut(`  ${line}`, columns)),
  ];
}
