#!/usr/bin/env node
// CommonJS on purpose: libuv reads UV_THREADPOOL_SIZE when its pool is first used, and Node loads an ES module through
// that pool, so in one the assignment would come too late. A required file is read without it.
// Readers of Kafka and connections to the embedded ClickHouse hold pool threads while they wait; the default is 4.
process.env.UV_THREADPOOL_SIZE ??= "16";

const { existsSync, readdirSync, statSync } = require("node:fs");
const { join } = require("node:path");
const { pathToFileURL } = require("node:url");

const root = join(__dirname, "..", "..");
const source = join(__dirname, "main.ts");
const built = join(root, "dist", "services", "cli", "main.js");
// Touched by `make setup` after it compiled. The compiler's own files cannot tell: it leaves outputs as they are when a source
// was only written again, and notes a run that emitted nothing like one that did.
const stamp = join(root, ".plumbline", "stamps", "build");

/** True where `make setup` compiled after the last change of a source. Stats a few hundred files: about 5 ms. */
function buildIsCurrent() {
  if (!existsSync(built) || !existsSync(stamp)) return false;
  const builtMs = statSync(stamp).mtimeMs;
  return readdirSync(join(root, "services"), { recursive: true }).every(
    (path) =>
      !/\.(tsx?|css|html|svg)$/.test(path) || statSync(join(root, "services", path)).mtimeMs <= builtMs,
  );
}

async function main() {
  if (!existsSync(source) || buildIsCurrent()) {
    await import(pathToFileURL(built).href);
    return;
  }
  const tsx = await import("tsx/esm/api");
  tsx.register();
  await import(pathToFileURL(source).href);
}

main().catch((error) => {
  // 2, not Node's 1: that one says a rule was breached.
  process.exitCode = 2;
  process.stderr.write(
    `plumbline: the program cannot be loaded; run \`make setup\`\n${error.stack ?? error}\n`,
  );
});
