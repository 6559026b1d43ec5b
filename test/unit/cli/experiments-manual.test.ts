/** The manual's worked example, run: every `$ plumbline` block of it must print what it says, or end so after an ellipsis. */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeTempDir, runCommand } from "../../support/run-command.ts";

const MANUAL = readFileSync(join(import.meta.dirname, "../../../docs/experiments.md"), "utf8");
const dir = makeTempDir();
afterAll(() => dir.remove());

function block(language: string): string {
  return new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, "m").exec(MANUAL)![1]!;
}

const examples = [...MANUAL.matchAll(/^```text\n\$ plumbline (.*)\n([\s\S]*?)^```/gm)].map(
  ([, command, printed]) => [command!, printed!] as const,
);

beforeAll(() => {
  writeFileSync(join(dir.path, "plan.yaml"), block("yaml"));
  writeFileSync(join(dir.path, "results.mjs"), block("js"));
  const results = execFileSync(process.execPath, ["results.mjs"], { cwd: dir.path });
  writeFileSync(join(dir.path, "results.jsonl"), results);
});

describe("docs/experiments.md", () => {
  it("has its examples", () => expect(examples.length).toBe(4));

  it.each(examples)("%s", async (command, printed) => {
    const { code, stdout, stderr } = await runCommand(command.split(" "), { cwd: dir.path });
    expect(stderr).toBe("");
    const shown = printed.startsWith("…\n") ? printed.slice(2) : printed;
    expect(printed === shown ? stdout : stdout.slice(-shown.length)).toBe(shown);
    expect(code).toBe(command.includes("--share-to") ? 1 : 0);
  });

  it("writes a page that loads and runs nothing", () => {
    const page = readFileSync(join(dir.path, "report.html"), "utf8");
    expect(page.match(/<svg /g)?.length).toBe(4);
    expect(page).not.toMatch(/<script|<link|<img|@import|url\(|href=|src=| on\w+=/);
  });
});
