import { defineConfig } from "vitest/config";

/** Forks, because node-rdkafka and chdb load once per process. Slow suites run in files of their own. */
export default defineConfig({
  test: {
    pool: "forks",
    include: ["test/**/*.test.ts"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
