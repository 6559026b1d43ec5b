/** The repository checks its own manners. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "..");
const LINES_MAX = 400;
/** Test files are read from the top and may be longer. */
const TEST_LINES_MAX = 650;
const FILES = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
  cwd: ROOT,
  encoding: "utf8",
})
  .split("\n")
  .filter((path) => path !== "" && existsSync(join(ROOT, path)));
const SOURCES = FILES.filter((path) => path.startsWith("services/") && /\.tsx?$/.test(path));

function read(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

/** Relative imports of a source file, as paths from the root. */
function importsOf(path: string): string[] {
  return [...read(path).matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)].map((match) =>
    normalize(join(dirname(path), match[1]!)),
  );
}

function layer(path: string): string {
  const [, second, third] = path.split("/");
  if (second === "ports.ts") return "ports";
  if (path.endsWith("/main.ts") && second !== "lab" && second !== "cli") return "main";
  return third === undefined ? second! : second!;
}

/** What each layer may import beside itself and the core. Exceptions only shrink. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  core: [],
  ports: [],
  adapters: ["ports"],
  runtime: ["ports", "adapters"],
  recorder: ["ports", "adapters"],
  diagnosis: [],
  console: ["ports", "adapters", "runtime", "diagnosis"],
  lab: ["ports", "adapters", "runtime"],
  cli: ["ports", "adapters", "runtime", "lab", "recorder", "console", "diagnosis"],
  print: ["adapters", "runtime", "diagnosis"],
  main: ["ports", "adapters", "runtime", "recorder", "console", "gatekeeper", "monitor", "governor"],
  gatekeeper: [],
  monitor: [],
  governor: [],
};

describe("the house", () => {
  it("imports one way", () => {
    const wrong: string[] = [];
    for (const path of SOURCES) {
      const from = layer(path);
      for (const target of importsOf(path)) {
        const to = layer(target);
        if (to === from || to === "core") continue;
        if (ALLOWED[from]?.includes(to) !== true) wrong.push(`${path} (${from}) imports ${target} (${to})`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it("keeps files small enough to hold in the head", () => {
    const long = [...SOURCES, ...FILES.filter((path) => path.startsWith("test/") && path.endsWith(".ts"))]
      .filter((path) => !path.includes(".generated."))
      .map((path) => [path, read(path).split("\n").length] as const)
      .filter(([path, lines]) => lines > (path.startsWith("test/") ? TEST_LINES_MAX : LINES_MAX));
    expect(long).toEqual([]);
  });

  it("has no default exports, barrel files or drawers", () => {
    const wrong = SOURCES.filter(
      (path) => /export default/.test(read(path)) || /\/(index|utils|misc|helpers)\.tsx?$/.test(path),
    );
    expect(wrong).toEqual([]);
  });

  it("names files in kebab-case", () => {
    expect(SOURCES.filter((path) => !/^[a-z0-9./-]+$/.test(path))).toEqual([]);
  });

  it("gives every document one title and only links that lead somewhere", () => {
    const wrong: string[] = [];
    for (const path of FILES.filter((file) => file.endsWith(".md"))) {
      const text = read(path).replace(/```[\s\S]*?```/g, "");
      if ((text.match(/^# /gm) ?? []).length !== 1) wrong.push(`${path}: not one title`);
      for (const [, target] of text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)) {
        if (/^https?:/.test(target!)) continue;
        if (!existsSync(join(ROOT, dirname(path), target!))) wrong.push(`${path}: ${target}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it("leaves nothing unfinished or focused", () => {
    const marks = /\b(TODO|FIXME|XXX)\b|\b(it|describe|test)\.(only|skip|todo)\b/;
    const own = "test/tidy.test.ts";
    expect(FILES.filter((path) => path.endsWith(".ts") && path !== own && marks.test(read(path)))).toEqual(
      [],
    );
  });

  it("is covered by the architecture's map", () => {
    const map = read("ARCHITECTURE.md");
    const folders = new Set(
      SOURCES.map((path) => path.split("/")[1]!).filter((name) => !name.endsWith(".ts")),
    );
    const missing = [...folders].filter((name) => !map.includes(name));
    expect(missing).toEqual([]);
  });
});
