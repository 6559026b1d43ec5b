/**
 * Where users are served worse than they were: evidence by bucket, and by bucket of each segment of users (a *cell*). Parents
 * `<parent>/*` pool what is named `<parent>/<child>`. The error is shared: half of it among the buckets, half among the cells,
 * however many those are; a lane without user segments has all of it for its buckets.
 */
import { ALL, CONTROL, isUserSegment } from "../catalogue.ts";
import { type Fields, JsonShape } from "../json-shape.ts";
import type { SeriesSegment } from "../metric.ts";
import { OTHER } from "../policy.ts";
import type { WindowRecord } from "../records.ts";
import { type MetricResult, okResult } from "../result.ts";
import type { RateCounts } from "../statistics/e-values.ts";
import { eBenjaminiHochberg } from "../statistics/multiplicity.ts";
import { shrink } from "../statistics/shrinkage.ts";
import { fallResult, rateCountsOf } from "./fall-result.ts";
import {
  ALPHA,
  CONTROL_OF_ALL,
  RATES_MAX,
  RateEvidence,
  type RateFinding,
  TRIALS_MIN,
} from "./rate-evidence.ts";

/** Cells followed, those that came first; of one window's, those of smallest hash. */
export const CELL_RATES_MAX = 512;
const BUCKETS = "buckets" satisfies SeriesSegment;
const ONLINE = "online_success";
const SEPARATOR = "\u001f";

/** A row to be: its segment is `buckets`, or `buckets/<user segment>`. */
export interface BucketRow {
  readonly segment: string;
  readonly results: readonly MetricResult[];
}

/** One bucket of some users, ready to be told. */
interface Told {
  /** `all`, or a user segment. */
  readonly users: string;
  readonly bucket: string;
  readonly found: RateFinding;
  /** Number of rates that its e-value is shared among. */
  readonly among: number;
}

const shape = new JsonShape((message) => new Error(`the evidence of buckets cannot be read: ${message}`));

export class BucketEvidence {
  #buckets = new RateEvidence(RATES_MAX);
  #cells = new RateEvidence(CELL_RATES_MAX);
  #regressed: readonly Told[] = [];

  /**
   * Takes one closed window; returns its rows, none before any bucket has a base. `control` is the whole of what nothing of the
   * lane's had a part in, if anything; its own buckets are in the rows.
   */
  fold(rows: readonly WindowRecord[], control: RateCounts | null = null): readonly BucketRow[] {
    const buckets = new Map<string, RateCounts>();
    const cells = new Map<string, RateCounts>();
    const controls = new Map<string, RateCounts>(control === null ? [] : [[CONTROL_OF_ALL, control]]);
    for (const row of rows) {
      if (row.stage !== "reply") continue;
      if (row.segment === ALL) addCounts(buckets, "", row);
      else if (row.segment === CONTROL) addCounts(controls, "", row);
      else if (isUserSegment(row.segment)) addCounts(cells, row.segment + SEPARATOR, row);
    }
    this.#buckets.fold(buckets, controls);
    this.#cells.fold(cells, cellControls(cells, controls));
    const told = this.#told();
    this.#regressed = this.#reject(told);
    return this.#rows(told);
  }

  /** Whether the latest window shows any bucket of these users served worse: `all`, or a user segment. */
  isWorse(users: string): boolean {
    return this.#regressed.some((own) => own.users === users);
  }

  /** Somebody acted on what was found: evidence begins anew, bases stay. */
  restart(): void {
    this.#buckets.restart();
    this.#cells.restart();
    this.#regressed = [];
  }

