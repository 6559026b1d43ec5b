/**
 * Training that looks ever better and is not: loss grows calm and the model agrees ever more with generated text, while real
 * and tail suites stand still. Folded from a lane's decision windows; only points of windows that have them.
 */
import { suiteSegment, TRAINING } from "../catalogue.ts";
import { type Fields, JsonShape } from "../json-shape.ts";
import { OTHER } from "../policy.ts";
import type { WindowRecord } from "../records.ts";
import { type MetricResult, noResult, okResult } from "../result.ts";
import { type Trend, type TrendPoint, trend } from "../statistics/trend.ts";

/** Latest points kept of a curve. */
export const CURVE_POINTS_MAX = 24;
/** Perplexities followed (by suite, model and tokenizer); one more takes the place of the one that has been silent longest. */
export const PERPLEXITIES_MAX = 16;
/** Suites that a model cannot please by agreeing with itself: tails, other domains, real and outside items. */
const SUITES = ["long_tail", "cross_domain", "hard", "shadow", "temporal_holdout", "external"].map(
  suiteSegment,
);
const HOLDOUT = "holdout";
const NOISE = "loss_noise";
/** In place of the noise where no run reports it: how far the mean loss moved from one window to the next. */
const STEPS = "loss_steps";
const PERPLEXITY = "perplexity ";

/** One-sided 1 %. Both falls must be shown at once. */
export const FALL_Z = -2.326;
/** Effects that count over a curve's points: noise a fifth smaller, perplexity .1 bit a token (metric specification 4), … */
export const NOISE_FALL_MIN = 0.2;
export const PERPLEXITY_FALL_MIN = 0.1 * Math.LN2;
/** … and a guard that gains less than three points, at its interval's upper end, stands still. */
export const STALL_GAIN_MIN = 0.03;
/** Logarithms begin here: what the metrics resolve. */
const SMALLEST = 1e-6;

interface Change {
  readonly name: string;
  readonly n: number;
  /** null where the points are too few, or do not bound it. */
  readonly over: {
    readonly value: number;
    readonly lo: number;
    readonly hi: number;
    readonly z: number;
  } | null;
}

const shape = new JsonShape((message) => new Error(`a lane's training curves cannot be read: ${message}`));

export class TrainingCurves {
  readonly #curves = new Map<string, TrendPoint[]>();
  /** By guard: windows in a row that found it standing still beside calm and agreement. */
  readonly #stalled = new Map<string, number>();
  #windows = 0;
  #lastLoss: number | null = null;

