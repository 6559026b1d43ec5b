import { describe, expect, it } from "vitest";
import { machineClass } from "../../bench/baseline.ts";
import { tableOperations } from "../../bench/counting.ts";
import { compare, type Figure, type Measured, median, summarise } from "../../bench/figure.ts";
import { flameGraphHtml } from "../../bench/flame-graph.ts";
import { selfTimes } from "../../bench/profile.ts";
import { figureLines } from "../../bench/report.ts";

const MEASURED: Measured = {
  name: "judged",
  unit: "µs a sample",
  better: "lower",
  kind: "timed",
  rounds: [10, 11, 12, 100],
  floor: [5, 5, 6, 50],
};

function figure(over: Partial<Figure>): Figure {
  return {
    name: "f",
    unit: "µs",
    better: "lower",
    kind: "timed",
    value: 10,
    noise: 0,
    overFloor: null,
    ...over,
  };
}

describe("a measured figure", () => {
  it("is the median of its rounds, which one pause of the machine does not move", () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(summarise(MEASURED)).toMatchObject({ value: 11.5, overFloor: 2 });
  });

  it("takes the ratio to its floor round by round, and its noise from there", () => {
    // Ratios 2, 2.2, 2, 2: the machine was slow in the last round for both.
    expect(summarise(MEASURED).noise).toBe(0);
    const without = summarise({ ...MEASURED, floor: null });
    expect(without.noise).toBeCloseTo((1.4826 * 1) / 11.5, 10);
    expect(without.overFloor).toBeNull();
  });

  it("is refused without rounds, or with a floor of other rounds", () => {
    expect(() => summarise({ ...MEASURED, rounds: [], floor: null })).toThrow("judged was not measured");
    expect(() => summarise({ ...MEASURED, floor: [1] })).toThrow("judged has 4 rounds, its floor 1");
  });
});

describe("a figure beside its baseline", () => {
  it("moved only where it differs by more than both runs' noise", () => {
    const then = figure({ noise: 0.03 });
    expect(compare(figure({ value: 11, noise: 0.04 }), then).move).toBe("same");
    expect(compare(figure({ value: 12, noise: 0.04 }), then)).toMatchObject({ ratio: 1.2, move: "worse" });
    expect(compare(figure({ value: 8, noise: 0.04 }), then)).toMatchObject({ ratio: 0.8, move: "better" });
    // However quiet the rounds, a timed figure is good for 3 %.
    expect(compare(figure({ value: 10.29 }), figure({})).move).toBe("same");
    expect(compare(figure({ value: 10.31 }), figure({})).move).toBe("worse");
  });

  it("is compared by its ratio to the floor where there is one: a slower machine is no slower code", () => {
    const then = figure({ value: 10, overFloor: 2 });
    expect(compare(figure({ value: 20, overFloor: 2.02 }), then)).toMatchObject({
      ratio: 1.01,
      move: "same",
    });
    expect(compare(figure({ value: 10, overFloor: 2.5 }), then)).toMatchObject({
      ratio: 1.25,
      move: "worse",
    });
    expect(compare(figure({ value: 20 }), then)).toMatchObject({ ratio: 2, move: "worse" });
  });

  it("is held to 2 % where it is counted, whatever it calls its noise", () => {
    const then = figure({ kind: "counted", value: 1_000, noise: 0.5 });
    expect(compare(figure({ kind: "counted", value: 1_019 }), then).move).toBe("same");
    expect(compare(figure({ kind: "counted", value: 1_021 }), then).move).toBe("worse");
    expect(compare(figure({ kind: "counted", value: 979 }), then).move).toBe("better");
    const bytes = figure({ kind: "allocated", value: 1_000 });
    expect(compare(figure({ kind: "allocated", value: 1_055 }), bytes).move).toBe("same");
    expect(compare(figure({ kind: "allocated", value: 1_065 }), bytes).move).toBe("worse");
  });

  it("is better when it rises where more is better", () => {
    const rate = figure({ better: "higher" });
    expect(compare(figure({ better: "higher", value: 20 }), rate).move).toBe("better");
    expect(compare(figure({ better: "higher", value: 5 }), rate).move).toBe("worse");
  });

  it("is new where the baseline has none of its name, unit or size", () => {
    expect(compare(figure({}), undefined)).toMatchObject({ ratio: null, move: "new" });
    expect(compare(figure({ unit: "ms" }), figure({}))).toMatchObject({ move: "new" });
    expect(compare(figure({}), figure({ value: 0 }))).toMatchObject({ move: "new" });
    expect(compare(figure({ value: 0 }), figure({ value: 0 }))).toMatchObject({ move: "same" });
  });

  it("is printed with an arrow where it went", () => {
    const lines = figureLines(
      [
        compare(figure({ value: 12, noise: 0.01, overFloor: 1.2 }), figure({ overFloor: 1 })),
        compare(figure({ kind: "counted", value: 5 }), figure({ kind: "counted", value: 10 })),
        compare(figure({ value: 10.1 }), figure({})),
        compare(figure({}), undefined),
      ],
      true,
    );
    expect(lines[0]).toMatch(/±1\.0 % +1\.20× floor +1\.200× baseline ↑ worse$/);
    expect(lines[1]).toMatch(/counted +0\.500× baseline ↓ better$/);
    expect(lines[2]).toMatch(/1\.010× baseline$/);
    expect(lines[3]).toMatch(/new$/);
  });
});

