/** Runs one scenario on a rig of its own, and closes the rig whatever happens. */

import { setMaxListeners } from "node:events";
import { availableParallelism, cpus, totalmem } from "node:os";
import type { Logger } from "../../services/ports.ts";
import type { Ground } from "./ground.ts";
import { Rig } from "./rig.ts";
import { type Form, failed, type Scenario, type ScenarioResult } from "./scenario.ts";
import { buildIsCurrent } from "./service-module.ts";

/** Kind of machine a figure is from: figures of different classes are not compared. */
export interface MachineClass {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly node: string;
  /** Whether services ran from what `make setup` built; from sources they take a second longer to start. */
  readonly built: boolean;
}

export interface ScenarioRun {
  readonly result: ScenarioResult;
  readonly failed: boolean;
  /** Why it could not be brought to its end; "" where it could. */
  readonly error: string;
  readonly seed: string;
  readonly seconds: number;
  readonly machine: MachineClass;
}

export interface RunScenarioOptions {
  readonly ground: Ground;
  readonly logger: Logger;
  readonly seed: string;
  readonly form: Form;
  readonly signal: AbortSignal;
  readonly say: (message: string) => void;
}

/** Never throws for what the scenario does: a thrown error is a failed run. */
export async function runScenario(scenario: Scenario, options: RunScenarioOptions): Promise<ScenarioRun> {
  const { ground, logger, seed, form, signal, say } = options;
  setMaxListeners(0, signal);
  const fromMs = performance.now();
  let result: ScenarioResult = { id: scenario.id, form, figures: [], notes: [] };
  let error = "";
  const own = scenario.broker === "own";
  const broker = own ? await ground.ownBroker(scenario.id) : await ground.sharedBroker();
  const rig = new Rig({ id: scenario.id, seed, ground, broker, logger, signal, say });
  try {
    result = await scenario.run(rig, form, signal);
  } catch (thrown) {
    error = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  }
  if (error !== "" || failed(result)) say(await rig.logTails());
  try {
    await rig.close();
    if (own) await ground.release(broker);
  } catch (thrown) {
    error ||= `could not be closed: ${String(thrown)}`;
  }
  return {
    result,
    failed: error !== "" || failed(result),
    error,
    seed,
    seconds: Math.round((performance.now() - fromMs) / 100) / 10,
    machine: machineClass(),
  };
}

/** One line a figure. */
export function describeRun({ result, failed: bad, error, seconds }: ScenarioRun): string {
  const lines = [`${result.id} ${result.form}: ${bad ? "FAILED" : "ok"} in ${seconds} s`];
  for (const { name, value, unit, bound, ok } of result.figures) {
    const limit = bound === undefined ? "" : ` (${bound.op} ${bound.value})`;
    lines.push(`  ${ok ? " " : "!"} ${name}: ${rounded(value)} ${unit}${limit}`.trimEnd());
  }
  for (const note of result.notes) lines.push(`    ${note}`);
  if (error !== "") lines.push(`  ! ${error}`);
  return lines.join("\n");
}

export function rounded(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(3)));
}

function machineClass(): MachineClass {
  return {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    built: buildIsCurrent(),
  };
}
