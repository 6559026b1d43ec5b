import { describe, expect, it } from "vitest";
import { afterProgress, EMPTY_STATE } from "../../services/cli/demo-view/demo-state.ts";
import { createDemoView } from "../../services/cli/demo-view/demo-view.ts";
import { PLAIN } from "../../services/cli/demo-view/paint.ts";
import { panelLines } from "../../services/cli/demo-view/panel.ts";
import { storyLines } from "../../services/cli/demo-view/story.ts";
import { textWidth } from "../../services/cli/table.ts";
import { LAB_LANES } from "../../services/lab/lanes.ts";
import { DEMO_REPORT, DEMO_UP } from "../support/demo-report.ts";
import { demoProgress, fakeIo, tell } from "../support/demo-run.ts";

function text(lines: readonly string[]): string {
  return `${lines.join("\n")}\n`;
}

function widest(lines: readonly string[]): number {
  return Math.max(...lines.map(textWidth));
}

describe("the panel", () => {
  const finished = demoProgress().reduce(afterProgress, EMPTY_STATE);
  const midway = [
    ...demoProgress(2),
    ...LAB_LANES.map((lane) => ({ kind: "writing" as const, generation: 3, lane, recipe: "trial" as const })),
  ].reduce(afterProgress, EMPTY_STATE);

  it.each([80, 110])("of a finished run in %i columns", async (columns) => {
    const lines = panelLines(finished, 67_000, columns, PLAIN);
    expect(widest(lines)).toBeLessThan(columns);
    await expect(text(lines)).toMatchFileSnapshot(`demo-view/panel-${columns}.txt`);
  });

  it("while generation 3 is being written", async () => {
    await expect(text(panelLines(midway, 31_400, 80, PLAIN))).toMatchFileSnapshot(
      "demo-view/panel-midway.txt",
    );
  });

  it("before anything was judged", async () => {
    await expect(text(panelLines(EMPTY_STATE, 900, 80, PLAIN))).toMatchFileSnapshot(
      "demo-view/panel-empty.txt",
    );
  });
});

describe("what is said at the end", () => {
  it("of a run as it must be, in a log", async () => {
    const io = fakeIo();
    let nowMs = 0;
    const view = createDemoView(io, () => {
      nowMs += 500;
      return nowMs;
    });
    view.step("broker", null);
    view.step("broker", 1_240);
    view.up(DEMO_UP);
    tell(view, demoProgress());
    view.finish(DEMO_REPORT, []);
    view.close();
    expect(widest(io.text().split("\n"))).toBeLessThanOrEqual(80);
    await expect(io.text()).toMatchFileSnapshot("demo-view/log-80.txt");
  });

  it("of a run that failed", async () => {
    const { replace, fresh, governed } = DEMO_REPORT.lanes;
    const failed = {
      ...DEMO_REPORT,
      lanes: {
        replace: { ...replace, frozenAtGeneration: null, rule: null, evidence: null },
        fresh: {
          ...fresh,
          frozenAtGeneration: 4,
          rule: "word_divergence",
          generations: fresh.generations.map((one, i) =>
            i < 3 ? one : { ...one, families: ["divergence", "repetition"] },
          ),
        },
        governed: { ...governed, resumedAtGeneration: null },
      },
    };
    const failures = [
      "replace was not frozen by generation 3",
      "fresh was frozen at generation 4",
      "governed was not resumed",
    ];
    const lines = storyLines(failed, failures, 80, PLAIN);
    expect(widest(lines)).toBeLessThanOrEqual(80);
    await expect(text(lines)).toMatchFileSnapshot("demo-view/failed-80.txt");
  });
});
