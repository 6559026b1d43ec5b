/** Fuzz targets: what is read at a start — checkpoints, changelog, references, published policy. */
import { createCodec } from "../../services/adapters/avro/codec.ts";
import { MemoryBroker } from "../../services/adapters/memory/memory-broker.ts";
import { METRICS } from "../../services/core/catalogue.generated.ts";
import { Catalogue } from "../../services/core/catalogue.ts";
import { GatekeeperPartition } from "../../services/core/gatekeeper/gatekeeper.ts";
import { decodeMemorySegment, encodeMemorySegment } from "../../services/core/gatekeeper/memory-segment.ts";
import { Governor } from "../../services/core/governor/governor.ts";
import { restoreGovernor } from "../../services/core/governor/restore-governor.ts";
import { decodeMonitorCheckpoint, MONITOR_CHECKPOINT } from "../../services/core/monitor/checkpoint.ts";
import { MonitorPartition } from "../../services/core/monitor/monitor.ts";
import { decodeSegment, encodeSegment } from "../../services/core/monitor/pane-codec.ts";
import { Policies } from "../../services/core/policy.ts";
import type { PaneRecord, StateRecord } from "../../services/core/records.ts";
import { contentHash } from "../../services/core/reference/content-hash.ts";
import { decodeReference, encodeReference } from "../../services/core/reference/reference-codec.ts";
import { NO_WATERMARK } from "../../services/core/time.ts";
import { topicName } from "../../services/core/topics.ts";
import { readReferencesTopic } from "../../services/runtime/policy-topic.ts";
import { atStart, type FuzzTarget, refused } from "./fuzz.ts";
import { hostileBytes } from "./fuzz-wire.ts";
import type { Mutator } from "./mutator.ts";
import { testPolicy } from "./policy.ts";
import type { RealRecords } from "./real-records.ts";

const codec = createCodec();
const catalogue = new Catalogue(METRICS);
const policies = new Policies(testPolicy());
/** Bytes before what a reference's content hash covers: magic, format, the hash's 16 digits. */
const HASH_AT = 8;
const CONTENT_AT = HASH_AT + 16;

export function stateTargets(real: RealRecords): FuzzTarget[] {
  return [
    paneTarget(real),
    monitorTarget(real),
    gatekeeperTarget(),
    governorTarget(real),
    referenceTarget(real),
    policyTopicTarget(real),
  ];
}

function panesOf(real: RealRecords): PaneRecord[] {
  return real.byTopic.get("panes")!.flatMap(({ value }) => {
    const decoded = value === null ? null : codec.decodeGeneric("panes", value);
    return decoded?.ok === true ? [decoded.record as PaneRecord] : [];
  });
}

function statesOf(real: RealRecords, service: string): StateRecord[] {
  return real.byTopic.get("state")!.flatMap(({ value }) => {
    const decoded = value === null ? null : codec.decodeGeneric("state", value);
    return decoded?.ok === true && decoded.record.service === service ? [decoded.record as StateRecord] : [];
  });
}

function damagedText(mutator: Mutator, body: Uint8Array, other: Uint8Array): Buffer {
  return mutator.textBytes(Buffer.from(body).toString("utf8"), Buffer.from(other).toString("utf8"));
}

function paneTarget(real: RealRecords): FuzzTarget {
  const panes = panesOf(real);
  return {
    name: "pane state",
    weight: 40,
    outcomes: ["read", "refused"],
    draw(mutator) {
      const pane = mutator.pick(panes);
      const other = mutator.pick(panes).body;
      const body = mutator.chance(3)
        ? headerDamaged(mutator, pane.body, other)
        : mutator.bytes(pane.body, other);
      return {
        input: body,
        run: () =>
          atStart(() => {
            const plan = catalogue.plan(pane.stage, pane.segment);
            decodeSegment(plan, encodeSegment(decodeSegment(plan, body)));
          }),
      };
    },
  };
}

/** Damages the JSON header and gives it its new length, so that it is reached. */
function headerDamaged(mutator: Mutator, body: Uint8Array, other: Uint8Array): Buffer {
  const bytes = Buffer.from(body);
  let at = 1;
  let length = 0;
  for (let scale = 1; ; scale *= 0x80) {
    const byte = bytes[at++]!;
    length += (byte & 0x7f) * scale;
    if (byte < 0x80) break;
  }
  const header = damagedText(mutator, bytes.subarray(at, at + length), other.subarray(1));
  const prefix: number[] = [];
  let rest = header.length;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) prefix.push((rest & 0x7f) | 0x80);
  prefix.push(rest);
  return Buffer.concat([bytes.subarray(0, 1), Buffer.from(prefix), header, bytes.subarray(at + length)]);
}

