import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  OffsetBeyondEndError,
  RecordTooLargeError,
  UnknownTopicError,
} from "../../services/adapters/log-errors.ts";
import {
  FencedError,
  type GroupReader,
  type Log,
  type LogRecord,
  type OutgoingRecord,
  type Polled,
  type Reader,
  type TopicOffset,
} from "../../services/ports.ts";

/** One broker for the whole suite; each test writes to topics of its own. */
export interface LogHarness {
  /** A log as another process would open it. The suite closes it. */
  open(): Promise<Log>;
  createTopic(name: string, partitions: number): Promise<void>;
  close(): Promise<void>;
}

/** Two heartbeats and a bit. */
const KEPT_MS = 2_500;
const WITHIN_MS = 15_000;

/** What every adapter of the `Log` port must do. */
export function describeLog(name: string, start: () => Promise<LogHarness>): void {
  describe(`log contract: ${name}`, () => {
    let harness: LogHarness;
    let log: Log;
    const extraLogs: Log[] = [];
    let topic = "";
    let tests = 0;

    beforeAll(async () => {
      harness = await start();
      log = await harness.open();
    });
    afterAll(async () => {
      for (const extra of extraLogs) await extra.close();
      await log?.close();
      await harness?.close();
    });
    beforeEach(async () => {
      tests += 1;
      topic = `contract-${tests}`;
      await harness.createTopic(topic, 3);
    });

    async function another(): Promise<Log> {
      const extra = await harness.open();
      extraLogs.push(extra);
      return extra;
    }

    async function readerFrom(offsets: readonly TopicOffset[]): Promise<Reader> {
      const reader = await log.reader();
      await reader.assign(offsets);
      return reader;
    }

    function record(value: string, partition: number | null = 0, key: string | null = "k"): OutgoingRecord {
      return { topic, partition, key, value: Buffer.from(value) };
    }

    it("keeps the order of a partition and every part of a record; empty is null", async () => {
      const writer = await log.writer();
      const before = Date.now();
      await writer.write([
        { ...record("first", 1), headers: { plain: "a", accents: "é 漢 🙂", empty: "", constructor: "own" } },
        { topic, partition: 1, key: null, value: null },
        { topic, partition: 1, key: "", value: new Uint8Array(0) },
        { topic, partition: 1, key: "lane\0with nul", value: Uint8Array.of(0, 255, 128) },
      ]);
      const reader = await readerFrom([{ topic, partition: 1, offset: 0 }]);
      const records = await take(reader, 4);
      expect(records.map(({ offset }) => offset)).toEqual([0, 1, 2, 3]);
      expect(records.map(({ key }) => (key === null ? null : Buffer.from(key).toString()))).toEqual([
        "k",
        null,
        null,
        "lane\0with nul",
      ]);
      expect(records.map(({ value }) => (value === null ? null : [...value]))).toEqual([
        [...Buffer.from("first")],
        null,
        null,
        [0, 255, 128],
      ]);
      expect({ ...records[0]!.headers }).toEqual({
        plain: "a",
        accents: "é 漢 🙂",
        empty: "",
        constructor: "own",
      });
      expect(Object.keys(records[1]!.headers)).toEqual([]);
      expect(records[0]).toMatchObject({ topic, partition: 1 });
      expect(records[0]!.appendMs).toBeGreaterThanOrEqual(before - 1_000);
      await reader.close();
      await writer.close();
    });

    it("puts keys on the partitions Java would", async () => {
      const writer = await log.writer();
      await writer.write(
        ["support/after-sales", "search/queries", "code/review", "漢字"].map((key) => record(key, null, key)),
      );
      const reader = await readerFrom([0, 1, 2].map((partition) => ({ topic, partition, offset: 0 })));
      const records = await take(reader, 4);
      const found = new Map(records.map(({ key, partition }) => [Buffer.from(key!).toString(), partition]));
      // Computed with Kafka 4.3.1: Utils.toPositive(Utils.murmur2(key)) % 3.
      expect(Object.fromEntries(found)).toEqual(JAVA_PARTITIONS);
      await reader.close();
      await writer.close();
    });

    it("writes a transaction whole, with offsets that have holes", async () => {
      const writer = await log.transactionalWriter(`${topic}-tx`);
      await writer.transact([record("a", 0), record("b", 1), record("c", 0)], [], null);
      await writer.transact([record("d", 0)], [], null);
      const reader = await readerFrom([0, 1].map((partition) => ({ topic, partition, offset: 0 })));
      const records = await take(reader, 4);
      const zero = records.filter(({ partition }) => partition === 0);
      expect(zero.map(text)).toEqual(["a", "c", "d"]);
      expect(zero.map(({ offset }) => offset)).toEqual([0, 1, 3]);
      expect(await log.watermarks([{ topic, partition: 0 }])).toEqual([
        { topic, partition: 0, low: 0, high: 5 },
      ]);
      await reader.close();
      await writer.close();
    });

    it("shows nothing of a failed transaction and refuses the writer further work", async () => {
      const writer = await log.transactionalWriter(`${topic}-tx`);
      const tooLarge = { topic, partition: 0, key: "k", value: Buffer.alloc(3_000_000, 1) };
      await expect(writer.transact([record("lost"), tooLarge], [], null)).rejects.toThrow(
        RecordTooLargeError,
      );
      await expect(writer.transact([record("late")], [], null)).rejects.toThrow(RecordTooLargeError);
      await writer.close();
      const next = await log.transactionalWriter(`${topic}-tx`);
      await next.transact([record("kept")], [], null);
      const reader = await readerFrom([{ topic, partition: 0, offset: 0 }]);
      expect((await take(reader, 1)).map(text)).toEqual(["kept"]);
      await reader.close();
      await next.close();
    });

    it("commits group offsets with the records and gives them back", async () => {
      const group = { group: `${topic}-g`, instance: "one", topics: [topic] };
      const reader = await log.groupReader(group);
      expect(await assigned(reader)).toEqual([0, 1, 2]);
      const all = [0, 1, 2].map((partition) => ({ topic, partition }));
      expect(await reader.committed(all)).toEqual([]);
      await reader.resume(all.map((at) => ({ ...at, offset: 0 })));
      const writer = await log.transactionalWriter(`${topic}-tx`);
      await writer.transact([record("out", 2)], [{ topic, partition: 0, offset: 7 }], reader);
      await writer.transact([], [{ topic, partition: 1, offset: 9 }], reader);
      expect(await reader.committed(all)).toEqual([
        { topic, partition: 0, offset: 7 },
        { topic, partition: 1, offset: 9 },
      ]);
      expect((await takeGroup(reader, 1)).map(text)).toEqual(["out"]);
      await writer.close();
      await reader.close();
    });

    it("knows where it stands, at the end also behind a transaction's marker", async () => {
      const at = { topic, partition: 0 };
      const reader = await log.groupReader({ group: `${topic}-g`, instance: "one", topics: [topic] });
      await assigned(reader);
      expect(reader.positions()).toEqual([]);
      await reader.resume([{ ...at, offset: 0 }]);
      expect(reader.positions()).toEqual([{ ...at, offset: 0 }]);
      const writer = await log.transactionalWriter(`${topic}-tx`);
      await writer.transact([record("a"), record("b")], [], null);
      expect((await takeGroup(reader, 2)).map(text)).toEqual(["a", "b"]);
      const high = (await log.watermarks([at]))[0]!.high;
      expect(high).toBe(3);
      const deadline = performance.now() + WITHIN_MS;
      while (reader.positions()[0]!.offset < high && performance.now() < deadline) await reader.poll(10, 100);
      expect(reader.positions()).toEqual([{ ...at, offset: 3 }]);
      await writer.transact([record("c")], [], null);
      expect((await takeGroup(reader, 1)).map(text)).toEqual(["c"]);
      await reader.resume([{ ...at, offset: 1 }]);
      expect(reader.positions()).toEqual([{ ...at, offset: 1 }]);
      expect((await takeGroup(reader, 2)).map(text)).toEqual(["b", "c"]);
      await reader.close();
      await writer.close();
    });

    it("reads nothing before resume, then from the given offsets, and again from other ones", async () => {
      const writer = await log.writer();
      await writer.write(["a", "b", "c", "d"].map((value) => record(value)));
      const reader = await log.groupReader({ group: `${topic}-g`, instance: "one", topics: [topic] });
      await assigned(reader);
      expect(await reader.poll(10, 200)).toEqual({ kind: "records", records: [] });
      await reader.resume([{ topic, partition: 0, offset: 2 }]);
      expect((await takeGroup(reader, 2)).map(text)).toEqual(["c", "d"]);
      await reader.resume([{ topic, partition: 0, offset: 1 }]);
      expect((await takeGroup(reader, 3)).map(text)).toEqual(["b", "c", "d"]);
      await reader.close();
      await writer.close();
    });

    it("brings nothing of a paused partition, and then all of it once and in order", async () => {
      const numbers = (partition: number, from: number, to: number): OutgoingRecord[] =>
        Array.from({ length: to - from }, (_, i) => record(`${partition}:${from + i}`, partition));
      const writer = await log.writer();
      await writer.write([...numbers(0, 0, 500), ...numbers(1, 0, 500)]);
      const reader = await log.groupReader({ group: `${topic}-g`, instance: "one", topics: [topic] });
      await assigned(reader);
      const [zero, one] = [
        { topic, partition: 0 },
        { topic, partition: 1 },
      ] as const;
      expect(() => reader.pause([zero])).toThrow("not being read");
      await reader.resume([zero, one].map((at) => ({ ...at, offset: 0 })));
      const found: LogRecord[] = [];
      const of = (at: { partition: number }) => found.filter(({ partition }) => partition === at.partition);
      const read = async (until: () => boolean): Promise<void> => {
        const deadline = performance.now() + WITHIN_MS;
        while (!until() && performance.now() < deadline) {
          const polled = await reader.poll(7, 100);
          if (polled.kind === "records") found.push(...polled.records);
        }
      };
      // By now the client has fetched more of it than it gave.
      await read(() => of(zero).length >= 20);
      const before = of(zero).length;
      reader.pause([zero]);
      await writer.write([...numbers(0, 500, 520), ...numbers(1, 500, 520)]);
      await read(() => of(one).length === 520);
      expect(of(zero).length).toBe(before);
      expect(reader.positions()).toContainEqual({ ...zero, offset: before });
      // Another set instead: the first goes on, the second stands.
      reader.pause([one]);
      await writer.write(numbers(1, 520, 530));
      await read(() => of(zero).length === 520);
      expect(of(one).length).toBe(520);
      reader.pause([]);
      await read(() => of(one).length === 530);
      expect(of(zero).map(text)).toEqual(Array.from({ length: 520 }, (_, i) => `0:${i}`));
      expect(of(one).map(text)).toEqual(Array.from({ length: 530 }, (_, i) => `1:${i}`));
      reader.pause([zero]);
      await reader.resume([{ ...zero, offset: 510 }]);
      await read(() => of(zero).length === 530);
      expect(of(zero).slice(520).map(text)).toEqual(Array.from({ length: 10 }, (_, i) => `0:${510 + i}`));
      await reader.close();
      await writer.close();
    });

    it("forgets a pause with the assignment it belongs to", async () => {
      const writer = await log.writer();
      await writer.write([0, 1, 2].flatMap((partition) => [record("a", partition), record("b", partition)]));
      const group = { group: `${topic}-g`, topics: [topic] };
      const first = await log.groupReader({ ...group, instance: "one" });
      const all = [0, 1, 2].map((partition) => ({ topic, partition }));
      await assigned(first);
      await first.resume(all.map((at) => ({ ...at, offset: 0 })));
      first.pause(all);
      const second = await (await another()).groupReader({ ...group, instance: "two" });
      const joined = assigned(second);
      let mine: readonly number[] = [];
      for (;;) {
        const polled = await first.poll(10, 200);
        if (polled.kind === "records") expect(polled.records).toEqual([]);
        if (polled.kind !== "assigned") continue;
        mine = polled.partitions;
        break;
      }
      await joined;
      await first.resume(mine.map((partition) => ({ topic, partition, offset: 0 })));
      expect((await takeGroup(first, mine.length * 2)).length).toBe(mine.length * 2);
      await second.close();
      await first.close();
      await writer.close();
    });

    it("gives the same instance its partitions back at once after it closed", async () => {
      const options = { group: `${topic}-g`, instance: "one", topics: [topic] };
      const first = await log.groupReader(options);
      await assigned(first);
      await first.close();
      const again = await (await another()).groupReader(options);
      const started = performance.now();
      expect(await assigned(again)).toEqual([0, 1, 2]);
      // A member that neither left nor is static would wait for the old session: 45 s.
      expect(performance.now() - started).toBeLessThan(5_000);
      await again.close();
    });

    it("gives a member's partitions to the others as soon as it closed", async () => {
      const group = { group: `${topic}-g`, topics: [topic] };
      const first = await log.groupReader({ ...group, instance: "one" });
      await assigned(first);
      const second = await (await another()).groupReader({ ...group, instance: "two" });
      const joined = assigned(second);
      while ((await first.poll(10, 200)).kind !== "assigned");
      expect((await joined).length).toBeLessThan(3);
      await first.close();
      const started = performance.now();
      let left: readonly number[] = [];
      while (left.length < 3) {
        const polled = await second.poll(10, 200);
        if (polled.kind === "assigned") left = polled.partitions;
      }
      expect(left).toEqual([0, 1, 2]);
      // The session of one that does not leave ends after 45 s.
      expect(performance.now() - started).toBeLessThan(20_000);
      await second.close();
    });

    it("keeps no partitions for a member that closed before it was given any", async () => {
      const group = { group: `${topic}-g`, topics: [topic] };
      const first = await log.groupReader({ ...group, instance: "one" });
      await assigned(first);
      const brief = await (await another()).groupReader({ ...group, instance: "two" });
      // Not polled: it never learns what it would have. The first one does, and makes room.
      while ((await first.poll(10, 200)).kind !== "revoked");
      await brief.close();
      const started = performance.now();
      let left: readonly number[] = [];
      while (left.length < 3) {
        const polled = await first.poll(10, 200);
        if (polled.kind === "assigned") left = polled.partitions;
      }
      expect(performance.now() - started).toBeLessThan(20_000);
      await first.close();
    });

    it("moves whole partition numbers, of all topics alike, when a second member joins", async () => {
      const other = `${topic}-b`;
      await harness.createTopic(other, 3);
      const group = { group: `${topic}-g`, topics: [topic, other] };
      const first = await log.groupReader({ ...group, instance: "one" });
      expect(await assigned(first)).toEqual([0, 1, 2]);
      const second = await (await another()).groupReader({ ...group, instance: "two" });
      const joined = assigned(second);
      const events: Polled[] = [];
      while (!events.some(({ kind }) => kind === "assigned")) {
        const polled = await first.poll(10, 200);
        if (polled.kind !== "records") events.push(polled);
      }
      expect(events[0]).toEqual({ kind: "revoked", partitions: [0, 1, 2] });
      const mine = (events[1] as Extract<Polled, { kind: "assigned" }>).partitions;
      const theirs = await joined;
      expect([...mine, ...theirs].sort()).toEqual([0, 1, 2]);
      expect(Math.min(mine.length, theirs.length)).toBe(1);
      await first.close();
      await second.close();
    });

    it("fences a zombie of the same transactional id, and nothing of it is seen", async () => {
      const zombie = await log.transactionalWriter(`${topic}-tx`);
      await zombie.transact([record("before")], [], null);
      const heir = await (await another()).transactionalWriter(`${topic}-tx`);
      await expect(zombie.transact([record("zombie")], [], null)).rejects.toThrow(FencedError);
      await expect(zombie.transact([record("zombie")], [], null)).rejects.toThrow(FencedError);
      await heir.transact([record("heir")], [], null);
      const reader = await readerFrom([{ topic, partition: 0, offset: 0 }]);
      expect((await take(reader, 2)).map(text)).toEqual(["before", "heir"]);
      await reader.close();
      await heir.close();
      await zombie.close();
    });

    it("fences the older of two members with one instance name", async () => {
      const options = { group: `${topic}-g`, instance: "one", topics: [topic] };
      const older = await log.groupReader(options);
      await assigned(older);
      const newer = await (await another()).groupReader(options);
      await assigned(newer);
      const deadline = performance.now() + WITHIN_MS;
      await expect(
        (async () => {
          while (performance.now() < deadline) await older.poll(10, 200);
        })(),
      ).rejects.toThrow(FencedError);
      await older.close();
      // The end of the older one does not take the newer one's place from it: its next heartbeats go well.
      const closedMs = performance.now();
      while (performance.now() - closedMs < KEPT_MS) expect((await newer.poll(10, 200)).kind).toBe("records");
      await newer.close();
    });

    it("carries a record near one megabyte", async () => {
      // Pseudo-random bytes, so that compression does not make it small.
      const value = Uint8Array.from(
        { length: 1_000_000 },
        (_, i) => Math.imul(i ^ 0x9e37, 0x85ebca6b) >>> 17,
      );
      const writer = await log.transactionalWriter(`${topic}-tx`);
      await writer.transact([{ topic, partition: 0, key: "k", value }], [], null);
      const reader = await readerFrom([{ topic, partition: 0, offset: 0 }]);
      const [found] = await take(reader, 1);
      expect(Buffer.compare(found!.value!, value)).toBe(0);
      await reader.close();
      await writer.close();
    });

    it("wakes a waiting poll when a record arrives, and ends an idle one at its timeout", async () => {
      const reader = await readerFrom([{ topic, partition: 0, offset: 0 }]);
      const idleFrom = performance.now();
      expect(await reader.poll(10, 150)).toEqual([]);
      expect(performance.now() - idleFrom).toBeGreaterThanOrEqual(140);
      const writer = await log.writer();
      const waiting = reader.poll(10, WITHIN_MS);
      const started = performance.now();
      await writer.write([record("now")]);
      expect((await waiting).map(text)).toEqual(["now"]);
      expect(performance.now() - started).toBeLessThan(5_000);
      await reader.close();
      await writer.close();
    });

    it("gives no more records than asked for, and all of them over several polls", async () => {
      const writer = await log.writer();
      await writer.write(Array.from({ length: 2_500 }, (_, i) => record(String(i), i % 3)));
      const reader = await readerFrom([0, 1, 2].map((partition) => ({ topic, partition, offset: 0 })));
      const seen: LogRecord[] = [];
      while (seen.length < 2_500) {
        const batch = await reader.poll(700, WITHIN_MS);
        expect(batch.length).toBeLessThanOrEqual(700);
        expect(batch.length).toBeGreaterThan(0);
        seen.push(...batch);
      }
      for (const partition of [0, 1, 2]) {
        const values = seen.filter((one) => one.partition === partition).map((one) => Number(text(one)));
        expect(values).toEqual(Array.from({ length: values.length }, (_, i) => partition + 3 * i));
      }
      await reader.close();
      await writer.close();
    });

    it("names a topic that does not exist", async () => {
      const missing = "contract-missing";
      await expect(log.partitionCount(missing)).rejects.toThrow(UnknownTopicError);
      await expect(log.topicId(missing)).rejects.toThrow(missing);
      await expect(log.watermarks([{ topic: missing, partition: 0 }])).rejects.toThrow(UnknownTopicError);
      await expect(log.groupReader({ group: "g", instance: "i", topics: [missing] })).rejects.toThrow(
        UnknownTopicError,
      );
      const writer = await log.writer();
      await expect(writer.write([{ ...record("x"), topic: missing }])).rejects.toThrow(UnknownTopicError);
      await writer.close();
      const transactional = await log.transactionalWriter(`${topic}-tx`);
      await expect(transactional.transact([{ ...record("x"), topic: missing }], [], null)).rejects.toThrow(
        UnknownTopicError,
      );
      await transactional.close();
    });

    it("refuses to start past the end", async () => {
      const reader = await log.reader();
      await expect(reader.assign([{ topic, partition: 0, offset: 5 }])).rejects.toThrow(OffsetBeyondEndError);
      await reader.close();
    });

    it("knows its cluster and its topics apart", async () => {
      const other = `${topic}-b`;
      await harness.createTopic(other, 1);
      expect(await log.clusterId()).not.toBe("");
      expect(await log.clusterId()).toBe(await (await another()).clusterId());
      expect(await log.topicId(topic)).toBe(await log.topicId(topic));
      expect(await log.topicId(topic)).not.toBe(await log.topicId(other));
      expect(await log.partitionCount(topic)).toBe(3);
    });
  });
}

const JAVA_PARTITIONS = {
  "support/after-sales": 1,
  "search/queries": 0,
  "code/review": 1,
  漢字: 1,
};

function text(record: LogRecord): string {
  return Buffer.from(record.value!).toString();
}

async function take(reader: Reader, count: number): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  const deadline = performance.now() + WITHIN_MS;
  while (records.length < count && performance.now() < deadline) {
    records.push(...(await reader.poll(count, 500)));
  }
  if (records.length < count) throw new Error(`${records.length} of ${count} records came`);
  return records;
}

async function takeGroup(reader: GroupReader, count: number): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  const deadline = performance.now() + WITHIN_MS;
  while (records.length < count && performance.now() < deadline) {
    const polled = await reader.poll(count, 500);
    if (polled.kind === "records") records.push(...polled.records);
  }
  if (records.length < count) throw new Error(`${records.length} of ${count} records came`);
  return records;
}

async function assigned(reader: GroupReader): Promise<readonly number[]> {
  const deadline = performance.now() + WITHIN_MS;
  while (performance.now() < deadline) {
    const polled = await reader.poll(10, 500);
    if (polled.kind === "assigned") return polled.partitions;
  }
  throw new Error("no assignment came");
}
