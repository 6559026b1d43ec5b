import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Block, Store } from "../../services/ports.ts";
import { StoreError } from "../../services/ports.ts";
import type { Recorder } from "../../services/recorder/recorder.ts";
import { HOSTILE_NAMES } from "../support/hostile-names.ts";
import {
  ADMITTED,
  type FakeTopic,
  NOW_MS,
  record,
  sample,
  testRecorder,
} from "../support/recorder-fixture.ts";
import { rowsOf } from "../support/table-rows.ts";
import { openTestStore, type TestStore, testClock, wipe } from "../support/test-store.ts";

let test: TestStore;
const DAY_MS = 86_400_000;
const TODAY_MS = NOW_MS - (NOW_MS % DAY_MS);

beforeAll(async () => {
  test = await openTestStore();
});
afterAll(async () => {
  await test.close();
});
beforeEach(async () => {
  await wipe(test.store, [
    "progress",
    "samples",
    "texts",
    "gates",
    "windows",
    "window_left_out",
    "verdicts",
    "outcomes",
    "reviews",
    "rejected",
  ]);
});

const recorder = (
  topic?: FakeTopic,
  store: Store = test.store,
  limits?: Parameters<typeof testRecorder>[2],
): Recorder => testRecorder(store, topic, limits);

async function offsets(table: string): Promise<readonly string[]> {
  const rows = await test.store.query(`SELECT _partition AS p, _offset AS o FROM ${table} ORDER BY p, o`);
  return rows.map((row) => `${row.p}/${row.o}`);
}

/** A store that fails when told, before or after the insert took place. */
function flaky(fail: (table: string, call: number) => "before" | "after" | null, transient: boolean): Store {
  let calls = 0;
  return {
    ...test.store,
    async insert(table: string, block: Block, token?: string): Promise<void> {
      calls += 1;
      const when = fail(table, calls);
      if (when === "before") throw new StoreError("planted", 210, transient);
      await test.store.insert(table, block, token);
      if (when === "after") throw new StoreError("planted", 210, transient);
    },
  };
}

