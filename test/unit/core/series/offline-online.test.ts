import { expect, it } from "vitest";
import { METRICS } from "../../../../services/core/catalogue.generated.ts";
import { Catalogue } from "../../../../services/core/catalogue.ts";
import type { WindowRecord } from "../../../../services/core/records.ts";
import { okResult } from "../../../../services/core/result.ts";
import { MetricSeries, SERIES_MAX } from "../../../../services/core/series/metric-series.ts";
import { PAIRS_MAX, seriesPairs, windowSeries } from "../../../../services/core/series/offline-online.ts";

it("pairs what evaluations and texts say with what became of replies, not with how replies read", () => {
  const catalogue = new Catalogue(METRICS);
  const row = (stage: "candidate" | "reply", segment: string, ...metrics: string[]) =>
    ({
      stage,
      segment,
      results: metrics.map((metric) => okResult(metric, 100, 0.5, null)),
    }) as unknown as WindowRecord;
  const rows = [
    row("candidate", "all", "judge_acceptance", "acceptance_narrowing"),
    row("candidate", "generated", "seq_rep_4"),
    row(
      "reply",
      "all",
      "context_fit",
      "empty_reply_share",
      "online_success",
      "refusal_share",
      "stock_phrase_share",
    ),
    row("reply", "generated", "seq_rep_4"),
    row("reply", "suite:main", "offline_score"),
  ];
  const names = [...windowSeries(rows, catalogue).keys()];
  expect(seriesPairs(names, catalogue).map(({ name }) => name)).toEqual([
    "candidate/generated/seq_rep_4~reply/all/online_success",
    "reply/suite:main/offline_score~reply/all/online_success",
  ]);
});

it("looks at every segment of users beside the main suite, however many texts' metrics there are", () => {
  const catalogue = new Catalogue(METRICS);
  const rows: WindowRecord[] = [];
  const add = (stage: "candidate" | "reply", segment: string, metrics: readonly string[]): void => {
    const results = metrics.map((metric) => okResult(metric, 100, 0.5, null));
    rows.push({ stage, segment, results } as unknown as WindowRecord);
  };
  const textual = METRICS.filter(
    ({ family, kind }) =>
      kind === "sample" && (family === "support" || family === "repetition" || family === "divergence"),
  ).map(({ id }) => id);
  add("candidate", "generated", textual);
  for (const users of ["all", ...Array.from({ length: 16 }, (_, i) => `user:s${i}`)])
    add("reply", users, ["online_success"]);
  for (const suite of ["hard", "long_tail", "main"]) add("reply", `suite:${suite}`, ["offline_score"]);
  const series = new MetricSeries();
  series.push(windowSeries(rows, catalogue));
  const names = series.names();
  expect(names.length).toBeLessThanOrEqual(SERIES_MAX);
  expect(names.filter((name) => name.includes("/user:"))).toHaveLength(16);
  const pairs = seriesPairs(names, catalogue);
  expect(pairs).toHaveLength(PAIRS_MAX);
  const beside = (online: string) =>
    pairs.filter((pair) => pair.online === online).map(({ offline }) => offline);
  expect(beside("reply/all/online_success")).toHaveLength(textual.length + 3);
  for (let i = 0; i < 16; i += 1) {
    expect(beside(`reply/user:s${i}/online_success`)).toContain("reply/suite:main/offline_score");
  }
  // The same pairs, in the same order, whatever the order of the names.
  expect(seriesPairs(names.toReversed(), catalogue)).toEqual(pairs);
});
