import { describe, expect, it } from "vitest";
import { createCodec } from "../../../services/adapters/avro/codec.ts";
import { MemoryBroker } from "../../../services/adapters/memory/memory-broker.ts";
import { INGEST_TOPICS, recordFromLine } from "../../../services/cli/ingest/record-from-line.ts";
import { type SendFile, sendFile } from "../../../services/cli/ingest/send-file.ts";
import type { Line } from "../../../services/cli/lines/line-splitter.ts";
import { TextIds } from "../../../services/cli/lines/text-ids.ts";
import type { OutgoingRecord } from "../../../services/ports.ts";
import { TopicNames } from "../../../services/runtime/topics.ts";
import { HOSTILE_NAMES } from "../../support/hostile-names.ts";

const codec = createCodec();
const NOW = 1_750_000_000_000;
const defaults = { topic: "samples", lane: "support", nowMs: NOW, eventTimeNow: false } as const;

function read(object: unknown, overrides: Partial<Parameters<typeof recordFromLine>[1]> = {}) {
  const line = { number: 1, text: typeof object === "string" ? object : JSON.stringify(object) };
  return recordFromLine(line, { ...defaults, ...overrides }, new TextIds());
}

async function* linesOf(objects: readonly unknown[]): AsyncGenerator<Iterable<Line>> {
  yield objects.map((object, i) => ({
    number: i + 1,
    text: typeof object === "string" ? object : JSON.stringify(object),
  }));
}

async function send(objects: readonly unknown[], overrides: Partial<SendFile> = {}) {
  const written: OutgoingRecord[] = [];
  const broker = new MemoryBroker({ nowMs: () => NOW });
  broker.createDeclaredTopics("", 4);
  const writer = await broker.open().writer();
  const { sent, bad } = await sendFile({
    ...defaults,
    path: "file.jsonl",
    lines: linesOf(objects),
    writer: {
      async write(records) {
        await writer.write(records);
        written.push(...records);
      },
      close: () => writer.close(),
    },
    codec,
    names: new TopicNames(""),
    oldestMs: NOW - 30_000,
    onSent: () => {},
    ...overrides,
  });
  return { sent, bad, written };
}

describe("a line as a record", () => {
  it("takes the short form of a sample", () => {
    const parsed = read({
      text: "hello",
      bucket: "refunds",
      origin: "model_generated",
      template: "qa@3",
      teacher: "big model@2026-01",
      judge: "j",
      source: "vendor/a",
    });
    expect(parsed).toMatchObject({
      ok: true,
      value: {
        lane: "support",
        output: "hello",
        eventTime: NOW,
        bucket: "refunds",
        templateId: "qa",
        templateVersion: "3",
        teacherId: "big model",
        teacherVersion: "2026-01",
        judgeId: "j",
        source: "vendor/a",
      },
    });
    if (parsed.ok) expect(codec.problemsOf("samples", parsed.value)).toEqual([]);
  });

  it("takes the fields of the schema as they are, and times in ISO 8601", () => {
    const outcome = {
      id: "o1",
      lane: "l",
      eventTime: "2025-06-15T15:06:40Z",
      interactionTime: NOW - 1,
      modelId: "m",
      modelVersion: "1",
      interactionId: "i1",
      resolved: true,
    };
    const parsed = read(outcome, { topic: "outcomes" });
    expect(parsed).toMatchObject({ ok: true, value: { eventTime: NOW, lane: "l", resolved: true } });
    if (parsed.ok) expect(codec.problemsOf("outcomes", parsed.value)).toEqual([]);
  });

  it("dates every record now when asked", () => {
    expect(read({ id: "1", output: "x", eventTime: 5 }, { eventTimeNow: true })).toMatchObject({
      value: { eventTime: NOW },
    });
  });

  it.each([
    ["{", "json_invalid"],
    [{ id: "1", output: "x", eventTime: "yesterday" }, "field_invalid"],
    [{ id: "1", output: "x", eventTime: true }, "field_invalid"],
    [{ id: "1", output: "x", lane: 3 }, "field_invalid"],
  ] as const)("%j is %s", (line, code) => {
    expect(read(line)).toMatchObject({ ok: false, bad: { code } });
  });

  it("needs a lane from somewhere", () => {
    expect(read({ output: "x" }, { lane: null })).toMatchObject({
      bad: { code: "field_invalid", detail: expect.stringContaining("--lane") },
    });
  });
});

describe("sending a file", () => {
  it("writes readable records, keyed by lane, for every topic", async () => {
    const model = { modelId: "m", modelVersion: "1" };
    const lines: Record<(typeof INGEST_TOPICS)[number], unknown> = {
      samples: { text: "a text" },
      interactions: { id: "i", ...model, response: "r" },
      outcomes: { id: "o", ...model, interactionId: "i", interactionTime: NOW },
      evaluations: { id: "e", runId: "r", ...model, suite: "main", successes: 3, trials: 4 },
      training: { id: "t", runId: "r", kind: "manifest", ...model },
      reviews: { id: "v", targetTopic: "samples", targetId: "s", reviewer: "ann", verdict: "pass" },
      changes: { id: "c", kind: "season_event", actor: "ann", startTime: "2025-12-01T00:00:00Z" },
    };
    for (const topic of INGEST_TOPICS) {
      const { sent, written, bad } = await send([lines[topic]], { topic });
      expect([topic, bad.lines(), sent]).toEqual([topic, [], 1]);
      expect(written[0]).toMatchObject({ topic: `${topic}.v1`, key: "support", partition: null });
      expect(codec.decodeGeneric(topic, written[0]!.value)).toMatchObject({ ok: true });
    }
  });

  it("counts what the schema refuses, and sends the rest", async () => {
    const { sent, bad } = await send([
      { text: "good" },
      { text: "bad", judgeScore: "high" },
      { text: "bad", provenence: "x" },
      { text: "x".repeat(1_100_000) },
      { text: "bad", lane: "__proto__" },
      "[1]",
      { text: "good", bucket: "\u0000" },
    ]);
    expect(sent).toBe(2);
    expect(bad.counts()).toMatchObject({
      record_invalid: { count: 3, firstLines: [2, 3, 4] },
      field_invalid: { count: 1, firstLines: [5] },
      not_an_object: { count: 1, firstLines: [6] },
    });
  });

  it("takes hostile names", async () => {
    const names = HOSTILE_NAMES.filter((name) => name.length <= 1_024);
    const { sent, bad } = await send(names.map((name) => ({ text: name, bucket: name, template: name })));
    expect(bad.lines()).toEqual([]);
    expect(sent).toBe(names.length);
  });

  it("refuses the past in live topics before anything of its batch is sent", async () => {
    const old = { text: "b", eventTime: NOW - 60_000 };
    await expect(send([{ text: "a" }, old])).rejects.toThrow(
      /file\.jsonl, line 2: event time .* --prefix NAME/,
    );
    expect(await send([{ text: "a" }, old], { oldestMs: null })).toMatchObject({ sent: 2 });
    expect(await send([{ text: "a" }, old], { eventTimeNow: true })).toMatchObject({ sent: 2 });
  });

  it("refuses a file that holds no records", async () => {
    await expect(send(["prose", "more prose"])).rejects.toThrow(/file\.jsonl, line 1: not JSON/);
    await expect(send([])).rejects.toThrow(/has no lines/);
  });
});
