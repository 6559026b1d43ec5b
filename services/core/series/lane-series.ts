/**
 * What only many windows of a lane tell: whether a rate fell, in which buckets, whether offline and online drift together or
 * have come apart. Folded from each decision window as it closes; its values are rows like a window's own (ADR 0012).
 */
import { ALL, type Catalogue, CONTROL } from "../catalogue.ts";
import { type Fields, JsonShape } from "../json-shape.ts";
import type { SeriesSegment } from "../metric.ts";
import type { SuiteExpectation } from "../policy.ts";
import { AlarmBook } from "../proxy/alarm-book.ts";
import type { ProxyMap } from "../proxy/proxy-map.ts";
import type { VerdictRecord, WindowRecord } from "../records.ts";
import { type MetricResult, noResult, okResult } from "../result.ts";
import { eOfLog, type RateCounts } from "../statistics/e-values.ts";
import { eBenjaminiHochberg } from "../statistics/multiplicity.ts";
import { shrink } from "../statistics/shrinkage.ts";
import { EXPLAINED_MIN, isShown } from "./control-share.ts";
import { JudgeChange, type JudgeShares } from "./judge-change.ts";
import { LedFall } from "./led-fall.ts";
import { MetricSeries } from "./metric-series.ts";
import {
  correlationResults,
  isApart,
  type SeriesPair,
  seriesName,
  seriesPairs,
  windowSeries,
} from "./offline-online.ts";
import { ALPHA, CONTROL_OF_ALL, RateEvidence, type RateFinding, TRIALS_MIN } from "./rate-evidence.ts";
import { SuiteLedger } from "./suite-ledger.ts";
import { TrafficMix } from "./traffic-mix.ts";
import { TrainingCurves } from "./training-curves.ts";

const ONLINE = "online_success";
const OFFLINE = "offline_score";
/** What users of the lane see. */
const USERS = `reply/${ALL}/${ONLINE}`;

const shape = new JsonShape((message) => new Error(`a lane's series cannot be read: ${message}`));

export class LaneSeries {
  #buckets = new RateEvidence();
  #rates = new RateEvidence();
  #series = new MetricSeries();
  #mix = new TrafficMix();
  #judges = new JudgeChange();
  #alarms = new AlarmBook();
  #suites = new SuiteLedger();
  #curves = new TrainingCurves();
  #led = new LedFall();
  /** By pair: decision windows in a row that found offline quiet, online worse, and the two apart. */
  readonly #decoupled = new Map<string, number>();

