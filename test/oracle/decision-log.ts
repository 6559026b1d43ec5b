/** The verdicts and decisions: one verdict a window, one decision a cause, and the chain of hashes over them all. */
import { createHash } from "node:crypto";
import { groupBy } from "./group-by.ts";
import type { Fields, OracleRecord } from "./oracle-record.ts";
import type { ExpectedPane } from "./pane-oracle.ts";

/** What a decision's hash covers after the previous hash, in this order, as one JSON array (law 8). */
const HASHED = [
  "decisionId",
  "subject",
  "lane",
  "from",
  "to",
  "rule",
  "cause",
  "actor",
  "reason",
  "window",
  "windowStartMs",
  "windowEndMs",
  "generation",
  "evidence",
  "revision",
  "atMs",
  "cut",
] as const;

function inOrder(records: readonly OracleRecord[], topic: string): Fields[] {
  return records
    .filter((record) => record.topic === topic && record.value !== null)
    .sort((a, b) => a.partition - b.partition || a.offset - b.offset)
    .map((record) => record.value!);
}

/** What is wrong with the log of decisions, in words; empty where it is whole. */
export function decisionDifferences(records: readonly OracleRecord[]): string[] {
  const differences: string[] = [];
  const decisions = inOrder(records, "decisions");
  const gates = inOrder(records, "gates");
  const states = new Map<string, string>();
  let previous = "";
  let revision = 0;
  for (const decision of decisions) {
    const name = `decision ${decision.decisionId}`;
    const hashed = [previous, ...HASHED.map((field) => decision[field])];
    const hash = createHash("sha256").update(JSON.stringify(hashed)).digest("hex");
    if (decision.prevHash !== previous) differences.push(`${name} does not follow the one before it`);
    if (decision.hash !== hash) differences.push(`${name} is not what its hash says`);
    previous = decision.hash as string;
    if (!((decision.revision as number) > revision))
      differences.push(`${name}: revision ${decision.revision} again`);
    revision = decision.revision as number;
    const subject = `${decision.lane} ${decision.subject}`;
    const before = states.get(subject) ?? "open";
    if (decision.from !== before) differences.push(`${name}: from ${decision.from}, but it was ${before}`);
    states.set(subject, decision.to as string);
    const refused = decision.rule === "resume_refused";
    const made = gates.filter((gate) => gate.decisionId === decision.decisionId);
    if (!refused && !made.some((gate) => gate.state === decision.to && gate.subject === decision.subject)) {
      differences.push(`${name} moved no gate`);
    }
  }
  for (const [cause, some] of groupBy(decisions, causeOf)) {
    if (some.length > 1 && cause !== "") {
      differences.push(`${some.length} decisions for one cause: ${cause}`);
    }
  }
  for (const [id, some] of groupBy(decisions, (decision) => decision.decisionId as string)) {
    if (some.length > 1) differences.push(`${some.length} decisions are called ${id}`);
  }
  const asked = inOrder(records, "commands").length;
  const answered = decisions.filter((decision) => decision.window === "").length;
  if (answered > asked) differences.push(`${answered} decisions on ${asked} commands`);
  return [...differences, ...gateDifferences(gates, decisions)];
}

/** One window moves a lane's gates once. "" for decisions on commands. */
function causeOf(decision: Fields): string {
  if (decision.window === "") return "";
  const { lane, window, windowStartMs, windowEndMs } = decision;
  return `${lane} ${window} ${windowStartMs} to ${windowEndMs}`;
}

/** Revisions grow, and no gate changes its state without a decision. */
function gateDifferences(gates: readonly Fields[], decisions: readonly Fields[]): string[] {
  const differences: string[] = [];
  const known = new Set(decisions.map((decision) => decision.decisionId));
  const states = new Map<string, unknown>();
  let revision = 0;
  for (const gate of gates) {
    const name = `gate ${gate.lane} ${gate.subject} at revision ${gate.revision}`;
    if (!((gate.revision as number) > revision)) differences.push(`${name} comes again`);
    revision = gate.revision as number;
    const subject = `${gate.lane} ${gate.subject}`;
    const before = states.get(subject) ?? "open";
    if (gate.state !== before && !known.has(gate.decisionId)) {
      differences.push(`${name} went from ${before} to ${gate.state} without a decision`);
    }
    states.set(subject, gate.state);
  }
  return differences;
}

/** Each decision and generation window has one verdict, and nothing else has any. */
export function compareVerdicts(
  expected: readonly ExpectedPane[],
  records: readonly OracleRecord[],
): string[] {
  const wanted = new Set(
    expected
      .filter(({ window }) => window === "decision" || window === "generation")
      .map(({ lane, window, startMs, endMs, generation }) =>
        [lane, window, startMs, endMs, generation].join(" "),
      ),
  );
  const found = groupBy(inOrder(records, "verdicts"), ({ lane, window, startMs, endMs, generation }) =>
    [lane, window, startMs, endMs, generation].join(" "),
  );
  const differences: string[] = [];
  for (const name of wanted) {
    const verdicts = found.get(name)?.length ?? 0;
    if (verdicts !== 1) differences.push(`${name}: ${verdicts} verdicts, expected 1`);
  }
  for (const name of found.keys())
    if (!wanted.has(name)) differences.push(`${name}: a verdict, expected none`);
  return differences;
}
