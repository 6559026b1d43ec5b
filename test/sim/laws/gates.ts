/** What gates and leases promise (laws 6 and 7), from the log alone. */
import type { GateRecord } from "../../../services/core/records.ts";
import { isCut, noteOf, type OracleRecord, tickOf } from "../../oracle/oracle-record.ts";
import { APPROVER } from "../scenario.ts";
import type { World } from "../world.ts";

/** A gatekeeper judges by gates it knew to be all there were so long before the batch. */
const GATES_AGE_MS_MAX = 1_000;
/** The monitor's tick must be younger than this where a lease is given. */
const SIGN_MS_MAX = 10_000;

interface Published {
  readonly gate: GateRecord;
  readonly appendMs: number;
  /** A record of a transaction is seen when that commits. */
  readonly visibleMs: number;
}

export function checkGates(world: World, records: readonly OracleRecord[]): string[] {
  const gates: Published[] = records
    .filter(({ topic, value }) => topic === "gates" && value !== null)
    .map(({ value, appendMs, offset }) => ({
      gate: value as unknown as GateRecord,
      appendMs,
      visibleMs: world.broker.visibleMs(world.names.full("gates"), 0, offset),
    }));
  return [...resumes(records), ...leases(world, records, gates), ...freshness(records, gates)];
}

/** Out of `frozen` leads only a named person's resume. */
function resumes(records: readonly OracleRecord[]): string[] {
  return records.flatMap(({ topic, value }) => {
    if (topic !== "decisions" || value?.from !== "frozen" || value.to === "frozen") return [];
    const step = `${value.decisionId}: ${value.subject} from frozen to ${value.to} by ${value.actor}`;
    const lane = String(value.subject).startsWith("lane:");
    const right =
      value.rule === "resume" && value.actor === APPROVER && value.to === (lane ? "probation" : "open");
    return right ? [] : [step];
  });
}

/** No lease is longer than the policy's, and none is given without a fresh sign of life of the lane's monitor. */
function leases(world: World, records: readonly OracleRecord[], gates: readonly Published[]): string[] {
  const signs = records.filter(
    (record) => record.topic === "windows" && (tickOf(record) !== null || isCut(record)),
  );
  const ticks = signs.filter((record) => tickOf(record) !== null).map(({ appendMs }) => appendMs);
  ticks.sort((a, b) => a - b);
  const { policy } = world.scenario;
  const until = new Map<string, number>();
  const differences: string[] = [];
  for (const { gate, appendMs } of gates) {
    const name = `gate ${gate.lane} ${gate.subject} at revision ${gate.revision}`;
    const { leaseMs } = policy.lanes.find(({ lane }) => lane === gate.lane) ?? policy.defaults;
    if (gate.validUntilMs > appendMs + leaseMs) differences.push(`${name} is valid for longer than a lease`);
    const key = `${gate.lane} ${gate.subject}`;
    const before = until.get(key) ?? 0;
    until.set(key, gate.validUntilMs);
    const clockMs = gate.validUntilMs - leaseMs;
    if (gate.validUntilMs <= before || before === 0) continue;
    const youngestMs = ticks[countBelow(ticks, appendMs + 1) - 1];
    if (youngestMs === undefined || youngestMs <= clockMs - SIGN_MS_MAX) {
      differences.push(`${name} was renewed without a sign of the monitor's life`);
    }
  }
  return differences;
}

/** Every sample is judged by gates about as new as itself: none is let through by a gate that had long been replaced. */
function freshness(records: readonly OracleRecord[], gates: readonly Published[]): string[] {
  const sentMs: number[][] = [];
  for (const { topic, partition, offset, appendMs } of records) {
    if (topic !== "samples") continue;
    sentMs[partition] ??= [];
    sentMs[partition][offset] = appendMs;
  }
  // The last gate that was visible before a moment is the last from which on some gate was.
  const visibleFromMs = gates.map(({ visibleMs }) => visibleMs);
  for (let i = visibleFromMs.length - 2; i >= 0; i -= 1) {
    visibleFromMs[i] = Math.min(visibleFromMs[i]!, visibleFromMs[i + 1]!);
  }
  const differences: string[] = [];
  for (const record of records) {
    if (record.topic !== "admitted" && record.topic !== "quarantined") continue;
    const note = noteOf(record);
    if (note === null) continue;
    const sent = sentMs[record.partition]?.[note.sourceOffset] ?? 0;
    const known = gates[countBelow(visibleFromMs, sent - GATES_AGE_MS_MAX) - 1];
    if (known === undefined || note.gateRevision >= known.gate.revision) continue;
    differences.push(
      `${record.topic}/${record.partition}/${record.offset} saw revision ${note.gateRevision}, ${sent - known.visibleMs} ms after ${known.gate.revision}`,
    );
  }
  return differences;
}

/** How many of the ascending numbers lie below a limit. */
function countBelow(ascending: readonly number[], limit: number): number {
  let from = 0;
  let to = ascending.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (ascending[middle]! < limit) from = middle + 1;
    else to = middle;
  }
  return from;
}
