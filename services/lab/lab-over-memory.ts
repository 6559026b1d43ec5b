/** One run of the lab with the real services in this process over the memory log. */
import { METRICS } from "../core/catalogue.generated.ts";
import { Catalogue } from "../core/catalogue.ts";
import { topicName } from "../core/topics.ts";
import type { Clock, Log, Logger } from "../ports.ts";
import type { ServiceDependencies } from "../runtime/services/dependencies.ts";
import type { Corpus } from "./corpus.ts";
import type { LabReport } from "./lab-report.ts";
import { labCodec, labPolicy, labReference } from "./lab-setup.ts";
import { besideServices, memoryDependencies } from "./memory-services.ts";
import { prepareLab } from "./prepare-lab.ts";
import { type LabProgress, runLab } from "./run-lab.ts";

const PARTITIONS = 2;
const PREFIX = "lab.";

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
  const dependencies = memoryDependencies({
    catalogue,
    content,
    reference: labReference(lab, catalogue),
    prefix: PREFIX,
    partitions: PARTITIONS,
    clock,
    logger,
  });
  const { log, codec } = dependencies;
  const commands = await log.writer();
  try {
    const report = await besideServices(dependencies, (signal) =>
      runLab({
        lab,
        log,
        codec: labCodec(codec),
        clock,
        prefix: PREFIX,
        latenessMs: content.policy.latenessMs,
        signal,
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
      }),
    );
    return { report, log, dependencies, prefix: PREFIX };
  } finally {
    await commands.close();
  }
}
