/** Many seeds, spread over processes: each takes the next seed when it is free. */
import { fork } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { bundleProgram } from "./bundle-program.ts";
import type { SeedResult } from "./run-seed.ts";

export interface ManySeeds {
  readonly from: number;
  readonly count: number;
  readonly events: number;
  readonly spanMs?: number;
  readonly jobs: number;
}

/** What a child is asked to run. */
export interface Job {
  readonly seed: number;
  readonly events: number;
  readonly spanMs?: number;
}

const CHILD = join(import.meta.dirname, "seed-child.ts");
/**
 * Seeds make much garbage that dies at once: a larger nursery halves what collecting it costs. There is a process for each core,
 * so that helpers of the collector would only take time from the other one.
 */
const CHILD_FLAGS = ["--max-semi-space-size=64", "--single-threaded-gc"];

/** Results in the order of the seeds. Rejects when a child dies; kills the children in every case. */
export async function runMany(
  { from, count, jobs, ...each }: ManySeeds,
  tell: (result: SeedResult) => void,
): Promise<readonly SeedResult[]> {
  const results: SeedResult[] = [];
  let next = from;
  const program = await bundleProgram(CHILD);
  const children = Array.from({ length: Math.min(jobs, count) }, () =>
    fork(program, [], { execArgv: CHILD_FLAGS }),
  );
  try {
    await Promise.all(
      children.map(
        (child) =>
          new Promise<void>((resolve, reject) => {
            let running = 0;
            const give = (): void => {
              if (next >= from + count) {
                resolve();
                return;
              }
              running = next;
              next += 1;
              child.send({ seed: running, ...each } satisfies Job);
            };
            child.on("message", (message) => {
              const result = message as SeedResult;
              results.push(result);
              tell(result);
              give();
            });
            child.on("error", reject);
            child.on("exit", (code) =>
              reject(new Error(`the process of seed ${running} ended with code ${code}`)),
            );
            give();
          }),
      ),
    );
  } finally {
    for (const child of children) child.kill("SIGKILL");
    rmSync(program, { force: true });
  }
  return results.sort((a, b) => a.seed - b.seed);
}
