/** Gates as the topic has them, and what people ask of them. */

import type { KeyObject } from "node:crypto";
import { randomUUID } from "node:crypto";
import type { Codec } from "../../adapters/avro/codec.ts";
import { compareText } from "../../core/compare-text.ts";
import type { CommandRecord, DecisionRecord, GateRecord } from "../../core/records.ts";
import type { TopicName } from "../../core/topics.ts";
import type { Log } from "../../ports.ts";
import { signCommand } from "../command-signing.ts";
import { readBack, readCompacted } from "../read-partition.ts";

export interface GateLog {
  readonly log: Log;
  readonly codec: Codec;
  readonly names: { full(name: TopicName): string };
}

const POLL_MS = 200;
const POLL_RECORDS_MAX = 500;

/** The latest state of every gate, by lane, then subject. Records that cannot be read are passed over: they are not ours. */
export async function readGates({ log, codec, names }: GateLog): Promise<readonly GateRecord[]> {
  const latest = await readCompacted(log, names.full("gates"), 0);
  const gates = [...latest.values()].flatMap((value) => {
    const decoded = codec.decodeGeneric("gates", value);
    return decoded.ok ? [decoded.record as GateRecord] : [];
  });
  return gates.sort((a, b) => compareText(a.lane, b.lane) || compareText(a.subject, b.subject));
}

/** Decisions looked at first; they are rare, and a gate's own is near the end. */
const DECISIONS_BACK = 200;

/** The decision a gate rests on; null where the log does not hold it any more. */
export async function readDecision(
  { log, codec, names }: GateLog,
  decisionId: string,
): Promise<DecisionRecord | null> {
  let found: DecisionRecord | null = null;
  if (decisionId === "") return null;
  await readBack(log, names.full("decisions"), 0, DECISIONS_BACK, ({ value }) => {
    const decoded = value === null ? null : codec.decodeGeneric("decisions", value);
    if (decoded?.ok === true && decoded.record.decisionId === decisionId)
      found = decoded.record as DecisionRecord;
    return found !== null;
  });
  return found;
}

export interface GateRequest {
  readonly kind: CommandRecord["kind"];
  readonly subject: string;
  readonly lane: string;
  readonly actor: string;
  readonly reason: string;
  readonly issuedMs: number;
  readonly privateKey: KeyObject;
}

/** What the governor made of a request: its decision, or null where none came in time. */
export interface GateAnswer {
  readonly commandId: string;
  readonly decision: DecisionRecord | null;
}

/**
 * Sends a signed command and waits for the governor's decision on it, `waitMsMax` at most. A decision names no command, so it
 * is known by subject, lane, actor and reason, after the command was sent.
 */
export async function requestTransition(
  { log, codec, names }: GateLog,
  request: GateRequest,
  waitMsMax: number,
): Promise<GateAnswer> {
  const { privateKey, ...rest } = request;
  const command = signCommand({ commandId: randomUUID(), ...rest }, privateKey);
  const decisions = { topic: names.full("decisions"), partition: 0 };
  // Taken before the command is sent: its decision cannot be below.
  const [marks] = await log.watermarks([decisions]);
  const reader = await log.reader();
  try {
    await reader.assign([{ ...decisions, offset: marks?.high ?? 0 }]);
    const writer = await log.writer();
    try {
      const value = codec.encode("commands", command);
      await writer.write([{ topic: names.full("commands"), partition: 0, key: command.lane, value }]);
    } finally {
      await writer.close();
    }
    const deadline = performance.now() + waitMsMax;
    while (performance.now() < deadline) {
      for (const { value } of await reader.poll(POLL_RECORDS_MAX, POLL_MS)) {
        const decoded = value === null ? null : codec.decodeGeneric("decisions", value);
        if (decoded?.ok !== true || !answers(decoded.record as DecisionRecord, command)) continue;
        return { commandId: command.commandId, decision: decoded.record as DecisionRecord };
      }
    }
    return { commandId: command.commandId, decision: null };
  } finally {
    await reader.close();
  }
}

/** True where the governor did not do what was asked. */
export function isRefusal(decision: DecisionRecord): boolean {
  return decision.rule.endsWith("_refused");
}

function answers(decision: DecisionRecord, command: CommandRecord): boolean {
  return (
    decision.subject === command.subject &&
    decision.lane === command.lane &&
    decision.actor === command.actor &&
    decision.reason === command.reason &&
    (decision.rule === command.kind || isRefusal(decision))
  );
}
