/**
 * Whether users are served worse since a suite fell. A suite's questions stay the same, so what moves it is the model and no
 * season; and where it fell, it says from when on users are to be watched. So beginnings of their fall are tried from then on, the
 * first ones with most weight, and not all beginnings of a year: far fewer outcomes tell it than a fall that came unannounced.
 *
 * What users saw until then is a closed sample: its rate is at least its lower bound, but for half of alpha. What comes after is
 * held against that bound by e-processes, one a beginning, whose weighted sum is one again. Whatever the suite did, without a fall
 * of users e reaches 1 / alpha with probability alpha at most, however often one looks, at `ALPHA`. Beginnings must not be chosen
 * by looking at users.
 * Sources: Ville; Clopper & Pearson 1934; mixtures over beginnings as in `rate-evidence.ts`
 */
import { type Fields, JsonShape } from "../json-shape.ts";
import type { Json } from "../metric.ts";
import { type MetricResult, noResult, okResult } from "../result.ts";
import { bernoulliLogEAbove, eOfLog, type RateCounts } from "../statistics/e-values.ts";
import { clopperPearsonLower } from "../statistics/intervals.ts";
import { rateDifference } from "../statistics/rate-difference.ts";
import { controlShare, isShown } from "./control-share.ts";
import { countsFromJson, countsToJson, NO_TRIALS, without } from "./rate-counts.ts";
import { ALPHA, START_EVERY_WINDOWS, TRIALS_MIN } from "./rate-evidence.ts";

/** Beginnings that are kept: the latest. What is dropped only makes the sum smaller. */
export const LED_STARTS_MAX = 12;

/** All outcomes until now: of users, and of a control where there is one. */
export interface UserOutcomes {
  readonly users: RateCounts;
  readonly control: RateCounts | null;
}

const NO_OUTCOMES: UserOutcomes = { users: NO_TRIALS, control: null };

const shape = new JsonShape(
  (message) => new Error(`what followed a suite's fall cannot be read: ${message}`),
);

export class LedFall {
  /** Series of the suite that fell first; "" while none has. */
  #suite = "";
  /** Windows since. */
  #windows = 0;
  /** What there was of outcomes when its fall was shown. */
  #before: UserOutcomes = NO_OUTCOMES;
  /** The same at each beginning, oldest first. */
  #starts: UserOutcomes[] = [];

  /**
   * One window: suites whose fall is shown by now, and all outcomes until now. `otherTraffic`: users ask something else, and that
   * is most of their fall. Returns the lane's result and the same under the series of the suite; none where no suite fell.
   */
  fold(fallen: readonly string[], now: UserOutcomes, otherTraffic: boolean): MetricResult[] {
    if (this.#suite === "") {
      const [first] = fallen.toSorted();
      if (first === undefined) return [];
      this.#suite = first;
      this.#before = now;
    }
    const result = this.#result(now, otherTraffic);
    if (this.#windows % START_EVERY_WINDOWS === 0) {
      this.#starts = [...this.#starts, now].slice(-LED_STARTS_MAX);
    }
    this.#windows += 1;
    return [result, { ...result, bucket: this.#suite }];
  }

  /** Somebody acted: what comes next follows the next fall. */
  restart(): void {
    this.#suite = "";
    this.#windows = 0;
    this.#before = NO_OUTCOMES;
    this.#starts = [];
  }

  toJson(): Fields {
    return {
      suite: this.#suite,
      windows: this.#windows,
      before: outcomesToJson(this.#before),
      starts: this.#starts.map(outcomesToJson),
    };
  }

  /** Throws, naming the field, on anything but what `toJson` made. */
  static fromJson(json: unknown, name: string): LedFall {
    const fields = shape.object(json, name);
    const fall = new LedFall();
    fall.#suite = shape.string(fields.suite, `${name} suite`);
    fall.#windows = shape.count(fields.windows, `${name} windows`);
    fall.#before = outcomesFromJson(fields.before, `${name} before`);
    fall.#starts = shape.array(fields.starts, `${name} starts`, outcomesFromJson);
    return fall;
  }

  #result(now: UserOutcomes, otherTraffic: boolean): MetricResult {
    const { users: before, control: controlBefore } = this.#before;
    const missedAtLeast = 1 - clopperPearsonLower(before.successes, before.trials, ALPHA / 2);
    const begun = Math.ceil(this.#windows / START_EVERY_WINDOWS);
    let e = 0;
    let best: { readonly logE: number; readonly at: UserOutcomes; readonly since: RateCounts } | null = null;
    for (const [i, at] of this.#starts.entries()) {
      const since = without(now.users, at.users);
      // Weights 1/2, 1/6, 1/12 …: all beginnings there can be have 1 together.
      const number = begun - this.#starts.length + i + 1;
      const logE = bernoulliLogEAbove(since.trials - since.successes, since.successes, missedAtLeast);
      e += eOfLog(logE - Math.log(number * (number + 1)));
      if (since.trials < TRIALS_MIN) continue;
      if (best === null || logE > best.logE) best = { logE, at, since };
    }
    if (best === null) return noResult("led_fall", 0, "insufficient");
    const { at, since } = best;
    const control =
      controlBefore === null || at.control === null || now.control === null
        ? null
        : { before: controlBefore, since: without(now.control, at.control) };
    const explained = otherTraffic || (control !== null && isShown(controlShare({ before, since }, control)));
    const { value, lo, hi } = rateDifference(before, since);
    // The other half of alpha is the bound's.
    const told = e / 2;
    return {
      ...okResult("led_fall", since.trials, value, { lo, hi }),
      e: explained ? Math.min(told, 1) : told,
    };
  }
}

function outcomesToJson({ users, control }: UserOutcomes): Json {
  return [countsToJson(users), control === null ? null : countsToJson(control)];
}

function outcomesFromJson(json: unknown, name: string): UserOutcomes {
  const [users, control] = shape.tuple(json, name, 2);
  return {
    users: countsFromJson(shape, users, name),
    control: control === null ? null : countsFromJson(shape, control, name),
  };
}
