/**
 * Replay equals live on an hour of event time on the real broker: the short form of `npx tsx test/replay/million.ts`.
 * Every service is killed on the way, the gatekeeper stands still, partitions fall silent, people freeze and resume, second
 * instances join, and all take a second policy; the replay runs while the services go on.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeComparison } from "../../services/runtime/replay/replay.ts";
import { Ground } from "../reliability/ground.ts";
import { Rig } from "../reliability/rig.ts";
import { countHour, type HourFigures, type ReplayAnswer, replayByCommand } from "../replay/hour-figures.ts";
import { type HourRun, runHour } from "../replay/hour-run.ts";
import { brokerMissing, KeptLogger } from "../support/kafka-broker.ts";

const SEED = process.env.SEED ?? "1";
const missing = await brokerMissing();

describe.runIf(missing === null)("an hour of event time", () => {
  const stop = new AbortController();
  const said: string[] = [];
  let ground: Ground;
  let rig: Rig;
  let run: HourRun;
  let answer: ReplayAnswer;
  let found: HourFigures;

  beforeAll(async () => {
    const logger = new KeptLogger();
    ground = await Ground.open(logger);
    const broker = await ground.sharedBroker();
    const say = (message: string) => said.push(message);
    rig = new Rig({ id: "hour", seed: SEED, ground, broker, logger, signal: stop.signal, say });
    run = await runHour(rig, {
      records: 50_000,
      partitions: 4,
      lanesPerPartition: 1,
      seed: SEED,
      recordsPerS: 5_000,
      latenessMs: 5_000,
      stallMs: 3_000,
      liveMs: 5_000,
    }).catch(async (error: unknown) => {
      throw new Error(`${said.join("; ")}\n${await rig.logTails()}`, { cause: error });
    });
    answer = await replayByCommand(rig);
    found = await countHour(rig);
  }, 900_000);

  afterAll(async () => {
    stop.abort();
    await rig?.close();
    await ground?.close();
  }, 60_000);

  it("replays equal, in bounded memory, while the services go on", () => {
    const different = answer.parts.filter((part) => part.onlyRecorded > 0 || part.onlyReplayed > 0);
    expect(different.map((part) => [describeComparison(part), ...part.examples])).toEqual([]);
    expect(answer.equal).toBe(true);
    expect(answer.parts.every(({ what, recorded }) => recorded > 0 || what === "rejected")).toBe(true);
    expect(answer.memoryBytesMax).toBeLessThan(2 ** 30);
  });

  it("finds late what was written late, and nothing else, though the gatekeeper stood still", () => {
    const { counts } = run.plan;
    expect(found.produced).toMatchObject(counts.byTopic);
    expect(counts.lateSamples).toBeGreaterThan(50);
    expect({
      samples: found.lateSamples,
      replies: found.lateReplies,
      repeats: found.repeatedSamples,
    }).toEqual({
      samples: counts.lateSamples,
      replies: counts.lateReplies,
      repeats: counts.repeatedSamples,
    });
  });

  it("has in it what a replay must survive", () => {
    expect((run.lastEventMs - run.firstEventMs) / 60_000).toBeGreaterThan(60);
    expect(found.idleTicks).toBeGreaterThan(0);
    expect(found.freezes).toBeGreaterThan(1);
    expect(found.resumes).toBeGreaterThan(0);
    expect(found.quarantinedByGates).toBeGreaterThan(0);
    expect(found.policies).toBe(2);
    expect(found.assignments).toBeGreaterThan(6);
  });
});
