import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createDemoView } from "../../../services/cli/demo-view/demo-view.ts";
import { bits, change, clockTime, percent, ratio } from "../../../services/cli/demo-view/figures.ts";
import { cut, fold } from "../../../services/cli/demo-view/fold.ts";
import { PLAIN } from "../../../services/cli/demo-view/paint.ts";
import { nextLines } from "../../../services/cli/demo-view/run-info-lines.ts";
import { sparkline } from "../../../services/cli/demo-view/sparkline.ts";
import { storyLines } from "../../../services/cli/demo-view/story.ts";
import { textWidth } from "../../../services/cli/table.ts";
import { DEMO_REPORT, DEMO_UP } from "../../support/demo-report.ts";
import { demoProgress, type FakeIo, fakeIo, tell } from "../../support/demo-run.ts";

const ESCAPE = "\u001b";
const HIDE = `${ESCAPE}[?25l`;
const SHOW = `${ESCAPE}[?25h`;
const COLOUR = new RegExp(`${ESCAPE}\\[[0-9;]*m`, "g");

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
});
afterEach(() => {
  vi.useRealTimers();
});

function wholeRun(io: FakeIo): void {
  const view = createDemoView(io, Date.now);
  view.step("broker", null);
  view.step("broker", 1_200);
  view.up(DEMO_UP);
  tell(view, demoProgress());
  view.finish(DEMO_REPORT, []);
  view.close();
}

/** What a terminal shows after the text: its lines, drawn over by the few codes the view uses. */
function shownOn(text: string): string[] {
  const screen: string[] = [];
  let row = 0;
  let line = "";
  const plain = text.replaceAll(HIDE, "").replaceAll(SHOW, "").replace(COLOUR, "");
  for (const part of plain.split(new RegExp(`(\\n|${ESCAPE}\\[\\d*[AKJ]\\r?)`))) {
    const up = new RegExp(`^${ESCAPE}\\[(\\d+)A\\r$`).exec(part);
    if (up !== null) row -= Number(up[1]);
    else if (part === `${ESCAPE}[J`) screen.length = Math.min(screen.length, row);
    else if (part === `${ESCAPE}[K`) screen[row] = line;
    else if (part === "\n") {
      // What an earlier, longer line left behind its text stays unless it was cleared.
      screen[row] = line + (screen[row] ?? "").slice(line.length);
      row += 1;
      line = "";
    } else line += part;
    expect(row).toBeGreaterThanOrEqual(0);
  }
  return screen;
}

describe("the view on a terminal", () => {
  it("hides the cursor once and gives it back, also when closed in the middle", () => {
    const io = fakeIo({ tty: true });
    const listeners = process.listenerCount("exit");
    const view = createDemoView(io, Date.now);
    tell(view, demoProgress(1));
    view.close();
    view.close();
    expect(io.text().split(HIDE)).toHaveLength(2);
    expect(io.text().split(SHOW)).toHaveLength(2);
    expect(io.text().lastIndexOf(SHOW)).toBeGreaterThan(io.text().lastIndexOf(HIDE));
    expect(process.listenerCount("exit")).toBe(listeners);
  });

  it("gives the cursor back on Ctrl-C, before anything else is stopped", () => {
    const io = fakeIo({ tty: true });
    const view = createDemoView(io, Date.now);
    view.step("broker", null);
    io.abort();
    expect(io.text().endsWith(SHOW)).toBe(true);
    const before = io.text();
    tell(view, demoProgress(1));
    vi.advanceTimersByTime(5_000);
    view.close();
    expect(io.text()).toBe(before);
  });

  it("says that it stops when interrupted after the end", () => {
    const io = fakeIo({ tty: true });
    const view = createDemoView(io, Date.now);
    view.finish(DEMO_REPORT, []);
    io.abort();
    expect(io.text().endsWith("stopping …\n")).toBe(true);
    view.close();
    expect(io.text().split(SHOW)).toHaveLength(2);
  });

  it("draws over its own lines and leaves one panel, the addresses above it and the story below", () => {
    const io = fakeIo({ tty: true });
    wholeRun(io);
    const screen = shownOn(io.text());
    const count = (start: string): number => screen.filter((line) => line.startsWith(start)).length;
    expect(count("Plumbline demo · ")).toBe(1);
    expect(count("Plumbline is up")).toBe(1);
    expect(count("  broker ")).toBe(1);
    expect(count("now: done")).toBe(1);
    const order = ["Plumbline is up", "Plumbline demo · ", "What happened", "What to type next"];
    const places = order.map((start) => screen.findIndex((line) => line.startsWith(start)));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(Math.max(...screen.map(textWidth))).toBeLessThan(80);
  });

  it("moves the clock between events and draws no more often than it says", () => {
    const io = fakeIo({ tty: true });
    const view = createDemoView(io, Date.now);
    view.step("broker", null);
    vi.advanceTimersByTime(61_000);
    expect(io.text()).toContain("· 1:01");
    const before = io.text().length;
    const judged = demoProgress(1).filter((event) => event.kind === "judged");
    for (let i = 0; i < 100; i += 1) tell(view, judged.slice(0, 1));
    expect(io.text().length).toBe(before);
    view.close();
  });

  it("colours gates, and nothing with NO_COLOR", () => {
    const coloured = fakeIo({ tty: true });
    wholeRun(coloured);
    expect(coloured.text()).toMatch(new RegExp(`${ESCAPE}\\[1;31mFROZEN`));
    const plain = fakeIo({ tty: true, env: { NO_COLOR: "1" } });
    wholeRun(plain);
    expect(plain.text()).not.toMatch(COLOUR);
    expect(plain.text()).toContain("FROZEN");
  });

  it("never draws more lines than the window has", () => {
    const io = fakeIo({ tty: true, rows: 40 });
    const view = createDemoView(io, Date.now);
    Object.assign(io.stdout, { rows: 10 });
    const before = io.text().length;
    tell(view, demoProgress(1).slice(0, 1));
    expect(io.text().slice(before).split("\n").length - 1).toBeLessThan(10);
    view.close();
  });
});

