import { describe, expect, it } from "vitest";
import { Random } from "../../../../services/core/random.ts";
import { rateResult } from "../../../../services/core/rate-result.ts";
import type { WindowRecord } from "../../../../services/core/records.ts";
import { type MetricResult, okResult } from "../../../../services/core/result.ts";
import {
  VERSION_SUITES_MAX,
  VERSIONS_MAX,
  VersionSeries,
} from "../../../../services/core/series/version-series.ts";
import { windowInputs } from "../../../support/window-inputs.ts";

const WINDOWS_A_VERSION = 4;
const name = (version: number): string => `served@${version}`;

/** One window: who answers, how well, and what a suite scored meanwhile, of whatever version. */
function rowsOf(
  served: number,
  online: number,
  scored: { readonly version: number; readonly score: number; readonly suites?: readonly string[] } | null,
): readonly WindowRecord[] {
  const replies = [
    okResult("model_mix", 100, 1, null, name(served)),
    rateResult("online_success", Math.round(online * 1_000), 1_000, ""),
  ];
  const scores = (scored?.suites ?? ["main"]).map((suite) => {
    const counts = rateResult(
      "suite_model_score",
      Math.round((scored?.score ?? 0) * 400),
      400,
      `${name(scored?.version ?? 0)} resolved`,
    );
    return ["reply", `suite:${suite}`, [counts]] as const;
  });
  return windowInputs(0, [["reply", "all", replies], ...(scored === null ? [] : scores)]).map(
    ({ window }) => window,
  );
}

/** Each version is scored once, in the last window of the one before it, and then serves for some windows. */
function run(versions: number, followed: VersionSeries, follows: boolean): readonly MetricResult[] {
  const random = new Random("versions");
  let results: readonly MetricResult[] = [];
  let score = 0.8;
  for (let version = 0; version < versions; version += 1) {
    const own = score;
    score = Math.min(0.95, Math.max(0.5, score + (random.nextFloat() - 0.5) * 0.2));
    for (let window = 0; window < WINDOWS_A_VERSION; window += 1) {
      const online = (follows ? own - 0.2 : 0.5) + (random.nextFloat() - 0.5) * 0.02;
      const next = window === WINDOWS_A_VERSION - 1 ? { version: version + 1, score } : null;
      results = followed.fold(
        rowsOf(version, online, version === 0 && window === 0 ? { version: 0, score: own } : next),
      );
    }
  }
  return results;
}

const of = (results: readonly MetricResult[], metric: string) =>
  results.find((result) => result.metric === metric);

describe("scores by deployed version", () => {
  it("meet what users got of the version that was scored, though it served later", () => {
    const results = run(30, new VersionSeries(), true);
    expect(of(results, "drift_correlation")).toMatchObject({
      bucket: "reply/suite:main/offline_score@version~reply/all/online_success@version",
      status: "ok",
      n: 30,
    });
    expect(of(results, "drift_correlation")!.value).toBeGreaterThan(0.95);
    expect(of(results, "drift_concluded")!.value).toBe(1);
    expect(of(results, "drift_lag")!.value).toBe(0);
  });

  it("conclude nothing of users who get the same whatever the score", () => {
    expect(of(run(30, new VersionSeries(), false), "drift_concluded")).toMatchObject({
      status: "ok",
      value: 0,
    });
  });

  it("say that they are too few, and how many, until there are twenty; nothing of a single version", () => {
    expect(of(run(12, new VersionSeries(), true), "drift_correlation")).toMatchObject({
      status: "insufficient",
      n: 12,
    });
    expect(run(1, new VersionSeries(), true)).toEqual([]);
  });

  it("come back from a checkpoint as they were", () => {
    const whole = new VersionSeries();
    run(25, whole, true);
    const restored = VersionSeries.fromJson(JSON.parse(JSON.stringify(whole.toJson())), "versions");
    const next = rowsOf(25, 0.6, null);
    expect(restored.fold(next)).toEqual(whole.fold(next));
    expect(() =>
      VersionSeries.fromJson({ deployments: 1, versions: [["a", "b", [0, 0], []]] }, "versions"),
    ).toThrow();
  });

  it("are bounded in versions and in suites", () => {
    const followed = new VersionSeries();
    const suites = Array.from({ length: 3 * VERSION_SUITES_MAX }, (_, at) => `s${at}`);
    for (let version = 0; version < 2 * VERSIONS_MAX; version += 1) {
      followed.fold(rowsOf(version, 0.6, { version, score: 0.7, suites }));
    }
    const { versions } = followed.toJson() as { versions: [string, number, unknown, unknown[]][] };
    expect(versions).toHaveLength(VERSIONS_MAX);
    expect(versions.at(-1)![0]).toBe(name(2 * VERSIONS_MAX - 1));
    for (const [, , , scores] of versions) expect(scores.length).toBeLessThanOrEqual(VERSION_SUITES_MAX);
  });
});
