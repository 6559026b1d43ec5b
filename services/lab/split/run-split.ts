/** One scenario of the split lab with the real services in this process over the memory log. */
import { METRICS } from "../../core/catalogue.generated.ts";
import { Catalogue } from "../../core/catalogue.ts";
import type { Reference } from "../../core/reference.ts";
import { topicName } from "../../core/topics.ts";
import type { Clock, Log, Logger, OutgoingRecord, Writer } from "../../ports.ts";
import { tickRecord } from "../../runtime/control-records.ts";
import type { ServiceDependencies } from "../../runtime/services/dependencies.ts";
import { LAB_TOPICS } from "../generation-records.ts";
import { labPolicy, labReference } from "../lab-setup.ts";
import { besideServices, memoryDependencies } from "../memory-services.ts";
import { SplitHistory } from "./split-history.ts";
import type { SplitPlan } from "./split-plan.ts";
import {
  SPLIT_LANE,
  type SplitEvent,
  type SplitTimes,
  splitRecords,
  windowStartMs,
} from "./split-records.ts";
import { type SplitReport, splitReport } from "./split-report.ts";
import type { SplitTask } from "./split-task.ts";

const PREFIX = "split.";
const PARTITIONS = 1;
/** How far before now the event clock starts beside the run's own windows: it must never pass append time. */
const EVENT_CLOCK_BEHIND_MS = 60_000;
const WRITE_RECORDS_MAX = 1_000;
const VERDICT_WAIT_MS = 60_000;

export interface SplitRun {
  readonly task: SplitTask;
  readonly plan: SplitPlan;
  /** What the lane is held against: `splitReference(task)`, the same for all scenarios of a seed. */
  readonly reference: Reference;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Start of the first window. Default: so long ago that the last one is over. A fixed value makes runs equal byte for byte. */
  readonly startMs?: number;
  /** Heard after each window's verdict. */
  readonly onWindow?: (window: number) => void;
}

export interface SplitResult {
  readonly report: SplitReport;
  /** Still readable: everything the run wrote. */
  readonly log: Log;
  readonly dependencies: Omit<ServiceDependencies, "signal">;
}

/** About 2 s. */
export function splitReference(task: SplitTask): Reference {
  return labReference(task.lab, new Catalogue(METRICS));
}

/**
 * Writes window by window and waits for each verdict, as a stream that is watched live would have it; nothing in the scenario
 * heeds the gates, so that a run shows what would have come without the brake. Throws what a service died of, LabTimeoutError
 * where no verdict comes.
 */
export async function runSplit(run: SplitRun): Promise<SplitResult> {
  const { task, plan, reference, clock, logger } = run;
  const beganMs = clock.nowMs();
  const catalogue = new Catalogue(METRICS);
  const content = labPolicy(catalogue);
  const { paneMs, latenessMs } = content.policy;
  const lastsMs = plan.sizes.windows * paneMs + latenessMs;
  const startMs = run.startMs ?? Math.floor((beganMs - lastsMs - EVENT_CLOCK_BEHIND_MS) / paneMs) * paneMs;
  const times: SplitTimes = { startMs, windowMs: paneMs };
  const dependencies = memoryDependencies({
    catalogue,
    content,
    reference,
    prefix: PREFIX,
    partitions: PARTITIONS,
    clock,
    logger,
  });
  const { log, codec } = dependencies;
  const writer = await log.writer();
  const history = await SplitHistory.open(log, codec, PREFIX, times);
  try {
    await besideServices(dependencies, async (signal) => {
      for (let window = 1; window <= plan.sizes.windows; window += 1) {
        signal.throwIfAborted();
        await writeEvents(dependencies, writer, splitRecords(task, plan, times, window));
        await writeTicks(writer, windowStartMs(times, window + 1) + latenessMs);
        await history.untilJudged(window, VERDICT_WAIT_MS, signal);
        run.onWindow?.(window);
      }
      await history.drain(signal);
    });
  } finally {
    await history.close();
    await writer.close();
  }
  const report = splitReport(task, plan, history, (clock.nowMs() - beganMs) / 1_000);
  return { report, log, dependencies };
}

async function writeEvents(
  { codec }: Pick<ServiceDependencies, "codec">,
  writer: Writer,
  events: readonly SplitEvent[],
): Promise<void> {
  for (let from = 0; from < events.length; from += WRITE_RECORDS_MAX) {
    await writer.write(
      events.slice(from, from + WRITE_RECORDS_MAX).map(
        ({ topic, record }): OutgoingRecord => ({
          topic: topicName(PREFIX, topic),
          partition: 0,
          key: SPLIT_LANE,
          value: codec.encode(topic, record as never),
        }),
      ),
    );
  }
}

/** Says itself that nothing older will come (law 1). */
async function writeTicks(writer: Writer, watermarkMs: number): Promise<void> {
  await writer.write(LAB_TOPICS.map((name) => tickRecord(topicName(PREFIX, name), 0, watermarkMs)));
}