/** The checkpoint, with the changelog beside it, up to a partition that could go on. */
function monitorTarget(real: RealRecords): FuzzTarget {
  const bodies = statesOf(real, "monitor")
    .filter(({ name }) => name === MONITOR_CHECKPOINT)
    .map(({ body }) => body);
  const panes = panesOf(real).slice(0, 6);
  return {
    name: "monitor checkpoint",
    weight: 10,
    outcomes: ["read", "refused"],
    draw(mutator) {
      const body = damagedText(mutator, mutator.pick(bodies), mutator.pick(bodies));
      return {
        input: body,
        run: () =>
          atStart(() => {
            const checkpoint = decodeMonitorCheckpoint(body);
            const config = { partition: 0, catalogue, policies, rules: [], referenceOf: () => null };
            const partition = new MonitorPartition(config, { checkpoint, panes });
            partition.offsets();
            partition.absorb([]);
          }),
      };
    },
  };
}

/** A stretch of the gatekeeper's memory, up to a partition that remembers by it. */
function gatekeeperTarget(): FuzzTarget {
  const words = Uint32Array.from({ length: 4 * 20 }, (_, i) => Math.imul(i, 0x9e3779b9));
  const body = encodeMemorySegment({ number: 3, from: 150_000, to: 150_020, words });
  return {
    name: "gatekeeper memory",
    weight: 20,
    outcomes: ["read", "refused"],
    draw(mutator) {
      const damaged = mutator.bytes(body, body);
      return {
        input: damaged,
        run: () =>
          atStart(() => {
            const checkpoint = [decodeMemorySegment(damaged)];
            new GatekeeperPartition(
              { partition: 0, policies },
              { checkpoint, nextOffset: 0, watermarkMs: NO_WATERMARK },
            );
          }),
      };
    },
  };
}

function governorTarget(real: RealRecords): FuzzTarget {
  const latest = new Map(statesOf(real, "governor").map((record) => [record.name, record]));
  const records = [...latest.values()];
  return {
    name: "governor state",
    weight: 20,
    outcomes: ["read", "refused"],
    draw(mutator) {
      const at = mutator.below(records.length);
      const body = damagedText(mutator, records[at]!.body, mutator.pick(records).body);
      const states = records.map((record, i) => (i === at ? { ...record, body } : record));
      return {
        input: body,
        run: () =>
          atStart(() => {
            const config = { catalogue, policies, rules: real.rules, rulesVersion: "v" };
            new Governor(config, restoreGovernor(states)).gates();
          }),
      };
    },
  };
}

/** Bytes of a reference, one in two with the content hash made good again, so that what it guards is reached. */
function referenceTarget(real: RealRecords): FuzzTarget {
  const bytes = encodeReference(real.reference);
  return {
    name: "reference",
    weight: 6,
    outcomes: ["read", "refused"],
    draw(mutator) {
      const length = Buffer.from(bytes).readUInt32LE(CONTENT_AT);
      let damaged: Buffer;
      if (mutator.chance(2)) damaged = mutator.bytes(bytes, bytes);
      else {
        const content = Buffer.from(bytes.subarray(CONTENT_AT + 4));
        const header = Buffer.from(
          mutator.text(content.subarray(0, length).toString("latin1"), ""),
          "latin1",
        );
        const size = Buffer.alloc(4);
        size.writeUInt32LE(header.length);
        damaged = Buffer.concat([bytes.subarray(0, CONTENT_AT), size, header, content.subarray(length)]);
      }
      if (damaged.length > CONTENT_AT && mutator.chance(2)) {
        damaged.write(contentHash(damaged.subarray(CONTENT_AT)), HASH_AT, "latin1");
      }
      return { input: damaged, run: () => atStart(() => decodeReference(damaged)) };
    },
  };
}

/** The topic `references`, one record of which is damaged: read whole, or refused with the place. */
function policyTopicTarget(real: RealRecords): FuzzTarget {
  const prefix = "fuzz.";
  const topic = topicName(prefix, "references");
  const records = real.byTopic.get("references")!;
  return {
    name: "references topic",
    weight: 3,
    outcomes: ["read", "refused"],
    draw(mutator) {
      const at = mutator.below(records.length);
      const value = records[at]!.value!;
      const decoded = codec.decodeGeneric("references", value);
      const damaged =
        mutator.chance(2) || !decoded.ok
          ? mutator.framed(value, mutator.pick(records).value!, 5)
          : hostileBytes(codec, "references", decoded.record, mutator);
      return {
        input: damaged,
        async run() {
          const broker = new MemoryBroker({ nowMs: () => 1 });
          broker.createDeclaredTopics(prefix, 1);
          const log = broker.open();
          const writer = await log.writer();
          await writer.write(
            records.map(({ key, value: whole }, i) => ({
              topic,
              partition: 0,
              key,
              value: i === at ? damaged : whole,
            })),
          );
          try {
            await readReferencesTopic(log, codec, prefix);
            return "read";
          } catch (error) {
            return refused(error);
          }
        },
      };
    },
  };
}
