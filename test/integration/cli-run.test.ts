/** The commands that speak to a run, against a real one: broker, services as processes, the embedded engine. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import kafkajs from "kafkajs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { withAdmin } from "../../services/adapters/kafka/kafkajs-admin.ts";
import type { Check } from "../../services/cli/doctor/checks.ts";
import { METRICS } from "../../services/core/catalogue.generated.ts";
import { Catalogue } from "../../services/core/catalogue.ts";
import { TOPICS } from "../../services/core/topics.ts";
import type { LogRecord } from "../../services/ports.ts";
import { loadConfig } from "../../services/runtime/config.ts";
import { type EmbeddedRun, startEmbeddedRun } from "../../services/runtime/embedded-run.ts";
import { Lifecycle } from "../../services/runtime/lifecycle.ts";
import { loadPolicyFiles } from "../../services/runtime/policy-files.ts";
import { readReferencesTopic } from "../../services/runtime/policy-topic.ts";
import { readPartition } from "../../services/runtime/read-partition.ts";
import { fallingTail, resultsOf, testPlan } from "../support/experiment.ts";
import { brokerMissing, KeptLogger, testLibDir } from "../support/kafka-broker.ts";
import { realTexts } from "../support/real-texts.ts";
import { type CommandRun, runCommand } from "../support/run-command.ts";

const POLICY = join(import.meta.dirname, "../../infra/policy");
const LANE = "support/after-sales";
const RECORDED_WITHIN_MS_MAX = 30_000;
const missing = await brokerMissing();
const pieces = realTexts();

describe.runIf(missing === null)("commands against a run", () => {
  const life = new Lifecycle();
  let home = "";
  let run: EmbeddedRun;
  const command = (...args: string[]): Promise<CommandRun> =>
    runCommand([...args, "--home", home], { cwd: home });
  const json = async (...args: string[]): Promise<unknown> => {
    const { stdout, stderr } = await command(...args, "--json");
    expect(stderr).toBe("");
    return JSON.parse(stdout);
  };

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), "plumbline-cli-run-"));
    const env = { ...process.env, PLUMBLINE_HOME: home, PLUMBLINE_PREFIX: "", PLUMBLINE_SQL_PORT: "0" };
    const loaded = loadConfig(env, "cli");
    if (!loaded.ok) throw new Error(loaded.problems.join("\n"));
    const lanes = await readFile(join(POLICY, "lanes.yaml"), "utf8");
    await writeFile(
      join(home, "own.yaml"),
      lanes.replace("\n\nlanes: []", "\n  suites: { required: [robustness] }\n\nlanes: []"),
    );
    const policy = loadPolicyFiles({
      rulesPath: join(POLICY, "rules.yaml"),
      lanesPath: join(home, "own.yaml"),
      catalogue: new Catalogue(METRICS),
    });
    if (!policy.ok) throw new Error("the product's policy has problems");
    run = await startEmbeddedRun({
      config: loaded.config,
      env: process.env,
      libDir: testLibDir(),
      logger: new KeptLogger(),
      life,
      prefix: "",
      partitions: 2,
      policy,
      references: [],
    });
  }, 120_000);

  afterAll(async () => {
    await life.stop();
    if (home !== "") {
      const after = await command("status");
      expect(after.stderr).toContain("nothing runs in");
      await rm(home, { recursive: true, force: true });
    }
  }, 60_000);

  it("status shows every service up", async () => {
    expect(await json("status")).toMatchObject({
      run: { state: "running", pid: process.pid },
      services: ["recorder", "governor", "monitor", "gatekeeper", "console"].map((service) => ({
        service,
        up: true,
      })),
    });
  });

  it("ingest sends a file, and its records arrive in the history", async () => {
    const lines = pieces
      .slice(0, 200)
      .map(({ id, text, bucket }) =>
        JSON.stringify({ id, text, bucket, template: "qa@3", eventTime: Date.now() }),
      );
    await writeFile(
      join(home, "texts.jsonl"),
      [...lines, "{broken", '{"text": "x", "judgeScore": "high"}'].join("\n"),
    );
    const { code, stdout } = await command("ingest", "texts.jsonl", "--lane", LANE);
    expect(code).toBe(2);
    expect(stdout).toContain("200 records written to samples.v1");
    expect(stdout).toMatch(/json_invalid \(line 201\)/);
    expect(stdout).toMatch(/record_invalid \(line 202\): judgeScore: got "high"/);
    const deadline = performance.now() + RECORDED_WITHIN_MS_MAX;
    for (let recorded = 0; recorded < 200; ) {
      expect(performance.now()).toBeLessThan(deadline);
      const statement = "SELECT uniqExact(id) AS n FROM samples WHERE lane = {lane:String}";
      const answer = (await json("sql", statement, "--param", `lane=${LANE}`)) as { data: { n: string }[] };
      recorded = Number(answer.data[0]!.n);
    }
  });

  it("ingest refuses the past in live topics", async () => {
    await writeFile(
      join(home, "old.jsonl"),
      JSON.stringify({ text: "x", eventTime: "2020-01-01T00:00:00Z" }),
    );
    const { code, stderr } = await command("ingest", "old.jsonl", "--lane", LANE);
    expect(code).toBe(2);
    expect(stderr).toContain("old.jsonl, line 1: event time 2020-01-01T00:00:00.000Z is in the past");
  });

  it("sql reads, and neither writes nor runs two statements", async () => {
    expect((await command("sql", "SELECT 7 AS seven", "--format", "CSV")).stdout).toBe("7\n");
    for (const statement of ["SELECT 1; SELECT 2", "TRUNCATE TABLE gates", "SELECT 1 INTO OUTFILE 'x'"]) {
      expect(await command("sql", statement)).toMatchObject({ code: 2, stdout: "" });
    }
    const hostile = "it's \\a\ttab \u4e2d '; DROP TABLE gates; --";
    const echoed = await command(
      "sql",
      "SELECT {x:String}",
      "--param",
      `x=${hostile}`,
      "--format",
      "JSONCompactEachRow",
    );
    expect(JSON.parse(echoed.stdout)).toEqual([hostile]);
  });

  it("gate freezes at once, is asked twice without harm, and refuses who may not resume", async () => {
    const subject = "template:qa@3";
    const freeze = ["gate", "freeze", subject, "--lane", LANE, "--by", "ann", "--reason", "it loops"];
    expect(await json(...freeze)).toMatchObject({
      granted: true,
      decision: { from: "open", to: "frozen", actor: "ann", reason: "it loops" },
    });
    expect(await json(...freeze)).toMatchObject({ granted: true, alreadyFrozen: true });
    expect(await json("gate", "get", subject)).toMatchObject({ gates: [{ lane: LANE, state: "frozen" }] });
    const resume = await command(
      "gate",
      "resume",
      subject,
      "--lane",
      LANE,
      "--by",
      "ben",
      "--reason",
      "please",
    );
    expect(resume.code).toBe(1);
    expect(resume.stdout).toContain("refused: ben is not among the approvers of the lane's policy");
    expect((await command("gate", "list")).stdout).toMatch(
      /^support\/after-sales +template:qa@3 +frozen +0 /m,
    );
  });

  it("a question goes by the policy the run has published, or by a file where one is named", async () => {
    const list = ["suite", "list", "--lane", LANE];
    expect(await json(...list)).toMatchObject({ expected: { required: ["robustness"] } });
    const product = join(POLICY, "lanes.yaml");
    expect(await json(...list, "--lanes", product)).toMatchObject({ expected: { required: ["long_tail"] } });
  });

  it("an experiment is planned, filled and read, and its plan stays as it was", async () => {
    const plan = testPlan({ lane: LANE });
    const { id, ...fields } = plan;
    const metrics = plan.metrics.map(({ suite, role, delta }) => ({ suite, role, ...(delta && { delta }) }));
    const { notes: _, ...written } = { experiment: id, ...fields, metrics };
    await writeFile(join(home, "plan.yaml"), JSON.stringify(written));
    expect(await json("experiment", "plan", "plan.yaml")).toMatchObject({ outcome: "published" });
    expect(await json("experiment", "plan", "plan.yaml")).toMatchObject({ outcome: "already_published" });
    await writeFile(join(home, "other.yaml"), JSON.stringify({ ...written, author: "ben" }));
    const other = await command("experiment", "plan", "other.yaml");
    expect(other.code).toBe(2);
    expect(other.stderr).toContain("a plan is not changed: choose another id");

    const lines = resultsOf(plan, fallingTail).map(({ madeMs: _madeMs, itemId: _itemId, ...result }) =>
      JSON.stringify({ ...result, experimentId: id, runId: "r", modelId: "m", modelVersion: "1" }),
    );
    await writeFile(join(home, "results.jsonl"), lines.join("\n"));
    expect((await command("ingest", "results.jsonl", "--topic", "evaluations")).code).toBe(0);
    const deadline = performance.now() + RECORDED_WITHIN_MS_MAX;
    while ((await command("experiment", "status", id)).code !== 0) {
      expect(performance.now()).toBeLessThan(deadline);
    }
    const report = await command("experiment", "report", id, "--share-from", "0.1", "--share-to", "0.3");
    expect(report.code).toBe(0);
    expect(report.stdout).toContain("cap 0.3: the largest tested share");
    expect(report.stdout).toContain("pass: share 0.1 to 0.3");
    expect((await command("experiment", "report", id, "--share-to", "0.5")).code).toBe(1);
  });

  it("misses become files, history knows of them, and says that nothing has changed yet", async () => {
    const lane = "support/hinges";
    const model = { lane, bucket: "hinge", modelId: "m", modelVersion: "1" };
    const interactions = pieces
      .slice(0, 40)
      .map(({ id, text }) => ({ ...model, id, request: text, response: "no" }));
    const outcomes = interactions.map(({ id }, i) => ({
      ...model,
      id: `o-${id}`,
      interactionId: id,
      interactionTime: Date.now(),
      resolved: i % 4 === 0,
      correction: "turn the other screw",
    }));
    for (const [topic, records] of Object.entries({ interactions, outcomes })) {
      await writeFile(join(home, topic), records.map((record) => JSON.stringify(record)).join("\n"));
      expect((await command("ingest", topic, "--topic", topic)).code).toBe(0);
    }
    const exported = ["misses", "export", "--lane", lane, "--by", "ann"];
    const dry = async (
      kind: string,
    ): Promise<{ items: number; left: { otherSide: number; noWords: number } }> => {
      const { stdout } = await command(...exported, "--as", kind, "-o", "f", "--dry-run", "--json");
      return stdout === "" ? { items: 0, left: { otherSide: 0, noWords: 0 } } : JSON.parse(stdout);
    };
    const deadline = performance.now() + RECORDED_WITHIN_MS_MAX;
    for (let known = 0; known < 30; ) {
      expect(performance.now()).toBeLessThan(deadline);
      const { items, left } = await dry("shadow");
      known = items + left.otherSide;
    }
    const shadow = (await json(...exported, "--as", "shadow", "-o", "shadow.jsonl")) as { items: number };
    const learned = (await json(...exported, "--as", "corrections", "-o", "corrections.jsonl")) as {
      id: string;
      items: number;
    };
    expect(shadow.items + learned.items).toBe(30);
    const asked = async (file: string, field: string): Promise<string[]> =>
      (await readFile(join(home, file), "utf8"))
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line)[field]);
    const tested = await asked("shadow.jsonl", "request");
    expect(tested).toHaveLength(shadow.items);
    expect((await asked("corrections.jsonl", "input")).filter((text) => tested.includes(text))).toEqual([]);
    expect((await command("ingest", "corrections.jsonl")).stdout).toContain(
      `${learned.items} records written`,
    );
    let report = await command("misses", "report", "--lane", lane, "--since-export", learned.id);
    while (report.code === 2) {
      expect(performance.now()).toBeLessThan(deadline);
      report = await command("misses", "report", "--lane", lane, "--since-export", learned.id);
    }
    expect(report.code).toBe(3);
    expect(report.stdout).toContain("newer model versions: none");
  });

  it("reference build --publish puts it where services read it", async () => {
    const lines = pieces.slice(0, 700).map((piece) => JSON.stringify(piece));
    await writeFile(join(home, "real.jsonl"), lines.join("\n"));
    const args = [
      "reference",
      "build",
      "real.jsonl",
      "--lane",
      LANE,
      "--out",
      "real.plr",
      "--null-draws",
      "5",
    ];
    const built = (await json(...args, "--publish")) as { version: string; published: boolean };
    expect(built.published).toBe(true);
    const content = await readReferencesTopic(run.log, run.codec, "");
    expect(content?.references.get(LANE)?.version).toBe(built.version);
  });

  it("doctor holds the topics against their declaration and follows the chain of decisions", async () => {
    const checks = async (): Promise<readonly Check[]> => {
      const document = (await json("doctor")) as { checks: readonly Check[] };
      return document.checks.filter(({ name }) => name === "topics" || name === "decisions");
    };
    expect(await checks()).toMatchObject([
      { present: true, detail: `${TOPICS.length}, all as declared` },
      { present: true, detail: expect.stringMatching(/^2, the chain of their hashes holds$/) },
    ]);
    const decisions: LogRecord[] = [];
    await readPartition(run.log, "decisions.v1", 0, 0, (record) => {
      if (record.value !== null) decisions.push(record);
    });
    const writer = await run.log.writer();
    await writer.write([{ topic: "decisions.v1", partition: 0, key: "x", value: decisions[0]!.value }]);
    await withAdmin({ brokers: run.bootstrap.split(",") }, (admin) =>
      admin.alterConfigs({
        validateOnly: false,
        resources: [
          {
            type: kafkajs.ConfigResourceTypes.TOPIC,
            name: "samples.v1",
            configEntries: [{ name: "message.timestamp.type", value: "CreateTime" }],
          },
        ],
      }),
    );
    expect(await checks()).toMatchObject([
      {
        required: true,
        present: false,
        detail: expect.stringContaining(
          "samples.v1: message.timestamp.type is CreateTime, wanted LogAppendTime",
        ),
      },
      { required: true, present: false, detail: "3, the chain breaks at d00000001" },
    ]);
  });
});
