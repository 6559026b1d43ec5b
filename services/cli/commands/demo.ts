import { randomBytes, randomUUID } from "node:crypto";
import { type Command, InvalidArgumentError } from "commander";
import { openClock } from "../../adapters/clock.ts";
import { openLogger } from "../../adapters/logger.ts";
import { topicName } from "../../core/topics.ts";
import { loadCorpusFile, loadDefaultCorpus } from "../../lab/corpus.ts";
import { type LabReport, labFailures } from "../../lab/lab-report.ts";
import { labCodec, labPolicy, labReference } from "../../lab/lab-setup.ts";
import { prepareLab } from "../../lab/prepare-lab.ts";
import { type ResumeRequest, runLab } from "../../lab/run-lab.ts";
import { type EmbeddedRun, startEmbeddedRun } from "../../runtime/embedded-run.ts";
import { Lifecycle } from "../../runtime/lifecycle.ts";
import { createDemoView, type DemoView } from "../demo-view/demo-view.ts";
import { globalOptions } from "../global-options.ts";
import { EXIT, type Io, printJson } from "../io.ts";
import { productCatalogue } from "../policy.ts";
import { runConfig, untilAborted } from "./up.ts";

const PARTITIONS = 2;
const HELP = `
A trigram language model is retrained on its own output, generation after generation, in three lanes: one ignores its gate,
one mixes in fresh real data, one obeys its gate. The services see it as they would see yours.

  plumbline demo                        watch it, then explore until Ctrl-C
  plumbline demo --once --json          run it, print what happened, exit 0 only if the brake worked
  plumbline demo --corpus FILE.jsonl    on your own texts, lines of {"text": "..."}
`;

interface DemoOptions {
  readonly once?: boolean;
  readonly seed: number;
  readonly corpus?: string;
}

/** `plumbline demo`: the collapse lab on the real road. */
export function registerDemo(program: Command, io: Io): void {
  program
    .command("demo")
    .summary("see a model collapse, live, and the brake")
    .description("Runs the collapse lab through a real broker and the real services.")
    .option("--once", "end after the last generation instead of staying up")
    .option("--seed <n>", "seed of texts and draws", wholeNumber, 1)
    .option("--corpus <file>", "texts to train on, as JSON lines (default: State of the Union addresses)")
    .addHelpText("after", HELP)
    .action(async (options: DemoOptions, command: Command) => {
      const given = globalOptions(command, io);
      const staysUp = options.once !== true && !given.json;
      const view = given.json ? null : createDemoView(io, () => openClock().nowMs(), staysUp);
      const life = new Lifecycle();
      io.signal.addEventListener("abort", () => life.abort());
      try {
        const prefix = `${given.prefix}lab-${randomBytes(3).toString("hex")}.`;
        const report = await runDemo(options, { ...given, prefix }, life, view, io);
        const failures = labFailures(report);
        if (given.json) printJson(io, report);
        view?.finish(report, failures);
        io.setExitCode(failures.length === 0 ? EXIT.pass : EXIT.breach);
        if (staysUp) await untilAborted(life.signal);
      } finally {
        view?.close();
        await life.stop();
      }
    });
}

async function runDemo(
  options: DemoOptions,
  given: { readonly home: string; readonly prefix: string; readonly json: boolean },
  life: Lifecycle,
  view: DemoView | null,
  io: Io,
): Promise<LabReport> {
  const config = runConfig(given, io);
  const catalogue = productCatalogue();
  view?.step("corpus and reference", null);
  const fromMs = performance.now();
  const corpus = options.corpus === undefined ? loadDefaultCorpus() : await loadCorpusFile(options.corpus);
  const lab = prepareLab(corpus, options.seed);
  const reference = labReference(lab, catalogue);
  view?.step("corpus and reference", performance.now() - fromMs);
  const policy = labPolicy(catalogue);
  const run = await startEmbeddedRun({
    config,
    env: io.env,
    logger: openLogger({ service: "demo", level: "error" }),
    life,
    prefix: given.prefix,
    partitions: PARTITIONS,
    policy,
    references: [reference],
    onStep: (step, ms) => view?.step(step, ms),
  });
  view?.up({
    startMs: run.startMs,
    bootstrap: run.bootstrap,
    sqlUrl: run.sqlUrl,
    consoleUrl: run.consoleUrl,
    home: config.home,
    prefix: given.prefix,
    metricsUrls: Object.fromEntries(run.services.map((ready) => [ready.service, ready.metricsUrl])),
  });
  const commands = await run.log.writer();
  try {
    return await runLab({
      lab,
      log: run.log,
      codec: labCodec(run.codec),
      clock: openClock(),
      prefix: given.prefix,
      latenessMs: policy.policy.latenessMs,
      signal: life.signal,
      sendCommand: (request) => sendResume(run, commands, given.prefix, request),
      onProgress: (progress) => view?.progress(progress),
    });
  } finally {
    await commands.close();
  }
}

/** The scripted approver's command. Demo only: its name stands in the lab's lanes file and nowhere else. */
async function sendResume(
  run: EmbeddedRun,
  commands: Awaited<ReturnType<EmbeddedRun["log"]["writer"]>>,
  prefix: string,
  request: ResumeRequest,
): Promise<void> {
  const record = {
    ...request,
    commandId: randomUUID(),
    kind: "resume" as const,
    issuedMs: openClock().nowMs(),
    keyId: "",
    signature: "",
  };
  const value = run.codec.encode("commands", record);
  await commands.write([{ topic: topicName(prefix, "commands"), partition: 0, key: request.lane, value }]);
}

function wholeNumber(value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 0)
    throw new InvalidArgumentError("a whole number from 0 is wanted");
  return number;
}
