/** The values of training curves and of hidden synthetic data, counted from the records of a window one by one. */
import { groupBy } from "./group-by.ts";
import { BUCKETS_MAX, type Counted, type ExpectedValue, nothing, sum } from "./naive-metrics.ts";
import { type Fields, nameOf } from "./oracle-record.ts";

interface Reported {
  readonly bucket: string;
  readonly value: number;
}

/** What training runs report: means in total and by run. */
export function trainingValues(reports: readonly Counted[]): ExpectedValue[] {
  const of = (metric: string, read: (value: Fields) => unknown): ExpectedValue[] =>
    means(
      metric,
      reports.flatMap(({ value }) => {
        const number = read(value);
        const isReport = typeof number === "number" && Math.abs(number) <= 1_000;
        return isReport ? [{ bucket: nameOf(value.runId), value: number }] : [];
      }),
    );
  return [
    ...of("training_loss", ({ loss }) => loss),
    ...of("holdout_loss", ({ holdoutLoss }) => holdoutLoss),
    ...of("loss_noise", ({ lossVariance }) =>
      typeof lossVariance === "number" ? Math.sqrt(lossVariance) : null,
    ),
  ];
}

/** Perplexities on generated items by who measured them; mixed ones have no total. */
export function perplexityValues(evaluations: readonly Counted[]): ExpectedValue[] {
  const measured = evaluations.flatMap(({ value }): Reported[] => {
    const { perplexity, itemOrigin } = value;
    if (itemOrigin !== "model_generated" && itemOrigin !== "simulation") return [];
    if (typeof perplexity !== "number" || !(perplexity >= 1) || perplexity === Number.POSITIVE_INFINITY)
      return [];
    const names = [nameOf(value.perplexityModel), nameOf(value.tokenizerId)];
    if (names.some((name) => name === "" || name === "__other__")) return [];
    return [{ bucket: names.join(" "), value: Math.log(perplexity) }];
  });
  const [total, ...own] = means("synthetic_perplexity", measured);
  if (own.length <= 1) return [total!, ...own];
  return [{ ...total!, status: "degenerate", between: null }, ...own];
}

function means(metric: string, reported: readonly Reported[]): ExpectedValue[] {
  if (reported.length === 0) return [nothing(metric, 0)];
  const mean = (some: readonly Reported[], bucket: string): ExpectedValue => {
    const value = sum(some.map((one) => one.value)) / some.length;
    return { metric, bucket, n: some.length, status: "ok", between: [value, value], interval: null };
  };
  const named = groupBy(reported, ({ bucket }) => bucket);
  named.delete("");
  if (named.size > BUCKETS_MAX) return [mean(reported, "")];
  return [mean(reported, ""), ...[...named].map(([bucket, some]) => mean(some, bucket))];
}

/** Generator's marks on what is called real, and what is of unknown origin. */
export function provenanceValues(arrivals: readonly Counted[]): ExpectedValue[] {
  const real = arrivals.filter(({ generated }) => !generated);
  const marks = real.map(({ value }) => marksOf(value));
  const marked = (kind: string): number => marks.filter((some) => some.has(kind)).length;
  const unknown = arrivals.filter(({ value }) => value.origin === "unknown");
  const sources = groupBy(unknown, ({ value }) => nameOf(value.source));
  sources.delete("");
  const share = (metric: string, count: number, all: number, bucket: string): ExpectedValue => ({
    metric,
    bucket,
    n: all,
    status: "ok",
    between: [count / all, count / all],
  });
  const values: ExpectedValue[] = [];
  if (real.length > 0) {
    const hidden = (count: number, bucket: string) =>
      share("hidden_synthetic_share", count, real.length, bucket);
    values.push(hidden(marks.filter((some) => some.size > 0).length, ""));
    values.push(...KINDS.map((kind) => hidden(marked(kind), kind)));
  }
  if (arrivals.length === 0) return [...values, nothing("unknown_origin_share", 0)];
  const nowhere = (count: number, bucket: string) =>
    share("unknown_origin_share", count, arrivals.length, bucket);
  values.push(nowhere(unknown.length, ""));
  if (sources.size <= BUCKETS_MAX)
    values.push(...[...sources].map(([source, some]) => nowhere(some.length, source)));
  return values;
}

const KINDS = ["ai_generated", "ai_assisted", "watermark", "credential", "teacher", "maker", "depth"];

function marksOf({ labels, teacherId, makerKind, generationDepth }: Fields): ReadonlySet<string> {
  const marks = new Set<string>();
  for (const label of (labels ?? []) as readonly string[]) {
    const [kind] = label.split(":") as [string];
    if (label === "ai_generated" || label === "ai_assisted") marks.add(label);
    if (label.includes(":") && (kind === "watermark" || kind === "credential")) marks.add(kind);
  }
  if (typeof teacherId === "string" && teacherId !== "") marks.add("teacher");
  if (["model", "rules", "simulator", "template"].includes(String(makerKind))) marks.add("maker");
  if (Number(generationDepth ?? 0) > 0) marks.add("depth");
  return marks;
}
