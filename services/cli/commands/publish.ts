import type { Command } from "commander";
import { createCodec } from "../../adapters/avro/codec.ts";
import { loadSchemas } from "../../adapters/avro/schemas.ts";
import { openLogger } from "../../adapters/logger.ts";
import { topicName } from "../../core/topics.ts";
import { openPublishedLog } from "../../runtime/published-log.ts";
import { globalOptions } from "../global-options.ts";
import { type Io, printJson, printLine } from "../io.ts";
import { loadPolicy, productCatalogue } from "../policy.ts";
import { kafkaConnection, readSurroundings } from "../surroundings.ts";

const HELP = `
For services that are started one by one, in containers or by systemd; \`plumbline up\` does it by itself. Creates the topics that
are missing (PLUMBLINE_PARTITIONS, 4 by default), compares the others with their declaration, publishes the rules and the lanes, and ends. It
can be repeated. Services read the policy when they start: start them again after a change.

  KAFKA_BROKERS=host:9092 plumbline publish --lanes lanes.yaml
`;

interface PublishOptions {
  readonly rules?: string;
  readonly lanes?: string;
}

/** `plumbline publish`: topics and policy, for services that somebody else starts. */
export function registerPublish(program: Command, io: Io): void {
  program
    .command("publish")
    .summary("create the topics, publish rules and lanes, for services started one by one")
    .description("Creates the topics and publishes rules and lanes.")
    .option("--rules <file>", "rules file (default: the shipped rules)")
    .option("--lanes <file>", "lanes file (default: the shipped defaults, which enforce nothing)")
    .addHelpText("after", HELP)
    .action(async (options: PublishOptions, command: Command) => {
      const given = globalOptions(command, io);
      const policy = loadPolicy(options, productCatalogue(), io);
      const surroundings = await readSurroundings(given, io);
      const { config, names } = surroundings;
      const log = await openPublishedLog({
        connection: kafkaConnection(surroundings),
        prefix: names.prefix,
        partitions: config.partitions,
        policy,
        references: [],
        codec: createCodec({ schemas: loadSchemas(config.schemasDir) }),
        logger: openLogger({ service: "cli", level: given.json ? "error" : "warn" }),
      });
      await log.close();
      const facts = { lanes: policy.policy.version, rules: policy.rulesVersion };
      if (given.json) printJson(io, { prefix: names.prefix, partitions: config.partitions, ...facts });
      else {
        printLine(io.stdout, `topics are as declared: ${topicName(names.prefix, "samples")} …`);
        printLine(io.stdout, `published: rules ${facts.rules}, lanes ${facts.lanes}`);
      }
    });
}
