/** Which modules the services run from: those `make setup` built, as users have them, where they are current. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { RunService } from "../../services/runtime/embedded-run.ts";

const ROOT = join(import.meta.dirname, "../..");
/** Touched by `make setup` after it compiled, as the launcher takes it. */
const STAMP = join(ROOT, ".plumbline/stamps/build");

/** True where nothing changed since `make setup` compiled. */
export function buildIsCurrent(): boolean {
  if (!existsSync(STAMP)) return false;
  const builtMs = statSync(STAMP).mtimeMs;
  return readdirSync(join(ROOT, "services"), { recursive: true, encoding: "utf8" }).every(
    (path) => !path.endsWith(".ts") || statSync(join(ROOT, "services", path)).mtimeMs <= builtMs,
  );
}

/** The service's main: built, or its source, which takes a second longer to start. */
export function serviceModule(service: RunService, built: boolean): string {
  return built ? join(ROOT, "dist/services", service, "main.js") : join(ROOT, "services", service, "main.ts");
}
