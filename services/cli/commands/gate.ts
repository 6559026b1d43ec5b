import type { Command } from "commander";
import { isLaneName } from "../../core/lane-name.ts";
import type { DecisionRecord, GateRecord } from "../../core/records.ts";
import { isSubject, laneOfSubject, SUBJECT_KINDS } from "../../core/subject.ts";
import { askedProblem, askGovernor } from "../../runtime/gates/ask-governor.ts";
import { type GateLog, readDecision, readGates } from "../../runtime/gates/gate-log.ts";
import { type GlobalOptions, globalOptions } from "../global-options.ts";
import { CliError, EXIT, type Io, printJson, printLine } from "../io.ts";
import { wholeNumber } from "../parse-option.ts";
import { openLog, readSurroundings } from "../surroundings.ts";
import { type Column, clip, tableLines, visible } from "../table.ts";

const WAIT_SECONDS_DEFAULT = 10;
const WAIT_SECONDS_MAX = 600;

interface RequestOptions {
  readonly lane?: string;
  readonly by: string;
  readonly reason: string;
  readonly wait: number;
}

const HELP = `
SUBJECT is what a gate holds: lane:NAME, or template:, teacher:, judge:, model:, source:, dataset:, mixture: with id@version.

  plumbline gate list
  plumbline gate freeze template:qa@3 --lane support --by ann --reason "loops since Tuesday"
  plumbline gate resume lane:support --by ben --reason "trial batches look right, sample read"
`;

/** `plumbline gate`: what is held, and by whom it is freed. */
export function registerGate(program: Command, io: Io): void {
  const gate = program
    .command("gate")
    .description("Gates: what is held back, and why.")
    .addHelpText("after", HELP);
  gate
    .command("list")
    .description("Lists the state of every gate.")
    .action(async (_options: unknown, command: Command) => {
      const given = globalOptions(command, io);
      const gates = await withGateLog(given, io, readGates);
      if (given.json) printJson(io, { gates });
      else printGates(gates, io);
    });
  gate
    .command("get")
    .description("Shows the gates of one subject, one a lane.")
    .argument("<subject>", "e.g. lane:support or template:qa@3")
    .option("--lane <name>", "only in this lane")
    .action(async (subject: string, options: { readonly lane?: string }, command: Command) => {
      checkSubject(subject);
      const given = globalOptions(command, io);
      const gates = await withGateLog(given, io, async (gateLog) => {
        const found = (await readGates(gateLog)).filter(
          (gate) => gate.subject === subject && (options.lane === undefined || gate.lane === options.lane),
        );
        return await Promise.all(
          found.map(async (gate) => ({ gate, decision: await readDecision(gateLog, gate.decisionId) })),
        );
      });
      if (gates.length === 0) {
        throw new CliError(
          `no gate for ${visible(subject)}: nothing was ever decided about it; see \`plumbline gate list\``,
        );
      }
      if (given.json) printJson(io, { gates: gates.map(({ gate, decision }) => ({ ...gate, decision })) });
      else {
        for (const { gate, decision } of gates)
          for (const line of gateLines(gate, decision)) printLine(io.stdout, line);
      }
    });
  for (const kind of ["freeze", "resume"] as const) {
    gate
      .command(kind)
      .description(
        kind === "freeze" ? "Holds a subject back at once." : "Asks to let a frozen subject back in.",
      )
      .argument("<subject>", "e.g. lane:support or template:qa@3")
      .option("--lane <name>", "lane it is meant in (not needed for lane:NAME)")
      .requiredOption("--by <name>", "who asks; the command is signed with this person's key")
      .requiredOption("--reason <text>", "why; it stands in the decision log")
      .option(
        "--wait <seconds>",
        "how long to wait for the decision",
        wholeNumber(0, WAIT_SECONDS_MAX),
        WAIT_SECONDS_DEFAULT,
      )
      .action((subject: string, options: RequestOptions, command: Command) =>
        request(kind, subject, options, globalOptions(command, io), io),
      );
  }
}

