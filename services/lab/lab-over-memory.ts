/** One run of the lab with the real services in this process over the memory log. */
import { createCodec } from "../adapters/avro/codec.ts";
import { createRecordDecoder } from "../adapters/avro/decode-record.ts";
import { MemoryBroker } from "../adapters/memory/memory-broker.ts";
import { METRICS } from "../core/catalogue.generated.ts";
import { Catalogue } from "../core/catalogue.ts";
import { Policies } from "../core/policy.ts";
import { topicName } from "../core/topics.ts";
import type { Clock, Gauges, Log, Logger } from "../ports.ts";
import type { ServiceDependencies } from "../runtime/services/dependencies.ts";
import { runAll } from "../runtime/services/run-all.ts";
import { TopicNames } from "../runtime/topics.ts";
import type { Corpus } from "./corpus.ts";
import type { LabReport } from "./lab-report.ts";
import { labCodec, labPolicy, labReference } from "./lab-setup.ts";
import { prepareLab } from "./prepare-lab.ts";
import { type LabProgress, runLab } from "./run-lab.ts";

const PARTITIONS = 2;
const PREFIX = "lab.";
const SILENT_GAUGES: Gauges = { set: () => {}, count: () => {}, drop: () => {} };

export interface MemoryLabRun {
  readonly report: LabReport;
  /** Still readable: verdicts, windows, everything the run wrote. */
  readonly log: Log;
  readonly dependencies: Omit<ServiceDependencies, "signal">;
  readonly prefix: string;
}

/**
 * Runs one seed. `startMs` fixes the event clock, so that two runs are equal byte for byte; append time stays the clock's.
 * Throws what a service or the lab throws.
 */
export async function runLabOverMemory(
  corpus: Corpus,
  seed: number,
  clock: Clock,
  logger: Logger,
  startMs: number | undefined = undefined,
  onProgress: (progress: LabProgress) => void = () => {},
): Promise<MemoryLabRun> {
  const catalogue = new Catalogue(METRICS);
  const lab = prepareLab(corpus, seed);
  const content = labPolicy(catalogue);
  const reference = labReference(lab, catalogue);
  const codec = createCodec();
  const broker = new MemoryBroker({ nowMs: clock.nowMs });
  broker.createDeclaredTopics(PREFIX, PARTITIONS);
  const log = broker.open();
  const dependencies: Omit<ServiceDependencies, "signal"> = {
    log,
    codec,
    names: new TopicNames(PREFIX),
    catalogue,
    published: {
      policies: new Policies(content.policy),
      rules: content.rules,
      rulesVersion: content.rulesVersion,
      referenceOf: () => reference,
    },
    clock,
    logger,
    gauges: SILENT_GAUGES,
    decode: createRecordDecoder(codec, PREFIX),
    observe: () => {},
    instance: "lab",
  };
  const stop = new AbortController();
  const services = runAll(dependencies, stop.signal);
  const commands = await log.writer();
  let failed: unknown = null;
  services.catch((error: unknown) => {
    failed = error;
    stop.abort();
  });
  try {
    const report = await runLab({
      lab,
      log,
      codec: labCodec(codec),
      clock,
      prefix: PREFIX,
      latenessMs: content.policy.latenessMs,
      signal: stop.signal,
      ...(startMs === undefined ? {} : { startMs }),
      onProgress,
      sendCommand: async (request) => {
        const record = {
          ...request,
          commandId: `resume-${seed}-${request.lane}`,
          kind: "resume" as const,
          issuedMs: clock.nowMs(),
          keyId: "",
          signature: "",
        };
        const value = codec.encode("commands", record);
        await commands.write([
          { topic: topicName(PREFIX, "commands"), partition: 0, key: request.lane, value },
        ]);
      },
    });
    return { report, log, dependencies, prefix: PREFIX };
  } catch (error) {
    throw failed ?? error;
  } finally {
    stop.abort();
    await commands.close();
    await services.catch(() => {});
  }
}
