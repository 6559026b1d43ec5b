/**
 * Which evaluation suites a lane runs, folded from its decision windows: when each was run last, how old its items are, who
 * judged, and how each model version did. What it finds are the results of the segment `suites` (ADR 0015).
 */
import { suiteSegment } from "../catalogue.ts";
import { type Fields, JsonShape } from "../json-shape.ts";
import { OTHER, SUITES_EXPECTED, type SuiteExpectation } from "../policy.ts";
import { RATE_TRIALS_MIN } from "../rate-result.ts";
import type { WindowRecord } from "../records.ts";
import type { MetricResult } from "../result.ts";
import { SUITES } from "../sample.ts";
import type { RateCounts } from "../statistics/e-values.ts";
import { suiteFindings } from "./suite-findings.ts";

/** Model versions, by metric, whose scores are kept of a suite: those scored last. */
export const SUITE_SCORES_MAX = 16;
/** Judges, whatever their version, kept of a lane: those seen last. More than a few are never asked for. */
export const SUITE_JUDGES_MAX = 16;

/** Results of one window: `atMs` is its end. */
export interface SuiteScore extends RateCounts {
  readonly atMs: number;
}

/** What is known of one suite. */
export interface SuiteEntry {
  /** End of the latest window with a result. */
  lastMs: number;
  /** When its items were made on the mean, epoch ms, as its latest dated results say; null where none did. */
  madeMs: number | null;
  /** Share of items that models made, as the latest results of known origin say. */
  madeShare: number | null;
  /** Of all versions together; null before a window with `RATE_TRIALS_MIN` trials. */
  score: SuiteScore | null;
  /** By `<model> <metric>`. A window's own: repeated runs of the same items are no further evidence. */
  readonly scores: Map<string, SuiteScore>;
}

/** What is known of a lane's suites at the end of a window. */
export interface SuitesSeen {
  /** Start of the first window folded. */
  readonly sinceMs: number;
  readonly nowMs: number;
  readonly suites: ReadonlyMap<string, SuiteEntry>;
  /** Judges' ids with the end of the latest window in which they scored. */
  readonly judges: ReadonlyMap<string, number>;
}

const DAY_MS = 86_400_000;
const NAMES: readonly string[] = [...SUITES, OTHER];
const shape = new JsonShape((message) => new Error(`a lane's suites cannot be read: ${message}`));

export class SuiteLedger {
  readonly #suites = new Map<string, SuiteEntry>();
  readonly #judges = new Map<string, number>();
  #sinceMs: number | null = null;

  /**
   * Takes one closed decision window; returns what is known at its end. `expected` is the lane's own; undefined where its policy
   * says nothing: then nothing is found before the lane's first evaluation.
   */
  fold(rows: readonly WindowRecord[], expected: SuiteExpectation | undefined): MetricResult[] {
    const frame = rows[0];
    if (frame === undefined) return [];
    this.#sinceMs ??= frame.startMs;
    for (const name of NAMES) {
      const row = rows.find(({ stage, segment }) => stage === "reply" && segment === suiteSegment(name));
      if (row !== undefined && row.n > 0) this.#take(name, row);
    }
    if (expected === undefined && this.#suites.size === 0) return [];
    const seen = {
      sinceMs: this.#sinceMs,
      nowMs: frame.endMs,
      suites: this.#suites,
      judges: this.#judges,
    };
    return suiteFindings(seen, expected ?? SUITES_EXPECTED);
  }

  toJson(): Fields {
    const score = ({ successes, trials, atMs }: SuiteScore) => [successes, trials, atMs];
    return {
      sinceMs: this.#sinceMs,
      judges: [...this.#judges],
      suites: [...this.#suites].map(([name, entry]) => [
        name,
        entry.lastMs,
        entry.madeMs,
        entry.madeShare,
        entry.score === null ? null : score(entry.score),
        [...entry.scores].map(([key, own]) => [key, ...score(own)]),
      ]),
    };
  }

  /** Throws, naming the field, on anything but what `toJson` made. */
  static fromJson(json: unknown, name: string): SuiteLedger {
    const fields = shape.object(json, name);
    const ledger = new SuiteLedger();
    ledger.#sinceMs = shape.finiteOrNull(fields.sinceMs, `${name} sinceMs`);
    shape.array(fields.judges, `${name} judges`, (entry, at) => {
      const [judge, lastMs] = shape.tuple(entry, at, 2);
      ledger.#judges.set(shape.string(judge, at), shape.finite(lastMs, at));
    });
    shape.array(fields.suites, `${name} suites`, (entry, at) => {
      const [suite, lastMs, madeMs, madeShare, score, scores] = shape.tuple(entry, at, 6);
      ledger.#suites.set(shape.oneOf(suite, at, NAMES), {
        lastMs: shape.finite(lastMs, at),
        madeMs: shape.finiteOrNull(madeMs, at),
        madeShare: madeShare === null ? null : shape.share(madeShare, at),
        score: score === null ? null : scoreOf(shape.tuple(score, at, 3), at),
        scores: new Map(
          shape.array(scores, `${at} scores`, (own, ownAt) => {
            const [key, ...counts] = shape.tuple(own, ownAt, 4);
            return [shape.string(key, ownAt), scoreOf(counts, ownAt)] as const;
          }),
        ),
      });
    });
    return ledger;
  }

  #take(name: string, { endMs, results }: WindowRecord): void {
    let entry = this.#suites.get(name);
    if (entry === undefined) {
      entry = { lastMs: endMs, madeMs: null, madeShare: null, score: null, scores: new Map() };
      this.#suites.set(name, entry);
    }
    entry.lastMs = Math.max(entry.lastMs, endMs);
    for (const { metric, bucket, value, n, status } of results) {
      if (status !== "ok" || value === null) continue;
      if (metric === "suite_item_age") entry.madeMs = endMs - value * DAY_MS;
      else if (metric === "suite_made_share") entry.madeShare = value;
      else if (metric === "judge_mix") {
        if (bucket !== "" && bucket !== OTHER)
          keepLatest(this.#judges, judgeId(bucket), endMs, SUITE_JUDGES_MAX);
      } else if (n >= RATE_TRIALS_MIN) {
        const score = { successes: Math.round(value * n), trials: n, atMs: endMs };
        if (metric === "offline_score" && bucket === "") entry.score = score;
        else if (metric === "suite_model_score" && bucket !== "" && bucket !== OTHER) {
          keepLatest(entry.scores, bucket, score, SUITE_SCORES_MAX);
        }
      }
    }
  }
}

/** Of `<id>@<version>`: another version of a judge is no second opinion. */
function judgeId(judge: string): string {
  const at = judge.lastIndexOf("@");
  return at > 0 ? judge.slice(0, at) : judge;
}

/** Maps remember what was put in last at their end: beyond the bound the oldest goes. */
function keepLatest<T>(map: Map<string, T>, key: string, value: T, entriesMax: number): void {
  map.delete(key);
  map.set(key, value);
  if (map.size > entriesMax) map.delete(map.keys().next().value!);
}

function scoreOf(counts: readonly unknown[], name: string): SuiteScore {
  const [successes, trials, atMs] = counts;
  return {
    successes: shape.count(successes, name),
    trials: shape.count(trials, name),
    atMs: shape.finite(atMs, name),
  };
}
