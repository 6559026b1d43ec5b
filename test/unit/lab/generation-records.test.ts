import { describe, expect, it } from "vitest";
import { createCodec } from "../../../services/adapters/avro/codec.ts";
import { GENERATION_MS, generationRecords, type LabEvent } from "../../../services/lab/generation-records.ts";
import { heedGate, LANE_PLANS, type LabLane, runGeneration, startLane } from "../../../services/lab/lanes.ts";
import { prepareLab } from "../../../services/lab/prepare-lab.ts";
import { wordsOf } from "../../../services/lab/words.ts";
import { TINY_SIZES, tinyCorpus } from "./tiny-corpus.ts";

const START = Date.UTC(2026, 0, 1);
const lab = prepareLab(tinyCorpus(400), 5, TINY_SIZES);

function generation(lane: LabLane, gate: "open" | "frozen" = "open"): LabEvent[] {
  const plan = LANE_PLANS.find((p) => p.lane === lane)!;
  const state = heedGate(startLane(plan, lab.pools), gate, lab.pools);
  const { output, next } = runGeneration(state, 1, lab.pools, lab.sizes, lab.seed);
  return generationRecords(lab, output, next.mixture, START);
}

describe("generationRecords", () => {
  const codec = createCodec();
  const events = LANE_PLANS.flatMap((plan) => generation(plan.lane));

  it("fits the wire schemas, all of them", () => {
    for (const { topic, record } of events) expect(codec.problemsOf(topic, record)).toEqual([]);
    expect(
      codec.encode("samples", events.find((event) => event.topic === "samples")!.record as never)[0],
    ).toBe(0);
  });

  it("names every record once", () => {
    const ids = events.map((event) => `${event.topic}/${event.record.id}`);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("stays inside its generation in the order of time, the manifest at its end", () => {
    for (const { lane } of LANE_PLANS) {
      const mine = events.filter((event) => event.lane === lane);
      expect(mine.map((event) => event.eventMs)).toEqual(
        mine.map((event) => event.eventMs).sort((a, b) => a - b),
      );
      expect(mine.at(-1)).toMatchObject({
        topic: "training",
        eventMs: START + GENERATION_MS,
        record: { kind: "manifest" },
      });
      for (const { eventMs, record } of mine.slice(0, -1)) {
        expect(record.eventTime).toBe(eventMs);
        expect(eventMs).toBeGreaterThanOrEqual(START);
        expect(eventMs).toBeLessThan(START + GENERATION_MS);
      }
    }
  });

  it("writes provenance for generated pieces and a licence for real ones", () => {
    const samples = events.flatMap((event) => (event.topic === "samples" ? [event.record] : []));
    for (const sample of samples) {
      expect(sample).toMatchObject({ licence: "CC0-1.0", sources: ["tiny"], principal: "lab" });
      if (sample.origin === "licensed")
        expect(sample).toMatchObject({ makerKind: "person", generationDepth: 0 });
      else {
        expect(sample).toMatchObject({ origin: "model_generated", makerKind: "model", generationDepth: 1 });
        for (const field of [
          "teacherId",
          "teacherVersion",
          "templateId",
          "templateVersion",
          "judgeId",
          "promptHash",
          "seed",
        ] as const) {
          expect(sample[field]).toBeTruthy();
        }
      }
    }
    expect(samples.filter((s) => s.lane === "fresh" && s.origin === "licensed")).toHaveLength(30);
    expect(samples.filter((s) => s.lane === "replace" && s.origin === "licensed")).toHaveLength(0);
  });

  it("shows the model's own words to the text path", () => {
    const plan = LANE_PLANS[0]!;
    const { output } = runGeneration(startLane(plan, lab.pools), 1, lab.pools, lab.sizes, lab.seed);
    const samples = generation("replace").flatMap((event) =>
      event.topic === "samples" ? [event.record] : [],
    );
    samples.forEach((sample, i) => {
      expect(wordsOf(sample.output)).toEqual(
        [...output.generated[i]!].map((token) => lab.pools.vocabulary.words[token]),
      );
    });
  });

  it("spreads a trial batch over a third of the generation", () => {
    const generated = generation("governed", "frozen").filter(
      (event) => event.topic === "samples" && event.record.origin === "model_generated",
    );
    const thirds = [0, 1, 2].map(
      (third) =>
        generated.filter((event) => Math.floor(((event.eventMs - START) * 3) / GENERATION_MS) === third)
          .length,
    );
    expect(thirds).toEqual([10, 10, 10]);
  });

  it("measures success instead of inventing it: the outcome holds what the reply says", () => {
    const replies = new Map(
      events.flatMap((e) => (e.topic === "interactions" ? [[e.record.id, e.record] as const] : [])),
    );
    const outcomes = events.flatMap((e) => (e.topic === "outcomes" ? [e.record] : []));
    expect(outcomes).toHaveLength(replies.size);
    for (const outcome of outcomes) {
      const reply = replies.get(outcome.interactionId)!;
      expect(outcome.bucket).toBe(reply.bucket);
      expect(outcome.interactionTime).toBe(reply.eventTime);
      if (outcome.resolved === true) expect(outcome.correction).toBeNull();
      else expect(reply.response.split(", ")).not.toContain(outcome.correction);
    }
    expect(outcomes.some((outcome) => outcome.resolved)).toBe(true);
    expect(outcomes.some((outcome) => !outcome.resolved)).toBe(true);
  });

  it("is the same for the same seed, byte for byte", () => {
    const bytes = (all: readonly LabEvent[]): string[] =>
      all.map((event) => Buffer.from(codec.encode(event.topic, event.record as never)).toString("hex"));
    expect(bytes(generation("replace"))).toEqual(bytes(generation("replace")));
  });
});
