/**
 * Evidence that a rate fell, for many rates side by side (buckets of a lane, or whole series), folded from closed windows.
 *
 * Each rate has a *base*, its first trials, pinned, so that small steps cannot ratchet. What comes after is held against it
 * by an e-process that began with the base's end; and, as a late fall would drown in what was well before it, by further
 * e-processes that began later and hold what came since against all before. Their weighted sum is an e-process again:
 * within a year of windows it reaches K / alpha with probability alpha / K at most, however often one looks.
 * A fall that a control shows as well is no evidence; taking evidence away keeps the promise. Each rate has the control that asks
 * the same of others: what hits all buckets does not hit them alike.
 * Sources: Wasserman, Ramdas & Balakrishnan 2020 (one e-process); Shin, Ramdas & Rinaldo 2022 (sums over beginnings).
 */
import { rankOfId } from "../hash.ts";
import { type Fields, JsonShape } from "../json-shape.ts";
import type { Json } from "../metric.ts";
import { OTHER } from "../policy.ts";
import { lowerRateLogE, type RateCounts } from "../statistics/e-values.ts";
import type { Estimate } from "../statistics/fieller.ts";
import { rateDifference } from "../statistics/rate-difference.ts";
import { type BeforeSince, controlShare, isControl, isExplained } from "./control-share.ts";
import { added, countsFromJson, countsToJson, NO_TRIALS, without } from "./rate-counts.ts";

