/** A service that is meant to end by itself: how it ended, and what it said. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { loadConfig } from "../../services/runtime/config.ts";
import { type RunService, supervisedService } from "../../services/runtime/embedded-run.ts";
import type { Rig } from "./rig.ts";
import { buildIsCurrent, serviceModule } from "./service-module.ts";

const END_MS_MAX = 60_000;

export interface RanToEnd {
  /** null where it did not end within a minute and was killed. */
  readonly code: number | null;
  /** Its log. */
  readonly text: string;
}

/** Starts it as the rig does, without a supervisor. */
export async function runToEnd(rig: Rig, service: RunService): Promise<RanToEnd> {
  const loaded = loadConfig({ PLUMBLINE_HOME: rig.home }, "cli");
  if (!loaded.ok) throw new Error(loaded.problems.join("\n"));
  const { prefix } = rig.names;
  const options = { config: loaded.config, prefix, partitions: rig.partitions };
  const own = supervisedService(service, options, rig.connection, 0);
  const module = serviceModule(service, buildIsCurrent());
  const tsx = ["--import", pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href];
  const child = spawn(process.execPath, [...(module.endsWith(".ts") ? tsx : []), module], {
    env: { ...process.env, ...own.env, PLUMBLINE_INSTANCE: service },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8");
    stream.on("data", (chunk: string) => {
      text += chunk;
    });
  }
  const timer = setTimeout(() => child.kill("SIGKILL"), END_MS_MAX);
  const [code] = (await once(child, "close")) as [number | null];
  clearTimeout(timer);
  return { code, text };
}
