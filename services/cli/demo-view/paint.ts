/** Colours of the demo's view. Whatever is coloured says the same without colour. */
import type { GateState } from "../../core/records.ts";

const CODES = { bold: "1", dim: "2", red: "1;31", green: "32", yellow: "33", cyan: "36" } as const;
export type Colour = keyof typeof CODES;

/** Gives the text in a colour, or the text itself. Applied after padding: codes take no columns. */
export type Paint = (colour: Colour, text: string) => string;

export const PLAIN: Paint = (_colour, text) => text;
export const COLOURED: Paint = (colour, text) => `\u001b[${CODES[colour]}m${text}\u001b[0m`;

export const GATE_COLOURS: Readonly<Record<GateState, Colour>> = {
  open: "green",
  watch: "yellow",
  throttled: "yellow",
  frozen: "red",
  rolled_back: "red",
  probation: "cyan",
};
