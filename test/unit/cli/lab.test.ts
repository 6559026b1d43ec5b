import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { makeTempDir, runCommand } from "../../support/run-command.ts";

const dir = makeTempDir();
afterAll(() => dir.remove());
const run = (...args: string[]) => runCommand(["lab", "split", ...args], { cwd: dir.path });

describe("plumbline lab split", () => {
  it("says what it plays and what its exit codes mean", async () => {
    const { code, stdout } = await run("--help");
    expect(code).toBe(0);
    expect(stdout).toContain("Usage: plumbline lab split");
    expect(stdout).toContain("3 something cannot be told");
  });

  it.each([
    [["--scenario", "collaps"], "Allowed choices are collapse, mix, season, judge, all."],
    [["--seeds", "0"], "A whole number of 1..1000 is expected."],
    [["--first", "-1"], "A whole number of 0..1000000 is expected."],
    [["--corpus", "nowhere.jsonl"], "nowhere.jsonl cannot be read"],
  ] as const)("%j ends with 2 and says what to do", async (args, words) => {
    const { code, stdout, stderr } = await run(...args);
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain(words);
  });

  it("says how much text a corpus that is too small needs", async () => {
    const text = "A town that has a river has a bridge. Nobody crosses it at night.";
    writeFileSync(join(dir.path, "small.jsonl"), `${JSON.stringify({ text })}\n`);
    const { code, stderr } = await run("--corpus", "small.jsonl");
    expect(code).toBe(2);
    expect(stderr).toContain("corpus small.jsonl has 1 pieces of four sentences; the lab needs 9001");
  });
});
