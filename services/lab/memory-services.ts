/** The real services in this process over the memory log: what every lab runs on. */
import { createCodec } from "../adapters/avro/codec.ts";
import { createRecordDecoder } from "../adapters/avro/decode-record.ts";
import { MemoryBroker } from "../adapters/memory/memory-broker.ts";
import type { Catalogue } from "../core/catalogue.ts";
import { Policies } from "../core/policy.ts";
import type { Reference } from "../core/reference.ts";
import type { Clock, Gauges, Logger } from "../ports.ts";
import type { PolicyContent } from "../runtime/policy-files.ts";
import type { ServiceDependencies } from "../runtime/services/dependencies.ts";
import { runAll } from "../runtime/services/run-all.ts";
import { TopicNames } from "../runtime/topics.ts";

const SILENT_GAUGES: Gauges = { set: () => {}, count: () => {}, drop: () => {} };

export interface MemoryServicesInput {
  readonly catalogue: Catalogue;
  readonly content: PolicyContent;
  /** Every lane is held against it. */
  readonly reference: Reference;
  readonly prefix: string;
  readonly partitions: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A memory log with all topics, and what the services that read it are given. Nothing runs yet. */
export function memoryDependencies(input: MemoryServicesInput): Omit<ServiceDependencies, "signal"> {
  const { catalogue, content, reference, prefix, partitions, clock, logger } = input;
  const codec = createCodec();
  const broker = new MemoryBroker({ nowMs: clock.nowMs });
  broker.createDeclaredTopics(prefix, partitions);
  return {
    log: broker.open(),
    codec,
    names: new TopicNames(prefix),
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
    decode: createRecordDecoder(codec, prefix),
    observe: () => {},
    instance: "lab",
  };
}

/**
 * Runs `work` beside the services and stops them. `work` is given a signal that is aborted when a service dies. Throws what a
 * service died of, else what `work` throws.
 */
export async function besideServices<T>(
  dependencies: Omit<ServiceDependencies, "signal">,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  let failed: unknown = null;
  const services = runAll(dependencies, stop.signal);
  services.catch((error: unknown) => {
    failed = error;
    stop.abort();
  });
  try {
    return await work(stop.signal);
  } catch (error) {
    throw failed ?? error;
  } finally {
    stop.abort();
    await services.catch(() => {});
  }
}
