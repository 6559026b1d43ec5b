import kafkajs from "kafkajs";
import { expect, it } from "vitest";
import { murmur2, partitionOf } from "../../../services/adapters/murmur2.ts";
import { Random } from "../../../services/core/random.ts";

it("hashes as Kafka's own Utils.murmur2 (4.3.1)", () => {
  const golden = { "21": -973932308, "": 275646681, "support/after-sales": -1368584773, 漢字: 1024270057 };
  for (const [key, hash] of Object.entries(golden)) expect(murmur2(Buffer.from(key))).toBe(hash);
});

it("agrees with kafkajs on 10,000 keys and any number of partitions", () => {
  const random = new Random(7);
  const partitioner = kafkajs.Partitioners.DefaultPartitioner();
  for (let i = 0; i < 10_000; i += 1) {
    const key = Buffer.from(
      Array.from({ length: Math.floor(random.nextFloat() * 40) }, () => Math.floor(random.nextFloat() * 256)),
    );
    const partitions = 1 + Math.floor(random.nextFloat() * 24);
    const partitionMetadata = Array.from({ length: partitions }, (_, partitionId) => ({
      partitionId,
      leader: 1,
      replicas: [1],
      isr: [1],
      partitionErrorCode: 0,
    }));
    const theirs = partitioner({ topic: "t", partitionMetadata, message: { key, value: null } });
    if (partitionOf(key, partitions) !== theirs)
      throw new Error(`key ${key.toString("hex")} of ${partitions}`);
  }
});
