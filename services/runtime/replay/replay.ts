/**
 * Replay equals live (law 1), shown on recorded topics and never written anywhere (ADR 0002, ADR 0008).
 *
 * The loop gatekeeper -> monitor -> governor -> gates -> gatekeeper is cut open and each part is held against the record:
 * 1. the monitor reads the recorded `admitted` … `training` up to its last input cut: its rows must be the recorded windows;
 * 2. the governor follows the cuts in `decisions`, reading the windows that step 1 found to be the replayed ones: its series,
 *    verdicts and decisions must be the recorded ones;
 * 3. the gatekeeper follows the cuts in `admitted`, with the *replayed* gates of the revision each cut names: its outputs
 *    must be the recorded ones, which are what step 1 read.
 * What all three set aside unread must be what is in `rejected`, and the gates in the end those that their topic holds.
 * So nothing in the record came from anywhere but the producers' topics, the commands and the cuts.
 */
import type { GateRecord } from "../../core/records.ts";
import type { ServiceDependencies } from "../services/dependencies.ts";
import { RecordStreams } from "./record-streams.ts";
import { GatekeeperReplay } from "./replay-gatekeeper.ts";
import { GatesReplay } from "./replay-gates.ts";
import { GovernorReplay } from "./replay-governor.ts";
import { replayMonitor } from "./replay-monitor.ts";
import type { ReplayPart } from "./replay-part.ts";
import { RejectedReplay } from "./replay-rejected.ts";
import { type FindPublished, onlyPublished } from "./revisions.ts";
import { type Comparison, RowSet } from "./row-set.ts";

export type ReplayDependencies = Pick<
  ServiceDependencies,
  "log" | "codec" | "names" | "catalogue" | "decode" | "published"
> & {
  /** Every published version; without it all cuts must name `published`. */
  readonly find?: FindPublished;
};

/** Called while parts are at work and once at the end of each: its name, and the records read so far by all of them. */
export type ReplayProgress = (part: string, records: number) => void;

/**
 * Compares windows, series, verdicts, decisions, judgements, rejected records and final gates, in this order. The log may still grow: what is compared is what
 * was committed when a part began. @throws Error where the record cannot be replayed: a version or a range that is gone.
 */
export async function replay(
  deps: ReplayDependencies,
  progress: ReplayProgress,
): Promise<readonly Comparison[]> {
  const { log, codec, names, catalogue, decode, published } = deps;
  const partitions = await log.partitionCount(names.full("windows"));
  const streams = new RecordStreams(log);
  const part: ReplayPart = {
    codec,
    names,
    catalogue,
    find: deps.find ?? onlyPublished(published),
    decode,
    streams,
    at: (name) => progress(name, streams.records),
  };
  try {
    const windows = new RowSet("windows");
    const series = new RowSet("series");
    const verdicts = new RowSet("verdicts");
    const decisions = new RowSet("decisions");
    const judged = new RowSet("admitted and quarantined");
    // The log may grow meanwhile. What is opened later knows more of it, so each is opened before what it is fed from:
    // the gates that cuts of the gatekeepers name are among the governor's, whose windows are among the monitors'.
    const gates = await GatesReplay.open(part);
    const rejected = await RejectedReplay.open(part, partitions);
    const gatekeepers: GatekeeperReplay[] = [];
    for (let partition = 0; partition < partitions; partition += 1) {
      gatekeepers.push(await GatekeeperReplay.open(part, partition, judged, rejected));
    }
    const governor = await GovernorReplay.open(part, partitions, { series, verdicts, decisions }, rejected);
    for (let partition = 0; partition < partitions; partition += 1) {
      await replayMonitor(part, partition, windows, rejected);
    }
    await replayTogether(governor, gatekeepers, gates);
    const compared = [windows, series, verdicts, decisions, judged].map((rows) => rows.compare());
    return [...compared, await rejected.compare(), gates.compare()];
  } finally {
    await streams.close();
  }
}

/**
 * Governor and gatekeepers go on together by revision of the gates, the lowest that any gatekeeper waits for first; so
 * no more gates are held than lie between two cuts of the gatekeepers.
 */
async function replayTogether(
  governor: GovernorReplay,
  gatekeepers: readonly GatekeeperReplay[],
  final: GatesReplay,
): Promise<void> {
  let made: GateRecord[] = [];
  let madeThrough = 0;
  let governing = true;
  const step = async (): Promise<void> => {
    const gates = await governor.step();
    governing = gates !== null;
    final.replayed(gates ?? []);
    made.push(...(gates ?? []));
    madeThrough = made.at(-1)?.revision ?? madeThrough;
  };
  for (;;) {
    const next = lowest(gatekeepers);
    if (next === null) break;
    while (governing && madeThrough < next.revision) await step();
    const due = made.filter((gate) => gate.revision <= next.revision);
    if (due.length > 0) {
      for (const gatekeeper of gatekeepers) gatekeeper.applyGates(due);
      made = made.slice(due.length);
    }
    await next.gatekeeper.step();
  }
  while (governing) {
    await step();
    made = [];
  }
  await governor.finish();
  for (const gatekeeper of gatekeepers) await gatekeeper.finish();
}

function lowest(
  gatekeepers: readonly GatekeeperReplay[],
): { readonly gatekeeper: GatekeeperReplay; readonly revision: number } | null {
  let found: { gatekeeper: GatekeeperReplay; revision: number } | null = null;
  for (const gatekeeper of gatekeepers) {
    const revision = gatekeeper.nextRevision;
    if (revision !== null && (found === null || revision < found.revision)) found = { gatekeeper, revision };
  }
  return found;
}

/** One line a part, for people. */
export function describeComparison(comparison: Comparison): string {
  const { what, recorded, replayed, onlyRecorded, onlyReplayed } = comparison;
  const same = onlyRecorded === 0 && onlyReplayed === 0;
  const verdict = same ? "equal" : `DIFFERENT: ${onlyRecorded} only recorded, ${onlyReplayed} only replayed`;
  return `${what}: ${recorded} recorded, ${replayed} replayed, ${verdict}`;
}
