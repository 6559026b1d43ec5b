/**
 * Evidence that a rate fell, for many rates side by side (buckets of a lane, or whole series), folded from closed windows.
 *
 * Each rate has a *base*, its first trials, pinned, so that small steps cannot ratchet. What comes after is held against it
 * by an e-process that began with the base's end; and, as a late fall would drown in what was well before it, by further
 * e-processes that began later and hold what came since against all before. Their weighted sum is an e-process again:
 * within a year of windows it reaches K / alpha with probability alpha / K at most, however often one looks.
 * Sources: Wasserman, Ramdas & Balakrishnan 2020 (one e-process); Shin, Ramdas & Rinaldo 2022 (sums over beginnings).
 */
import { type Fields, JsonShape } from "../json-shape.ts";
import { OTHER } from "../policy.ts";
import { lowerRateLogE, type RateCounts } from "../statistics/e-values.ts";
import { rateDifference } from "../statistics/rate-difference.ts";

/** Rates followed; one more is not: it has no evidence, and `untested` counts it. */
export const RATES_MAX = 256;
/** Trials that make a base, counted in whole windows, … */
export const BASE_TRIALS_MIN = 400;
/** … and windows: a busy rate shows more before it is held to it, and smaller falls can be told from it. */
export const BASE_WINDOWS_MIN = 12;
/** Beginnings later than the base's end that are kept: the latest. What is dropped only makes the sum smaller. */
export const STARTS_MAX = 8;
/** Windows between two beginnings: in a slow fall, what a later one holds apart is clearer. */
export const START_EVERY_WINDOWS = 4;
/** Beginnings in a year of hourly windows; each has the same weight, together as much as the first. */
const STARTS_A_YEAR = 2_190;
/** Fewer trials since show no effect that is worth a name. */
export const TRIALS_MIN = 30;

const NO_TRIALS: RateCounts = { successes: 0, trials: 0 };

interface Rate {
  /** Number of the window in which it came first. */
  readonly first: number;
  base: RateCounts;
  /** Everything after the base. */
  total: RateCounts;
  /** `total` where later e-processes began, oldest first. */
  starts: RateCounts[];
}

/** What is known of one rate now. */
export interface RateFinding {
  readonly name: string;
  /** ln of its e-value, before it is shared among the rates. */
  readonly logE: number;
  /** Before and since the beginning that tells most. */
  readonly before: RateCounts;
  readonly since: RateCounts;
  /** Rate before minus rate since; NaN without trials on either side. */
  readonly drop: number;
  /** 95 % of the drop: 0..1 wide where nothing is known. */
  readonly lo: number;
  readonly hi: number;
}

const shape = new JsonShape((message) => new Error(`the evidence of rates cannot be read: ${message}`));

export class RateEvidence {
  readonly #rates = new Map<string, Rate>();
  #windows = 0;
  #untested = 0;

  /** Folds one closed window. Names come in any order; `__other__` is no rate, as what is in it changes. */
  fold(counts: ReadonlyMap<string, RateCounts>): void {
    this.#windows += 1;
    for (const name of [...counts.keys()].sort()) {
      const rate = name === OTHER ? null : this.#rate(name);
      if (rate === null) continue;
      const window = counts.get(name)!;
      if (!this.#hasBase(rate, this.#windows - 1)) rate.base = added(rate.base, window);
      else rate.total = added(rate.total, window);
    }
    if (this.#windows % START_EVERY_WINDOWS !== 0) return;
    for (const rate of this.#rates.values()) {
      if (rate.total.trials > 0) rate.starts = [...rate.starts, rate.total].slice(-STARTS_MAX);
    }
  }

  /** Rates that have a base, by name. */
  findings(): RateFinding[] {
    return [...this.#rates]
      .filter(([, rate]) => this.#hasBase(rate, this.#windows))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, rate]) => finding(name, rate));
  }

  /** Rates among which an error of level alpha is shared: all that are followed. */
  get size(): number {
    return this.#rates.size;
  }

  /** Times a name came that had no room. */
  get untested(): number {
    return this.#untested;
  }

  /** Forgets what came after the bases: somebody acted on it, and what comes next is judged anew. */
  restart(): void {
    for (const rate of this.#rates.values()) {
      rate.total = NO_TRIALS;
      rate.starts = [];
    }
  }

  toJson(): Fields {
    const pair = ({ successes, trials }: RateCounts): readonly number[] => [successes, trials];
    return {
      windows: this.#windows,
      untested: this.#untested,
      rates: [...this.#rates].map(([name, { first, base, total, starts }]) => [
        name,
        first,
        pair(base),
        pair(total),
        starts.map(pair),
      ]),
    };
  }

  /** Throws, naming the field, on anything but what `toJson` made. */
  static fromJson(json: unknown, name: string): RateEvidence {
    const fields = shape.object(json, name);
    const evidence = new RateEvidence();
    evidence.#windows = shape.count(fields.windows, `${name} windows`);
    evidence.#untested = shape.count(fields.untested, `${name} untested`);
    shape.array(fields.rates, `${name} rates`, (entry, at) => {
      const [key, first, base, total, starts] = shape.tuple(entry, at, 5);
      evidence.#rates.set(shape.string(key, at), {
        first: shape.count(first, at),
        base: countsOf(base, at),
        total: countsOf(total, at),
        starts: shape.array(starts, `${at} starts`, countsOf),
      });
    });
    return evidence;
  }

  /** Whether a rate's base is whole at the end of a window. */
  #hasBase({ first, base }: Rate, window: number): boolean {
    return base.trials >= BASE_TRIALS_MIN && window - first + 1 >= BASE_WINDOWS_MIN;
  }

  #rate(name: string): Rate | null {
    let rate = this.#rates.get(name);
    if (rate === undefined) {
      if (this.#rates.size >= RATES_MAX) {
        this.#untested += 1;
        return null;
      }
      rate = { first: this.#windows, base: NO_TRIALS, total: NO_TRIALS, starts: [] };
      this.#rates.set(name, rate);
    }
    return rate;
  }
}

function finding(name: string, { base, total, starts }: Rate): RateFinding {
  const first = lowerRateLogE(base, total);
  const terms = [first - Math.LN2];
  let best = { logE: first, before: base, since: total };
  for (const start of starts) {
    const [before, since] = [added(base, start), without(total, start)];
    const logE = lowerRateLogE(before, since);
    terms.push(logE - Math.LN2 - Math.log(STARTS_A_YEAR));
    if (logE > best.logE) best = { logE, before, since };
  }
  const { value: drop, lo, hi } = rateDifference(best.before, best.since);
  return { name, logE: logSumExp(terms), before: best.before, since: best.since, drop, lo, hi };
}

function logSumExp(terms: readonly number[]): number {
  const largest = Math.max(...terms);
  return largest + Math.log(terms.reduce((sum, term) => sum + Math.exp(term - largest), 0));
}

function added(a: RateCounts, b: RateCounts): RateCounts {
  return { successes: a.successes + b.successes, trials: a.trials + b.trials };
}

function without(a: RateCounts, b: RateCounts): RateCounts {
  return { successes: a.successes - b.successes, trials: a.trials - b.trials };
}

function countsOf(value: unknown, name: string): RateCounts {
  const [successes, trials] = shape.tuple(value, name, 2);
  return { successes: shape.count(successes, name), trials: shape.count(trials, name) };
}
