/** What evaluations say of their suite itself, counted from the records of a window one by one. */
import { groupBy } from "./group-by.ts";
import { BUCKETS_MAX, type Counted, type ExpectedValue, nothing, rate, share, sum } from "./naive-metrics.ts";
import { nameOf, textOf, versioned } from "./oracle-record.ts";

const HOUR_MS = 3_600_000;

/** Age of items, items that models made, and each model version's score. */
export function suiteValues(evaluations: readonly Counted[]): ExpectedValue[] {
  return [ages(evaluations), made(evaluations), ...scores(evaluations.filter(hasTrials))];
}

function ages(evaluations: readonly Counted[]): ExpectedValue {
  const hours = evaluations.flatMap(({ value }) => {
    const { eventTime, suiteTime } = value;
    if (typeof suiteTime !== "number" || typeof eventTime !== "number") return [];
    const age = Math.max(0, Math.floor((eventTime - suiteTime) / HOUR_MS));
    return age <= 100 * 366 * 24 ? [age] : [];
  });
  if (hours.length === 0) return nothing("suite_item_age", 0);
  const days = sum(hours) / 24 / hours.length;
  return { metric: "suite_item_age", bucket: "", n: hours.length, status: "ok", between: [days, days] };
}

function made(evaluations: readonly Counted[]): ExpectedValue {
  const known = evaluations
    .map(({ value }) => textOf(value.itemOrigin))
    .filter((origin) => !["", "unknown"].includes(origin));
  if (known.length === 0) return nothing("suite_made_share", 0);
  const models = known.filter((origin) => origin === "model_generated" || origin === "simulation").length;
  return share("suite_made_share", models, known.length, "");
}

function scores(counted: readonly Counted[]): ExpectedValue[] {
  const score = (some: readonly Counted[], bucket: string): ExpectedValue =>
    rate(
      "suite_model_score",
      sum(some.map(({ value }) => value.successes as number)),
      sum(some.map(({ value }) => value.trials as number)),
      bucket,
    );
  const byModel = groupBy(counted, ({ value }) => {
    const model = versioned(value.modelId, value.modelVersion);
    const metric = nameOf(value.metric);
    if (model === "") return "";
    return model === "__other__" || metric === "__other__" ? "__other__" : `${model} ${metric}`;
  });
  byModel.delete("");
  const named = byModel.size > BUCKETS_MAX ? [] : [...byModel];
  return [score(counted, ""), ...named.map(([bucket, some]) => score(some, bucket))];
}

function hasTrials({ value: { successes, trials } }: Counted): boolean {
  if (typeof trials !== "number" || typeof successes !== "number") return false;
  return trials > 0 && trials <= 1e9 && successes >= 0 && successes <= trials;
}
