/** Fetches the embedded broker's jars ahead of the first start; a part of `make setup`. */
import { join } from "node:path";
import { BrokerJarsError, ensureBrokerJars } from "../adapters/kafka/jars.ts";
import { loadConfig } from "./config.ts";

const config = loadConfig(process.env, "setup");
try {
  await ensureBrokerJars({
    libDir: join(config.home, "kafka", "lib"),
    progress: (message) => process.stdout.write(`${message}\n`),
  });
} catch (error) {
  if (!(error instanceof BrokerJarsError)) throw error;
  process.stderr.write(`${error.message}\n`);
  // Without Maven everything that needs no broker of ours still works, and says what it skips.
  process.exitCode = error.code === "maven_missing" ? 0 : 1;
}
