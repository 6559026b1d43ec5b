import type { Command } from "commander";
import { createCodec } from "../../adapters/avro/codec.ts";
import { createRecordDecoder } from "../../adapters/avro/decode-record.ts";
import { loadSchemas } from "../../adapters/avro/schemas.ts";
import { openRdkafkaLog } from "../../adapters/kafka/rdkafka-log.ts";
import { openLogger } from "../../adapters/logger.ts";
import { publishedPolicy, readReferencesTopic } from "../../runtime/policy-topic.ts";
import { describeComparison, replay } from "../../runtime/replay/replay.ts";
import { readPublishedVersions } from "../../runtime/replay/revisions.ts";
import { equal } from "../../runtime/replay/row-set.ts";
import { readRunInfo } from "../../runtime/run-info.ts";
import { TopicNames } from "../../runtime/topics.ts";
import { globalOptions } from "../global-options.ts";
import { CliError, EXIT, type Io, printJson, printLine } from "../io.ts";
import { productCatalogue } from "../policy.ts";
import { Progress } from "../progress.ts";
import { runConfig } from "./up.ts";

const HELP = `
Reads the recorded topics of the running \`plumbline up\` or \`demo\` (or of KAFKA_BROKERS with --prefix), computes every window, verdict,
decision and judgement again from them, what is rejected and how the gates stand in the end, and compares row by row. Writes nothing.
Exit 0 where all are equal, 1 where not.
`;

/** `plumbline replay`: replay equals live, shown on recorded topics. */
export function registerReplay(program: Command, io: Io): void {
  program
    .command("replay")
    .summary("compute every row again and compare")
    .description("Replays recorded topics and compares every window, verdict and decision.")
    .addHelpText("after", HELP)
    .action(async (_options: unknown, command: Command) => {
      const given = globalOptions(command, io);
      const config = runConfig(given, io);
      const found = await readRunInfo(given.home);
      const brokers =
        config.kafka?.brokers ?? (found.state === "running" ? found.info.bootstrap.split(",") : null);
      if (brokers === null) {
        throw new CliError(
          "nothing runs here: start `plumbline up` or `plumbline demo`, or set KAFKA_BROKERS",
        );
      }
      const prefix = given.prefix === "" && found.state === "running" ? found.info.prefix : given.prefix;
      const log = await openRdkafkaLog(
        config.kafka ?? { brokers },
        openLogger({ service: "replay", level: "error" }),
      );
      try {
        const codec = createCodec({ schemas: loadSchemas(config.schemasDir) });
        const find = await readPublishedVersions(log, codec, prefix);
        const content = await readReferencesTopic(log, codec, prefix);
        if (content === null || find === null) {
          throw new CliError(`no policy is published under the prefix "${prefix}"`);
        }
        const progress = new Progress(io);
        const beganMs = performance.now();
        let records = 0;
        const comparisons = await replay(
          {
            log,
            codec,
            names: new TopicNames(prefix),
            catalogue: productCatalogue(),
            published: publishedPolicy(content),
            decode: createRecordDecoder(codec, prefix),
            find,
          },
          (part, read) => {
            records = read;
            progress.update(() => `${part}: ${progress.rate(read, "records read")}`);
          },
        );
        progress.done();
        const seconds = (performance.now() - beganMs) / 1000;
        if (given.json) {
          // Kilobytes, on every system.
          const memoryBytesMax = process.resourceUsage().maxRSS * 1_024;
          const isEqual = comparisons.every(equal);
          printJson(io, { prefix, equal: isEqual, records, seconds, memoryBytesMax, parts: comparisons });
        } else {
          const rate = Math.round(records / Math.max(0.001, seconds)).toLocaleString("en");
          printLine(
            io.stdout,
            `${records.toLocaleString("en")} records read in ${seconds.toFixed(1)} s, ${rate}/s`,
          );
          for (const comparison of comparisons) {
            printLine(io.stdout, describeComparison(comparison));
            for (const example of comparison.examples) printLine(io.stdout, `    ${example.slice(0, 300)}`);
          }
        }
        io.setExitCode(comparisons.every(equal) ? EXIT.pass : EXIT.breach);
      } finally {
        await log.close();
      }
    });
}
