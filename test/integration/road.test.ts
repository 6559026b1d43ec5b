/**
 * The whole road on the real broker and the real engine, with every service killed on the way: the demo's promise, replay
 * equals live, and a history that holds every row once.
 */
import { execFile, spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRecordDecoder } from "../../services/adapters/avro/decode-record.ts";
import { openClock } from "../../services/adapters/clock.ts";
import { METRICS } from "../../services/core/catalogue.generated.ts";
import { Catalogue } from "../../services/core/catalogue.ts";
import { Random } from "../../services/core/random.ts";
import type { DecisionRecord } from "../../services/core/records.ts";
import { loadDefaultCorpus } from "../../services/lab/corpus.ts";
import { type LabReport, labFailures } from "../../services/lab/lab-report.ts";
import { labCodec, labPolicy, labReference } from "../../services/lab/lab-setup.ts";
import { prepareLab } from "../../services/lab/prepare-lab.ts";
import { runLab } from "../../services/lab/run-lab.ts";
import { loadConfig } from "../../services/runtime/config.ts";
import { ChainCheck } from "../../services/runtime/decision-chain.ts";
import { type EmbeddedRun, RUN_SERVICES, startEmbeddedRun } from "../../services/runtime/embedded-run.ts";
import { Lifecycle } from "../../services/runtime/lifecycle.ts";
import { publishedPolicy, readReferencesTopic } from "../../services/runtime/policy-topic.ts";
import { readPartition } from "../../services/runtime/read-partition.ts";
import { describeComparison, replay } from "../../services/runtime/replay/replay.ts";
import { equal } from "../../services/runtime/replay/row-set.ts";
import { TopicNames } from "../../services/runtime/topics.ts";
import { brokerMissing, KeptLogger, testLibDir } from "../support/kafka-broker.ts";

const PREFIX = "road.";
const SEED = Number(process.env.SEED ?? 7);
const missing = await brokerMissing();

/** Kills come this long after the lab says that it writes; drawn, so that they hit other moments with other seeds. */
const KILL_DELAY_MS_MAX = 3_000;

