/** The demo's run on the real broker, with the services as processes: what `plumbline demo` starts, without its view. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openClock } from "../../services/adapters/clock.ts";
import { METRICS } from "../../services/core/catalogue.generated.ts";
import { Catalogue } from "../../services/core/catalogue.ts";
import { topicName } from "../../services/core/topics.ts";
import { loadDefaultCorpus } from "../../services/lab/corpus.ts";
import type { LabReport } from "../../services/lab/lab-report.ts";
import { labCodec, labPolicy, labReference } from "../../services/lab/lab-setup.ts";
import { prepareLab } from "../../services/lab/prepare-lab.ts";
import { runLab } from "../../services/lab/run-lab.ts";
import { type Environment, loadConfig } from "../../services/runtime/config.ts";
import { type EmbeddedRun, startEmbeddedRun } from "../../services/runtime/embedded-run.ts";
import { Lifecycle } from "../../services/runtime/lifecycle.ts";
import type { PolicyContent } from "../../services/runtime/policy-files.ts";
import { KeptLogger, testLibDir } from "./kafka-broker.ts";

/** What a verdict may take where other tests keep the machine busy. */
const VERDICT_WAIT_MS_MAX = 180_000;

export interface LabRoad {
  readonly run: EmbeddedRun;
  readonly home: string;
  /** What the run warned of: services that ended, brokers that were away. */
  warnings(): readonly string[];
  /** Five generations of three lanes; resolves once the last verdict is there, and rejects once `signal` is aborted. The services stay up. */
  runGenerations(signal?: AbortSignal): Promise<LabReport>;
  /** Ends every process and removes the directory. */
  close(): Promise<void>;
}

/** `policyOf` changes the lab's own policy; `more` are settings beside those of every test. */
export async function startLabRoad(
  prefix: string,
  seed: number,
  policyOf: (policy: PolicyContent) => PolicyContent = (policy) => policy,
  more: Environment = {},
): Promise<LabRoad> {
  const life = new Lifecycle();
  const logger = new KeptLogger();
  const clock = openClock();
  const catalogue = new Catalogue(METRICS);
  const home = await mkdtemp(join(tmpdir(), "plumbline-lab-road-"));
  const close = async (): Promise<void> => {
    await life.stop();
    await rm(home, { recursive: true, force: true });
  };
  try {
    const env = {
      ...process.env,
      PLUMBLINE_HOME: home,
      PLUMBLINE_PREFIX: prefix,
      PLUMBLINE_SQL_PORT: "0",
      ...more,
    };
    const loaded = loadConfig(env, "cli");
    if (!loaded.ok) throw new Error(loaded.problems.join("\n"));
    const lab = prepareLab(loadDefaultCorpus(), seed);
    const policy = policyOf(labPolicy(catalogue));
    const run = await startEmbeddedRun({
      config: loaded.config,
      env: process.env,
      libDir: testLibDir(),
      logger,
      life,
      prefix,
      partitions: 2,
      policy,
      references: [labReference(lab, catalogue)],
    });
    const runGenerations = async (signal?: AbortSignal): Promise<LabReport> => {
      const commands = await run.log.writer();
      try {
        return await runLab({
          lab,
          log: run.log,
          codec: labCodec(run.codec),
          clock,
          prefix,
          latenessMs: policy.policy.latenessMs,
          verdictWaitMs: VERDICT_WAIT_MS_MAX,
          ...(signal === undefined ? {} : { signal }),
          sendCommand: async (request) => {
            const record = {
              ...request,
              commandId: "resume",
              kind: "resume" as const,
              issuedMs: clock.nowMs(),
              keyId: "",
              signature: "",
            };
            const value = run.codec.encode("commands", record);
            const topic = topicName(prefix, "commands");
            await commands.write([{ topic, partition: 0, key: request.lane, value }]);
          },
        });
      } finally {
        await commands.close();
      }
    };
    const warnings = (): readonly string[] =>
      logger.lines
        .filter(({ level }) => level !== "info")
        .map(({ message, fields }) => `${message} ${JSON.stringify(fields)}`);
    return { run, home, warnings, runGenerations, close };
  } catch (error) {
    await close();
    throw error;
  }
}