describe("a machine class", () => {
  it("names what decides the figures and nothing of the host", () => {
    expect(machineClass("Intel(R) Xeon(R) Processor @ 2.80GHz", 2, "20.20.2")).toBe(
      "intel-xeon-2.80ghz-2-cores-node-20",
    );
    expect(machineClass("AMD EPYC 7B13", 8, "22.1.0")).toBe("amd-epyc-7b13-8-cores-node-22");
    expect(machineClass("", 1, "20.0.0")).toBe("unknown-1-cores-node-20");
  });
});

describe("counted work", () => {
  it("counts look-ups and inserts exactly, and leaves the classes as they were", () => {
    const { get } = Map.prototype;
    const map = new Map([[1, 1]]);
    const set = new Set<number>();
    const count = tableOperations(() => {
      for (let i = 0; i < 10; i += 1) set.add(map.get(1)!);
      map.has(2);
      map.delete(2);
    });
    expect(count).toBe(22);
    expect(Map.prototype.get).toBe(get);
    expect(() => tableOperations(() => expect.fail("work"))).toThrow("work");
    expect(Map.prototype.get).toBe(get);
  });
});

describe("a profile", () => {
  const frame = (functionName: string, url = "") => ({
    functionName,
    url,
    scriptId: "1",
    lineNumber: 0,
    columnNumber: 0,
  });
  const profile = {
    startTime: 0,
    endTime: 9,
    nodes: [
      { id: 1, callFrame: frame("(idle)") },
      {
        id: 2,
        callFrame: frame("read", new URL("../../../services/core/tokenise.ts", import.meta.url).href),
      },
      { id: 3, callFrame: frame("") },
    ],
    samples: [1, 2, 3, 2],
    timeDeltas: [5_000, 1_000, 1_000, 2_000],
  };

  it("is summed by function, without the time nothing ran", () => {
    expect(selfTimes(profile)).toEqual([
      { where: "read (services/core/tokenise.ts)", ms: 3, share: 0.75 },
      { where: "(anonymous)", ms: 1, share: 0.25 },
    ]);
  });

  it("becomes one file that asks for nothing from anywhere", () => {
    const html = flameGraphHtml("a<b>.cpuprofile", JSON.stringify(profile));
    expect(html).toContain(Buffer.from(JSON.stringify(profile)).toString("base64"));
    expect(html).not.toMatch(/<(?:script|link|img)[^>]*(?:src|href)=/);
    expect(html).toContain("default-src 'none'");
    expect(html.match(/<script>/g)).toHaveLength(2);
    expect(html).toContain("<title>a&lt;b>.cpuprofile</title>");
  });
});
