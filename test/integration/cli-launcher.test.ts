/** The launcher as a process: exit codes, streams, the thread pool. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { realTexts } from "../support/real-texts.ts";
import { makeTempDir } from "../support/run-command.ts";

const ROOT = join(import.meta.dirname, "../..");
const LAUNCHER = join(ROOT, "services/cli/plumbline.cjs");
const dir = makeTempDir();
afterAll(() => dir.remove());
const ENV = { PATH: process.env.PATH ?? "" };

function run(args: readonly string[], input = "", env: Readonly<Record<string, string>> = ENV) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [LAUNCHER, ...args], {
    cwd: dir.path,
    env,
    input,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  return { status, stdout, stderr };
}

const pieces = realTexts();
const lines = (from: number, to: number): string =>
  `${pieces
    .slice(from, to)
    .map(({ text }) => JSON.stringify({ text }))
    .join("\n")}\n`;

beforeAll(() => {
  writeFileSync(join(dir.path, "real.jsonl"), lines(0, 2_000));
});

describe("npx plumbline", () => {
  it("is the package's own program", () => {
    const { status, stdout } = spawnSync("npx", ["--no-install", "plumbline", "--version"], {
      cwd: ROOT,
      env: { ...process.env, ...ENV },
      encoding: "utf8",
    });
    expect({ status, stdout }).toEqual({ status: 0, stdout: "0.1.0\n" });
  });

  it("scans standard input and ends with the verdict's code", () => {
    const args = ["scan", "-", "--reference", "real.jsonl", "--null-draws", "20", "--json"];
    const clean = run(args, lines(3_000, 4_000));
    expect([clean.status, clean.stderr]).toEqual([0, ""]);
    expect(JSON.parse(clean.stdout)).toMatchObject({ verdict: "pass" });
    const loop = run(args, `${JSON.stringify({ text: pieces[0]!.text })}\n`.repeat(600));
    expect(loop.status).toBe(1);
    expect(JSON.parse(loop.stdout)).toMatchObject({ verdict: "breach" });
    expect(run(args, lines(3_000, 3_100)).status).toBe(3);
    expect(run(args, "prose\n").status).toBe(2);
    expect(run(["scna"]).status).toBe(2);
  });

  it("gives the thread pool 16 threads before anything uses it, unless somebody chose", () => {
    const threads = (env: Readonly<Record<string, string>>): string =>
      /^\w+ +UV_THREADPOOL_SIZE +(\d+ threads)/m.exec(run(["doctor"], "", env).stdout)?.[1] ?? "";
    expect(threads(ENV)).toBe("16 threads");
    expect(threads({ ...ENV, UV_THREADPOOL_SIZE: "5" })).toBe("5 threads");
    // Six opens of pipes nobody writes to would hold all four default threads; a seventh task has to get through.
    const probe = join(dir.path, "probe.cjs");
    writeFileSync(
      probe,
      `const { execFileSync } = require("node:child_process");
       const { open, writeSync } = require("node:fs");
       const { pbkdf2 } = require("node:crypto");
       const end = (word) => { writeSync(2, word); process.kill(process.pid, "SIGKILL"); };
       const probe = () => {
         for (let i = 0; i < 6; i += 1) { execFileSync("mkfifo", ["pipe" + i]); open("pipe" + i, "r", () => {}); }
         setTimeout(end, 10_000, "starved");
         pbkdf2("a", "b", 1, 8, "sha1", () => end("free"));
       };
       // Once the program has answered; its own end would come before the probe's.
       process.exit = () => {};
       const write = process.stdout.write.bind(process.stdout);
       process.stdout.write = (...args) => { setImmediate(probe); return write(...args); };`,
    );
    const probed = run(["--version"], "", { ...ENV, NODE_OPTIONS: `--require ${probe}` });
    expect([probed.stdout, probed.stderr]).toEqual(["0.1.0\n", "free"]);
  });

  it("does not complain when its reader stops reading", async () => {
    const child = spawn(process.execPath, [LAUNCHER, "rules", "check", "--json"], {
      cwd: dir.path,
      env: ENV,
    });
    let stderr = "";
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk.toString("utf8");
    });
    child.stdout.destroy();
    const [code] = (await once(child, "exit")) as [number];
    expect([code, stderr]).toEqual([0, ""]);
  });

  it("ends at once on Ctrl-C in the middle of a computation", async () => {
    const pipe = join(dir.path, "real.pipe");
    spawnSync("mkfifo", [pipe]);
    const args = ["scan", "-", "--reference", "real.pipe", "--null-draws", "9999"];
    const child = spawn(process.execPath, [LAUNCHER, ...args], { cwd: dir.path, env: ENV, stdio: "pipe" });
    // Once the last line is taken, minutes of measuring begin in which no handler could run.
    const writer = createWriteStream(pipe);
    writer.end(lines(0, 3_000));
    await once(writer, "close");
    child.kill("SIGINT");
    const [code, signal] = (await once(child, "exit")) as [number | null, string | null];
    expect([code, signal]).toEqual([null, "SIGINT"]);
  });
});
