import { defineConfig } from "vitest/config";

const results = process.env.PLUMBLINE_TEST_RESULTS;

/** Forks, because node-rdkafka and chdb load once per process. */
export default defineConfig({
  test: {
    pool: "forks",
    include: ["test/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 90_000,
    maxWorkers: 2,
    reporters: results === undefined ? ["default"] : ["default", ["json", { outputFile: results }]],
  },
});