describe("a recorder", () => {
  it("stores facts and text apart, with the decision and where the row comes from", async () => {
    const own = recorder();
    expect(await own.resumeOffsets(ADMITTED)).toEqual([
      { topic: "admitted.v1", partition: 0, offset: 0 },
      { topic: "admitted.v1", partition: 1, offset: 0 },
    ]);
    await own.record([sample(0, 0), sample(1, 0), sample(0, 1)]);
    const rows = await test.store.query(
      "SELECT id, decision, reasons, enforced, gate_revision, source_offset, _cluster, _topic, _epoch, _offset FROM samples WHERE id = 's-0-1'",
    );
    expect(rows).toEqual([
      {
        id: "s-0-1",
        decision: "admitted",
        reasons: [],
        enforced: true,
        gate_revision: "7",
        source_offset: "1",
        _cluster: "c1",
        _topic: "admitted.v1",
        _epoch: 0,
        _offset: "1",
      },
    ]);
    expect(await test.store.query("SELECT output FROM texts WHERE id = 's-0-1'")).toEqual([
      { output: "text 1" },
    ]);
    expect(own.counters).toMatchObject({ records: 3, rows: 6, unreadable: 0 });
  });

  it("keeps lanes and ids of any characters", async () => {
    const own = recorder();
    await own.resumeOffsets(ADMITTED);
    await own.record(
      HOSTILE_NAMES.map((name, offset) =>
        record("admitted.v1", 0, offset, {
          id: name,
          lane: name,
          bucket: name,
          output: name,
          eventTime: NOW_MS,
          // As a key of a map it is refused where the record is read.
          fields: Object.fromEntries(name === "__proto__" ? [] : [[name, name]]),
        }),
      ),
    );
    const rows = await test.store.query(
      "SELECT s.id AS id, s.lane AS lane, t.output AS output, t.fields AS fields FROM samples s JOIN texts t ON s.id = t.id AND s.lane = t.lane ORDER BY s._offset",
    );
    expect(rows.map((row) => row.lane)).toEqual(HOSTILE_NAMES);
    expect(rows.map((row) => row.output)).toEqual(HOSTILE_NAMES);
    for (const [index, name] of HOSTILE_NAMES.entries()) {
      if (name !== "__proto__") {
        expect(Object.entries(rows[index]!.fields as object)).toEqual([[name, name]]);
      }
    }
  });

  it("moves on over ticks and unreadable records", async () => {
    const own = recorder();
    await own.resumeOffsets(ADMITTED);
    await own.record([
      record("admitted.v1", 0, 0, null, { headers: { "plumbline-tick": "1" } }),
      record("admitted.v1", 0, 1, "not JSON"),
      sample(0, 2),
      record("admitted.v1", 0, 3, null, { headers: { "plumbline-tick": "2" } }),
    ]);
    expect(await offsets("samples")).toEqual(["0/2"]);
    expect(own.counters.unreadable).toBe(1);
    expect(await recorder().resumeOffsets(ADMITTED)).toContainEqual({
      topic: "admitted.v1",
      partition: 0,
      offset: 4,
    });
  });

  it("goes on exactly after a crash at any insert", async () => {
    // Inserts: 1 identity, 2 samples, 3 texts, 4 progress of the first batch; the crash hits each of them in turn.
    for (let crash = 1; crash <= 8; crash += 1) {
      for (const when of ["before", "after"] as const) {
        await wipe(test.store, ["progress", "samples", "texts"]);
        const store = flaky((_table, call) => (call === crash ? when : null), false);
        const all = [sample(0, 0), sample(1, 0), sample(0, 1), sample(0, 2), sample(1, 3), sample(0, 5)];
        const first = recorder(undefined, store);
        try {
          await first.resumeOffsets(ADMITTED);
          await first.record(all.slice(0, 3));
          await first.record(all.slice(3, 5));
        } catch (error) {
          expect(error).toBeInstanceOf(StoreError);
        }
        const second = recorder();
        const resume = new Map(
          (await second.resumeOffsets(ADMITTED)).map((own) => [own.partition, own.offset]),
        );
        await second.record(all.filter((own) => own.offset >= resume.get(own.partition)!));
        const expected = ["0/0", "0/1", "0/2", "0/5", "1/0", "1/3"];
        expect(await offsets("samples"), `crash ${when} insert ${crash}`).toEqual(expected);
        expect(await offsets("texts"), `crash ${when} insert ${crash}`).toEqual(expected);
      }
    }
  });

  it("takes nothing after a failure until it has asked the store again", async () => {
    const own = recorder(
      undefined,
      flaky((table) => (table === "texts" ? "before" : null), false),
    );
    await own.resumeOffsets(ADMITTED);
    await expect(own.record([sample(0, 0)])).rejects.toThrow("planted");
    await expect(own.record([sample(0, 1)])).rejects.toThrow("resumeOffsets");
  });

  it("tries an insert again while the store is away, and stores it once", async () => {
    const own = recorder(
      undefined,
      flaky((_table, call) => (call >= 2 && call <= 5 ? (call % 2 === 0 ? "after" : "before") : null), true),
    );
    await own.resumeOffsets(ADMITTED);
    await own.record([sample(0, 0), sample(0, 1)]);
    expect(await offsets("samples")).toEqual(["0/0", "0/1"]);
    expect(await offsets("texts")).toEqual(["0/0", "0/1"]);
    expect(own.counters.retries).toBe(4);
  });

  it("gives up at its limit", async () => {
    const own = recorder(
      undefined,
      flaky((table) => (table === "samples" ? "before" : null), true),
      { retryMsMax: 5_000 },
    );
    await own.resumeOffsets(ADMITTED);
    await expect(own.record([sample(0, 0)])).rejects.toThrow("planted");
    expect(own.counters.retries).toBeGreaterThan(3);
  });

  it("counts from the start of a batch how long it tries: each insert alone would come in time", async () => {
    const clock = testClock();
    const startMs = clock.now;
    let refused = 0;
    const store: Store = {
      ...test.store,
      async insert(table, block, token): Promise<void> {
        if (table === "samples") clock.now += 4_000;
        if (table === "progress" && clock.now > startMs) {
          refused += 1;
          throw new StoreError("planted", 210, true);
        }
        await test.store.insert(table, block, token);
      },
    };
    const own = testRecorder(store, undefined, { retryMsMax: 5_000 }, clock);
    await own.resumeOffsets(ADMITTED);
    await expect(own.record([sample(0, 0)])).rejects.toThrow("planted");
    expect(refused).toBe(5);
  });

  it("waits for a slow store once a batch: tables beside each other, progress after all of them", async () => {
    const begun: string[] = [];
    let release = (): void => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const store: Store = {
      ...test.store,
      async insert(table, block, token): Promise<void> {
        begun.push(table);
        // The last table of the batch lets all of them go on.
        if (begun.includes("samples") && begun.includes("texts")) release();
        if (table !== "progress") await released;
        await test.store.insert(table, block, token);
      },
    };
    const own = recorder(undefined, store);
    await own.resumeOffsets(ADMITTED);
    await own.record([sample(0, 0)]);
    expect(begun).toEqual(["progress", "samples", "texts", "progress"]);
  });

  it("splits a batch where the day of append time changes, and days never fall", async () => {
    const inserts: string[] = [];
    const spying: Store = {
      ...test.store,
      insert: (table, block, token) => {
        const days = new Set(rowsOf(block).map((row) => String(row._day)));
        if (table === "samples") inserts.push([...days].join());
        return test.store.insert(table, block, token);
      },
    };
    const own = recorder(undefined, spying);
    await own.resumeOffsets(ADMITTED);
    await own.record([
      sample(0, 0, { appendMs: TODAY_MS - 1 }),
      sample(1, 0, { appendMs: TODAY_MS }),
      sample(0, 1, { appendMs: TODAY_MS }),
      sample(0, 2, { appendMs: TODAY_MS - 5 }),
    ]);
    const yesterday = new Date(TODAY_MS - 1).toISOString().slice(0, 10);
    const today = new Date(TODAY_MS).toISOString().slice(0, 10);
    expect(inserts).toEqual([yesterday, today]);
    const rows = await test.store.query(
      "SELECT _offset AS o, _day AS d FROM samples WHERE _partition = 0 ORDER BY o",
    );
    expect(rows.map((row) => row.d)).toEqual([yesterday, today, today]);
    const again = recorder(undefined, spying);
    await again.resumeOffsets(ADMITTED);
    await again.record([sample(0, 3, { appendMs: TODAY_MS - 10 })]);
    expect(inserts.at(-1)).toBe(today);
  });

  it("cuts inserts by size, never inside a record", async () => {
    const sizes: number[] = [];
    const spying: Store = {
      ...test.store,
      insert: (table, block, token) => {
        if (table === "windows") sizes.push(block.rows);
        return test.store.insert(table, block, token);
      },
    };
    const windows = [{ topic: "windows.v1", partition: 0 }];
    const own = recorder(undefined, spying, { insertRowsMax: 10 });
    await own.resumeOffsets(windows);
    const results = Array.from({ length: 4 }, (_, index) => ({
      metric: `m${index}`,
      bucket: "",
      n: 5,
      nRef: null,
      value: 0.5,
      lo: null,
      hi: null,
      nullMean: null,
      nullSd: null,
      ratio: null,
      z: null,
      e: null,
      status: "ok",
    }));
    const window = {
      lane: "l",
      stage: "candidate",
      segment: "all",
      window: "pane",
      startMs: NOW_MS,
      endMs: NOW_MS,
      generation: 0,
      n: 5,
      late: 0,
      repeated: 0,
      incomplete: false,
      referenceVersion: "",
      policyVersion: "",
      rowIndex: 0,
      rowCount: 1,
      evidence: [],
      leftOut: [],
      results,
    };
    await own.record([0, 1, 2, 3, 4].map((offset) => record("windows.v1", 0, offset, window)));
    expect(sizes).toEqual([8, 8, 4]);
  });

  it("writes one row for each metric, each left-out subject and each rule", async () => {
    const own = recorder();
    await own.resumeOffsets(["windows.v1", "verdicts.v1"].map((topic) => ({ topic, partition: 0 })));
    const result = {
      metric: "jsd",
      bucket: "",
      n: 500,
      nRef: 900,
      value: 0.25,
      lo: 0.2,
      hi: 0.3,
      nullMean: 0.1,
      nullSd: 0.01,
      ratio: 2.5,
      z: 15,
      e: null,
      status: "ok",
    };
    const none = {
      metric: "tcr",
      bucket: "b",
      n: 3,
      nRef: null,
      value: null,
      lo: null,
      hi: null,
      nullMean: null,
      nullSd: null,
      ratio: null,
      z: null,
      e: null,
      status: "insufficient",
    };
    await own.record([
      record("windows.v1", 0, 0, {
        lane: "l",
        stage: "candidate",
        segment: "generated",
        window: "decision",
        startMs: NOW_MS - 1000,
        endMs: NOW_MS,
        generation: 2,
        n: 500,
        late: 1,
        repeated: 2,
        incomplete: false,
        referenceVersion: "r1",
        policyVersion: "p1",
        rowIndex: 1,
        rowCount: 3,
        results: [result, none],
        leftOut: [{ subject: "template:t@1", n: 400, results: [result] }],
        evidence: ["s-1", "s-2"],
      }),
      record("verdicts.v1", 0, 0, {
        lane: "l",
        window: "decision",
        startMs: NOW_MS - 1000,
        endMs: NOW_MS,
        generation: 2,
        verdict: "breach",
        warn: false,
        families: ["divergence"],
        rulesVersion: "v1",
        referenceVersion: "r1",
        blamed: ["template:t@1"],
        evidence: ["s-1"],
        results: [
          {
            rule: "r",
            metric: "jsd",
            family: "divergence",
            stage: "candidate",
            segment: "generated",
            bucket: "",
            verdict: "breach",
            warn: false,
            n: 500,
            value: 0.25,
            lo: 0.2,
            hi: 0.3,
            ratio: 2.5,
            z: 15,
            anchorRatio: null,
            arithmetic: "0.25 > 0.2",
          },
        ],
      }),
    ]);
    expect(
      await test.store.query(
        "SELECT metric, bucket, n, n_ref, value, z, status, window_n, late, row_count, evidence, _row FROM windows ORDER BY _row",
      ),
    ).toEqual([
      {
        metric: "jsd",
        bucket: "",
        n: "500",
        n_ref: "900",
        value: 0.25,
        z: 15,
        status: "ok",
        window_n: "500",
        late: "1",
        row_count: 3,
        evidence: ["s-1", "s-2"],
        _row: 0,
      },
      {
        metric: "tcr",
        bucket: "b",
        n: "3",
        n_ref: null,
        value: null,
        z: null,
        status: "insufficient",
        window_n: "500",
        late: "1",
        row_count: 3,
        evidence: ["s-1", "s-2"],
        _row: 1,
      },
    ]);
    expect(await test.store.query("SELECT subject, left_n, metric, value FROM window_left_out")).toEqual([
      { subject: "template:t@1", left_n: "400", metric: "jsd", value: 0.25 },
    ]);
    expect(
      await test.store.query(
        "SELECT rule, verdict, families, blamed, arithmetic FROM verdicts ORDER BY _row",
      ),
    ).toEqual([
      { rule: "", verdict: "breach", families: ["divergence"], blamed: ["template:t@1"], arithmetic: "" },
      { rule: "r", verdict: "breach", families: [], blamed: [], arithmetic: "0.25 > 0.2" },
    ]);
    expect(await test.store.query("SELECT lane, verdict, families FROM verdict_latest")).toEqual([
      { lane: "l", verdict: "breach", families: ["divergence"] },
    ]);
  });

  it("shows each gate as it was last published", async () => {
    const own = recorder();
    await own.resumeOffsets([{ topic: "gates.v1", partition: 0 }]);
    const gate = {
      subject: "lane:l",
      lane: "l",
      share: 0.5,
      sinceMs: NOW_MS,
      validUntilMs: NOW_MS - 1,
      rule: "",
      cause: "",
      decisionId: "",
      cleanWindows: 0,
    };
    await own.record([
      record("gates.v1", 0, 0, { ...gate, state: "open", revision: 1 }),
      record("gates.v1", 0, 1, { ...gate, state: "frozen", revision: 2 }),
      record("gates.v1", 0, 2, {
        ...gate,
        subject: "lane:m",
        state: "watch",
        revision: 3,
        validUntilMs: NOW_MS + DAY_MS,
      }),
    ]);
    expect(await test.store.query("SELECT subject, state, lease FROM gate_now ORDER BY subject")).toEqual([
      { subject: "lane:l", state: "frozen", lease: "stale" },
      { subject: "lane:m", state: "watch", lease: "live" },
    ]);
  });

  it("keeps event times from 1970 on, and leaves out what the monitor refuses, as that is in `rejected`", async () => {
    const own = recorder();
    await own.resumeOffsets([{ topic: "outcomes.v1", partition: 0 }]);
    const outcome = {
      id: "o",
      lane: "l",
      modelId: "m",
      modelVersion: "1",
      interactionId: "i",
      interactionTime: 1,
    };
    const ahead = NOW_MS + 5 * 60_000;
    await own.record([
      record("outcomes.v1", 0, 0, { ...outcome, eventTime: 0, satisfaction: null }),
      record("outcomes.v1", 0, 1, { ...outcome, eventTime: ahead, satisfaction: Number.NaN }),
      record("outcomes.v1", 0, 2, { ...outcome, eventTime: ahead + 1 }),
      record("outcomes.v1", 0, 3, { ...outcome, eventTime: -1 }),
      record("outcomes.v1", 0, 4, { ...outcome, eventTime: 0, interactionTime: -9e14 }),
      record("outcomes.v1", 0, 5, { ...outcome, eventTime: 0, lane: "" }),
    ]);
    expect(own.counters.unreadable).toBe(4);
    expect(
      await test.store.query(
        "SELECT toUnixTimestamp64Milli(event_time) AS t, toString(interaction_time) AS i, satisfaction, resolved FROM outcomes ORDER BY _offset",
      ),
    ).toEqual([
      { t: "0", i: "1970-01-01 00:00:00.001", satisfaction: null, resolved: null },
      { t: String(ahead), i: "1970-01-01 00:00:00.001", satisfaction: null, resolved: null },
    ]);
    expect(await offsets("rejected")).toEqual([]);
  });

  it("keeps what it cannot read of topics that nobody else reads, once", async () => {
    const reviews = [{ topic: "reviews.v1", partition: 0 }];
    const review = {
      id: "r",
      eventTime: NOW_MS,
      lane: "l",
      targetTopic: "samples",
      targetId: "s",
      reviewer: "ann",
    };
    const batch = [
      record("reviews.v1", 0, 0, review),
      record("reviews.v1", 0, 1, "no Avro", { key: Buffer.from("k") }),
      record("reviews.v1", 0, 2, { ...review, eventTime: NOW_MS + 6 * 60_000 }),
      record("reviews.v1", 0, 3, null),
      record("reviews.v1", 0, 4, review),
    ];
    const crashed = recorder(
      undefined,
      flaky((table, call) => (table === "progress" && call > 1 ? "before" : null), false),
    );
    await crashed.resumeOffsets(reviews);
    await expect(crashed.record(batch)).rejects.toThrow("planted");
    const own = recorder();
    // From where the table that is furthest behind ends: the rejected row at offset 2.
    expect(await own.resumeOffsets(reviews)).toEqual([{ ...reviews[0], offset: 3 }]);
    await own.record(batch);
    expect(await offsets("reviews")).toEqual(["0/0", "0/4"]);
    const rows = await test.store.query(
      "SELECT topic, partition, offset, code, key_base64 AS key, bytes FROM rejected ORDER BY _offset",
    );
    expect(rows).toEqual([
      {
        topic: "reviews.v1",
        partition: 0,
        offset: "1",
        code: "frame_missing",
        key: "aw==",
        bytes: "no Avro",
      },
      expect.objectContaining({ offset: "2", code: "event_time_future", key: null }),
    ]);
  });
});
