import { expect, it } from "vitest";
import { METRICS } from "../../../../services/core/catalogue.generated.ts";
import { Catalogue } from "../../../../services/core/catalogue.ts";
import type { WindowRecord } from "../../../../services/core/records.ts";
import { okResult } from "../../../../services/core/result.ts";
import { seriesPairs, windowSeries } from "../../../../services/core/series/offline-online.ts";

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
