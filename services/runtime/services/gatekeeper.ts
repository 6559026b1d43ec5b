/** The gatekeeper's shell: samples and gates in, admitted and quarantined out. */

import {
  decodeGatekeeperCheckpoint,
  GATEKEEPER_MEMORY,
  type GatekeeperCheckpoint,
  GatekeeperPartition,
  type OutputOffsets,
} from "../../core/gatekeeper/gatekeeper.ts";
import type { Input } from "../../core/input.ts";
import { decodeForwardNote, FORWARD_HEADER } from "../../core/record-headers.ts";
import { advanced, NO_WATERMARK } from "../../core/time.ts";
import type { LogRecord } from "../../ports.ts";
import { createIdleTicks } from "../idle-ticks.ts";
import { type PartitionWorker, runPartitionLoop } from "../partition-loop.ts";
import { recordsOf } from "../perform.ts";
import { readCompacted, readPartition, readToEnd } from "../read-partition.ts";
import type { ServiceDependencies } from "./dependencies.ts";

const OUTPUTS = ["admitted", "quarantined"] as const;
const GATES_POLL_MAX = 500;

export async function runGatekeeper(deps: ServiceDependencies): Promise<void> {
  const { log, names, clock, codec, published, signal } = deps;
  const cores = new Map<number, GatekeeperPartition>();
  const gates = new Map<string, LogRecord>();
  const decoder = new TextDecoder();
  const gatesTopic = names.full("gates");
  const [marks] = await log.watermarks([{ topic: gatesTopic, partition: 0 }]);
  const gatesReader = await log.reader();
  await gatesReader.assign([{ topic: gatesTopic, partition: 0, offset: marks?.low ?? 0 }]);
  const reader = await log.groupReader({
    group: `${names.prefix}gatekeeper`,
    instance: deps.instance,
    topics: [names.full("samples")],
  });
  const writer = await log.transactionalWriter(`${names.prefix}gatekeeper-${deps.instance}`);
  const idleMs = published.policies.longestIdleMs();
  const ticks = idleMs === null ? null : await log.writer();
  const idle = ticks === null ? null : createIdleTicks(log, ticks, names, ["samples"], idleMs ?? 0, clock);

  async function readGates(): Promise<void> {
    const records = await gatesReader.poll(GATES_POLL_MAX, 0);
    if (records.length > 0) takeGates(records);
  }

  function takeGates(records: readonly LogRecord[]): void {
    for (const record of records) gates.set(decoder.decode(record.key ?? new Uint8Array()), record);
    const changed = records.flatMap(gateOf);
    for (const core of cores.values()) core.applyGates(changed);
  }

  /** Before anything is judged: an old gate record would let through what a newer one holds. */
  async function readAllGates(): Promise<void> {
    await readToEnd(gatesReader, await log.watermarks([{ topic: gatesTopic, partition: 0 }]), (record) => {
      takeGates([record]);
    });
  }

  function gateOf(record: LogRecord) {
    const input = deps.decode(record);
    return input.kind === "gate" ? [input.gate] : [];
  }

  async function outputHighs(partition: number): Promise<OutputOffsets> {
    const found = await log.watermarks(OUTPUTS.map((topic) => ({ topic: names.full(topic), partition })));
    const high = (topic: (typeof OUTPUTS)[number]): number =>
      found.find((marks) => marks.topic === names.full(topic))?.high ?? 0;
    return { admitted: high("admitted"), quarantined: high("quarantined") };
  }

  async function restore(partition: number): Promise<PartitionWorker> {
    const samples = { topic: names.full("samples"), partition };
    const [committed] = await reader.committed([samples]);
    const [range] = await log.watermarks([samples]);
    const state = await readCompacted(log, names.full("state"), partition);
    const checkpoint = memoryCheckpoint(deps, state.get(`gatekeeper/${partition}/${GATEKEEPER_MEMORY}`));
    const outputs = await readOutputs(deps, partition, checkpoint);
    await readAllGates();
    const core = new GatekeeperPartition(
      { partition, policies: published.policies },
      {
        checkpoint,
        nextOffset: committed?.offset ?? range?.low ?? 0,
        watermarkMs: outputs.watermarkMs,
      },
    );
    for (const { input, sourceOffset } of outputs.samples) {
      if (input.kind === "judged") core.restoreSample(input.sample, sourceOffset);
    }
    core.applyGates([...gates.values()].flatMap(gateOf));
    cores.set(partition, core);
    let highs = await outputHighs(partition);
    let refreshing = false;
    return {
      absorb: (inputs) => core.absorb(inputs, highs),
      offsets: () => [{ topic: "samples", offset: core.nextOffset }],
      beat() {
        // An older figure is as sound as a newer one, it only makes a restart read more.
        if (!refreshing) {
          refreshing = true;
          outputHighs(partition).then(
            (found) => {
              highs = found;
              refreshing = false;
            },
            () => {
              refreshing = false;
            },
          );
        }
        return core.ticks();
      },
    };
  }

  try {
    await readAllGates();
    await runPartitionLoop({
      ...deps,
      name: "gatekeeper",
      reader,
      writer,
      encode: (effects) => recordsOf(effects, names, codec),
      restore,
      before: readGates,
      idle,
      signal,
    });
  } finally {
    await Promise.allSettled([reader.close(), writer.close(), gatesReader.close(), ticks?.close()]);
  }
}

function memoryCheckpoint(
  deps: ServiceDependencies,
  bytes: Uint8Array | undefined,
): GatekeeperCheckpoint | null {
  if (bytes === undefined) return null;
  const decoded = deps.codec.decodeGeneric("state", bytes);
  if (!decoded.ok) throw new Error(`the gatekeeper's checkpoint cannot be read: ${decoded.detail}`);
  return decodeGatekeeperCheckpoint(decoded.record.body);
}

interface RestoredOutputs {
  readonly watermarkMs: number;
  readonly samples: readonly { readonly input: Input; readonly sourceOffset: number }[];
}

/** The gatekeeper's own outputs since its memory's horizon, in the order of their samples; and the last watermark. */
async function readOutputs(
  deps: ServiceDependencies,
  partition: number,
  checkpoint: GatekeeperCheckpoint | null,
): Promise<RestoredOutputs> {
  let watermarkMs = NO_WATERMARK;
  const samples: { input: Input; sourceOffset: number }[] = [];
  for (const topic of OUTPUTS) {
    const from = checkpoint?.previous[topic] ?? 0;
    await readPartition(deps.log, deps.names.full(topic), partition, from, (record) => {
      const input = deps.decode(record);
      if (input.kind === "tick") {
        watermarkMs = advanced(watermarkMs, input.watermarkMs, record.appendMs);
      } else if (input.kind === "judged") {
        const note = decodeForwardNote(record.headers[FORWARD_HEADER]);
        if (note !== null) samples.push({ input, sourceOffset: note.sourceOffset });
      }
    });
  }
  samples.sort((a, b) => a.sourceOffset - b.sourceOffset);
  return { watermarkMs, samples };
}
