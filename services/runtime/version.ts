import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** The release, from the package's manifest; "unknown" where it cannot be found. */
export function productVersion(): string {
  for (let dir = import.meta.dirname; ; dir = dirname(dir)) {
    try {
      const manifest = JSON.parse(readFileSync(join(dir, "package.json"), "utf8")) as {
        readonly name?: string;
        readonly version?: string;
      };
      if (manifest.name === "plumbline") return manifest.version ?? "unknown";
    } catch {
      // No manifest at this level, or not ours.
    }
    if (dir === dirname(dir)) return "unknown";
  }
}
