import { describe, expect, it } from "vitest";
import { createCodec } from "../../../services/adapters/avro/codec.ts";
import { MemoryBroker } from "../../../services/adapters/memory/memory-broker.ts";
import { TICK_HEADER } from "../../../services/core/record-headers.ts";
import type { GateRecord, VerdictRecord, WindowRecord } from "../../../services/core/records.ts";
import { okResult } from "../../../services/core/result.ts";
import { topicName } from "../../../services/core/topics.ts";
import { LAB_TOPICS } from "../../../services/lab/generation-records.ts";
import { labFailures } from "../../../services/lab/lab-report.ts";
import type { LabCodec } from "../../../services/lab/lab-watch.ts";
import { LAB_LANES, type LabLane } from "../../../services/lab/lanes.ts";
import { prepareLab } from "../../../services/lab/prepare-lab.ts";
import { LAB_APPROVER, type LabProgress, type ResumeRequest, runLab } from "../../../services/lab/run-lab.ts";
import { LabTimeoutError } from "../../../services/lab/topic-follower.ts";
import type { Log, LogRecord, OutgoingRecord } from "../../../services/ports.ts";
import { TINY_SIZES, tinyCorpus } from "./tiny-corpus.ts";

const PREFIX = "lab-test.";
const PARTITIONS = 2;
const START = Date.UTC(2026, 0, 1);
const NOW = START + 15 * 60_000;

const codec = createCodec();
const labCodec: LabCodec = {
  encode: (topic, record) => codec.encode(topic, record as never),
  decode: (topic, value) => {
    const decoded = codec.decodeGeneric(topic, value);
    return decoded.ok ? (decoded.record as never) : null;
  },
};
const lab = prepareLab(tinyCorpus(400), 5, TINY_SIZES);
const clock = { nowMs: () => NOW, sleep: async () => {} };

/** A governor by script: after a generation's ticks it freezes what the script says and answers commands. */
class ScriptedGovernor {
  generation = 0;
  revision = 0;
  readonly commands: ResumeRequest[] = [];
  readonly log: Log;
  readonly #frozen: ReadonlyMap<LabLane, number>;

  constructor(log: Log, frozen: ReadonlyMap<LabLane, number>) {
    this.log = log;
    this.#frozen = frozen;
  }

  async judge(): Promise<void> {
    this.generation += 1;
    const writer = await this.log.writer();
    for (const lane of LAB_LANES) {
      const at = this.#frozen.get(lane);
      const frozen = at !== undefined && this.generation >= at && this.commands.every((c) => c.lane !== lane);
      if (frozen) await writer.write([this.gate(lane, "frozen", this.generation > at ? 3 : 0, "d1")]);
      await writer.write([...this.#rows(lane), this.#verdict(lane, frozen && this.generation === at)]);
    }
    await writer.close();
  }

  async resume(request: ResumeRequest): Promise<void> {
    this.commands.push(request);
    await (await this.log.writer()).write([this.gate(request.lane, "probation", 0, "d2")]);
  }

  gate(lane: LabLane, state: GateRecord["state"], cleanWindows: number, decisionId: string): OutgoingRecord {
    this.revision += 1;
    const record: GateRecord = {
      subject: `lane:${lane}`,
      lane,
      state,
      share: 1,
      sinceMs: NOW,
      validUntilMs: NOW + 60_000,
      revision: this.revision,
      rule: state === "frozen" ? "tail-coverage" : "",
      cause: "",
      decisionId,
      cleanWindows,
    };
    return {
      topic: topicName(PREFIX, "gates"),
      partition: 0,
      key: lane,
      value: codec.encode("gates", record),
    };
  }

  #rows(lane: LabLane): OutgoingRecord[] {
    const row = (rowIndex: number, fields: Partial<WindowRecord>): OutgoingRecord => {
      const record: WindowRecord = {
        lane,
        stage: "candidate",
        segment: "generated",
        window: "generation",
        startMs: START,
        endMs: START + 60_000,
        generation: this.generation,
        n: 500,
        late: 0,
        repeated: 0,
        incomplete: false,
        referenceVersion: "r",
        policyVersion: "p",
        rowIndex,
        rowCount: 2,
        results: [],
        leftOut: [],
        evidence: [],
        ...fields,
      };
      return {
        topic: topicName(PREFIX, "windows"),
        partition: 0,
        key: lane,
        value: codec.encode("windows", record),
      };
    };
    const online = (value: number, n: number, bucket: string) =>
      okResult("online_success", n, value, null, bucket);
    return [
      row(0, { results: [okResult("tail_coverage", 500, 0.9 / this.generation, null)] }),
      row(1, {
        stage: "reply",
        segment: "all",
        results: [online(0.4, 300, ""), online(0.5, 30, "tail:a-d"), online(0.2, 60, "tail:e-i")],
      }),
    ];
  }

  #verdict(lane: LabLane, breach: boolean): OutgoingRecord {
    const record: VerdictRecord = {
      lane,
      window: "generation",
      startMs: START,
      endMs: START + 60_000,
      generation: this.generation,
      verdict: breach ? "breach" : "pass",
      warn: false,
      families: breach ? ["repetition", "support"] : [],
      rulesVersion: "v",
      referenceVersion: "r",
      results: [],
      blamed: [],
      evidence: breach ? ["s1"] : [],
    };
    return {
      topic: topicName(PREFIX, "verdicts"),
      partition: 0,
      key: lane,
      value: codec.encode("verdicts", record),
    };
  }
}