/** Level at which rates are called fallen: e-values of 1 / alpha, shared among them. */
export const ALPHA = 0.05;
/** Rates followed, unless the caller says otherwise; one more is not: it has no evidence, and `untested` counts it. */
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
/** The control of all rates that have none of their own. */
export const CONTROL_OF_ALL = "";

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
  /** ln of its e-value, before it is shared among the rates; 0 at most where the control explains the fall. */
  readonly logE: number;
  /** Of the fall, what its control shows as well; null without a control, or where there is no fall to explain. */
  readonly controlShare: Estimate | null;
  /** Before and since the beginning that tells most, of those with `TRIALS_MIN` trials since; else the base's end. */
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
  /** By the name of the rate that they are held beside; `CONTROL_OF_ALL` for those that have none of their own. */
  readonly #controls = new Map<string, Rate>();
  #windows = 0;
  #untested = 0;
  readonly #ratesMax: number;

  constructor(ratesMax = RATES_MAX) {
    this.#ratesMax = ratesMax;
  }

  /**
   * Folds one closed window. Names come in any order: where there is no room for all that are new, those of smallest hash get
   * it; `__other__` is no rate, as what is in it changes. `controls`: what nothing of the lane's can have moved, by the rate that
   * it is held beside, and under `CONTROL_OF_ALL` for all others.
   */
  fold(counts: ReadonlyMap<string, RateCounts>, controls: ReadonlyMap<string, RateCounts> = new Map()): void {
    this.#windows += 1;
    this.#untested = 0;
    const names = [...counts.keys()].filter((name) => name !== OTHER).sort();
    this.#admit(names.filter((name) => !this.#rates.has(name)));
    for (const name of names) {
      const rate = this.#rates.get(name);
      if (rate !== undefined) this.#add(rate, counts.get(name)!);
    }
    for (const name of [...controls.keys()].sort()) {
      const control = this.#controls.get(name) ?? newRate(this.#windows);
      if (!this.#controls.has(name) && this.#controls.size > this.#ratesMax) continue;
      this.#controls.set(name, control);
      this.#add(control, controls.get(name)!);
    }
    if (this.#windows % START_EVERY_WINDOWS !== 0) return;
    for (const rate of this.#all()) {
      if (rate.total.trials > 0) rate.starts = [...rate.starts, rate.total].slice(-STARTS_MAX);
    }
  }

  /** Rates that have a base, by name. */
  findings(): RateFinding[] {
    return [...this.#rates]
      .filter(([, rate]) => this.#hasBase(rate, this.#windows))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, rate]) => finding(name, rate, this.#controlsOf(name), this.size));
  }

  /** All counts of a rate since it came first, or since the last restart and in its base; none where it has no base yet. */
  counted(name: string): RateCounts | null {
    return this.#sum(this.#rates.get(name));
  }

  /** The same of the rate's own control. */
  controlCounted(name: string): RateCounts | null {
    return this.#sum(this.#controls.get(name));
  }

  /** Rates among which an error of level alpha is shared: all that are followed. */
  get size(): number {
    return this.#rates.size;
  }

  /** Names of the latest window that have no room. */
  get untested(): number {
    return this.#untested;
  }

  /** Forgets what came after the bases: somebody acted on it, and what comes next is judged anew. */
  restart(): void {
    for (const rate of this.#all()) {
      rate.total = NO_TRIALS;
      rate.starts = [];
    }
  }

  /** What is known of a rate is of something else than what comes now: it begins with a new base. */
  forget(name: string): void {
    this.#rates.delete(name);
    this.#controls.delete(name);
  }

  toJson(): Fields {
    return {
      windows: this.#windows,
      untested: this.#untested,
      rates: [...this.#rates].map(([name, rate]) => [name, ...rateToJson(rate)]),
      controls: [...this.#controls].map(([name, rate]) => [name, ...rateToJson(rate)]),
    };
  }

  /** Throws, naming the field, on anything but what `toJson` made. */
  static fromJson(json: unknown, name: string, ratesMax = RATES_MAX): RateEvidence {
    const fields = shape.object(json, name);
    const evidence = new RateEvidence(ratesMax);
    evidence.#windows = shape.count(fields.windows, `${name} windows`);
    evidence.#untested = shape.count(fields.untested, `${name} untested`);
    const read = (value: unknown, of: string, into: Map<string, Rate>): void => {
      shape.array(value, `${name} ${of}`, (entry, at) => {
        const [key, ...rate] = shape.tuple(entry, at, 5);
        into.set(shape.string(key, at), rateOf(rate, at));
      });
    };
    read(fields.rates, "rates", evidence.#rates);
    // Checkpoints written before each rate had its own control have none: it is gathered anew.
    if (fields.controls !== undefined) read(fields.controls, "controls", evidence.#controls);
    return evidence;
  }

  #all(): Rate[] {
    return [...this.#rates.values(), ...this.#controls.values()];
  }

  /** A rate's own control first: where that is too small to say anything, that of all speaks for it. */
  #controlsOf(name: string): Rate[] {
    return [this.#controls.get(name), this.#controls.get(CONTROL_OF_ALL)].filter(
      (rate) => rate !== undefined,
    );
  }

  #add(rate: Rate, window: RateCounts): void {
    if (!this.#hasBase(rate, this.#windows - 1)) rate.base = added(rate.base, window);
    else rate.total = added(rate.total, window);
  }

  #sum(rate: Rate | undefined): RateCounts | null {
    if (rate === undefined || !this.#hasBase(rate, this.#windows)) return null;
    return added(rate.base, rate.total);
  }

  /** Whether a rate's base is whole at the end of a window. */
  #hasBase({ first, base }: Rate, window: number): boolean {
    return base.trials >= BASE_TRIALS_MIN && window - first + 1 >= BASE_WINDOWS_MIN;
  }

  #admit(fresh: readonly string[]): void {
    const room = this.#ratesMax - this.#rates.size;
    this.#untested = Math.max(0, fresh.length - room);
    for (const name of this.#untested === 0 ? fresh : firstByHash(fresh, room)) {
      this.#rates.set(name, newRate(this.#windows));
    }
  }
}

function firstByHash(names: readonly string[], count: number): readonly string[] {
  return names
    .map((name) => ({ name, rank: rankOfId(name) }))
    .sort((a, b) => a.rank - b.rank || (a.name < b.name ? -1 : 1))
    .slice(0, count)
    .map(({ name }) => name);
}

function newRate(first: number): Rate {
  return { first, base: NO_TRIALS, total: NO_TRIALS, starts: [] };
}

/** `k`: rates that share an error of `ALPHA`. */
function finding(name: string, rate: Rate, controls: readonly Rate[], k: number): RateFinding {
  const { starts } = rate;
  const all = splitAt(rate, 0);
  const first = lowerRateLogE(all.before, all.since);
  const terms = [first - Math.LN2];
  let best = { logE: first, back: 0, ...all };
  for (let back = starts.length; back >= 1; back -= 1) {
    const own = splitAt(rate, back);
    const logE = lowerRateLogE(own.before, own.since);
    terms.push(logE - Math.LN2 - Math.log(STARTS_A_YEAR));
    // A beginning that has hardly begun tells nothing, and must not hide what the others tell.
    if (logE > best.logE && own.since.trials >= TRIALS_MIN) best = { logE, back, ...own };
  }
  const { before, since } = best;
  const logE = logSumExp(terms);
  const fall = rateDifference(before, since);
  const control = controls.map((own) => splitAt(own, best.back)).find(isControl);
  const explained = control !== undefined && isExplained(best, control, k, ALPHA);
  return {
    name,
    logE: explained ? Math.min(logE, 0) : logE,
    controlShare: control === undefined ? null : controlShare(best, control),
    before,
    since,
    drop: fall.value,
    lo: fall.lo,
    hi: fall.hi,
  };
}

/**
 * Before and since the beginning that is `back` from the latest (1); 0: the base's end. Beginnings of all rates fall into the
 * same windows, so one and the same `back` is one and the same moment.
 */
function splitAt({ base, total, starts }: Rate, back: number): BeforeSince {
  const start = back === 0 ? undefined : starts.at(-back);
  if (start === undefined) return { before: base, since: total };
  return { before: added(base, start), since: without(total, start) };
}

function logSumExp(terms: readonly number[]): number {
  const largest = Math.max(...terms);
  return largest + Math.log(terms.reduce((sum, term) => sum + Math.exp(term - largest), 0));
}

function rateToJson({ first, base, total, starts }: Rate): readonly Json[] {
  return [first, countsToJson(base), countsToJson(total), starts.map(countsToJson)];
}

function rateOf([first, base, total, starts]: readonly unknown[], name: string): Rate {
  const counts = (value: unknown, of: string): RateCounts => countsFromJson(shape, value, of);
  return {
    first: shape.count(first, name),
    base: counts(base, name),
    total: counts(total, name),
    starts: shape.array(starts, `${name} starts`, counts),
  };
}
