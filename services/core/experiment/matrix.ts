import type { Cell, Matched } from "./match-results.ts";
import { metricKey, type PlannedMetric } from "./plan.ts";

/** Values of one metric by arm and seed, oriented so that higher is better. Cells that are not used are not there. */
export class Matrix {
  readonly #values = new Map<string, Map<string, number>>();

  constructor(metric: PlannedMetric, { cells }: Matched) {
    const key = metricKey(metric);
    const sign = orientation(metric);
    for (const cell of cells) {
      if (cell.metric !== key || cell.value === null) continue;
      let arm = this.#values.get(cell.arm.name);
      if (arm === undefined) {
        arm = new Map();
        this.#values.set(cell.arm.name, arm);
      }
      arm.set(cell.seed, sign * cell.value);
    }
  }

  /** In the plan's order of seeds; may be empty. */
  of(arm: string): readonly number[] {
    return [...(this.#values.get(arm)?.values() ?? [])];
  }

  /** `arm` minus `against`, one a seed that both have, in the plan's order of seeds. */
  differences(arm: string, against: string): readonly number[] {
    const own = this.#values.get(arm);
    const other = this.#values.get(against);
    if (own === undefined || other === undefined) return [];
    return [...own].flatMap(([seed, value]) => (other.has(seed) ? [value - other.get(seed)!] : []));
  }

  /** Of the seeds that every one of these arms has: one list a seed, its values in the order of `arms`. */
  complete(arms: readonly string[]): readonly (readonly number[])[] {
    const columns = arms.map((arm) => this.#values.get(arm));
    const [first] = columns;
    if (first === undefined || columns.some((column) => column === undefined)) return [];
    const seeds = [...first.keys()].filter((seed) => columns.every((column) => column!.has(seed)));
    return seeds.map((seed) => columns.map((column) => column!.get(seed)!));
  }
}

/** 1 where higher is better, -1 where lower is. */
export function orientation({ better }: PlannedMetric): 1 | -1 {
  return better === "higher" ? 1 : -1;
}

/** Planned cells without a number. */
export function openCells({ cells }: Matched): readonly Cell[] {
  return cells.filter(({ state }) => state !== "used");
}
