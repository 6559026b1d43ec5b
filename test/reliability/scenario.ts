/**
 * A reliability scenario: something goes wrong with the real thing, and figures say what came of it.
 *
 * To add one:
 * 1. Write `scenarios/rNN-what-happens.ts` that exports one `Scenario`. `run` starts what it needs on the rig it is given
 *    (`rig.start`, `rig.load`), does the harm (`rig.kill`, `rig.stopService`, `rig.broker.stop`), waits until everything
 *    produced is through (`drained`), and returns figures, each with its bound where the criterion names one.
 * 2. Add it to the list in `scenarios.ts`. `npx tsx test/reliability/main.ts RNN` runs it; the vitest files pick its short
 *    form up by themselves, unless its tier is `chaos`.
 *
 * Rules. Chance comes from `rig.random(purpose)` alone, so that the printed seed repeats it. A figure that could not be
 * measured is an error, never a pass. `broker: "own"` for whoever stops or harms the broker: the others share one, under
 * prefixes of their own. The short form ends within about 25 s on two cores; the full form is what the criterion says.
 */
import type { Rig } from "./rig.ts";

/** Whose run a scenario is part of: `chaos` leaves it out of `make test`, and its short form is run by name. */
export type Tier = "test" | "chaos";

/** `short` is part of `make test`; `full` is what the criterion says at length. */
export type Form = "short" | "full";

export interface Bound {
  readonly op: "<" | "<=" | "=" | ">=";
  readonly value: number;
}

/** One measured number. Without a bound it is told and decides nothing. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly bound?: Bound;
  readonly ok: boolean;
}

export interface ScenarioResult {
  readonly id: string;
  readonly form: Form;
  readonly figures: readonly Figure[];
  /** What a reader must know to take the figures rightly: how they were measured, what limits them. */
  readonly notes: readonly string[];
}

export interface Scenario {
  /** As in the table of the criteria, e.g. `R15`. */
  readonly id: string;
  readonly title: string;
  /** The criterion in words. */
  readonly pass: string;
  /** What each form does, in words. */
  readonly forms: Readonly<Record<Form, string>>;
  readonly broker: "shared" | "own";
  /** Default `test`. */
  readonly tier?: Tier;
  /** Throws where a figure could not be measured. `signal` is aborted when the run is to end. */
  run(rig: Rig, form: Form, signal: AbortSignal): Promise<ScenarioResult>;
}

/** Gathers the figures of one run. */
export class Figures {
  readonly #form: Form;
  readonly #figures: Figure[] = [];
  readonly #notes: string[] = [];

  constructor(form: Form) {
    this.#form = form;
  }

  /** A number without a bound. */
  tell(name: string, value: number, unit: string): void {
    this.#figures.push({ name, value, unit, ok: Number.isFinite(value) });
  }

  /** A number that decides. NaN never holds. */
  hold(name: string, value: number, unit: string, op: Bound["op"], bound: number): void {
    this.#figures.push({ name, value, unit, bound: { op, value: bound }, ok: holds(value, op, bound) });
  }

  /** A time or a rate that decides in the full form. Tests share their cores with others: there it is told. */
  holdTime(name: string, value: number, unit: string, op: Bound["op"], bound: number): void {
    if (this.#form === "full") this.hold(name, value, unit, op, bound);
    else this.tell(name, value, unit);
  }

  note(text: string): void {
    this.#notes.push(text);
  }

  result(id: string, form: Form): ScenarioResult {
    return { id, form, figures: this.#figures, notes: this.#notes };
  }
}

function holds(value: number, op: Bound["op"], bound: number): boolean {
  switch (op) {
    case "<":
      return value < bound;
    case "<=":
      return value <= bound;
    case "=":
      return value === bound;
    case ">=":
      return value >= bound;
  }
}

/** Quantile by the nearest rank, 0..1; NaN of an empty list. */
export function quantile(values: readonly number[], q: number): number {
  if (values.length === 0) return Number.NaN;
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1))]!;
}

export function failed(result: ScenarioResult): boolean {
  return result.figures.length === 0 || result.figures.some((figure) => !figure.ok);
}
