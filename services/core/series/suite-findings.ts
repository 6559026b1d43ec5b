/** What a lane's suites show at the end of a window, held against what its policy asks for. */
import type { SuiteExpectation } from "../policy.ts";
import { rateResult } from "../rate-result.ts";
import { type MetricResult, noResult, okResult } from "../result.ts";
import { rateDifference } from "../statistics/rate-difference.ts";
import type { SuiteEntry, SuiteScore, SuitesSeen } from "./suite-ledger.ts";

/** Score that a suite is held against: above it, what is left to win is within the noise of most suites. */
export const CEILING = 0.95;
const MAIN = "main";
const PARAPHRASE = "paraphrase";

/**
 * Results by metric, the whole (bucket "") first; at least one. Where the whole cannot be told yet there is none, so that no rule
 * is inconclusive for it: a lane that was not watched for `withinMs` may still have run a suite that it was not seen to run.
 */
export function suiteFindings(seen: SuitesSeen, expected: SuiteExpectation): MetricResult[] {
  const settled = seen.nowMs - seen.sinceMs >= expected.withinMs;
  const lately = new Map(
    [...seen.suites]
      .filter(([, { lastMs }]) => seen.nowMs - lastMs <= expected.withinMs)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
  return [
    ...missing(lately, expected, settled),
    ...legacy(lately, seen.nowMs, expected, settled),
    ...made(lately, settled),
    ...judges(seen, lately.size, expected, settled),
    ...ceiling(lately, seen.nowMs - expected.withinMs),
    ...paraphraseGap(lately, seen.nowMs - expected.withinMs),
  ];
}

type Lately = ReadonlyMap<string, SuiteEntry>;

/** What the policy asks for, in words: kinds of which one will do stand together. */
export function expectedKinds({ required, anyOf }: SuiteExpectation): readonly (readonly string[])[] {
  return [...required.map((kind) => [kind]), ...(anyOf.length === 0 ? [] : [anyOf])];
}

function missing(lately: Lately, expected: SuiteExpectation, settled: boolean): MetricResult[] {
  const kinds = expectedKinds(expected).map((any) => ({
    name: any.join("|"),
    absent: !any.some((kind) => lately.has(kind)),
  }));
  const absent = kinds.filter((kind) => kind.absent).length;
  const each = kinds.map(({ name, absent: isAbsent }) =>
    isAbsent && !settled
      ? noResult("suite_missing", 1, "insufficient", name)
      : okResult("suite_missing", 1, isAbsent ? 1 : 0, null, name),
  );
  const told = settled || absent === 0;
  return [...(told ? [okResult("suite_missing", kinds.length, absent, null)] : []), ...each];
}

function legacy(
  lately: Lately,
  nowMs: number,
  { itemAgeMsMax }: SuiteExpectation,
  settled: boolean,
): MetricResult[] {
  const dated = [...lately].flatMap(([name, { madeMs }]) =>
    madeMs === null ? [] : [{ name, isOld: nowMs - madeMs > itemAgeMsMax }],
  );
  const old = dated.filter(({ isOld }) => isOld).length;
  const told = dated.length > 0 && (settled || old === 0);
  return [
    ...(told ? [okResult("suite_legacy", dated.length, old / dated.length, null)] : []),
    ...dated.map(({ name, isOld }) => okResult("suite_legacy", 1, isOld ? 1 : 0, null, name)),
  ];
}

function made(lately: Lately, settled: boolean): MetricResult[] {
  const known = [...lately].flatMap(([name, { madeShare }]) =>
    madeShare === null ? [] : [{ name, madeShare }],
  );
  const least = Math.min(...known.map(({ madeShare }) => madeShare));
  const told = known.length > 0 && (settled || least < 0.5);
  return [
    ...(told ? [okResult("suite_made_least", known.length, least, null)] : []),
    ...known.map(({ name, madeShare }) => okResult("suite_made_least", 1, madeShare, null, name)),
  ];
}

function judges(
  { judges: all, nowMs }: SuitesSeen,
  suites: number,
  { withinMs }: SuiteExpectation,
  settled: boolean,
): MetricResult[] {
  const found = [...all.values()].filter((lastMs) => nowMs - lastMs <= withinMs).length;
  const told = found > 0 && (settled || found > 1);
  return told ? [okResult("suite_judges", suites, found, null)] : [];
}

/** Only scores since a time: a suite may have been run lately with too few items to say more. */
function ceiling(lately: Lately, sinceMs: number): MetricResult[] {
  const each = [...lately].flatMap(([name, { score }]) =>
    score === null || score.atMs < sinceMs ? [] : [ceilingOf(score, name)],
  );
  if (each.length === 0) return [];
  const nearest = each.reduce((a, b) => (b.z! > a.z! ? b : a));
  return [{ ...nearest, bucket: "" }, ...each];
}

function ceilingOf({ successes, trials }: SuiteScore, name: string): MetricResult {
  const nullSd = Math.sqrt((CEILING * (1 - CEILING)) / trials);
  const result = rateResult("suite_ceiling", successes, trials, name);
  return { ...result, nullMean: CEILING, nullSd, z: (successes / trials - CEILING) / nullSd };
}

function paraphraseGap(lately: Lately, sinceMs: number): MetricResult[] {
  const [plain, reworded] = [lately.get(MAIN)?.scores, lately.get(PARAPHRASE)?.scores];
  if (plain === undefined || reworded === undefined) return [];
  const pairs = [...plain].flatMap(([key, main]) => {
    const other = reworded.get(key);
    if (other === undefined) return [];
    const atMs = Math.min(main.atMs, other.atMs);
    return atMs < sinceMs ? [] : [{ atMs, result: gap(main, other, key) }];
  });
  if (pairs.length === 0) return [];
  pairs.sort((a, b) => b.atMs - a.atMs || b.result.z! - a.result.z!);
  const each = pairs.map(({ result }) => result).sort((a, b) => (a.bucket < b.bucket ? -1 : 1));
  return [{ ...pairs[0]!.result, bucket: "" }, ...each];
}

function gap(main: SuiteScore, paraphrase: SuiteScore, bucket: string): MetricResult {
  const { value, lo, hi, pooledSe } = rateDifference(main, paraphrase);
  const n = Math.min(main.trials, paraphrase.trials);
  // Two scores of 0 or of 1 do not differ.
  const z = pooledSe === 0 ? 0 : value / pooledSe;
  return { ...okResult("paraphrase_gap", n, value, { lo, hi }, bucket), nullMean: 0, nullSd: pooledSe, z };
}