describe("the view anywhere else", () => {
  it.each([
    ["a pipe", {}],
    ["a dumb terminal", { tty: true, env: { TERM: "dumb" } }],
    ["a terminal too low for the panel", { tty: true, rows: 12 }],
  ])("writes lines without a control character to %s", (_name, options) => {
    const io = fakeIo(options);
    wholeRun(io);
    expect(io.text()).not.toMatch(/[^\P{Cc}\n]/u);
    expect(io.text()).toContain("lane governed was resumed after generation 3: gate probation");
  });

  it("leaves out what to type next where nothing stays up", () => {
    const io = fakeIo();
    const view = createDemoView(io, Date.now, false);
    view.up(DEMO_UP);
    view.finish(DEMO_REPORT, []);
    expect(io.text()).toContain("What happened");
    expect(io.text()).not.toContain("What to type next");
  });
});

describe("a run without numbers", () => {
  it("is told without inventing any", () => {
    const lane = {
      generations: [
        {
          tailCoverage: null,
          distinct4: null,
          jsd: null,
          offline: null,
          online: null,
          onlineTail: null,
          gate: "open" as const,
          families: [],
        },
      ],
      frozenAtGeneration: null,
      resumedAtGeneration: null,
      rule: null,
      evidence: null,
    };
    const report = { seed: 1, seconds: 2, lanes: { replace: lane, fresh: lane, governed: lane } };
    const text = storyLines(report, ["replace was not frozen"], 80, PLAIN).join("\n");
    expect(text).not.toMatch(/NaN|null|undefined|Infinity/);
    expect(text).toContain("tail coverage went from – to –");
    const empty = { ...lane, generations: [] };
    const nothing = { seed: 1, seconds: 2, lanes: { replace: empty, fresh: empty, governed: empty } };
    expect(storyLines(nothing, ["x"], 80, PLAIN).join("\n")).not.toMatch(/NaN|null|undefined|Infinity/);
  });
});

describe("commands to type next", () => {
  it("name the state directory only where it is not the usual one", () => {
    const io = fakeIo();
    expect(nextLines(DEMO_UP, null, 80, io).join("\n")).not.toContain("--home");
    const elsewhere = nextLines({ ...DEMO_UP, home: "/tmp/my demo" }, null, 80, io);
    expect(elsewhere).toContain("  npx plumbline --home '/tmp/my demo' status");
    const byEnv = fakeIo({ env: { PLUMBLINE_HOME: "/tmp/my demo" } });
    expect(nextLines({ ...DEMO_UP, home: "/tmp/my demo" }, null, 80, byEnv).join("\n")).not.toContain(
      "--home",
    );
  });
});

describe("figures", () => {
  it("write numbers in one way", () => {
    expect([ratio(0.534), bits(0.0713), percent(0.95), clockTime(67_900)]).toEqual([
      "0.53",
      "0.071",
      "95.0%",
      "1:07",
    ]);
    expect([ratio(null), bits(null), percent(null)]).toEqual(["–", "–", "–"]);
  });

  it("give relative change, and none where there is none", () => {
    expect(change(0.4, 0.08)).toBe("-80%");
    expect(change(0.95, 0.9)).toBe("-5.3%");
    expect(change(0.4, 0.42)).toBe("+5.0%");
    expect(change(0.4, 0.39999)).toBe("0.0%");
    expect([change(0, 1), change(null, 1), change(1, null)]).toEqual(["–", "–", "–"]);
  });

  it("draw sparklines from zero", () => {
    expect(sparkline([0, 0.125, 0.5, 1, 2, null], 1)).toBe("▁▁▄██·");
  });
});

describe("folding and cutting", () => {
  it("keeps lines within their width, indented, and long words whole", () => {
    expect(fold("one two three four", 9, "  ", "- ")).toEqual(["- one two", "  three", "  four"]);
    expect(fold("a unbreakable b", 6)).toEqual(["a", "unbreakable", "b"]);
    expect(cut("abcdef", 6)).toBe("abcdef");
    expect(cut("abcdefg", 6)).toBe("abcde…");
    expect(textWidth(cut("漢字漢字漢字", 6))).toBeLessThanOrEqual(6);
  });
});
