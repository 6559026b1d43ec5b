/** Everything a view is told in one run, and an `Io` that keeps what is written. */
import type { DemoView } from "../../services/cli/demo-view/demo-view.ts";
import type { Io } from "../../services/cli/io.ts";
import { LAB_LANES, type LabLane, type Recipe } from "../../services/lab/lanes.ts";
import type { LabProgress } from "../../services/lab/run-lab.ts";
import { DEMO_REPORT } from "./demo-report.ts";

/** The reports of the first `generations` generations of the hand-made run, in the lab's order. */
export function demoProgress(generations = 5): LabProgress[] {
  const events: LabProgress[] = [];
  for (let generation = 1; generation <= generations; generation += 1) {
    for (const lane of LAB_LANES) {
      events.push({ kind: "writing", generation, lane, recipe: recipeOf(lane, generation) });
    }
    for (const lane of LAB_LANES) {
      events.push({
        kind: "judged",
        generation,
        lane,
        report: DEMO_REPORT.lanes[lane].generations[generation - 1]!,
      });
    }
    if (generation === 3) events.push({ kind: "resumed", generation, lane: "governed", gate: "probation" });
  }
  return events;
}

function recipeOf(lane: LabLane, generation: number): Recipe {
  if (lane === "replace") return "own";
  if (lane === "fresh") return "half";
  return generation < 3 ? "own" : generation === 3 ? "trial" : "half";
}

export interface FakeIo extends Io {
  /** Everything written to stdout so far. */
  text(): string;
  abort(): void;
}

export interface FakeIoOptions {
  readonly tty?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
}

export function fakeIo({ tty = false, columns = 80, rows = 40, env = {} }: FakeIoOptions = {}): FakeIo {
  let written = "";
  const controller = new AbortController();
  const write = (text: string | Uint8Array): void => {
    written += String(text);
  };
  return {
    stdin: (async function* () {})(),
    stdout: tty ? Object.assign({ write }, { isTTY: true, columns, rows }) : { write },
    stderr: { write: () => undefined },
    isTty: tty,
    columns,
    env,
    cwd: "/home/ann/plumbline",
    signal: controller.signal,
    setExitCode: () => undefined,
    text: () => written,
    abort: () => controller.abort(),
  };
}

export function tell(view: DemoView, events: readonly LabProgress[]): void {
  for (const event of events) view.progress(event);
}
