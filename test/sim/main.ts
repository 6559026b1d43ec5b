/**
 * The simulator: the real core and the real runtime over a broker, a store, a clock and processes that fail.
 *
 * One seed is one world (`world.ts`): producers (`workload.ts`), the services of a random policy (`scenario.ts`), a broker with
 * transactions that take time (`sim-broker.ts`, `sim-group.ts`), the ports every process works through (`sim-log.ts`,
 * `sim-store.ts`), and a plan of what goes wrong (`fault-plan.ts`). Every call of a port is an operation that the scheduler
 * (`scheduler.ts`) performs at its moment of virtual time; a crash is that no promise of a process (`sim-process.ts`) resolves
 * any more. After a quarter of a minute to a minute of that everything heals, the stream is read through (`run-seed.ts`), and the
 * laws (`laws.ts`) are held against the log and the store, by an oracle that shares no code with the services (`test/oracle`) and
 * by a replay.
 *
 *   npx tsx test/sim/main.ts --seeds 1000 [--from 1] [--events 2000] [--jobs 2]     many seeds, in processes of their own
 *   npx tsx test/sim/main.ts --seed 17 [--events 2000] [--faults crash,stall|none] [--faults-max 3]     one, and why it fails
 *
 * Ends with `N seeds run, F failed`. A failing seed prints the command that replays it, is shrunk, and prints the smaller
 * command. Exit code 1 on a failure, 2 on usage.
 */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { FAULT_KINDS, type FaultKind } from "./fault-plan.ts";
import { runMany } from "./run-many.ts";
import { runSeed } from "./run-seed.ts";
import { brokenLaw, commandOf, optionsOf, type Run, shrink } from "./shrink.ts";

const PROGRESS_EVERY = 100;

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}

function whole(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  if (!/^\d+$/.test(text)) fail(`--${name} takes a whole number, not ${text}`);
  return Number(text);
}

function faults(text: string | undefined): readonly FaultKind[] {
  if (text === undefined) return FAULT_KINDS;
  const names = text === "none" ? [] : text.split(",");
  const strangers = names.filter((name) => !(FAULT_KINDS as readonly string[]).includes(name));
  if (strangers.length > 0)
    fail(`no fault is called ${strangers.join(", ")}; there are ${FAULT_KINDS.join(", ")}`);
  return names as FaultKind[];
}

const USAGE = `The services over a faulty log, store and clock.

  npx tsx test/sim/main.ts --seeds 1000 [--from 1] [--events 2000] [--jobs 2]      many seeds, in processes of their own
  npx tsx test/sim/main.ts --seed 17 [--events 2000] [--faults KIND,KIND|none] [--faults-max 3]      one, and why it fails

Kinds of fault: ${FAULT_KINDS.join(", ")}.
Exit code: 0 no seed failed, 1 one did, 2 usage.
`;

const { values } = parseArgs({
  options: {
    help: { type: "boolean", short: "h" },
    seeds: { type: "string" },
    from: { type: "string" },
    seed: { type: "string" },
    events: { type: "string" },
    jobs: { type: "string" },
    faults: { type: "string" },
    "faults-max": { type: "string" },
  },
});
if (values.help === true) {
  process.stdout.write(USAGE);
  process.exit(0);
}
const out = (line: string): void => void process.stdout.write(`${line}\n`);
const events = whole("events", values.events, 2_000);

async function explain(run: Run, law: string): Promise<void> {
  out(`shrinking …`);
  const smallest = await shrink(run, law, (smaller) => out(`  still fails: ${commandOf(smaller)}`));
  const { violations } = await runSeed(optionsOf(smallest));
  out(`smallest found: ${commandOf(smallest)}`);
  for (const violation of violations.slice(0, 5)) out(`  ${violation}`);
}

async function one(seed: number): Promise<boolean> {
  const run: Run = {
    seed,
    events,
    kinds: faults(values.faults),
    faultsMax: whole("faults-max", values["faults-max"], Number.POSITIVE_INFINITY),
  };
  const result = await runSeed(optionsOf(run));
  for (const violation of result.violations) out(violation);
  out(`seed ${seed}: ${result.operations} operations, trace ${(result.trace >>> 0).toString(16)}`);
  if (result.violations.length > 0) await explain(run, brokenLaw(result));
  return result.violations.length === 0;
}

async function many(count: number): Promise<boolean> {
  const from = whole("from", values.from, 1);
  const jobs = whole("jobs", values.jobs, availableParallelism());
  let done = 0;
  const startMs = performance.now();
  const results = await runMany({ from, count, events, jobs }, () => {
    done += 1;
    if (done % PROGRESS_EVERY === 0) {
      out(`${done} of ${count} seeds, ${((performance.now() - startMs) / 1_000).toFixed(0)} s`);
    }
  });
  const failed = results.filter(({ violations }) => violations.length > 0);
  for (const result of failed) {
    out(`seed ${result.seed} failed: ${result.violations[0]}`);
    out(`  replay: npx tsx test/sim/main.ts --seed ${result.seed} --events ${events}`);
  }
  const first = failed[0];
  if (first !== undefined) {
    const run = { seed: first.seed, events, kinds: FAULT_KINDS, faultsMax: Number.POSITIVE_INFINITY };
    await explain(run, brokenLaw(first));
  }
  out(`${results.length} seeds run, ${failed.length} failed`);
  return failed.length === 0;
}

const fine =
  values.seed === undefined
    ? await many(whole("seeds", values.seeds, 100))
    : await one(whole("seed", values.seed, 1));
process.exitCode = fine ? 0 : 1;
