/**
 * Scores and what users got by deployed model version. A suite that runs once a version has a value in one window of its deployment:
 * window by window it hardly ever meets what users do. Source: metric specification 6, "align on a common grid".
 */
import { ALL } from "../catalogue.ts";
import { type Fields, JsonShape } from "../json-shape.ts";
import { OTHER } from "../policy.ts";
import type { WindowRecord } from "../records.ts";
import type { MetricResult } from "../result.ts";
import type { RateCounts } from "../statistics/e-values.ts";
import { deployedVersion } from "./deployed-version.ts";
import { rateCountsOf } from "./fall-result.ts";
import type { AlignedSeries } from "./metric-series.ts";
import { correlationsOf } from "./offline-online.ts";

/** Versions kept: the latest that were scored or deployed. */
export const VERSIONS_MAX = 128;
/** Suites held against users, by name. */
export const VERSION_SUITES_MAX = 8;
/** What tells a series by version from the one by window, in the names of both. */
export const BY_VERSION = "@version";

interface Version {
  /** Its place among deployments; null before users met it. */
  deployment: number | null;
  online: RateCounts;
  /** By suite's segment: every result of it on this version, whenever it ran. */
  readonly scores: Map<string, RateCounts>;
}

const NONE: RateCounts = { successes: 0, trials: 0 };
const shape = new JsonShape((message) => new Error(`a lane's versions cannot be read: ${message}`));

export class VersionSeries {
  readonly #versions = new Map<string, Version>();
  #deployments = 0;

  /** Takes one window; returns what the correlations say of each suite and users, from two versions on that have both. */
  fold(rows: readonly WindowRecord[]): MetricResult[] {
    for (const row of rows) {
      if (row.stage !== "reply") continue;
      for (const result of row.results)
        if (result.metric === "suite_model_score") this.#score(row.segment, result);
    }
    this.#serve(rows);
    return this.#suites().flatMap((suite) => {
      const pairs = this.#aligned(suite);
      if (pairs.x.length < 2) return [];
      return correlationsOf(
        pairs,
        `reply/${suite}/offline_score${BY_VERSION}~reply/${ALL}/online_success${BY_VERSION}`,
      );
    });
  }

  toJson(): Fields {
    return {
      deployments: this.#deployments,
      versions: [...this.#versions].map(([name, { deployment, online, scores }]) => [
        name,
        deployment,
        [online.successes, online.trials],
        [...scores].map(([suite, { successes, trials }]) => [suite, successes, trials]),
      ]),
    };
  }

  /** Throws, naming the field, on anything but what `toJson` made. */
  static fromJson(json: unknown, name: string): VersionSeries {
    const fields = shape.object(json, name);
    const all = new VersionSeries();
    all.#deployments = shape.count(fields.deployments, `${name} deployments`);
    shape.array(fields.versions, `${name} versions`, (entry, at) => {
      const [version, deployment, online, scores] = shape.tuple(entry, at, 4);
      const [successes, trials] = shape.tuple(online, at, 2);
      all.#versions.set(shape.string(version, at), {
        deployment: deployment === null ? null : shape.count(deployment, at),
        online: { successes: shape.count(successes, at), trials: shape.count(trials, at) },
        scores: new Map(
          shape.array(scores, at, (item, itemName) => {
            const [suite, right, of] = shape.tuple(item, itemName, 3);
            const counts = { successes: shape.count(right, itemName), trials: shape.count(of, itemName) };
            return [shape.string(suite, itemName), counts] as const;
          }),
        ),
      });
    });
    return all;
  }

  /** `bucket` is `<id>@<version> <metric>`: all that was measured of a version counts. */
  #score(suite: string, result: MetricResult): void {
    const { bucket } = result;
    const end = bucket.lastIndexOf(" ");
    if (end <= 0 || bucket === OTHER) return;
    const counts = rateCountsOf(result);
    if (counts === null) return;
    const { scores } = this.#version(bucket.slice(0, end));
    const known = scores.get(suite);
    if (known === undefined && scores.size >= VERSION_SUITES_MAX) return;
    scores.set(suite, sumOf(known ?? NONE, counts));
  }

  #serve(rows: readonly WindowRecord[]): void {
    const name = deployedVersion(rows);
    const whole = rows
      .find(({ stage, segment }) => stage === "reply" && segment === ALL)
      ?.results.find(({ metric, bucket }) => metric === "online_success" && bucket === "");
    const counts = whole === undefined ? null : rateCountsOf(whole);
    if (name === null || counts === null) return;
    const version = this.#version(name);
    if (version.deployment === null) {
      version.deployment = this.#deployments;
      this.#deployments += 1;
    }
    version.online = sumOf(version.online, counts);
  }

  /** Known, or new in the place of the one that was met first. */
  #version(name: string): Version {
    let version = this.#versions.get(name);
    if (version === undefined) {
      version = { deployment: null, online: NONE, scores: new Map() };
      this.#versions.set(name, version);
      if (this.#versions.size > VERSIONS_MAX) this.#versions.delete(this.#versions.keys().next().value!);
    }
    return version;
  }

  #suites(): string[] {
    const names = new Set([...this.#versions.values()].flatMap(({ scores }) => [...scores.keys()]));
    return [...names].sort().slice(0, VERSION_SUITES_MAX);
  }

  /** Rates of the versions that have both, in the order of their deployment. */
  #aligned(suite: string): AlignedSeries {
    const both = [...this.#versions.values()]
      .flatMap(({ deployment, online, scores }) => {
        const score = scores.get(suite);
        return deployment === null || score === undefined ? [] : [{ deployment, online, score }];
      })
      .sort((a, b) => a.deployment - b.deployment);
    return { x: both.map(({ score }) => rateOf(score)), y: both.map(({ online }) => rateOf(online)) };
  }
}

function sumOf(a: RateCounts, b: RateCounts): RateCounts {
  return { successes: a.successes + b.successes, trials: a.trials + b.trials };
}

function rateOf({ successes, trials }: RateCounts): number {
  return successes / trials;
}
