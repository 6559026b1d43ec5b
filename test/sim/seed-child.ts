/** A process that runs the seeds it is sent, one after the other. */

import type { Job } from "./run-many.ts";
import { runSeed } from "./run-seed.ts";

process.on("message", (job: Job) => {
  runSeed({ ...job, oneOfMany: true }).then(
    (result) => process.send!(result),
    (error: unknown) => {
      const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
      const none = { trace: 0, operations: 0, deaths: 0 };
      process.send!({ seed: job.seed, violations: [`the simulation runs: ${what}`], ...none });
    },
  );
});
