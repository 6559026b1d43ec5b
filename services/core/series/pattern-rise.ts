/**
 * Whether declared error patterns come more often than at first. A rise of a pattern is a fall of the share of texts without it, so
 * the evidence is that of falling rates (rate-evidence.ts): pinned base, anytime-valid, shared among the patterns.
 */
import { GENERATED } from "../catalogue.ts";
import type { Fields } from "../json-shape.ts";
import type { WindowRecord } from "../records.ts";
import { type MetricResult, noResult, okResult } from "../result.ts";
import type { Stage } from "../sample.ts";
import { eOfLog, type RateCounts } from "../statistics/e-values.ts";
import { RateEvidence, type RateFinding, TRIALS_MIN } from "./rate-evidence.ts";

const SHARE = "error_pattern_share";
const RISE = "error_pattern_rise";
/** Before the model, and after it: both are what it makes of what it was given. */
const STAGES: readonly Stage[] = ["candidate", "reply"];

export class PatternRise {
  #evidence = new RateEvidence();

  /** Takes one closed decision window. `patterns`: names the lane's policy declares; one that was not found counts as 0. */
  fold(rows: readonly WindowRecord[], patterns: readonly string[]): MetricResult[] {
    const counts = new Map<string, RateCounts>();
    for (const stage of STAGES) {
      const row = rows.find((own) => own.stage === stage && own.segment === GENERATED);
      const shares = row?.results.filter(({ metric }) => metric === SHARE) ?? [];
      const texts = shares.find(({ bucket }) => bucket === "")?.n ?? 0;
      if (texts === 0) continue;
      for (const pattern of patterns) {
        const share = shares.find(({ bucket }) => bucket === pattern)?.value ?? 0;
        const without = texts - Math.round(share * texts);
        counts.set(`${stage}/${pattern}`, { successes: without, trials: texts });
      }
    }
    if (counts.size === 0) return [];
    this.#evidence.fold(counts);
    const found = this.#evidence.findings().filter(({ name }) => counts.has(name));
    if (found.length === 0) return [];
    const worst = found.reduce((a, b) => (b.logE > a.logE ? b : a));
    return [{ ...this.#rise(worst), bucket: "", n: found.length }, ...found.map((one) => this.#rise(one))];
  }

  /** Somebody acted on what was found: evidence begins anew, the bases stay. */
  restart(): void {
    this.#evidence.restart();
  }

  toJson(): Fields {
    return this.#evidence.toJson();
  }

  /** Throws, naming the field, on anything but what `toJson` made. */
  static fromJson(json: unknown, name: string): PatternRise {
    const rise = new PatternRise();
    rise.#evidence = RateEvidence.fromJson(json, name);
    return rise;
  }

  #rise({ name, logE, since, drop, lo, hi }: RateFinding): MetricResult {
    if (since.trials < TRIALS_MIN) return noResult(RISE, since.trials, "insufficient", name);
    const e = eOfLog(logE - Math.log(this.#evidence.size));
    return { ...okResult(RISE, since.trials, drop, { lo, hi }, name), e };
  }
}