async function request(
  kind: "freeze" | "resume",
  subject: string,
  options: RequestOptions,
  given: GlobalOptions,
  io: Io,
): Promise<void> {
  const lane = laneOf(subject, options.lane);
  for (const [name, text] of [
    ["--by", options.by],
    ["--reason", options.reason],
  ] as const) {
    const problem = askedProblem(text);
    if (problem !== null) throw new CliError(`${name} ${problem}`);
  }
  const answer = await withGateLog(given, io, (gateLog) =>
    askGovernor(
      gateLog,
      { kind, subject, lane, actor: options.by, reason: options.reason },
      { home: given.home, nowMs: Date.now(), waitMsMax: options.wait * 1_000 },
    ),
  );
  if (answer.kind === "already_frozen") {
    const { gate } = answer;
    if (given.json) printJson(io, { granted: true, alreadyFrozen: true, gate });
    else printLine(io.stdout, `${visible(subject)} is frozen already: ${visible(gate.cause)}`);
    return;
  }
  const { commandId } = answer;
  if (answer.kind === "unanswered") {
    if (given.json) printJson(io, { granted: null, commandId, decision: null });
    throw new CliError(
      `the command was sent (${commandId}), but no decision came within ${options.wait} s; ` +
        "it counts once the governor reads it: see `plumbline status` and `plumbline gate get`",
      EXIT.inconclusive,
    );
  }
  const { decision } = answer;
  const granted = answer.kind === "granted";
  if (given.json) printJson(io, { granted, commandId, decision });
  else {
    const what = granted
      ? `granted: ${decision.from} -> ${decision.to}`
      : `refused: ${visible(decision.cause)}`;
    printLine(io.stdout, `${kind} ${visible(subject)} in lane ${visible(lane)}, ${what}`);
    printLine(io.stdout, `decision ${decision.decisionId}, revision ${decision.revision}`);
  }
  io.setExitCode(granted ? EXIT.pass : EXIT.breach);
}

async function withGateLog<T>(
  given: GlobalOptions,
  io: Io,
  work: (gateLog: GateLog) => Promise<T>,
): Promise<T> {
  const surroundings = await readSurroundings(given, io);
  const { log, codec, close } = await openLog(surroundings);
  try {
    return await work({ log, codec, names: surroundings.names });
  } finally {
    await close();
  }
}

function checkSubject(subject: string): void {
  if (isSubject(subject)) return;
  throw new CliError(
    `${JSON.stringify(subject)} is no subject; write KIND:NAME with one of ${SUBJECT_KINDS.join(", ")}, e.g. lane:${visible(subject) || "support"}`,
  );
}

function laneOf(subject: string, option: string | undefined): string {
  checkSubject(subject);
  const own = laneOfSubject(subject);
  if (own !== null && option !== undefined && option !== own) {
    throw new CliError(`${visible(subject)} cannot be meant in another lane: leave --lane out`);
  }
  const lane = own ?? option;
  if (lane === undefined) {
    throw new CliError(
      `say in which lane ${visible(subject)} is meant: --lane NAME; a subject can live in several`,
    );
  }
  if (!isLaneName(lane)) {
    throw new CliError(
      `${JSON.stringify(lane)} is no lane: 1 to 128 characters, none of them controls, not starting with __`,
    );
  }
  return lane;
}

const COLUMNS: readonly Column[] = [
  { title: "lane" },
  { title: "subject" },
  { title: "state" },
  { title: "share", align: "right" },
  { title: "since" },
  { title: "lease" },
  { title: "cause" },
];

function printGates(gates: readonly GateRecord[], io: Io): void {
  if (gates.length === 0) {
    printLine(io.stdout, "No gates yet: nothing has been judged.");
    return;
  }
  const rows = gates.map((gate) => [
    gate.lane,
    gate.subject,
    gate.state,
    String(gate.share),
    new Date(gate.sinceMs).toISOString(),
    leaseWord(gate),
    gate.cause,
  ]);
  for (const line of tableLines(COLUMNS, rows)) printLine(io.stdout, line);
}

function gateLines(gate: GateRecord, decision: DecisionRecord | null): string[] {
  return [
    `${visible(gate.subject)} in lane ${visible(gate.lane)}: ${gate.state}`,
    `  since     ${new Date(gate.sinceMs).toISOString()}`,
    `  share     ${gate.share} of generated arrivals let through`,
    `  lease     ${leaseWord(gate)}, until ${new Date(gate.validUntilMs).toISOString()}`,
    `  cause     ${visible(gate.cause) || "-"}`,
    `  rule      ${visible(gate.rule) || "-"}`,
    `  decision  ${visible(gate.decisionId) || "-"}, revision ${gate.revision}`,
    ...(decision === null ? [] : decisionLines(decision)),
    `  clean     ${gate.cleanWindows} decision windows in a row while frozen`,
  ];
}

/** Ids lead to the records behind it: view `alert_samples`. */
function decisionLines({ reason, evidence }: DecisionRecord): string[] {
  return [
    `  reason    ${visible(reason) || "-"}`,
    ...(evidence.length === 0 ? [] : [`  look at   ${evidence.map((id) => clip(id)).join(", ")}`]),
  ];
}

function leaseWord(gate: GateRecord): string {
  return gate.validUntilMs < Date.now() ? "stale" : "valid";
}