describe.runIf(missing === null)("the road, end to end", () => {
  const life = new Lifecycle();
  const clock = openClock();
  const logger = new KeptLogger();
  const catalogue = new Catalogue(METRICS);
  const names = new TopicNames(PREFIX);
  const random = new Random(`road ${SEED}`);
  const killed: string[] = [];
  let home = "";
  let run: EmbeddedRun;
  let report: LabReport;

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), "plumbline-road-"));
    const env = { ...process.env, PLUMBLINE_HOME: home, PLUMBLINE_PREFIX: PREFIX, PLUMBLINE_SQL_PORT: "0" };
    const loaded = loadConfig(env, "cli");
    if (!loaded.ok) throw new Error(loaded.problems.join("\n"));
    const lab = prepareLab(loadDefaultCorpus(), SEED);
    const policy = labPolicy(catalogue);
    run = await startEmbeddedRun({
      config: loaded.config,
      env: process.env,
      libDir: testLibDir(),
      logger,
      life,
      prefix: PREFIX,
      partitions: 2,
      policy,
      references: [labReference(lab, catalogue)],
    });
    const toKill = random.shuffle([...RUN_SERVICES]);
    const commands = await run.log.writer();
    report = await runLab({
      lab,
      log: run.log,
      codec: labCodec(run.codec),
      clock,
      prefix: PREFIX,
      latenessMs: policy.policy.latenessMs,
      sendCommand: async (request) => {
        const command = { ...request, commandId: "resume", kind: "resume" as const, issuedMs: clock.nowMs() };
        const value = run.codec.encode("commands", { ...command, keyId: "", signature: "" });
        await commands.write([{ topic: names.full("commands"), partition: 0, key: request.lane, value }]);
      },
      onProgress: (progress) => {
        if (progress.kind !== "writing" || progress.lane !== "governed") return;
        const service = toKill.pop();
        if (service === undefined) return;
        setTimeout(() => {
          const pid = run.pid(service);
          if (pid === null) return;
          process.kill(pid, "SIGKILL");
          killed.push(service);
        }, random.below(KILL_DELAY_MS_MAX));
      },
    });
    await commands.close();
  }, 300_000);

  afterAll(async () => {
    await life.stop();
    if (home !== "") await rm(home, { recursive: true, force: true });
  }, 60_000);

  it("does what the demo promises although every service was killed once", () => {
    expect([...killed].sort()).toEqual([...RUN_SERVICES].sort());
    expect(labFailures(report)).toEqual([]);
  });

  it("replays equal: windows, series, verdicts, decisions and the gatekeeper's judgements", async () => {
    const content = await readReferencesTopic(run.log, run.codec, PREFIX);
    const comparisons = await replay(
      {
        log: run.log,
        codec: run.codec,
        names,
        catalogue,
        published: publishedPolicy(content!),
        decode: createRecordDecoder(run.codec, PREFIX),
      },
      () => {},
    );
    const different = comparisons.filter((comparison) => !equal(comparison));
    expect(different.map((comparison) => [describeComparison(comparison), ...comparison.examples])).toEqual(
      [],
    );
    const compared = comparisons.filter(({ recorded }) => recorded > 0).map(({ what }) => what);
    expect(compared).toEqual([
      "windows",
      "series",
      "verdicts",
      "decisions",
      "admitted and quarantined",
      "gates",
    ]);
  }, 120_000);

  it("chains its decisions by hash", async () => {
    const chain = new ChainCheck();
    await readPartition(run.log, names.full("decisions"), 0, 0, (record) => {
      if (record.value === null) return;
      const decoded = run.codec.decodeGeneric("decisions", record.value);
      if (decoded.ok) chain.add(decoded.record as DecisionRecord);
    });
    expect(chain.count).toBeGreaterThan(5);
    expect(chain.brokenAt).toBeNull();
  });

  it("has every row of the topics in ClickHouse exactly once", async () => {
    const expected = new Map<string, number>();
    for (const topic of ["verdicts", "interactions", "outcomes", "admitted", "quarantined"] as const) {
      let count = 0;
      for (let partition = 0; partition < 2; partition += 1) {
        await readPartition(run.log, names.full(topic), partition, 0, (record) => {
          if (record.value !== null) count += 1;
        });
      }
      expected.set(topic, count);
    }
    const samples = expected.get("admitted")! + expected.get("quarantined")!;
    const untilMs = clock.nowMs() + 60_000;
    const counts = async (): Promise<readonly number[]> =>
      (
        await sql(
          `SELECT (SELECT count() FROM interactions), (SELECT count() FROM outcomes), (SELECT count() FROM samples),
                  (SELECT uniqExact(_topic, _partition, _offset) FROM samples),
                  (SELECT uniqExact(_topic, _partition, _offset) FROM verdicts)`,
        )
      )
        .split("\t")
        .map(Number);
    const wanted = [
      expected.get("interactions")!,
      expected.get("outcomes")!,
      samples,
      samples,
      expected.get("verdicts")!,
    ];
    let found = await counts();
    while (found.some((n, i) => n < wanted[i]!) && clock.nowMs() < untilMs) {
      await clock.sleep(250);
      found = await counts();
    }
    expect(found).toEqual(wanted);
  }, 90_000);

  it("exports metrics that promtool accepts", async (context) => {
    if (spawnSync("promtool", ["--version"]).error !== undefined) {
      context.skip("promtool is not installed (apt-get install prometheus)");
    }
    for (const { service, metricsUrl } of run.services) {
      const text = await (await fetch(`${metricsUrl}/metrics`)).text().catch(() => "");
      if (text === "") continue;
      expect(text, service).toContain("plumbline_build_info");
      const checking = promisify(execFile)("promtool", ["check", "metrics"]);
      checking.child.stdin?.end(text);
      const { stdout, stderr } = await checking;
      expect(stdout + stderr, service).toBe("");
    }
  });

  async function sql(statement: string): Promise<string> {
    const address = run.services.find((ready) => ready.service === "recorder")!.sqlUrl!;
    const response = await fetch(`${address}/?default_format=TSV`, { method: "POST", body: statement });
    const text = await response.text();
    if (!response.ok) throw new Error(text);
    return text.trim();
  }
});
