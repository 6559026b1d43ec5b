/**
 * Prints `docs/causes.md` from the table of causes, and the last section of every runbook. The rest of a runbook is written
 * by hand and stays as it is.
 */
import { readdirSync, readFileSync } from "node:fs";
import type { Catalogue } from "../core/catalogue.ts";
import { CAUSE_IDS, type Cause, type CauseId, type Check, causeOf } from "../core/diagnosis/causes.ts";
import { factKind } from "../core/diagnosis/facts.ts";
import { lookOf } from "../core/diagnosis/looks.ts";
import { SIGNAL_IDS, signalOf, signalsOfRule } from "../core/diagnosis/signals.ts";
import { formatNumber, type Rule } from "../core/rule.ts";
import { BREAKDOWNS } from "../diagnosis/breakdowns.ts";
import { OPERATIONS_CAUSES, type OperationsCause } from "./alerts/operations-causes.ts";
import { type PrintedFile, REPOSITORY } from "./printed-files.ts";

const HEADING = "## Likely causes";
/** Of a runbook: what is read at night is short. */
const CAUSES_MAX = 6;
const RUNBOOKS = "docs/runbooks";

/** The page of causes, and every rule's runbook as it is to be. */
export function causeFiles(rules: readonly Rule[], catalogue: Catalogue): readonly PrintedFile[] {
  const pages = new Set(readdirSync(`${REPOSITORY}${RUNBOOKS}`));
  return [
    { path: "docs/causes.md", text: printCauses() },
    ...rules
      .filter(({ id }) => pages.has(`${id}.md`))
      .map((rule) => {
        const path = `${RUNBOOKS}/${rule.id}.md`;
        return { path, text: withCauses(readFileSync(REPOSITORY + path, "utf8"), rule, catalogue) };
      }),
    ...Object.entries(OPERATIONS_CAUSES).map(([name, causes]) => {
      const path = `${RUNBOOKS}/${name}.md`;
      return { path, text: withOperationsCauses(readFileSync(REPOSITORY + path, "utf8"), causes) };
    }),
  ];
}

/** Causes that the rule's signals name, the likeliest first, each once. */
export function causesOfRule(rule: Rule, catalogue: Catalogue): readonly CauseId[] {
  const family = catalogue.byId.get(rule.metric)?.family ?? "";
  return [...new Set(signalsOfRule(rule.id, family).flatMap((signal) => signalOf(signal).causes))];
}

/** A rule's runbook with its last section printed anew. */
export function withCauses(text: string, rule: Rule, catalogue: Catalogue): string {
  const causes = causesOfRule(rule, catalogue).slice(0, CAUSES_MAX);
  return withSection(text, "services/core/diagnosis/", [
    "`plumbline report --lane support -o report.html` ranks them by what history shows; so does the console, page *Loop*.",
    "",
    ...causes.map((id, i) => {
      const { title, confirmedBy } = causeOf(id);
      return `${i + 1}. [${title}](../causes.md#${id}). For it speaks, first: ${checkText(confirmedBy[0]!)}.`;
    }),
  ]);
}

/** The same for an alert that is no rule's. */
function withOperationsCauses(text: string, causes: readonly OperationsCause[]): string {
  const lines = causes.map(({ title, shownBy }, i) => `${i + 1}. ${title}. It shows: ${shownBy}.`);
  return withSection(text, "services/print/alerts/operations-causes.ts", lines);
}

function withSection(text: string, source: string, lines: readonly string[]): string {
  const at = text.indexOf(`\n${HEADING}\n`);
  const written = (at < 0 ? text : text.slice(0, at)).trimEnd();
  const note = `<!-- Printed from ${source} by \`make generate\`; not edited by hand. -->`;
  return [written, "", HEADING, "", note, "", ...lines, ""].join("\n");
}

/** The whole text of `docs/causes.md`. */
export function printCauses(): string {
  return [
    "# Causes",
    "",
    "<!-- Printed from services/core/diagnosis/ by `make generate`; not edited by hand. -->",
    "",
    "Why a lane narrows: what is seen first, what may stand behind it, where to look, and what would confirm it or rule it out.",
    "The same table ranks the causes in `plumbline report`, in the console's page *Loop* and in `/api/diagnosis`. It gives an order to",
    "look in; it proves nothing, and a number that is not measured speaks neither way. Thresholds are chosen.",
    "",
    "| seen | how it shows | rules | likely causes |",
    "|---|---|---|---|",
    ...SIGNAL_IDS.map((id) => {
      const { title, shows, rules, causes } = signalOf(id);
      const named = causes.map((cause) => `[${causeOf(cause).title}](#${cause})`).join("; ");
      return `| ${title} | ${shows} | ${rules.map((rule) => `[${rule}](rules.md#${rule})`).join(", ")} | ${named} |`;
    }),
    "",
    ...CAUSE_IDS.flatMap((id) => causeSection(id, causeOf(id))),
  ].join("\n");
}

function causeSection(
  id: CauseId,
  { title, how, confirmedBy, ruledOutBy, look, act }: Cause,
): readonly string[] {
  return [
    `## ${id}`,
    "",
    `**${title}.** ${how}`,
    "",
    `- confirmed by: ${confirmedBy.map(checkText).join("; ")}`,
    `- ruled out by: ${ruledOutBy.map(checkText).join("; ")}`,
    `- if it is so: ${act}`,
    "",
    ...look.flatMap((place) => {
      const { question, dashboard } = lookOf(place);
      return [
        `${question} (dashboard *${dashboard}*)`,
        "",
        "```sh",
        `plumbline sql --param lane=support "${BREAKDOWNS[place]}"`,
        "```",
        "",
      ];
    }),
  ];
}

function checkText({ fact, op, threshold }: Check): string {
  return `${factKind(fact).title}, ${op === "gte" ? "at least" : "at most"} ${formatNumber(threshold)}`;
}
