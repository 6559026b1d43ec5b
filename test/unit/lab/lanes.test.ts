import { describe, expect, it } from "vitest";
import {
  heedGate,
  LANE_PLANS,
  type LabLane,
  type LaneState,
  runGeneration,
  startLane,
} from "../../../services/lab/lanes.ts";
import { drawPools } from "../../../services/lab/pools.ts";
import { TINY_SIZES, tinyCorpus } from "./tiny-corpus.ts";

const pools = drawPools(tinyCorpus(400), 3, TINY_SIZES);
const start = (lane: LabLane): LaneState => startLane(LANE_PLANS.find((plan) => plan.lane === lane)!, pools);
const run = (state: LaneState, generation: number, seed = 3) =>
  runGeneration(state, generation, pools, TINY_SIZES, seed);

describe("lanes", () => {
  it("replace trains on its own output and nothing else, whatever its gate says", () => {
    const { output, next } = run(heedGate(start("replace"), "frozen", pools), 1);
    expect(output).toMatchObject({ recipe: "own", temperature: 0.7, real: [] });
    expect(next.trainedOn).toEqual(output.generated);
    expect(next.mixture).toMatchObject({ real: 0, generated: 60, depth: 1 });
    expect(run(next, 2).next.mixture.depth).toBe(2);
  });

  it("fresh trains on half fresh real pieces, never the same twice", () => {
    const first = run(start("fresh"), 1);
    const second = run(first.next, 2);
    expect(first.output).toMatchObject({ recipe: "half", temperature: 1 });
    expect(first.next.mixture).toMatchObject({ real: 30, generated: 30 });
    const used = [...first.output.real, ...second.output.real].map((piece) => piece.index);
    expect(new Set(used).size).toBe(60);
  });

  it("governed makes trial batches from its first training set while frozen, then stays with half fresh data", () => {
    const collapsed = run(start("governed"), 1).next;
    const frozen = heedGate(collapsed, "frozen", pools);
    expect(frozen.recipe).toBe("trial");
    expect(frozen.trainedOn).toEqual(start("governed").trainedOn);
    const trial = run(frozen, 2);
    expect(trial.output.generated).toHaveLength(30);
    expect(trial.output.real).toHaveLength(30);
    const resumed = heedGate(trial.next, "probation", pools);
    expect(resumed.recipe).toBe("half");
    expect(resumed.trainedOn).toBe(trial.next.trainedOn);
    expect(heedGate(trial.next, "frozen", pools)).toBe(trial.next);
  });

  it("governed goes on as before under a gate that is not frozen", () => {
    const state = start("governed");
    for (const gate of ["open", "watch", "throttled"] as const)
      expect(heedGate(state, gate, pools)).toBe(state);
  });

  it("writes the same for the same seed, other texts in another lane or generation", () => {
    const texts = (state: LaneState, generation: number, seed?: number) =>
      run(state, generation, seed).output.generated.map((tokens) => tokens.join(" "));
    expect(texts(start("replace"), 1)).toEqual(texts(start("replace"), 1));
    expect(texts(start("replace"), 1)).not.toEqual(texts(start("governed"), 1));
    expect(texts(start("replace"), 1)).not.toEqual(texts(start("replace"), 2));
    expect(texts(start("replace"), 1)).not.toEqual(texts(start("replace"), 1, 4));
  });
});
