/** A generation brief as Markdown. What users wrote is quoted, one line each, and cannot become markup. */
import type { Brief, BriefExample, BriefTarget } from "../../core/misses/brief.ts";
import { failureInterval, GAP_MARGIN } from "../../core/misses/gap.ts";
import { SHADOW_SHARE } from "../../core/misses/miss.ts";
import { formatNumber } from "../../core/rule.ts";
import { clip } from "../table.ts";
import { exportId } from "./export-record.ts";

/** Characters shown of each text of an example. */
const TEXT_CHARS_MAX = 600;
const NAME_CHARS_MAX = 128;

export function briefPage(brief: Brief): string {
  const { made, targets } = brief;
  const id = exportId(made);
  return [
    `# Generation brief ${id}`,
    "",
    `Lane ${name(made.lane)}. Interactions of ${time(made.sinceMs)} to ${time(made.untilMs)}; an outcome counts that came within ${made.maturity} of its interaction.`,
    "",
    "Everything below was fixed before anything was generated. What is generated is named by this brief: put",
    `\`${id}\` and the bucket into \`represents\` of every sample, and the interaction it was made near to into \`sources\`.`,
    "",
    ...targets.flatMap(targetLines),
    "## Held out",
    "",
    `A request is on one side of a fixed split by its hash: ${percent(SHADOW_SHARE)} go to the shadow suite, the rest may be learned from.`,
    "Nothing that is held out is shown here. Generate near what is shown, never near an item of the shadow suite.",
    "",
    "## When it counts as closed",
    "",
    `After a model trained with it answers users: ${code(`plumbline misses report --lane ${shellWord(made.lane)} --since-export ${id}`)}.`,
    `It says *closed* where the bucket's rate of failures is shown to have fallen (evidence of 20 over all ${made.bucketsOfLane} buckets of the lane, however`,
    `often one asks) and is at most ${percent(GAP_MARGIN)} above the rate of the others, with its whole 95 % interval.`,
    "",
  ].join("\n");
}

function targetLines(target: BriefTarget): string[] {
  const { bucket, gap, size, shown, misses, causes, complaints, examples } = target;
  const { lo, hi } = failureInterval(gap.own);
  const title = bucket === "" ? "no bucket" : name(bucket);
  const named = [...Object.entries(causes), ...complaints]
    .map(([word, n]) => `${name(word)} ${n}`)
    .join(", ");
  return [
    `## Target: ${title}`,
    "",
    gap.own.trials === 0 || gap.others.trials === 0
      ? "- **Failure**: how often it fails beside the others is not known: there are no final outcomes of one of them."
      : `- **Failure**: ${percent(size.rate)} of its users are not served (${gap.own.failures} of ${gap.own.trials}, 95 % ${percent(lo)} to ${percent(hi)}), ` +
        `${percent(size.othersRate)} of the others (${gap.others.failures} of ${gap.others.trials}): a gap of ${points(size.gap)} points (95 % ${points(size.lo)} to ${points(size.hi)}).`,
    ...(shown
      ? []
      : [
          "- **Not shown**: that it fails more often than the others may be chance. Look for another cause first, or wait.",
        ]),
    `- **Seen in**: ${misses} failed requests that may be learned from${named === "" ? "" : ` (${named})`}.`,
    "- **Generate**: requests near the failed ones below (same intent, other words, details and difficulty), each with an answer that was checked by somebody or something else than the generator. Nothing from other buckets.",
    `- **Accept when**: ${acceptance(target)}.`,
    "",
    ...examples.flatMap(exampleLines),
  ];
}

function acceptance({ rateMax, trialsNeeded }: BriefTarget): string {
  if (rateMax === null) {
    return "its rate of failures is known beside that of the others; export again once their outcomes are final, before anything is generated";
  }
  const told = trialsNeeded === null ? "" : `; that can be told after about ${trialsNeeded} outcomes`;
  return `its rate of failures is at most ${percent(rateMax)}${told}`;
}

function exampleLines({
  interactionId,
  cause,
  complaintType,
  request,
  response,
  correction,
}: BriefExample): string[] {
  const why = complaintType === "" ? cause : `${cause}, ${complaintType}`;
  return [
    `Interaction ${name(interactionId)} (${name(why)}):`,
    "",
    `- asked: ${quoted(request)}`,
    `- answered: ${quoted(response)}`,
    ...(correction === "" ? [] : [`- right would have been: ${quoted(correction)}`]),
    "",
  ];
}

/** A code span that no text can close. */
function quoted(text: string): string {
  return code(clip(text, TEXT_CHARS_MAX));
}

function name(text: string): string {
  return code(clip(text, NAME_CHARS_MAX));
}

function code(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return text === "" ? "-" : longest === 0 ? `\`${text}\`` : `${fence} ${text} ${fence}`;
}

/** A word as a shell takes it. */
function shellWord(text: string): string {
  return /^[\w./@:-]+$/.test(text) ? text : `'${clip(text, NAME_CHARS_MAX).replaceAll("'", `'\\''`)}'`;
}

function percent(rate: number): string {
  return `${formatNumber(Math.round(rate * 1_000) / 10)} %`;
}

function points(difference: number): string {
  return formatNumber(Math.round(difference * 1_000) / 10);
}

function time(ms: number): string {
  return new Date(ms).toISOString();
}
