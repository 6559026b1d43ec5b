/** The live panel as lines: one row of latest values and one of sparklines a lane. Pure; never wider than asked. */
import type { GateState } from "../../core/records.ts";
import type { GenerationReport } from "../../lab/lab-report.ts";
import { LAB_LANES, type LabLane } from "../../lab/lanes.ts";
import { textWidth } from "../table.ts";
import type { DemoState, LaneView } from "./demo-state.ts";
import { bits, clockTime, NO_VALUE, percent, ratio } from "./figures.ts";
import { cut, fold } from "./fold.ts";
import { type Colour, GATE_COLOURS, type Paint } from "./paint.ts";
import { sparkline } from "./sparkline.ts";

/** Terminals from here on have room for the first value beside the latest. */
const WIDE_COLUMNS_MIN = 105;
const GAP = "  ";
/** "rolled_back" would be wider than any other cell of its column. */
const GATE_WORDS: Readonly<Record<GateState, string>> = {
  open: "open",
  watch: "watch",
  throttled: "throttled",
  frozen: "FROZEN",
  rolled_back: "rollback",
  probation: "probation",
};
const GATE_MARKS: Readonly<Record<GateState, string>> = {
  open: "o",
  watch: "w",
  throttled: "t",
  frozen: "F",
  rolled_back: "R",
  probation: "p",
};
const LANE_WIDTH = 8;
const GATE_WIDTH = 9;

type Key = "tailCoverage" | "distinct4" | "jsd" | "offline" | "online" | "onlineTail";

interface Series {
  readonly key: Key;
  readonly titles: readonly [string, string];
  /** Columns it takes in a narrow and in a wide terminal. */
  readonly width: number;
  readonly wideWidth: number;
  readonly words: (value: number | null) => string;
  /** The family whose breach marks the value; "" for none: no rule reads it. */
  readonly family: string;
}

const SERIES: readonly Series[] = [
  {
    key: "tailCoverage",
    titles: ["tail", "coverage"],
    width: 8,
    wideWidth: 11,
    words: ratio,
    family: "support",
  },
  {
    key: "distinct4",
    titles: ["repetition", "distinct-4"],
    width: 10,
    wideWidth: 11,
    words: ratio,
    family: "repetition",
  },
  {
    key: "jsd",
    titles: ["divergence", "word JSD"],
    width: 10,
    wideWidth: 13,
    words: bits,
    family: "divergence",
  },
  { key: "offline", titles: ["offline", "main"], width: 7, wideWidth: 13, words: percent, family: "offline" },
  { key: "online", titles: ["online", "all"], width: 6, wideWidth: 13, words: percent, family: "online" },
  { key: "onlineTail", titles: ["online", "tail"], width: 6, wideWidth: 13, words: percent, family: "" },
];

interface Cell {
  readonly text: string;
  readonly colour?: Colour;
}

/** Lines of the panel, each at most `columns - 1` wide: a character in the last column makes some terminals wrap. */
export function panelLines(state: DemoState, elapsedMs: number, columns: number, paint: Paint): string[] {
  const width = columns - 1;
  const wide = columns >= WIDE_COLUMNS_MIN;
  const shown = fitting(width, wide);
  const row = (cells: readonly Cell[]): string => {
    const widths = [LANE_WIDTH, GATE_WIDTH, ...shown.map((one) => (wide ? one.wideWidth : one.width))];
    const parts = cells.map(({ text, colour }, i) => {
      const padded = text + " ".repeat(Math.max(0, widths[i]! - textWidth(text)));
      return colour === undefined ? padded : paint(colour, padded);
    });
    return parts.join(GAP).trimEnd();
  };
  const title = (line: 0 | 1, first: readonly string[]): string =>
    paint("dim", row([...first, ...shown.map((one) => one.titles[line])].map((text) => ({ text }))));
  const lines = [
    paint("bold", cut(headline(state, elapsedMs), width)),
    cut(`now: ${state.now}`, width),
    "",
    title(0, ["lane", "gate"]),
    title(1, ["", ""]),
  ];
  for (const lane of LAB_LANES) {
    lines.push(row(valueCells(lane, state.lanes[lane], shown, wide)));
    lines.push(row(sparkCells(state, lane, shown)));
    lines.push("");
  }
  return [...lines, ...legend(state, width).map((line) => paint("dim", line))];
}

function headline({ generation, generations }: DemoState, elapsedMs: number): string {
  const where = generation === 0 ? "before generation 1" : `generation ${generation} of ${generations}`;
  return `Plumbline demo · ${where} · ${clockTime(elapsedMs)}`;
}

/** The series there is room for: those at the end are left out whole. */
function fitting(width: number, wide: boolean): readonly Series[] {
  let used = LANE_WIDTH + GAP.length + GATE_WIDTH;
  return SERIES.filter((one) => {
    used += GAP.length + (wide ? one.wideWidth : one.width);
    return used <= width;
  });
}

function valueCells(lane: LabLane, view: LaneView, shown: readonly Series[], wide: boolean): Cell[] {
  const gate: Cell =
    view.gate === null
      ? { text: NO_VALUE }
      : { text: GATE_WORDS[view.gate], colour: GATE_COLOURS[view.gate] };
  return [{ text: lane, colour: "bold" }, gate, ...shown.map((series) => valueCell(view, series, wide))];
}

function valueCell({ generations }: LaneView, { key, words, family }: Series, wide: boolean): Cell {
  const last = generations.at(-1);
  if (last === undefined) return { text: NO_VALUE };
  const first = generations[0]!;
  const trail = wide && generations.length > 1 ? `${words(first[key])}→` : "";
  const text = trail + words(last[key]);
  return last.families.includes(family) ? { text: `${text}!`, colour: "red" } : { text };
}

function sparkCells(state: DemoState, lane: LabLane, shown: readonly Series[]): Cell[] {
  const { generations, working } = state.lanes[lane];
  const marks = generations.map(({ gate }) => GATE_MARKS[gate]).join("");
  const at = working === null ? `gen ${generations.length}` : `gen ${working} …`;
  return [
    { text: generations.length === 0 && working === null ? "" : at, colour: "dim" },
    { text: marks },
    ...shown.map(({ key }): Cell => {
      const values = generations.map((generation) => generation[key]);
      return { text: sparkline(values, highest(state, key)), colour: "cyan" };
    }),
  ];
}

/** One scale a column: a lane that stands still must look as if it did. */
function highest({ lanes }: DemoState, key: Key): number {
  const all = LAB_LANES.flatMap((lane) => lanes[lane].generations.map((generation) => generation[key] ?? 0));
  return Math.max(Number.MIN_VALUE, ...all);
}

function legend({ lanes }: DemoState, width: number): string[] {
  const lines = [
    "! in breach; gates so far: o open w watch t throttled F frozen p probation",
    "bars start at zero, one scale a column; low is bad, but for divergence",
  ];
  const all: readonly GenerationReport[] = LAB_LANES.flatMap((lane) => lanes[lane].generations);
  if (all.some((generation) => generation.distinct4 === null)) {
    lines.push(`${NO_VALUE} not measurable: collapsed texts can hold fewer 4-grams than distinct-4 needs`);
  } else if (all.some((generation) => SERIES.some(({ key }) => generation[key] === null))) {
    lines.push(`${NO_VALUE} not measurable: too few records in the generation`);
  }
  return lines.flatMap((line) => fold(line, width, "  ", ""));
}