  toJson(): Fields {
    return { buckets: this.#buckets.toJson(), cells: this.#cells.toJson() };
  }

  /** Throws, naming the field, on anything but what `toJson` made. */
  static fromJson(json: unknown, name: string): BucketEvidence {
    const evidence = new BucketEvidence();
    const fields = shape.object(json, name);
    // Checkpoints written before cells were followed have the buckets alone.
    evidence.#buckets = RateEvidence.fromJson(fields.buckets ?? fields, name, RATES_MAX);
    if (fields.cells !== undefined)
      evidence.#cells = RateEvidence.fromJson(fields.cells, `${name} cells`, CELL_RATES_MAX);
    return evidence;
  }

  #told(): readonly Told[] {
    const shared = this.#cells.size > 0 ? 2 : 1;
    const buckets = this.#buckets.findings().map((found) => ({
      ...{ users: ALL, bucket: found.name, found },
      among: shared * this.#buckets.size,
    }));
    const cells = this.#cells.findings().map((found) => {
      const [users = "", bucket = ""] = found.name.split(SEPARATOR);
      return { users, bucket, found, among: shared * this.#cells.size };
    });
    return [...buckets, ...cells];
  }

  /** At a false discovery rate of alpha over all buckets and cells, whatever the dependence between them: e-BH with weights. */
  #reject(told: readonly Told[]): readonly Told[] {
    const all = this.#buckets.size + this.#cells.size;
    const weighted = told.map(({ found, among }) => found.logE + Math.log(all / among));
    // Those without a base have shown nothing: an e-value of 1 each, or less.
    const rest = new Array<number>(all - told.length).fill(0);
    return eBenjaminiHochberg([...weighted, ...rest], ALPHA).flatMap((at) => told[at] ?? []);
  }

  #rows(told: readonly Told[]): readonly BucketRow[] {
    if (told.length === 0) return [];
    const users = [...new Set(told.map((own) => own.users))].sort();
    const rows = users.map((name) => ({
      segment: name === ALL ? BUCKETS : `${BUCKETS}/${name}`,
      results: usersResults(told.filter((own) => own.users === name)),
    }));
    const whole = rows.find(({ segment }) => segment === BUCKETS);
    const others = rows.filter((row) => row !== whole);
    return [{ segment: BUCKETS, results: [...this.#whole(told), ...(whole?.results ?? [])] }, ...others];
  }

  /** Under the name "": the strongest evidence of any, how many fell, and how many are not followed. */
  #whole(told: readonly Told[]): readonly MetricResult[] {
    const known = told.filter(({ found }) => found.since.trials >= TRIALS_MIN);
    const strength = ({ found, among }: Told): number => found.logE - Math.log(among);
    const worst = (known.length > 0 ? known : told).reduce((a, b) => (strength(b) > strength(a) ? b : a));
    const untested = this.#buckets.untested + this.#cells.untested;
    const followed = this.#buckets.size + this.#cells.size;
    return [
      { ...fallResult("bucket_regression", worst.found, worst.among), bucket: "", n: told.length },
      okResult("regressed_buckets", told.length, this.#regressed.length, null),
      okResult("untested_buckets", followed + untested, untested, null),
    ];
  }
}

/** Each bucket's fall, and its rate drawn towards that of all buckets of these users. */
function usersResults(told: readonly Told[]): readonly MetricResult[] {
  const tried = told.filter(({ found }) => found.since.trials > 0);
  const { rates } = shrink(tried.map(({ found }) => found.since));
  return [
    ...told.map(({ bucket, found, among }) =>
      fallResult("bucket_regression", { ...found, name: bucket }, among),
    ),
    ...tried.map(({ bucket, found }, i) =>
      okResult("bucket_rate", found.since.trials, rates[i]!, null, bucket),
    ),
  ];
}

/** Each cell has the control of its bucket: what hits all buckets does not hit them alike. */
function cellControls(
  cells: ReadonlyMap<string, RateCounts>,
  controls: ReadonlyMap<string, RateCounts>,
): ReadonlyMap<string, RateCounts> {
  const own = new Map<string, RateCounts>();
  const whole = controls.get(CONTROL_OF_ALL);
  if (whole !== undefined) own.set(CONTROL_OF_ALL, whole);
  for (const cell of cells.keys()) {
    const counts = controls.get(cell.slice(cell.indexOf(SEPARATOR) + 1));
    if (counts !== undefined) own.set(cell, counts);
  }
  return own;
}

/** By bucket and by parent; what has no bucket, or none of its own, is none. */
function addCounts(counts: Map<string, RateCounts>, prefix: string, row: WindowRecord): void {
  for (const result of row.results) {
    const { bucket } = result;
    const own = result.metric === ONLINE && bucket !== "" && bucket !== OTHER ? rateCountsOf(result) : null;
    if (own === null) continue;
    counts.set(prefix + bucket, own);
    const slash = bucket.lastIndexOf("/");
    if (slash <= 0) continue;
    const parent = `${prefix}${bucket.slice(0, slash)}/*`;
    const sum = counts.get(parent) ?? { successes: 0, trials: 0 };
    counts.set(parent, { successes: sum.successes + own.successes, trials: sum.trials + own.trials });
  }
}
