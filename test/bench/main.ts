/**
 * `make bench`: what each piece of work costs, beside its floor in the same run and beside the last baseline of machines of
 * this class. `ONLY="gatekeeper monitor"` runs some, `JSON=1` prints one line of JSON instead, `BASELINE=write` makes this
 * run the baseline, to be committed. Figures are CPU time, the median of some rounds; a mark says what moved by more than
 * the noise that this run and the baseline measured. Ratios are what to read: absolute figures swing with the machine.
 */
import { baselinePath, machineClass, readBaseline, writeBaseline } from "./baseline.ts";
import { BENCHES, type Bench } from "./benches.ts";
import { type Comparison, compare, type Figure, summarise } from "./figure.ts";
import { figureLines } from "./report.ts";

function chosen(only: readonly string[]): readonly Bench[] {
  const unknown = only.filter((name) => !BENCHES.some((bench) => bench.name === name));
  if (unknown.length > 0) {
    process.stderr.write(
      `no bench ${unknown.join(", ")}; there are ${BENCHES.map(({ name }) => name).join(", ")}\n`,
    );
    process.exit(2);
  }
  return BENCHES.filter(({ name, onlyNamed }) => (only.length === 0 ? !onlyNamed : only.includes(name)));
}

const { ONLY = "", JSON: asJson = "", BASELINE = "" } = process.env;
const say = (line: string): void => {
  if (asJson === "") process.stdout.write(`${line}\n`);
};

const machine = machineClass();
const baseline = readBaseline(machine);
const measured: Record<string, readonly Figure[]> = {};
const compared: Record<string, readonly Comparison[]> = {};
say(baseline === null ? `No baseline for ${machine}; BASELINE=write makes one.` : `Baseline: ${machine}.`);
for (const { name, title, run } of chosen(ONLY.split(/[\s,]+/).filter((word) => word !== ""))) {
  say(`\n${name}: ${title}`);
  const figures = (await run()).map(summarise);
  const then = baseline?.[name];
  measured[name] = figures;
  compared[name] = figures.map((figure) =>
    compare(
      figure,
      then?.find((one) => one.name === figure.name),
    ),
  );
  for (const line of figureLines(compared[name], then !== undefined)) say(line);
}
if (BASELINE === "write") {
  writeBaseline(machine, measured);
  say(`\nwritten: ${baselinePath(machine)}`);
}
if (asJson !== "") process.stdout.write(`${JSON.stringify({ machine, benches: compared })}\n`);
// The embedded engine's threads outlive its last connection.
process.exit(0);
