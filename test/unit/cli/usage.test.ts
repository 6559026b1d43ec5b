import { afterAll, describe, expect, it } from "vitest";
import { COMMANDS } from "../../../services/cli/commands.ts";
import { makeTempDir, runCommand } from "../../support/run-command.ts";

const dir = makeTempDir();
afterAll(() => dir.remove());
const run = (...args: string[]) => runCommand(args, { cwd: dir.path });

describe("usage", () => {
  it("prints help and version with exit code 0", async () => {
    const help = await run("--help");
    expect(help.code).toBe(0);
    expect(help.stdout).toContain("Exit codes: 0 pass, 1 breach");
    for (const command of ["scan", "reference", "ingest", "status", "gate", "sql", "rules", "doctor"]) {
      expect(help.stdout).toMatch(new RegExp(`^  ${command}\\b`, "m"));
    }
    expect(await run("--version")).toEqual({ code: 0, stdout: "0.1.0\n", stderr: "" });
    expect(COMMANDS.length).toBeGreaterThanOrEqual(8);
  });

  it("prints help of every command, with the global options", async () => {
    for (const args of [["scan"], ["reference", "build"], ["gate", "freeze"], ["sql"], ["rules", "check"]]) {
      const { code, stdout } = await run(...args, "--help");
      expect(code).toBe(0);
      expect(stdout).toContain(`Usage: plumbline ${args.join(" ")}`);
      expect(stdout).toContain("--json");
    }
  });

  it.each([
    [[], "Usage: plumbline"],
    [["scna", "x"], "(Did you mean scan?)"],
    [["scan", "x", "--refrence", "y"], "(Did you mean --reference?)"],
    [["scan"], "missing required argument 'file'"],
    [["scan", "x"], "scan needs --reference FILE"],
    [["scan", "x", "--reference", "y", "--seed", "-1"], "A whole number of 0..4294967295 is expected."],
    [["scan", "-", "--reference", "-"], "--reference must be a file"],
    [["reference", "build", "x"], "required option '--lane <name>'"],
    [["sql", "SELECT 1", "--param", "novalue"], "name=value is expected"],
    [["ingest", "x", "--topic", "windows"], "Allowed choices are samples"],
    [["gate", "get", "support"], "write KIND:NAME with one of lane, template"],
    [["gate", "freeze", "template:a", "--by", "ann", "--reason", "r"], "--lane NAME"],
    [["gate", "freeze", "lane:a", "--lane", "b", "--by", "ann", "--reason", "r"], "leave --lane out"],
    [["gate", "freeze", "lane:__proto__", "--by", "ann", "--reason", "r"], "is no lane"],
    [["gate", "freeze", "lane:a", "--by", " ", "--reason", "r"], "--by must have 1 to"],
    [["gate", "list"], "nothing runs in"],
    [["ingest", "x"], "nothing runs in"],
    [["status"], "nothing runs in"],
    [["sql", "SELECT 1"], "or set CLICKHOUSE_URL"],
  ] as const)("%j ends with 2 and says what to do", async (args, words) => {
    const { code, stdout, stderr } = await run(...args);
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain(words);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it("names every wrong setting, and no secret", async () => {
    const env = {
      PLUMBLINE_HOEM: "x",
      KAFKA_BROKERS: "kafka://user:hunter2@host",
      CLICKHOUSE_URL: "ftp://user:hunter2@host",
    };
    const { code, stderr } = await runCommand(["status"], { cwd: dir.path, env });
    expect(code).toBe(2);
    expect(stderr).toContain("PLUMBLINE_HOEM");
    expect(stderr).toContain("KAFKA_BROKERS");
    expect(stderr).toContain("CLICKHOUSE_URL");
    expect(stderr).not.toContain("hunter2");
  });

  it("prints a stack only when asked", async () => {
    expect((await run("scan", "nosuch", "--reference", "nosuch")).stderr).not.toContain("    at ");
    expect((await run("--debug", "scan", "nosuch", "--reference", "nosuch")).stderr).toContain("    at ");
  });

  it("does not name the credentials of a server that does not answer", async () => {
    const env = { CLICKHOUSE_URL: "http://ann:hunter2@127.0.0.1:9" };
    const { code, stderr } = await runCommand(["sql", "SELECT 1"], { cwd: dir.path, env });
    expect(code).toBe(2);
    expect(stderr).toContain("127.0.0.1:9 does not answer");
    expect(stderr).not.toContain("hunter2");
  });
});
