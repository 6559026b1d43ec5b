import { defineConfig } from "vitest/config";

const results = process.env.PLUMBLINE_TEST_RESULTS;

// Before any fork starts: with the default of four threads, Kafka clients whose broker is away hold up every file.
process.env.UV_THREADPOOL_SIZE ??= "16";

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
