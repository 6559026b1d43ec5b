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
import type { RateCounts } from "../statistics/e-values.ts";
import { BucketEvidence } from "./bucket-evidence.ts";
import { EXPLAINED_MIN, isShown } from "./control-share.ts";
import { fallResult, rateCountsOf } from "./fall-result.ts";
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
import { PatternRise } from "./pattern-rise.ts";
import { ALPHA, RateEvidence, type RateFinding } from "./rate-evidence.ts";
import { SuiteLedger } from "./suite-ledger.ts";
import { TrafficMix } from "./traffic-mix.ts";
import { TrainingCurves } from "./training-curves.ts";
import { VersionSeries } from "./version-series.ts";

const ONLINE = "online_success";
const OFFLINE = "offline_score";
/** What users of the lane see. */
const USERS = `reply/${ALL}/${ONLINE}`;

const shape = new JsonShape((message) => new Error(`a lane's series cannot be read: ${message}`));

export class LaneSeries {
  #buckets = new BucketEvidence();
  #rates = new RateEvidence();
  #series = new MetricSeries();
  #mix = new TrafficMix();
  #judges = new JudgeChange();
  #alarms = new AlarmBook();
  #suites = new SuiteLedger();
  #curves = new TrainingCurves();
  #patterns = new PatternRise();
  #led = new LedFall();
  #versions = new VersionSeries();
  /** By pair: decision windows in a row that found offline quiet, online worse, and the two apart. */
  readonly #decoupled = new Map<string, number>();

