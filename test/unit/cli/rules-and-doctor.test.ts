import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { makeTempDir, runCommand } from "../../support/run-command.ts";

const dir = makeTempDir();
afterAll(() => dir.remove());

interface DoctorDocument {
  readonly ok: boolean;
  readonly checks: readonly {
    readonly name: string;
    readonly required: boolean;
    readonly present: boolean;
    readonly detail: string;
    readonly fix: string;
  }[];
}

describe("rules check", () => {
  it("lists the product's rules", async () => {
    const { code, stdout } = await runCommand(["rules", "check"], { cwd: dir.path });
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^tail_coverage_collapse +tail_coverage +candidate\/generated +value < 0\.7 and z < -4/m,
    );
    const json = await runCommand(["rules", "check", "--json"], { cwd: dir.path });
    expect(JSON.parse(json.stdout)).toMatchObject({
      ok: true,
      rulesVersion: expect.stringMatching(/^[0-9a-f]{16}$/),
    });
  });

  it("prints every problem with file and line", async () => {
    writeFileSync(
      join(dir.path, "r.yaml"),
      "rules:\n  - id: A\n    metric: tail_covrage\n    stage: candidate\n",
    );
    writeFileSync(join(dir.path, "l.yaml"), "paneMs: 1x\nlanse: []\n");
    const args = ["rules", "check", "r.yaml", "--lanes", "l.yaml"];
    const { code, stdout, stderr } = await runCommand(args, { cwd: dir.path });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/r\.yaml:3: .*tail_covrage.*tail_coverage/);
    expect(stderr).toMatch(/l\.yaml:1: /);
    expect(stderr).toMatch(/l\.yaml:2: .*lanse/);
    const json = await runCommand([...args, "--json"], { cwd: dir.path });
    expect(JSON.parse(json.stdout)).toMatchObject({ ok: false });
  });

  it("takes the files the environment names", async () => {
    const env = { PLUMBLINE_RULES: "r.yaml" };
    expect((await runCommand(["rules", "check"], { cwd: dir.path, env })).code).toBe(2);
  });
});

describe("doctor", () => {
  it("finds what these tests run with", async () => {
    const { stdout } = await runCommand(["doctor", "--json"], { cwd: dir.path });
    const { checks } = JSON.parse(stdout) as DoctorDocument;
    const named = (name: string) => checks.find((check) => check.name === name);
    expect(named("Node")?.present).toBe(true);
    expect(named("npm packages")?.present).toBe(true);
    expect(named("broker jars")).toMatchObject({ present: false, required: true, fix: "make setup" });
    for (const check of checks) if (!check.present) expect(check.fix).not.toBe("");
  });

  it("requires no broker of its own where one is named, and repeats no setting", async () => {
    const env = {
      PATH: "",
      JAVA_HOME: "",
      KAFKA_BROKERS: "secret-host:9092",
      CLICKHOUSE_URL: "http://u:hunter2@secret-host",
    };
    const { code, stdout } = await runCommand(["doctor"], { cwd: dir.path, env });
    expect(stdout).not.toMatch(/hunter2|secret-host/);
    expect(stdout).toMatch(/^absent +Java +not installed; none while KAFKA_BROKERS is set/m);
    expect(stdout).not.toMatch(/^MISSING/m);
    expect(code).toBe(0);
  });

  it("ends with 1 where something required is missing, and says which", async () => {
    const { code, stdout } = await runCommand(["doctor"], {
      cwd: dir.path,
      env: { PATH: "", JAVA_HOME: "" },
    });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^MISSING +Java +not installed; no embedded broker.*get it: apt-get install/m);
    expect(stdout).toContain("Missing and required: Java, broker jars, Maven.");
  });

  it("says that a run ended without clearing up", async () => {
    const home = join(dir.path, "home");
    mkdirSync(home);
    const info = {
      pid: 4_194_304,
      processStart: "1",
      startedMs: 1,
      bootstrap: "",
      sqlUrl: "",
      metricsUrls: {},
      prefix: "",
    };
    writeFileSync(join(home, "run.json"), JSON.stringify(info));
    const { stdout } = await runCommand(["doctor", "--home", home], { cwd: dir.path });
    expect(stdout).toContain("the last run, process 4194304, ended without clearing up");
  });
});
