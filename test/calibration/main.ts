/**
 * `make calibrate`: what the online statistics promise, at length. Exit 1 where a promise is not kept, 2 for a usage error.
 *
 *     npx tsx test/calibration/main.ts --years 4 --pairs 2000 --json
 */
import { Command, InvalidArgumentError } from "commander";
import { Random } from "../../services/core/random.ts";
import { clopperPearson } from "../../services/core/statistics/intervals.ts";
import { falselyTied, INDEPENDENT, LAG, lagsFound } from "../support/correlation-runs.ts";
import { bucketFall, cellFall, type FallDelay, healthyBuckets, healthyCells } from "../support/rate-runs.ts";

/** Decision windows of an hour. */
const WINDOWS_A_YEAR = 8_760;
const DELAY_RATIO_MAX = 1.2;
const TIED_SHARE_MAX = 0.07;
const LAG_SHARE_MIN = 0.9;

interface Figure {
  readonly promise: string;
  readonly figure: string;
  readonly kept: boolean;
}

function count(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError("a whole number above 0.");
  return value;
}

const { years, pairs, json } = new Command("calibrate")
  .description("What the online statistics promise, at length: false alarms, delays, false correlations.")
  .option("--years <n>", "years of hourly windows in which nothing changes", count, 1)
  .option("--pairs <n>", "pairs of series a setting", count, 2_000)
  .option("--json", "print the figures as JSON", false)
  .parse()
  .opts<{ years: number; pairs: number; json: boolean }>();

const figures: Figure[] = [];

function tell(promise: string, figure: string, kept: boolean): void {
  figures.push({ promise, figure, kept });
  if (!json) process.stdout.write(`${kept ? "kept    " : "NOT KEPT"}  ${promise}: ${figure}\n`);
}

function share(successes: number, trials: number): string {
  const { lo, hi } = clopperPearson(successes, trials);
  const percent = (value: number): string => `${(100 * value).toFixed(1)} %`;
  return `${successes} of ${trials} (${percent(successes / trials)}, 95 % ${percent(lo)} to ${percent(hi)})`;
}

function tellDelay(what: string, { found, simulated }: FallDelay): void {
  const figure = `${found} windows, one e-process ${simulated} (ratio ${(found / simulated).toFixed(2)})`;
  tell(`${what} is found within ${DELAY_RATIO_MAX} times`, figure, found / simulated <= DELAY_RATIO_MAX);
}

for (let year = 1; year <= years; year += 1) {
  const { alarms, highest } = healthyBuckets(new Random(`calibrate/buckets ${year}`), WINDOWS_A_YEAR);
  const looks = `${alarms} in ${WINDOWS_A_YEAR} looks, strongest e ${Math.exp(highest).toFixed(1)} of 4000`;
  tell(`year ${year}: no alarm of 200 buckets in which nothing changes`, looks, alarms === 0);
  const cells = healthyCells(new Random(`calibrate/cells ${year}`), WINDOWS_A_YEAR);
  const seen = `${cells.alarms.length} in ${WINDOWS_A_YEAR} looks at ${cells.followed}`;
  tell(`year ${year}: no alarm of buckets and cells by kind of user`, seen, cells.alarms.length === 0);
}
tellDelay("a fall in 3 of 200 buckets", bucketFall(new Random("calibrate/fall"), 100));
tellDelay("the same after 600 healthy windows", bucketFall(new Random("calibrate/late"), 40, 600));
tellDelay("a fall of one kind of user", cellFall(new Random("calibrate/cell-fall"), 100));
for (const [n, phi] of INDEPENDENT) {
  const tied = falselyTied(new Random(`calibrate/independent ${n} ${phi}`), pairs, n, phi);
  const what = `independent series of ${n}, AR(1) ${phi}: at most ${(100 * TIED_SHARE_MAX).toFixed(0)} % said to go together`;
  tell(what, share(tied, pairs), tied / pairs <= TIED_SHARE_MAX);
}
for (const phi of [0.5, 0.95]) {
  const found = lagsFound(new Random(`calibrate/lagged ${phi}`), pairs, phi);
  tell(
    `a lag of ${LAG} is found within a step, AR(1) ${phi}`,
    share(found, pairs),
    found / pairs >= LAG_SHARE_MIN,
  );
}
if (json) process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`);
process.exitCode = figures.every(({ kept }) => kept) ? 0 : 1;