function openScripted(frozen: ReadonlyMap<LabLane, number>): { log: Log; governor: ScriptedGovernor } {
  const broker = new MemoryBroker({ nowMs: () => NOW });
  for (const name of LAB_TOPICS) broker.createTopic(topicName(PREFIX, name), PARTITIONS);
  for (const name of ["windows", "verdicts"] as const)
    broker.createTopic(topicName(PREFIX, name), PARTITIONS);
  broker.createTopic(topicName(PREFIX, "gates"), 1);
  const inner = broker.open();
  const governor = new ScriptedGovernor(inner, frozen);
  const log: Log = Object.defineProperty(broker.open(), "writer", {
    value: async () => {
      const writer = await inner.writer();
      return {
        write: async (records: readonly OutgoingRecord[]) => {
          await writer.write(records);
          if (records[0]?.headers?.[TICK_HEADER] !== undefined) await governor.judge();
        },
        close: () => writer.close(),
      };
    },
  });
  return { log, governor };
}

async function readAll(log: Log, topic: string): Promise<LogRecord[]> {
  const reader = await log.reader();
  await reader.assign(
    Array.from({ length: PARTITIONS }, (_, partition) => ({ topic, partition, offset: 0 })),
  );
  const all: LogRecord[] = [];
  for (let batch = await reader.poll(10_000, 1); batch.length > 0; batch = await reader.poll(10_000, 1)) {
    all.push(...batch);
  }
  await reader.close();
  return all;
}

describe("runLab", () => {
  const options = { lab, codec: labCodec, clock, prefix: PREFIX, latenessMs: 5_000 };

  it("runs all generations, obeys the gate, asks to resume, and reports what was judged", async () => {
    const { log, governor } = openScripted(
      new Map<LabLane, number>([
        ["replace", 1],
        ["governed", 1],
      ]),
    );
    const progress: LabProgress[] = [];
    const report = await runLab({
      ...options,
      log,
      sendCommand: (request) => governor.resume(request),
      onProgress: (event) => progress.push(event),
    });
    expect(governor.commands).toEqual([
      {
        subject: "lane:governed",
        lane: "governed",
        actor: LAB_APPROVER,
        reason: expect.stringMatching(/^3 clean trial batches/),
      },
    ]);
    const recipes = progress.flatMap((p) =>
      p.kind === "writing" && p.lane === "governed" ? [p.recipe] : [],
    );
    expect(recipes).toEqual(["own", "trial", "half"]);
    expect(report.lanes.governed).toMatchObject({
      frozenAtGeneration: 1,
      resumedAtGeneration: 2,
      rule: "tail-coverage",
    });
    expect(report.lanes.governed.generations.map((g) => g.gate)).toEqual(["frozen", "frozen", "probation"]);
    expect(report.lanes.replace).toMatchObject({ frozenAtGeneration: 1, resumedAtGeneration: null });
    expect(report.lanes.replace.evidence?.samples).toEqual(["s1"]);
    expect(report.lanes.fresh).toMatchObject({ frozenAtGeneration: null, rule: null, evidence: null });
    expect(report.lanes.fresh.generations[1]).toMatchObject({
      tailCoverage: 0.45,
      distinct4: null,
      online: 0.4,
      onlineTail: (15 + 12) / 90,
    });
    expect(labFailures(report)).toEqual([]);
  });

  it("writes each partition in the order of event time, then a tick past the generation in every one", async () => {
    const { log, governor } = openScripted(new Map());
    await runLab({ ...options, log, sendCommand: (request) => governor.resume(request) });
    for (const name of LAB_TOPICS) {
      const records = await readAll(log, topicName(PREFIX, name));
      for (let partition = 0; partition < PARTITIONS; partition += 1) {
        const mine = records.filter((record) => record.partition === partition);
        const ticks = mine
          .filter((record) => record.value === null)
          .map((record) => Number(record.headers[TICK_HEADER]));
        expect(ticks).toEqual([1, 2, 3].map((generation) => START + generation * 60_000 + 5_000));
        let watermark = 0;
        for (const record of mine) {
          if (record.value === null) {
            watermark = Math.max(watermark, Number(record.headers[TICK_HEADER]));
            continue;
          }
          const decoded = codec.decodeGeneric(name, record.value);
          if (!decoded.ok) throw new Error(decoded.detail);
          // Never late, however small the bound beyond the ticks' own, and never ahead of append time.
          expect(decoded.record.eventTime).toBeGreaterThanOrEqual(watermark - 5_000);
          expect(decoded.record.eventTime).toBeLessThanOrEqual(record.appendMs);
          watermark = Math.max(watermark, decoded.record.eventTime);
        }
      }
    }
  });

  it("says what a healthy-looking run failed to show", async () => {
    const { log, governor } = openScripted(new Map<LabLane, number>([["fresh", 2]]));
    const report = await runLab({ ...options, log, sendCommand: (request) => governor.resume(request) });
    expect(labFailures(report)).toEqual([
      "replace was not frozen by generation 3",
      "fresh was frozen at generation 2",
      "governed was never frozen",
      "governed was not resumed",
    ]);
    expect(governor.commands).toEqual([]);
  });

  it("gives up on a silent governor with the services to look at", async () => {
    const broker = new MemoryBroker({ nowMs: () => NOW });
    for (const name of [...LAB_TOPICS, "windows", "verdicts", "gates"] as const) {
      broker.createTopic(topicName(PREFIX, name), 1);
    }
    const run = runLab({ ...options, log: broker.open(), sendCommand: async () => {}, verdictWaitMs: 200 });
    await expect(run).rejects.toThrow(LabTimeoutError);
    await expect(run).rejects.toThrow(
      /generation 1 of lane replace .* look at gatekeeper, monitor and governor/,
    );
  });

  it("stops when it is told to", async () => {
    const { log } = openScripted(new Map());
    const run = runLab({
      ...options,
      log,
      sendCommand: async () => {},
      signal: AbortSignal.abort(new Error("stop")),
    });
    await expect(run).rejects.toThrow("stop");
  });
});