  /**
   * Takes one closed decision window; returns its rows, none where the lane has neither online nor offline data. `expected` is
   * what the lane's policy asks of suites, if anything.
   */
  fold(rows: readonly WindowRecord[], catalogue: Catalogue, expected?: SuiteExpectation): WindowRecord[] {
    const online = rows.find((row) => row.stage === "reply" && row.segment === ALL);
    const control = rows.find((row) => row.stage === "reply" && row.segment === CONTROL);
    const whole = wholeCounts(control);
    const rateCounted = rateCounts(rows);
    this.#buckets.fold(bucketCounts(online), new Map([...whole, ...bucketCounts(control)]));
    this.#rates.fold(rateCounted, usersControls([...rateCounted.keys()], whole));
    const judged = this.#judges.fold(judgeShares(rows));
    this.#series.push(windowSeries(rows, catalogue));
    const frame = rows[0];
    if (frame === undefined) return [];
    const made: WindowRecord[] = [];
    const add = (segment: SeriesSegment, results: readonly MetricResult[], n = online?.n ?? 0): void => {
      if (results.length > 0) made.push(rowOf(frame, segment, results, n));
    };
    const rates = this.#rates.findings().map((found) => this.#comparable(found));
    const mixed = this.#mix.fold(mixCounts(online), USERS);
    const otherTraffic = mixed.some(isOtherTraffic);
    const buckets = this.#buckets.findings();
    const fallen = regressedCount(buckets, this.#buckets.size);
    add("buckets", bucketResults(buckets, this.#buckets.size, fallen));
    add("rates", [
      ...mixed,
      ...judged,
      ...rates.flatMap(controlResults),
      ...rates.map((found) => regression("rate_regression", found, this.#rates.size)),
    ]);
    add("drift", [
      ...this.#ledFalls(rates, otherTraffic),
      ...this.#pairs(catalogue, rates, fallen > 0, otherTraffic),
    ]);
    const suites = this.#suites.fold(rows, expected);
    // A window in which nothing was evaluated says something, too: its row must not count as one without input.
    add("suites", suites, suites.length);
    const curves = this.#curves.fold(rows);
    add("curves", curves, Math.max(0, ...curves.map(({ n }) => n)));
    return made.map((row, rowIndex) => ({ ...row, rowIndex, rowCount: made.length }));
  }

  /** What foretold the alarms that are new in a window's verdict; null where there are none. After `fold` of that window. */
  explain(
    frame: WindowRecord,
    verdict: VerdictRecord,
    catalogue: Catalogue,
    map: ProxyMap,
  ): WindowRecord | null {
    const results = this.#alarms.take(verdict, catalogue, map, (name) => this.#series.values(name));
    return results.length === 0
      ? null
      : rowOf(frame, "proxies" satisfies SeriesSegment, results, results.length);
  }

  /** Somebody acted on what was found: evidence begins anew; bases and series stay, but for suites that have other judges now. */
  restart(): void {
    for (const series of this.#judges.accept()) this.#rates.forget(series);
    this.#buckets.restart();
    this.#rates.restart();
    this.#curves.restart();
    this.#led.restart();
    this.#decoupled.clear();
    this.#alarms.restart();
  }

  toJson(): Fields {
    return {
      buckets: this.#buckets.toJson(),
      rates: this.#rates.toJson(),
      series: this.#series.toJson(),
      mix: this.#mix.toJson(),
      judges: this.#judges.toJson(),
      alarms: this.#alarms.toJson(),
      suites: this.#suites.toJson(),
      curves: this.#curves.toJson(),
      led: this.#led.toJson(),
      decoupled: [...this.#decoupled],
    };
  }

  /** Throws, naming the field, on anything but what `toJson` made. */
  static fromJson(json: Fields): LaneSeries {
    const lane = new LaneSeries();
    lane.#buckets = RateEvidence.fromJson(json.buckets, "buckets");
    lane.#rates = RateEvidence.fromJson(json.rates, "rates");
    lane.#series = MetricSeries.fromJson(json.series, "series");
    lane.#mix = TrafficMix.fromJson(json.mix, "mix");
    lane.#judges = JudgeChange.fromJson(json.judges, "judges");
    lane.#alarms = AlarmBook.fromJson(json.alarms, "alarms");
    // Checkpoints written before suites were followed have none.
    if (json.suites !== undefined) lane.#suites = SuiteLedger.fromJson(json.suites, "suites");
    lane.#curves = TrainingCurves.fromJson(json.curves, "curves");
    // Nor have older ones what followed a suite's fall: it begins with the next that is shown.
    if (json.led !== undefined) lane.#led = LedFall.fromJson(json.led, "led");
    shape.array(json.decoupled, "decoupled", (entry, name) => {
      const [pair, windows] = shape.tuple(entry, name, 2);
      lane.#decoupled.set(shape.string(pair, name), shape.count(windows, name));
    });
    return lane;
  }

  /** Scores of another judge are no evidence against the first ones'. */
  #comparable(found: RateFinding): RateFinding {
    return this.#judges.isChanged(found.name) ? { ...found, logE: Math.min(found.logE, 0) } : found;
  }

  /** Rates whose fall is shown, however often one looks. */
  #crossed(rates: readonly RateFinding[]): string[] {
    return rates.filter(({ logE }) => logE >= Math.log(this.#rates.size / ALPHA)).map(({ name }) => name);
  }

  #ledFalls(rates: readonly RateFinding[], otherTraffic: boolean): MetricResult[] {
    const users = this.#rates.counted(USERS);
    if (users === null) return [];
    const suites = this.#crossed(rates).filter((name) => name.endsWith(`/${OFFLINE}`));
    return this.#led.fold(suites, { users, control: this.#rates.controlCounted(USERS) }, otherTraffic);
  }

  #pairs(
    catalogue: Catalogue,
    rates: readonly RateFinding[],
    bucketsWorse: boolean,
    otherTraffic: boolean,
  ): MetricResult[] {
    const pairs = seriesPairs(this.#series.names(), catalogue);
    const crossed = new Set(this.#crossed(rates));
    // A season hits buckets unequally: while it is shown, that one fell further than its control breaks no promise of a suite.
    const season = isShown(rates.find(({ name }) => name === USERS)?.controlShare ?? null);
    const isWorse = (online: string): boolean =>
      !season && (bucketsWorse || (crossed.has(online) && !otherTraffic));
    const results = pairs.flatMap((pair) => [
      ...correlationResults(this.#series, pair),
      ...this.#decoupling(pair, catalogue, crossed, isWorse(pair.online)),
    ]);
    const told = results.filter(({ metric, status }) => metric === "decoupled_windows" && status === "ok");
    if (told.length === 0) return results;
    const longest = told.reduce((a, b) => (b.value! > a.value! ? b : a));
    return [{ ...longest, bucket: "" }, ...results];
  }

  /** Only for scores of suites: a metric of texts is no promise to anybody that it could break. */
  #decoupling(
    pair: SeriesPair,
    catalogue: Catalogue,
    crossed: ReadonlySet<string>,
    worse: boolean,
  ): MetricResult[] {
    if (!pair.offline.endsWith(`/${OFFLINE}`)) return [];
    const { x } = this.#series.recent(pair.offline, pair.online);
    const apart = isApart(this.#series, pair, catalogue);
    if (apart === null) return [noResult("decoupled_windows", x.length, "insufficient", pair.name)];
    const quiet = !crossed.has(pair.offline);
    const decoupled = apart && quiet && worse;
    const windows = decoupled ? (this.#decoupled.get(pair.name) ?? 0) + 1 : 0;
    this.#decoupled.set(pair.name, windows);
    return [okResult("decoupled_windows", x.length, windows, null, pair.name)];
  }
}

/** Half of the fall or more is due to what users ask now: no promise of the offline side was broken. */
function isOtherTraffic({ metric, status, value }: MetricResult): boolean {
  return metric === "mix_explained" && status === "ok" && value! >= EXPLAINED_MIN;
}

/** All outcomes that nothing of the lane's had a part in; empty where the window has none. */
function wholeCounts(control: WindowRecord | undefined): ReadonlyMap<string, RateCounts> {
  const whole = control?.results.find(({ metric, bucket }) => metric === ONLINE && bucket === "");
  const counts = whole === undefined ? null : countsOf(whole);
  return new Map(counts === null ? [] : [[CONTROL_OF_ALL, counts]]);
}

/** The control of what users see. Suites have none: their questions stay the same, whatever people are asked. */
function usersControls(
  series: readonly string[],
  whole: ReadonlyMap<string, RateCounts>,
): ReadonlyMap<string, RateCounts> {
  const counts = whole.get(CONTROL_OF_ALL);
  if (counts === undefined) return new Map();
  return new Map(series.filter((name) => name.endsWith(`/${ONLINE}`)).map((name) => [name, counts]));
}

/** By series of a suite's score, who judged. */
function judgeShares(rows: readonly WindowRecord[]): ReadonlyMap<string, JudgeShares> {
  const bySeries = new Map<string, JudgeShares>();
  for (const row of rows) {
    const mix = row.results.filter(({ metric, status }) => metric === "judge_mix" && status === "ok");
    const whole = mix.find(({ bucket }) => bucket === "");
    if (whole === undefined) continue;
    const shares = mix
      .filter(({ bucket }) => bucket !== "")
      .map(({ bucket, value }) => [bucket, value!] as const);
    bySeries.set(seriesName(row, OFFLINE), { n: whole.n, shares: new Map(shares) });
  }
  return bySeries;
}

/** What of the fall a control shows as well; none where nothing fell, or there is no control. */
function controlResults({ name, since, controlShare: share }: RateFinding): MetricResult[] {
  if (share === null) return [];
  return [okResult("control_explained", since.trials, share.value, share, name)];
}

/** Counts of a rate's result; null where it has none. Also of fewer trials than carry a verdict. */
function countsOf({ value, n }: MetricResult): RateCounts | null {
  return value === null || n === 0 ? null : { successes: Math.round(value * n), trials: n };
}

/** By bucket, with what has none under "": all outcomes that say whether. */
function mixCounts(row: WindowRecord | undefined): ReadonlyMap<string, RateCounts> {
  const counts = new Map<string, RateCounts>();
  let rest: RateCounts = { successes: 0, trials: 0 };
  for (const result of row?.results ?? []) {
    const own = result.metric === ONLINE ? countsOf(result) : null;
    if (own === null) continue;
    const sign = result.bucket === "" ? 1 : -1;
    rest = { successes: rest.successes + sign * own.successes, trials: rest.trials + sign * own.trials };
    if (result.bucket !== "") counts.set(result.bucket, own);
  }
  if (rest.trials > 0) counts.set("", rest);
  return counts;
}

/** By bucket, and by parent `<parent>/*` of buckets named `<parent>/<child>`, which small children are pooled in. */
function bucketCounts(row: WindowRecord | undefined): ReadonlyMap<string, RateCounts> {
  const counts = new Map<string, RateCounts>();
  for (const result of row?.results ?? []) {
    const own = result.metric === ONLINE && result.bucket !== "" ? countsOf(result) : null;
    if (own === null) continue;
    counts.set(result.bucket, own);
    const slash = result.bucket.lastIndexOf("/");
    if (slash <= 0) continue;
    const parent = `${result.bucket.slice(0, slash)}/*`;
    const sum = counts.get(parent) ?? { successes: 0, trials: 0 };
    counts.set(parent, { successes: sum.successes + own.successes, trials: sum.trials + own.trials });
  }
  return counts;
}

function rateCounts(rows: readonly WindowRecord[]): ReadonlyMap<string, RateCounts> {
  const counts = new Map<string, RateCounts>();
  for (const row of rows) {
    if (row.segment === CONTROL) continue;
    for (const result of row.results) {
      if (result.bucket !== "" || (result.metric !== ONLINE && result.metric !== OFFLINE)) continue;
      const own = countsOf(result);
      if (own !== null) counts.set(seriesName(row, result.metric), own);
    }
  }
  return counts;
}

/** Each bucket's fall and shrunk rate; before them, under the name "", the lane's: the strongest evidence of any. */
function bucketResults(found: readonly RateFinding[], k: number, fallen: number): MetricResult[] {
  if (found.length === 0) return [];
  const worst = found.reduce((a, b) => (b.logE > a.logE ? b : a));
  const whole = { ...regression("bucket_regression", worst, k), bucket: "", n: found.length };
  const count = okResult("regressed_buckets", found.length, fallen, null);
  const tried = found.filter(({ since }) => since.trials > 0);
  const { rates } = shrink(tried.map(({ since }) => since));
  return [
    whole,
    count,
    ...found.map((one) => regression("bucket_regression", one, k)),
    ...tried.map(({ name, since }, i) => okResult("bucket_rate", since.trials, rates[i]!, null, name)),
  ];
}

/** Rates of `k` at false discovery rate alpha, whatever the dependence between them. */
function regressedCount(found: readonly RateFinding[], k: number): number {
  // Buckets without a base have shown nothing: an e-value of 1 each.
  const logE = [...found.map((one) => one.logE), ...new Array<number>(k - found.length).fill(0)];
  return eBenjaminiHochberg(logE, ALPHA).length;
}

/** Value: how much lower the rate is than before, with its interval; e: shared among `k` rates, so that 1 / alpha decides. */
function regression(
  metric: string,
  { name, logE, since, drop, lo, hi }: RateFinding,
  k: number,
): MetricResult {
  const e = eOfLog(logE - Math.log(k));
  if (since.trials < TRIALS_MIN) {
    return {
      ...noResult(metric, since.trials, "insufficient", name),
      value: Number.isNaN(drop) ? null : drop,
    };
  }
  return { ...okResult(metric, since.trials, drop, { lo, hi }, name), e };
}

function rowOf(
  frame: WindowRecord,
  segment: string,
  results: readonly MetricResult[],
  n: number,
): WindowRecord {
  return {
    ...frame,
    stage: "reply",
    segment,
    n,
    late: 0,
    repeated: 0,
    incomplete: false,
    referenceVersion: "",
    rowIndex: 0,
    rowCount: 1,
    results,
    leftOut: [],
    evidence: [],
  };
}
