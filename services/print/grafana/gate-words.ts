/** States of gates as one number, which a timeline can show. */
import { GATE_STATES, type GateState } from "../../core/records.ts";

const COLOURS: Readonly<Record<GateState, string>> = {
  open: "green",
  watch: "yellow",
  throttled: "orange",
  frozen: "blue",
  rolled_back: "purple",
  probation: "super-light-green",
};

/** Place in `GATE_STATES`, in words. */
export const GATE_WORDS: Readonly<Record<string, { readonly text: string; readonly color: string }>> =
  Object.fromEntries(GATE_STATES.map((state, i) => [i, { text: state, color: COLOURS[state] }]));

/** The place of the state each gate is in, one value for each set of `by`; `matchers` choose the gates. */
export function gateState(by: string, matchers: string): string {
  const states = GATE_STATES.map(
    (state, i) => `max by (${by}, state) (plumbline_gate_state{${matchers},state="${state}"}) * ${i}`,
  );
  return `sum by (${by}) (${states.join(" or ")})`;
}
