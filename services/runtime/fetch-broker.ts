/** Fetches the embedded broker's jars ahead of the first start; a part of `make setup`. */
import { join } from "node:path";
import { BrokerJarsError, ensureBrokerJars } from "../adapters/kafka/jars.ts";
import { loadConfig } from "./config.ts";

const loaded = loadConfig(process.env, "cli");
if (!loaded.ok) {
  process.stderr.write(`${loaded.problems.join("\n")}\n`);
  process.exit(2);
}
try {
  await ensureBrokerJars({
    libDir: join(loaded.config.home, "kafka", "lib"),
    progress: (message) => process.stdout.write(`${message}\n`),
  });
} catch (error) {
  if (!(error instanceof BrokerJarsError)) throw error;
  process.stderr.write(`${error.message}\n`);
  // Without Maven everything that needs no broker of ours still works, and says what it skips.
  process.exitCode = error.code === "maven_missing" ? 0 : 1;
}