  /**
   * Takes one closed decision window; returns its rows, none where the lane has neither online nor offline data. `expected` is
   * what the lane's policy asks of suites, if anything; `patterns` the error patterns that it declares.
   */
  fold(
    rows: readonly WindowRecord[],
    catalogue: Catalogue,
    expected?: SuiteExpectation,
    patterns: readonly string[] = [],
  ): WindowRecord[] {
    const online = rows.find((row) => row.stage === "reply" && row.segment === ALL);
    const control = controlCounts(rows);
    const rateCounted = rateCounts(rows);
    const buckets = this.#buckets.fold(rows, control);
    this.#rates.fold(rateCounted, usersControls([...rateCounted.keys()], control));
    const judged = this.#judges.fold(judgeShares(rows));
    this.#series.push(windowSeries(rows, catalogue));
    const frame = rows[0];
    if (frame === undefined) return [];
    const made: WindowRecord[] = [];
    const add = (segment: string, results: readonly MetricResult[], n = online?.n ?? 0): void => {
      if (results.length > 0) made.push(rowOf(frame, segment, results, n));
    };
    const rates = this.#rates.findings().map((found) => this.#comparable(found));
    const mixed = this.#mix.fold(mixCounts(online), USERS);
    const otherTraffic = mixed.some(isOtherTraffic);
    for (const { segment, results } of buckets) add(segment, results);
    add("rates" satisfies SeriesSegment, [
      ...mixed,
      ...judged,
      ...rates.flatMap(controlResults),
      ...rates.map((found) => fallResult("rate_regression", found, this.#rates.size)),
    ]);
    add("drift" satisfies SeriesSegment, [
      ...this.#ledFalls(rates, otherTraffic),
      ...this.#pairs(catalogue, rates, otherTraffic),
      ...this.#versions.fold(rows),
    ]);
    const suites = this.#suites.fold(rows, expected);
    // A window in which nothing was evaluated says something, too: its row must not count as one without input.
    add("suites" satisfies SeriesSegment, suites, suites.length);
    const curves = this.#curves.fold(rows);
    add("curves" satisfies SeriesSegment, curves, Math.max(0, ...curves.map(({ n }) => n)));
    const risen = this.#patterns.fold(rows, patterns);
    add("patterns" satisfies SeriesSegment, risen, risen.length);
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
    this.#patterns.restart();
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
      patterns: this.#patterns.toJson(),
      led: this.#led.toJson(),
      versions: this.#versions.toJson(),
      decoupled: [...this.#decoupled],
    };
  }

  /** Throws, naming the field, on anything but what `toJson` made. */
  static fromJson(json: Fields): LaneSeries {
    const lane = new LaneSeries();
    lane.#buckets = BucketEvidence.fromJson(json.buckets, "buckets");
    lane.#rates = RateEvidence.fromJson(json.rates, "rates");
    lane.#series = MetricSeries.fromJson(json.series, "series");
    lane.#mix = TrafficMix.fromJson(json.mix, "mix");
    lane.#judges = JudgeChange.fromJson(json.judges, "judges");
    lane.#alarms = AlarmBook.fromJson(json.alarms, "alarms");
    // Checkpoints written before suites were followed have none.
    if (json.suites !== undefined) lane.#suites = SuiteLedger.fromJson(json.suites, "suites");
    lane.#curves = TrainingCurves.fromJson(json.curves, "curves");
    // Checkpoints written before error patterns were followed have none.
    if (json.patterns !== undefined) lane.#patterns = PatternRise.fromJson(json.patterns, "patterns");
    // Nor have older ones what followed a suite's fall: it begins with the next that is shown.
    if (json.led !== undefined) lane.#led = LedFall.fromJson(json.led, "led");
    if (json.versions !== undefined) lane.#versions = VersionSeries.fromJson(json.versions, "versions");
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

  #pairs(catalogue: Catalogue, rates: readonly RateFinding[], otherTraffic: boolean): MetricResult[] {
    const pairs = seriesPairs(this.#series.names(), catalogue);
    const crossed = new Set(this.#crossed(rates));
    // A season hits buckets unequally: while it is shown, that one fell further than its control breaks no promise of a suite.
    const season = isShown(rates.find(({ name }) => name === USERS)?.controlShare ?? null);
    const isWorse = (online: string): boolean =>
      !season && (this.#bucketsWorse(online) || (crossed.has(online) && !otherTraffic));
    const results = pairs.flatMap((pair) => [
      ...correlationResults(this.#series, pair),
      ...this.#decoupling(pair, catalogue, crossed, isWorse(pair.online)),
    ]);
    const told = results.filter(({ metric, status }) => metric === "decoupled_windows" && status === "ok");
    if (told.length === 0) return results;
    const longest = told.reduce((a, b) => (b.value! > a.value! ? b : a));
    return [{ ...longest, bucket: "" }, ...results];
  }

  /** Of these users, or of all. */
  #bucketsWorse(online: string): boolean {
    return [ALL, usersOf(online)].some((users) => this.#buckets.isWorse(users));
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

/** Of an online series `reply/<users>/<metric>`. */
function usersOf(series: string): string {
  return series.slice(series.indexOf("/") + 1, series.lastIndexOf("/"));
}

/** Half of the fall or more is due to what users ask now: no promise of the offline side was broken. */
function isOtherTraffic({ metric, status, value }: MetricResult): boolean {
  return metric === "mix_explained" && status === "ok" && value! >= EXPLAINED_MIN;
}

/** All outcomes that nothing of the lane's had a part in; null where the window has none. */
function controlCounts(rows: readonly WindowRecord[]): RateCounts | null {
  const row = rows.find(({ stage, segment }) => stage === "reply" && segment === CONTROL);
  const whole = row?.results.find(({ metric, bucket }) => metric === ONLINE && bucket === "");
  return whole === undefined ? null : rateCountsOf(whole);
}

/** The control of what users see. Suites have none: their questions stay the same, whatever people are asked. */
function usersControls(
  series: readonly string[],
  control: RateCounts | null,
): ReadonlyMap<string, RateCounts> {
  if (control === null) return new Map();
  return new Map(series.filter((name) => name.endsWith(`/${ONLINE}`)).map((name) => [name, control]));
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

/** By bucket, with what has none under "": all outcomes that say whether. */
function mixCounts(row: WindowRecord | undefined): ReadonlyMap<string, RateCounts> {
  const counts = new Map<string, RateCounts>();
  let rest: RateCounts = { successes: 0, trials: 0 };
  for (const result of row?.results ?? []) {
    const own = result.metric === ONLINE ? rateCountsOf(result) : null;
    if (own === null) continue;
    const sign = result.bucket === "" ? 1 : -1;
    rest = { successes: rest.successes + sign * own.successes, trials: rest.trials + sign * own.trials };
    if (result.bucket !== "") counts.set(result.bucket, own);
  }
  if (rest.trials > 0) counts.set("", rest);
  return counts;
}

function rateCounts(rows: readonly WindowRecord[]): ReadonlyMap<string, RateCounts> {
  const counts = new Map<string, RateCounts>();
  for (const row of rows) {
    if (row.segment === CONTROL) continue;
    for (const result of row.results) {
      if (result.bucket !== "" || (result.metric !== ONLINE && result.metric !== OFFLINE)) continue;
      const own = rateCountsOf(result);
      if (own !== null) counts.set(seriesName(row, result.metric), own);
    }
  }
  return counts;
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
    failed: [],
  };
}
