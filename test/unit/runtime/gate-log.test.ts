import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createCodec } from "../../../services/adapters/avro/codec.ts";
import { MemoryBroker } from "../../../services/adapters/memory/memory-broker.ts";
import type { CommandRecord, DecisionRecord, GateRecord } from "../../../services/core/records.ts";
import type { Log } from "../../../services/ports.ts";
import { verifyCommand } from "../../../services/runtime/command-signing.ts";
import {
  type GateRequest,
  isRefusal,
  readDecision,
  readGates,
  requestTransition,
} from "../../../services/runtime/gates/gate-log.ts";
import { TopicNames } from "../../../services/runtime/topics.ts";

const codec = createCodec();
const names = new TopicNames("t-");
const { privateKey, publicKey } = generateKeyPairSync("ed25519");

function openMemory(): Log {
  const broker = new MemoryBroker({ nowMs: () => 1 });
  broker.createDeclaredTopics("t-", 4);
  return broker.open();
}

function gate(overrides: Partial<GateRecord>): GateRecord {
  return {
    subject: "lane:a",
    lane: "a",
    state: "open",
    share: 1,
    sinceMs: 1,
    validUntilMs: 2,
    revision: 1,
    rule: "",
    cause: "",
    decisionId: "",
    cleanWindows: 0,
    ...overrides,
  };
}

const REQUEST: GateRequest = {
  kind: "resume",
  subject: "lane:a",
  lane: "a",
  actor: "ann",
  reason: "looks right",
  issuedMs: 5,
  privateKey,
};

function decision(overrides: Partial<DecisionRecord>): DecisionRecord {
  return {
    decisionId: "d1",
    subject: "lane:a",
    lane: "a",
    from: "frozen",
    to: "probation",
    rule: "resume",
    cause: "resumed by a named person",
    actor: "ann",
    reason: "looks right",
    window: "",
    windowStartMs: 0,
    windowEndMs: 0,
    generation: 0,
    evidence: [],
    revision: 1,
    atMs: 1,
    cut: "",
    prevHash: "",
    hash: "",
    ...overrides,
  };
}

/** Stands for the governor: answers the first command with these decisions. */
async function answerFirst(log: Log, decisions: readonly DecisionRecord[]): Promise<CommandRecord> {
  const reader = await log.reader();
  await reader.assign([{ topic: names.full("commands"), partition: 0, offset: 0 }]);
  for (;;) {
    const [record] = await reader.poll(1, 1_000);
    if (record === undefined) continue;
    const decoded = codec.decodeGeneric("commands", record.value);
    if (!decoded.ok) throw new Error(decoded.detail);
    const writer = await log.writer();
    await writer.write(
      decisions.map((made) => ({
        topic: names.full("decisions"),
        partition: 0,
        key: made.subject,
        value: codec.encode("decisions", made),
      })),
    );
    return decoded.record as CommandRecord;
  }
}

describe("gates", () => {
  it("are the latest of each lane and subject, sorted", async () => {
    const log = openMemory();
    const writer = await log.writer();
    const records = [
      gate({ lane: "b", subject: "lane:b" }),
      gate({ state: "watch" }),
      gate({ subject: "template:x@1", state: "frozen" }),
      gate({ state: "frozen", revision: 9 }),
    ];
    await writer.write(
      records.map((record) => ({
        topic: names.full("gates"),
        partition: 0,
        key: `${record.lane}\u001f${record.subject}`,
        value: codec.encode("gates", record),
      })),
    );
    const gates = await readGates({ log, codec, names });
    expect(gates.map(({ lane, subject, state }) => [lane, subject, state])).toEqual([
      ["a", "lane:a", "frozen"],
      ["a", "template:x@1", "frozen"],
      ["b", "lane:b", "open"],
    ]);
  });

  it("lead to the decision they rest on, with the records behind it, however far back", async () => {
    const log = openMemory();
    const writer = await log.writer();
    const made = Array.from({ length: 450 }, (_, i) =>
      decision({ decisionId: `d${i}`, evidence: [`i-${i}`], reason: `why ${i}` }),
    );
    const value = (record: DecisionRecord) => codec.encode("decisions", record);
    await writer.write(
      made.map((record) => ({
        topic: names.full("decisions"),
        partition: 0,
        key: "k",
        value: value(record),
      })),
    );
    const found = await readDecision({ log, codec, names }, "d3");
    expect(found).toMatchObject({ reason: "why 3", evidence: ["i-3"] });
    expect(await readDecision({ log, codec, names }, "d449")).toMatchObject({ reason: "why 449" });
    expect(await readDecision({ log, codec, names }, "nowhere")).toBeNull();
  });

  it("are asked for with a signed command, and the answer is the decision on it", async () => {
    const log = openMemory();
    // Decisions on others, and an old one on the same request, are not the answer.
    const others = [decision({ actor: "plumbline" }), decision({ lane: "b" }), decision({ rule: "freeze" })];
    const writer = await log.writer();
    await writer.write([
      {
        topic: names.full("decisions"),
        partition: 0,
        key: "k",
        value: codec.encode("decisions", decision({})),
      },
    ]);
    const [answer, command] = await Promise.all([
      requestTransition({ log, codec, names }, REQUEST, 5_000),
      answerFirst(log, [...others, decision({ decisionId: "d7" })]),
    ]);
    expect(answer.decision?.decisionId).toBe("d7");
    expect(answer.commandId).toBe(command.commandId);
    expect(verifyCommand(command, publicKey)).toBe(true);
    expect(isRefusal(answer.decision!)).toBe(false);
  });

  it("say that they were refused, and why", async () => {
    const log = openMemory();
    const refused = decision({
      rule: "resume_refused",
      to: "frozen",
      cause: "0 of 3 clean decision windows",
    });
    const [{ decision: found }] = await Promise.all([
      requestTransition({ log, codec, names }, REQUEST, 5_000),
      answerFirst(log, [refused]),
    ]);
    expect(found?.cause).toBe("0 of 3 clean decision windows");
    expect(isRefusal(found!)).toBe(true);
  });

  it("do not keep anyone waiting for ever", async () => {
    const answer = await requestTransition({ log: openMemory(), codec, names }, REQUEST, 50);
    expect(answer.decision).toBeNull();
  });
});
