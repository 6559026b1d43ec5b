import { describe, expect, it } from "vitest";
import { experimentReport } from "../../../../services/core/experiment/report.ts";
import {
  type ExperimentSupport,
  type ShareChange,
  supportOf,
  untestedIncrease,
} from "../../../../services/core/experiment/untested-increase.ts";
import { fallingTail, matched, PUBLISHED_MS, resultsOf, testPlan } from "../../../support/experiment.ts";

const SUPPORT: ExperimentSupport = {
  id: "e1",
  lane: "a/b",
  finished: true,
  published: true,
  cap: 0.3,
  lastResultMs: 100,
};
const CHANGE: ShareChange = {
  kind: "ratio",
  lane: "a/b",
  shareFrom: 0.1,
  shareTo: 0.3,
  experimentId: "e1",
  madeMs: 100,
};

function judged(change: Partial<ShareChange>, support: Partial<ExperimentSupport> = {}) {
  const experiment = { ...SUPPORT, ...support };
  return untestedIncrease({ ...CHANGE, ...change }, new Map([[experiment.id, experiment]]));
}

describe("an increase of the share", () => {
  it.each<[Partial<ShareChange>]>([
    [{}],
    [{ kind: "mixture" }],
    [{ shareFrom: null }],
    [{ kind: "template", shareTo: 0.9, experimentId: "" }],
    [{ shareFrom: 0.9, shareTo: 0.5, experimentId: "" }],
    [{ shareFrom: 0.5, shareTo: 0.5, experimentId: "" }],
    [{ shareFrom: null, shareTo: 0, experimentId: "" }],
  ])("with %j is none, or supported", (change) => {
    expect(judged(change)).toEqual({ verdict: "pass", reasons: [] });
  });

  it.each<[Partial<ShareChange>, Partial<ExperimentSupport>, readonly string[]]>([
    [{ experimentId: "" }, {}, ["no_experiment"]],
    [{ experimentId: "", shareFrom: null }, {}, ["no_experiment"]],
    [{ experimentId: "e2" }, {}, ["experiment_unknown"]],
    [{ experimentId: "__proto__" }, {}, ["experiment_unknown"]],
    [{ shareTo: 0.31 }, {}, ["above_cap"]],
    [{ lane: "c" }, {}, ["experiment_of_other_lane"]],
    [{ madeMs: 99 }, {}, ["experiment_after_change"]],
    [{}, { published: false }, ["experiment_unpublished"]],
    [{}, { finished: false, cap: null }, ["experiment_unfinished"]],
    [
      {},
      { finished: false, cap: null, lastResultMs: null },
      ["experiment_unfinished", "experiment_after_change"],
    ],
    [{ kind: "mixture", shareTo: 1 }, { cap: 0 }, ["above_cap"]],
  ])("with %j and %j is a red line", (change, support, reasons) => {
    expect(judged(change, support)).toEqual({ verdict: "breach", reasons });
  });

  it.each<[Partial<ShareChange>]>([
    [{ shareTo: null }],
    [{ shareTo: Number.NaN }],
    [{ shareTo: 1.1 }],
    [{ shareFrom: -1 }],
  ])("with %j is no pass", (change) => {
    expect(judged(change)).toEqual({ verdict: "inconclusive", reasons: ["share_unknown"] });
  });

  it("rests on a finished report only", () => {
    const plan = testPlan();
    const results = resultsOf(plan, fallingTail);
    expect(supportOf(experimentReport(plan, matched(plan, results)))).toEqual({
      id: "e1",
      lane: "a/b",
      finished: true,
      published: true,
      cap: 0.3,
      lastResultMs: PUBLISHED_MS + 60_000,
    });
    expect(supportOf(experimentReport(plan, matched(plan, results.slice(1))))).toMatchObject({
      finished: false,
      cap: null,
    });
  });
});
