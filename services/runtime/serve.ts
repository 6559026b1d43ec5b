/** Everything around a service's loop: config, logs, metrics, the log's connection, signals, an orderly end. */
import { createCodec } from "../adapters/avro/codec.ts";
import { createRecordDecoder } from "../adapters/avro/decode-record.ts";
import { loadSchemas } from "../adapters/avro/schemas.ts";
import { openClock } from "../adapters/clock.ts";
import { openRdkafkaLog } from "../adapters/kafka/rdkafka-log.ts";
import { openLogger } from "../adapters/logger.ts";
import { openGauges } from "../adapters/prometheus/exporter.ts";
import { observeEffects } from "../adapters/prometheus/observe-effects.ts";
import { METRICS } from "../core/catalogue.generated.ts";
import { Catalogue } from "../core/catalogue.ts";
import type { Log, Logger } from "../ports.ts";
import { type Config, loadConfig, type ServiceName } from "./config.ts";
import { Lifecycle } from "./lifecycle.ts";
import { type PublishedPolicy, publishedPolicy, readReferencesTopic } from "./policy-topic.ts";
import type { ServiceDependencies } from "./services/dependencies.ts";
import type { ReadyMessage } from "./supervisor.ts";
import { TopicNames } from "./topics.ts";
import { productVersion } from "./version.ts";

/** A service waits this long for a policy to be published; after that its start has failed. */
const POLICY_WAIT_MS = 20_000;
const POLICY_PAUSE_MS = 100;
/** What `/healthz` says of a service until it works. */
const STARTING = "starting: it waits for its brokers, its store or a published policy";

/** What a service is given beside its dependencies. */
export interface Serving {
  readonly config: Config;
  readonly life: Lifecycle;
  /** Says that the service works; its supervisor waits for it. */
  readonly ready: (more?: Partial<ReadyMessage>) => void;
}

/**
 * Runs a service until it is asked to stop or fails. Exit codes: 0 stopped as asked, 1 failed, 2 config. A service that
 * cannot stop within `PLUMBLINE_STOP_WITHIN` is ended: everything it had committed is in the log.
 */
export async function serve(
  service: ServiceName,
  run: (deps: ServiceDependencies, serving: Serving) => Promise<void>,
): Promise<void> {
  const loaded = loadConfig(process.env, service);
  if (!loaded.ok) {
    for (const problem of loaded.problems) process.stderr.write(`${problem}\n`);
    process.exitCode = 2;
    return;
  }
  const { config } = loaded;
  const logger = openLogger({ service, level: config.logLevel });
  const life = new Lifecycle();
  life.onSignals();
  // The parent's end is the child's: without it nobody would stop this process.
  process.once("disconnect", () => life.abort());
  endAfter(life, config.stopMsMax, logger);
  let problem: string | null = STARTING;
  try {
    const deps = await connect(config, life, logger, () => problem);
    const metricsUrl = deps.metricsUrl;
    const ready = (more: Partial<ReadyMessage> = {}): void => {
      problem = null;
      logger.info({ metricsUrl, ...more }, "ready");
      process.send?.({ kind: "ready", service, metricsUrl, ...more } satisfies ReadyMessage);
    };
    await run(deps, { config, life, ready });
    logger.info({}, "stopped as asked");
  } catch (error) {
    process.exitCode = 1;
    logger.error({ error }, "the service failed and ends; what it had committed is safe");
  } finally {
    await life.stop().catch((error: unknown) => logger.error({ error }, "could not stop in order"));
    if (process.connected) process.disconnect();
  }
}

function endAfter(life: Lifecycle, stopMsMax: number, logger: Logger): void {
  life.signal.addEventListener("abort", () => {
    setTimeout(() => {
      logger.error({ stopMsMax }, "did not stop in time");
      process.exit(1);
    }, stopMsMax).unref();
  });
}

async function connect(
  config: Config,
  life: Lifecycle,
  logger: Logger,
  problem: () => string | null,
): Promise<ServiceDependencies & { readonly metricsUrl: string }> {
  if (config.kafka === null) {
    throw new Error("KAFKA_BROKERS is not set: start services with `plumbline up`, or name your brokers");
  }
  const gauges = await life.start(
    openGauges({
      service: config.service,
      version: productVersion(),
      host: config.metricsHost,
      port: config.metricsPort,
      problem,
    }),
  );
  const log = await life.start(openRdkafkaLog(config.kafka, logger));
  const codec = createCodec({ schemas: loadSchemas(config.schemasDir) });
  return {
    log,
    codec,
    names: new TopicNames(config.prefix),
    catalogue: new Catalogue(METRICS),
    published: await waitForPolicy(log, codec, config, life.signal),
    clock: openClock(),
    logger,
    gauges,
    decode: createRecordDecoder(codec, config.prefix),
    observe: (effects) => observeEffects(gauges, effects),
    instance: config.instance,
    signal: life.signal,
    metricsUrl: gauges.url,
  };
}

/** Also waits for topics and their leaders: brokers that just started, or hardly get to run, have neither for a moment. */
async function waitForPolicy(
  log: Log,
  codec: ReturnType<typeof createCodec>,
  config: Config,
  signal: AbortSignal,
): Promise<PublishedPolicy> {
  const clock = openClock();
  const untilMs = clock.nowMs() + POLICY_WAIT_MS;
  for (;;) {
    let problem: unknown;
    try {
      const content = await readReferencesTopic(log, codec, config.prefix);
      if (content !== null) return publishedPolicy(content);
      problem = new Error(
        "no policy is published in the topic `references`: run `plumbline up`, which publishes it",
      );
    } catch (error) {
      problem = error;
    }
    signal.throwIfAborted();
    if (clock.nowMs() > untilMs) throw problem;
    await clock.sleep(POLICY_PAUSE_MS);
  }
}