  /** Takes one closed decision window; its results, none where nothing of a curve came in it, or nothing of a training yet. */
  fold(rows: readonly WindowRecord[]): MetricResult[] {
    this.#windows += 1;
    const values = this.#valuesOf(rows);
    for (const [name, value] of values) this.#push(name, value);
    const names = [...this.#curves.keys()].sort();
    // Suites alone are no training: their curves are shown beside what they are to be held against.
    if (values.size === 0 || names.every((name) => SUITES.includes(name))) return [];
    const changes = names.map((name) => this.#change(name));
    return [
      ...this.#stalls(changes),
      ...changes.map(({ name, n, over }) =>
        over === null
          ? noResult("curve_change", n, "insufficient", name)
          : { ...okResult("curve_change", n, over.value, over, name), z: over.z },
      ),
    ];
  }

  /** Somebody acted on what was found: curves begin anew. */
  restart(): void {
    this.#curves.clear();
    this.#stalled.clear();
    this.#lastLoss = null;
  }

  toJson(): Fields {
    return {
      windows: this.#windows,
      lastLoss: this.#lastLoss,
      curves: [...this.#curves].map(([name, points]) => [name, points.map(({ at, value }) => [at, value])]),
      stalled: [...this.#stalled],
    };
  }

  /** Throws, naming the field, on anything but what `toJson` made. */
  static fromJson(json: unknown, name: string): TrainingCurves {
    const fields = shape.object(json, name);
    const curves = new TrainingCurves();
    curves.#windows = shape.count(fields.windows, `${name} windows`);
    curves.#lastLoss = shape.finiteOrNull(fields.lastLoss, `${name} lastLoss`);
    shape.array(fields.curves, `${name} curves`, (entry, at) => {
      const [key, points] = shape.tuple(entry, at, 2);
      const read = shape.array(points, at, (point, pointName) => {
        const [window, value] = shape.tuple(point, pointName, 2);
        return { at: shape.count(window, pointName), value: shape.finite(value, pointName) };
      });
      curves.#curves.set(shape.string(key, at), read);
    });
    shape.array(fields.stalled, `${name} stalled`, (entry, at) => {
      const [key, windows] = shape.tuple(entry, at, 2);
      curves.#stalled.set(shape.string(key, at), shape.count(windows, at));
    });
    return curves;
  }

  /** What the window adds to each curve. */
  #valuesOf(rows: readonly WindowRecord[]): ReadonlyMap<string, number> {
    const values = new Map<string, number>();
    for (const { stage, segment, results } of rows) {
      if (stage !== "reply") continue;
      for (const { metric, bucket, value, status } of results) {
        if (status !== "ok" || value === null) continue;
        if (metric === "synthetic_perplexity" && bucket !== "" && bucket !== OTHER) {
          values.set(`${PERPLEXITY}${segment} ${bucket}`, value);
        } else if (bucket === "" && metric === "offline_score" && SUITES.includes(segment)) {
          values.set(segment, value);
        } else if (bucket === "" && segment === TRAINING) this.#takeReported(metric, value, values);
      }
    }
    return values;
  }

  #takeReported(metric: string, value: number, values: Map<string, number>): void {
    if (metric === "holdout_loss" && value > 0) values.set(HOLDOUT, -Math.log(Math.max(SMALLEST, value)));
    if (metric === "loss_noise") values.set(NOISE, Math.log(Math.max(SMALLEST, value)));
    if (metric !== "training_loss") return;
    if (this.#lastLoss !== null) {
      values.set(STEPS, Math.log(Math.max(SMALLEST, Math.abs(value - this.#lastLoss))));
    }
    this.#lastLoss = value;
  }

  #push(name: string, value: number): void {
    let points = this.#curves.get(name);
    if (points === undefined) {
      if (name.startsWith(PERPLEXITY)) this.#makeRoom();
      points = [];
      this.#curves.set(name, points);
    }
    points.push({ at: this.#windows, value });
    if (points.length > CURVE_POINTS_MAX) points.shift();
  }

  #makeRoom(): void {
    const perplexities = [...this.#curves].filter(([name]) => name.startsWith(PERPLEXITY));
    if (perplexities.length < PERPLEXITIES_MAX) return;
    const lastOf = ([, points]: (typeof perplexities)[number]): number => points.at(-1)!.at;
    perplexities.sort((a, b) => lastOf(a) - lastOf(b) || (a[0] < b[0] ? -1 : 1));
    this.#curves.delete(perplexities[0]![0]);
  }

  #change(name: string): Change {
    const points = this.#curves.get(name)!;
    const found: Trend | null = trend(points);
    if (found === null || !Number.isFinite(found.lo)) return { name, n: points.length, over: null };
    const span = points.at(-1)!.at - points[0]!.at;
    const { n, slope, lo, hi, z } = found;
    return { name, n, over: { value: slope * span, lo: lo * span, hi: hi * span, z } };
  }

  /** Each guard's windows in a row; before them, under the name "", the longest, where that is known. */
  #stalls(changes: readonly Change[]): MetricResult[] {
    const byName = new Map(changes.map((change) => [change.name, change]));
    const guards = changes.filter(({ name }) => name === HOLDOUT || SUITES.includes(name));
    const noise = byName.get(NOISE)?.over ?? byName.get(STEPS)?.over ?? null;
    const perplexities = changes.filter(({ name, over }) => name.startsWith(PERPLEXITY) && over !== null);
    const told = noise !== null && perplexities.length > 0;
    const pleased =
      told &&
      isFall(noise, NOISE_FALL_MIN) &&
      perplexities.some(({ over }) => isFall(over!, PERPLEXITY_FALL_MIN));
    const results = guards.map((guard) => this.#guardResult(guard, told, pleased));
    const known = results.filter(({ status }) => status === "ok");
    const longest = known.reduce<MetricResult | null>(
      (a, b) => (a === null || b.value! > a.value! ? b : a),
      null,
    );
    // A guard that is open could be the one that stands still: without another that does, nothing is known.
    const open = known.length < results.length && (longest?.value ?? 0) === 0;
    return longest === null || open ? results : [{ ...longest, bucket: "" }, ...results];
  }

  #guardResult({ name, n, over }: Change, told: boolean, pleased: boolean): MetricResult {
    const isOpen =
      !told || (pleased && (over === null || (over.hi >= STALL_GAIN_MIN && over.lo < STALL_GAIN_MIN)));
    if (isOpen) return noResult("calm_stall", n, "insufficient", name);
    const stalls = pleased && over !== null && over.hi < STALL_GAIN_MIN;
    const windows = stalls ? (this.#stalled.get(name) ?? 0) + 1 : 0;
    this.#stalled.set(name, windows);
    return okResult("calm_stall", n, windows, null, name);
  }
}

/** Significant, and of a size that counts. */
function isFall({ value, z }: NonNullable<Change["over"]>, leastFall: number): boolean {
  return z <= FALL_Z && value <= -leastFall;
}
