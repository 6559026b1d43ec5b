/**
 * `make profile SERVICE=gatekeeper|monitor|governor|recorder|scan`: runs a service's benchmark under the CPU profiler of V8
 * and writes `.plumbline/profiles/<service>.cpuprofile` (for any tool that reads those) and `<service>.html`, a flame graph
 * that opens offline in any browser. Prints the functions that took most time themselves.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { type Profiler, type Runtime, Session } from "node:inspector/promises";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { flameGraphHtml } from "./flame-graph.ts";
import { WORKLOADS } from "./workloads.ts";

const SAMPLE_US = 200;
const FUNCTIONS_SHOWN = 15;
const DIRECTORY = join(import.meta.dirname, "../../.plumbline/profiles");
const ROOT = join(import.meta.dirname, "../..");

/** Waiting, and the profiler's own call. */
const NOT_WORK: ReadonlySet<string> = new Set(["(idle)", "dispatch"]);

export interface SelfTime {
  /** Name and place, e.g. `read (services/core/tokenise.ts)`. */
  readonly where: string;
  readonly ms: number;
  /** Of the time that was sampled, 0..1; idle time and the profiler are not in it. */
  readonly share: number;
}

/** Functions by the time spent in themselves, most first. */
export function selfTimes(profile: Profiler.Profile): readonly SelfTime[] {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const us = new Map<string, number>();
  let total = 0;
  (profile.samples ?? []).forEach((id, i) => {
    const node = nodes.get(id);
    const spent = profile.timeDeltas?.[i] ?? 0;
    if (node === undefined || NOT_WORK.has(node.callFrame.functionName)) return;
    const where = placeOf(node.callFrame);
    us.set(where, (us.get(where) ?? 0) + spent);
    total += spent;
  });
  return [...us]
    .map(([where, spent]) => ({ where, ms: spent / 1_000, share: total === 0 ? 0 : spent / total }))
    .sort((a, b) => b.ms - a.ms);
}

/** Without the line: what runs is what the loader made of a source, mostly on one line. */
function placeOf({ functionName, url }: Runtime.CallFrame): string {
  const name = functionName === "" ? "(anonymous)" : functionName;
  if (url === "") return name;
  return `${name} (${url.startsWith("file:") ? relative(ROOT, new URL(url).pathname) : url})`;
}

async function profiled(work: () => Promise<void>): Promise<Profiler.Profile> {
  const session = new Session();
  session.connect();
  try {
    await session.post("Profiler.enable");
    await session.post("Profiler.setSamplingInterval", { interval: SAMPLE_US });
    await session.post("Profiler.start");
    await work();
    return (await session.post("Profiler.stop")).profile;
  } finally {
    session.disconnect();
  }
}

async function main(service: string): Promise<void> {
  const workload = WORKLOADS[service];
  if (workload === undefined) {
    process.stderr.write(`SERVICE must be one of ${Object.keys(WORKLOADS).join(", ")}\n`);
    process.exit(2);
  }
  const work = await workload();
  const profile = await profiled(work.run);
  await work.close?.();
  mkdirSync(DIRECTORY, { recursive: true });
  const json = JSON.stringify(profile);
  writeFileSync(join(DIRECTORY, `${service}.cpuprofile`), json);
  writeFileSync(join(DIRECTORY, `${service}.html`), flameGraphHtml(`${service}.cpuprofile`, json));
  const functions = selfTimes(profile);
  const ms = functions.reduce((sum, { ms: spent }) => sum + spent, 0);
  process.stdout.write(`${service}: ${ms.toFixed(0)} ms sampled; by time in the function itself\n`);
  for (const { where, ms: spent, share } of functions.slice(0, FUNCTIONS_SHOWN)) {
    process.stdout.write(
      `${(100 * share).toFixed(1).padStart(6)} % ${spent.toFixed(1).padStart(9)} ms  ${where}\n`,
    );
  }
  const shown = relative(process.cwd(), DIRECTORY);
  process.stdout.write(`flame graph: ${shown}/${service}.html (profile: ${service}.cpuprofile)\n`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  await main(process.argv[2] ?? "");
  // The embedded engine's threads outlive its last connection.
  process.exit(0);
}
