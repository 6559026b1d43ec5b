import { resolve } from "node:path";
import { type Command, Option } from "commander";
import { globalOptions } from "../global-options.ts";
import { INGEST_TOPICS, type IngestTopic } from "../ingest/record-from-line.ts";
import { sendFile } from "../ingest/send-file.ts";
import { EXIT, type Io, printJson, printLine } from "../io.ts";
import { readLines, STDIN } from "../lines/read-lines.ts";
import { loadPolicy, productCatalogue } from "../policy.ts";
import { Progress } from "../progress.ts";
import { openLog, readSurroundings } from "../surroundings.ts";

interface IngestOptions {
  readonly topic: IngestTopic;
  readonly lane?: string;
  readonly eventTime?: "now";
}

const HELP = `
FILE holds one JSON object a line, with the field names of the topic's schema (schemas/<topic>.avsc). For samples the short
form works as well: {"text": "…", "bucket"?, "id"?, "origin"?, "template"?: "id@version", "teacher"?, "judge"?, "source"?}.
A line without eventTime happened now. "-" reads standard input.

  plumbline ingest generated.jsonl --lane support
  plumbline ingest outcomes.jsonl --topic outcomes
`;

/** `plumbline ingest`: a file into a topic. */
export function registerIngest(program: Command, io: Io): void {
  program
    .command("ingest")
    .summary("send a file of records to Kafka")
    .description("Sends a file of JSON lines to a topic.")
    .argument("<file>", "records, JSON lines; - for standard input")
    .addOption(new Option("--topic <name>", "what the records are").choices(INGEST_TOPICS).default("samples"))
    .option("--lane <name>", "lane of lines that name none")
    .addOption(new Option("--event-time <when>", "date every record now").choices(["now"]))
    .addHelpText("after", HELP)
    .action(async (file: string, options: IngestOptions, command: Command) => {
      const given = globalOptions(command, io);
      const surroundings = await readSurroundings(given, io);
      const { latenessMs } = loadPolicy({}, productCatalogue(), io).policy;
      const { log, codec, close } = await openLog(surroundings);
      const progress = new Progress(io);
      try {
        const writer = await log.writer();
        const nowMs = Date.now();
        const live = surroundings.names.prefix === "";
        const { sent, bad } = await sendFile({
          path: file,
          lines: readLines(file === STDIN ? STDIN : resolve(io.cwd, file), io),
          topic: options.topic,
          lane: options.lane ?? null,
          nowMs,
          eventTimeNow: options.eventTime === "now",
          oldestMs: live ? nowMs - latenessMs : null,
          writer,
          codec,
          names: surroundings.names,
          onSent: (records) => progress.update(() => `${file}: ${progress.rate(records, "records")}`),
        });
        await writer.close();
        progress.done();
        const topic = surroundings.names.full(options.topic);
        if (given.json) printJson(io, { topic, sent, bad: bad.counts() });
        else {
          printLine(io.stdout, `${sent.toLocaleString("en")} records written to ${topic}`);
          for (const line of bad.lines()) printLine(io.stdout, line);
        }
        io.setExitCode(bad.total === 0 ? EXIT.pass : EXIT.input);
      } finally {
        progress.done();
        await close();
      }
    });
}
