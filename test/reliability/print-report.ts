/**
 * Prints docs/reliability.md from the results under .plumbline/reliability: the full form of a scenario where it was run, else
 * the short one. A scenario without a result is listed as not run.
 */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { rounded, type ScenarioRun } from "./run-scenario.ts";
import type { Figure, Scenario } from "./scenario.ts";
import { SCENARIOS } from "./scenarios.ts";

const ROOT = join(import.meta.dirname, "../..");
const { values } = parseArgs({
  options: {
    in: { type: "string", default: join(ROOT, ".plumbline/reliability") },
    out: { type: "string", default: join(ROOT, "docs/reliability.md") },
  },
});

/** By `<id>.<form>`. */
async function readRuns(dir: string): Promise<ReadonlyMap<string, ScenarioRun>> {
  const runs = new Map<string, ScenarioRun>();
  for (const file of await readdir(dir).catch(() => [])) {
    if (!/^R\d+\.(short|full)\.json$/.test(file)) continue;
    runs.set(
      file.slice(0, -".json".length),
      JSON.parse(await readFile(join(dir, file), "utf8")) as ScenarioRun,
    );
  }
  return runs;
}

function figureText({ name, value, unit, bound, ok }: Figure): string {
  const limit = bound === undefined ? "" : ` (must be ${bound.op} ${bound.value})`;
  const shown = `${rounded(value)}${unit === "" ? "" : ` ${unit}`}`;
  return ok ? `${name}: ${shown}${limit}` : `**${name}: ${shown}${limit}**`;
}

function tierOf(scenario: Scenario, { result }: ScenarioRun): string {
  if (result.form === "full") return "full (`make chaos`)";
  return scenario.tier === "chaos" ? "short (by name)" : "short (`make test`)";
}

function verdict(run: ScenarioRun): string {
  if (run.error !== "") return "could not be measured";
  return run.failed ? "**failed**" : "passed";
}

function machineText({ cpu, cores, memoryGb, node, built }: ScenarioRun["machine"]): string {
  const processor = cpu === "" ? "" : ` of ${cpu}`;
  return `${cores} cores${processor}, ${memoryGb} GB, Node ${node}${built ? "" : ", services from sources"}`;
}

function sectionOf(scenario: Scenario, run: ScenarioRun): string[] {
  const { result, seed, seconds, machine } = run;
  return [
    `## ${scenario.id}. ${scenario.title}`,
    "",
    `Must hold: ${scenario.pass}.`,
    "",
    `Run: ${scenario.forms[result.form]}. Tier ${tierOf(scenario, run)}, seed ${seed}, ${seconds} s, ${machineText(machine)}. Verdict: ${verdict(run)}.`,
    "",
    ...(run.error === "" ? [] : [`It could not be brought to its end: ${run.error.split("\n")[0]}`, ""]),
    ...result.figures.map((figure) => `- ${figureText(figure)}`),
    ...(result.notes.length === 0 ? [] : ["", ...result.notes]),
    "",
    `Again: \`make reliability ONLY=${scenario.id}${result.form === "full" ? " FULL=1" : ""}\``,
    "",
  ];
}

function rowOf(scenario: Scenario, run: ScenarioRun | undefined): string {
  if (run === undefined) return `| ${scenario.id} | ${scenario.title} | – | not run |`;
  return `| ${scenario.id} | ${scenario.title} | ${tierOf(scenario, run)} | ${verdict(run)} |`;
}

const runs = await readRuns(values.in);
const chosen = SCENARIOS.map(
  (scenario) => [scenario, runs.get(`${scenario.id}.full`) ?? runs.get(`${scenario.id}.short`)] as const,
);
const missing = chosen.filter(([, run]) => run === undefined).map(([{ id }]) => id);
const lines = [
  "# Reliability",
  "",
  "What goes wrong on purpose with the real broker, the real engine and the services as processes, and what came of it. Printed by",
  "`npx tsx test/reliability/print-report.ts` from the results of a run; not written by hand.",
  "",
  "*Exact* means equal to an oracle that reads the recorded topics and shares no code with windows and sinks (`test/oracle`). A",
  "figure's tier says how long its run was: the short forms are part of `make test`, on cores shared with other tests; the full",
  "forms are what the criterion says, and part of `make chaos`. Times are those of the machine that a section names: another may",
  "take three times as long.",
  "",
  "| | what goes wrong | tier of the figures | verdict |",
  "|---|---|---|---|",
  ...chosen.map(([scenario, run]) => rowOf(scenario, run)),
  "",
  missing.length === 0 ? "Every scenario was run." : `Not run: ${missing.join(", ")}.`,
  "",
  'All: `make reliability`, at length `make reliability FULL=1`, some `make reliability ONLY="R1 R4"`. A run prints its seed;',
  "`npx tsx test/reliability/main.ts R1 --seed 7` repeats its moments.",
  "",
  ...chosen.flatMap(([scenario, run]) => (run === undefined ? [] : sectionOf(scenario, run))),
];
await writeFile(values.out, `${lines.join("\n").trimEnd()}\n`);
process.stdout.write(`${values.out}: ${chosen.length - missing.length} of ${chosen.length} scenarios\n`);
