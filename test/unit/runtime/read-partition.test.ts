import { describe, expect, it } from "vitest";
import { MemoryBroker } from "../../../services/adapters/memory/memory-broker.ts";
import type { Log, Reader } from "../../../services/ports.ts";
import { readCompacted, readPartition } from "../../../services/runtime/read-partition.ts";

const TOPIC = "t";

async function brokerWith(records: number): Promise<Log> {
  const broker = new MemoryBroker({ nowMs: () => 1_700_000_000_000 });
  broker.createTopic(TOPIC, 1);
  const log = broker.open();
  const writer = await log.transactionalWriter("w");
  for (let i = 0; i < records; i += 1) {
    const value = new TextEncoder().encode(String(i));
    await writer.transact([{ topic: TOPIC, partition: 0, key: `k${i % 3}`, value }], [], null);
  }
  return log;
}

/** A log whose readers find nothing in their first polls, as a broker's do while a fetch is under way. */
function slow(log: Log, emptyPolls: number): Log {
  const reader = async (): Promise<Reader> => {
    const inner = await log.reader();
    let empty = emptyPolls;
    return {
      assign: (offsets) => inner.assign(offsets),
      positions: () => inner.positions(),
      close: () => inner.close(),
      poll: async (recordsMax, timeoutMs) => {
        if (empty === 0) return inner.poll(recordsMax, timeoutMs);
        empty -= 1;
        return [];
      },
    };
  };
  return Object.assign(Object.create(log) as Log, {
    reader,
    watermarks: (partitions: Parameters<Log["watermarks"]>[0]) => log.watermarks(partitions),
    ends: (partitions: Parameters<Log["ends"]>[0]) => log.ends(partitions),
  });
}

describe("reading a partition to its end", () => {
  it("reads everything however long the first record takes, and past a transaction's last marker", async () => {
    const seen: number[] = [];
    const log = slow(await brokerWith(7), 20);
    await readPartition(log, TOPIC, 0, 0, (record) => seen.push(record.offset));
    expect(seen).toHaveLength(7);
  });

  it("keeps the latest value of each key", async () => {
    const latest = await readCompacted(slow(await brokerWith(7), 5), TOPIC, 0);
    expect([...latest].map(([key, value]) => [key, new TextDecoder().decode(value)])).toEqual([
      ["k0", "6"],
      ["k1", "4"],
      ["k2", "5"],
    ]);
  });
});
