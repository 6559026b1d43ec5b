/**
 * Whether the suites' results are still those of the judges that the lane's first windows were scored by. Scores of another judge
 * cannot be held against them: a stricter one looks like a worse model.
 */
import { type Fields, JsonShape } from "../json-shape.ts";
import { type MetricResult, okResult } from "../result.ts";

/** Windows of a suite that say who its judges are. */
export const JUDGES_WINDOWS = 12;
/** Judges known per suite; what comes beyond is new. */
export const JUDGES_MAX = 32;
/** Suites followed. */
export const JUDGED_SUITES_MAX = 32;
/** Where half of the results or more are by new judges, a suite's rate is not held against its base. */
export const NEW_JUDGE_SHARE_MAX = 0.5;

/** Share of a suite's results by judge, as one window has it; `n` of all. */
export interface JudgeShares {
  readonly n: number;
  readonly shares: ReadonlyMap<string, number>;
}

interface Suite {
  windows: number;
  readonly judges: Set<string>;
}

const shape = new JsonShape((message) => new Error(`a lane's judges cannot be read: ${message}`));

export class JudgeChange {
  readonly #suites = new Map<string, Suite>();
  /** Series whose latest window is mostly by new judges. */
  readonly #changed = new Set<string>();

  /** One window's judges by series of a suite's score. Returns the share of new ones by series, the largest under "" before them. */
  fold(bySeries: ReadonlyMap<string, JudgeShares>): MetricResult[] {
    const results: MetricResult[] = [];
    for (const [series, { n, shares }] of [...bySeries].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const suite = this.#suite(series);
      if (suite === null) continue;
      if (suite.windows < JUDGES_WINDOWS) {
        suite.windows += 1;
        for (const judge of [...shares.keys()].sort()) {
          if (suite.judges.size < JUDGES_MAX) suite.judges.add(judge);
        }
      }
      let known = 0;
      for (const [judge, share] of shares) if (suite.judges.has(judge)) known += share;
      const value = Math.max(0, 1 - known);
      if (value >= NEW_JUDGE_SHARE_MAX) this.#changed.add(series);
      else this.#changed.delete(series);
      results.push(okResult("new_judge_share", n, value, null, series));
    }
    if (results.length === 0) return [];
    const most = results.reduce((a, b) => (b.value! > a.value! ? b : a));
    return [{ ...most, bucket: "" }, ...results];
  }

  isChanged(series: string): boolean {
    return this.#changed.has(series);
  }

  /** Somebody has looked: the judges that score now are those that are known. Returns the series whose rates begin anew. */
  accept(): string[] {
    const accepted = [...this.#changed].sort();
    for (const series of accepted) this.#suites.delete(series);
    this.#changed.clear();
    return accepted;
  }

  toJson(): Fields {
    return {
      suites: [...this.#suites].map(([series, { windows, judges }]) => [series, windows, [...judges]]),
      changed: [...this.#changed],
    };
  }

  /** Throws, naming the field, on anything but what `toJson` made. */
  static fromJson(json: unknown, name: string): JudgeChange {
    const fields = shape.object(json, name);
    const change = new JudgeChange();
    shape.array(fields.suites, `${name} suites`, (entry, at) => {
      const [series, windows, judges] = shape.tuple(entry, at, 3);
      change.#suites.set(shape.string(series, at), {
        windows: shape.count(windows, at),
        judges: new Set(shape.array(judges, at, (judge, judgeName) => shape.string(judge, judgeName))),
      });
    });
    shape.array(fields.changed, `${name} changed`, (series, at) => {
      change.#changed.add(shape.string(series, at));
    });
    return change;
  }

  #suite(series: string): Suite | null {
    let suite = this.#suites.get(series);
    if (suite === undefined) {
      if (this.#suites.size >= JUDGED_SUITES_MAX) return null;
      suite = { windows: 0, judges: new Set() };
      this.#suites.set(series, suite);
    }
    return suite;
  }
}
