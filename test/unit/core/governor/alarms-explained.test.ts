import { describe, expect, it } from "vitest";
import { METRICS } from "../../../../services/core/catalogue.generated.ts";
import { Catalogue } from "../../../../services/core/catalogue.ts";
import type { Effect } from "../../../../services/core/effect.ts";
import { Governor } from "../../../../services/core/governor/governor.ts";
import { restoreGovernor } from "../../../../services/core/governor/restore-governor.ts";
import type { Input } from "../../../../services/core/input.ts";
import { Policies } from "../../../../services/core/policy.ts";
import type { ProxyMap } from "../../../../services/core/proxy/proxy-map.ts";
import { Random } from "../../../../services/core/random.ts";
import { rateResult } from "../../../../services/core/rate-result.ts";
import type { StateRecord } from "../../../../services/core/records.ts";
import { type MetricResult, okResult } from "../../../../services/core/result.ts";
import type { Rule } from "../../../../services/core/rule.ts";
import { testPolicy } from "../../../support/policy.ts";
import { productRules } from "../../../support/real-records.ts";
import { windowInputs } from "../../../support/window-inputs.ts";

const ONLINE = "reply/all/online_success";
const TAIL = "candidate/generated/tail_coverage";
const SUITE = "reply/suite:main/offline_score";
const MAP: ProxyMap = [
  {
    lane: null,
    symptom: ONLINE,
    bucket: null,
    proxies: [
      { series: TAIL, moves: "down", lagMin: 0, lagMax: 60 },
      { series: SUITE, moves: "down", lagMin: 0, lagMax: 60 },
    ],
  },
];
const BASE = { stage: "reply", severity: "page", owner: "o", page: "p", source: "s", warn: [] } as const;
const RULES: readonly Rule[] = [
  {
    ...BASE,
    id: "bucket_regression",
    title: "t",
    metric: "bucket_regression",
    segment: "buckets",
    bucket: "*",
    breach: [{ field: "e", op: "gte", threshold: 20 }],
  },
  {
    ...BASE,
    id: "blind",
    title: "t",
    metric: "alarm_explained",
    segment: "proxies",
    bucket: `${ONLINE}[hinge]`,
    breach: [{ field: "value", op: "lt", threshold: 1 }],
  },
];

function successes(random: Random, trials: number, rate: number): number {
  let n = 0;
  for (let i = 0; i < trials; i += 1) if (random.nextFloat() < rate) n += 1;
  return n;
}

/** Coverage of the tail falls after 25 windows, one kind of user is served worse after 30; the suite sees nothing. */
function windowAt(t: number, random: Random): Input[] {
  const hinge = successes(random, 60, t >= 30 ? 0.55 : 0.9);
  const plain = successes(random, 240, 0.9);
  const coverage = (t >= 25 ? 0.7 : 0.9) + (random.nextFloat() - 0.5) / 20;
  return windowInputs(t, [
    ["candidate", "generated", [okResult("tail_coverage", 600, coverage, null)]],
    [
      "reply",
      "all",
      [
        rateResult("online_success", hinge + plain, 300, ""),
        rateResult("online_success", hinge, 60, "hinge"),
        rateResult("online_success", plain, 240, "plain"),
      ],
    ],
    ["reply", "suite:main", [rateResult("offline_score", successes(random, 400, 0.9), 400, "")]],
  ]);
}

interface Told {
  readonly t: number;
  readonly proxies: readonly MetricResult[];
  readonly blind: string | undefined;
  readonly words: readonly string[];
}

/** What a governor says of the windows, with its own state carried over a restart after each. */
function play(map: ProxyMap, restarts: boolean): Told[] {
  const policies = new Policies(testPolicy({ proxies: map }));
  const config = { catalogue: new Catalogue(METRICS), policies, rules: RULES, rulesVersion: "r1" };
  const random = new Random("alarms-explained");
  const states = new Map<string, StateRecord>();
  let governor = new Governor(config, null);
  const told: Told[] = [];
  for (let t = 0; t < 60; t += 1) {
    const cut = { ranges: [{ topic: "windows", partition: 0, from: t, to: t + 1 }], revisions: {} };
    const effects: readonly Effect[] = governor.absorb(windowAt(t, random), cut);
    let proxies: readonly MetricResult[] = [];
    let blind: string | undefined;
    let words: readonly string[] = [];
    for (const effect of effects) {
      if (effect.type !== "publish") continue;
      if (effect.topic === "state") states.set(effect.key, effect.record);
      else if (effect.topic === "series" && effect.record.segment === "proxies")
        proxies = effect.record.results;
      else if (effect.topic === "verdicts") {
        blind = effect.record.results.find(({ rule }) => rule === "blind")?.verdict;
        words = effect.record.results.flatMap(({ bucket, arithmetic }) =>
          bucket === "hinge" ? [arithmetic] : [],
        );
      }
    }
    if (proxies.length > 0) told.push({ t, proxies, blind, words });
    if (restarts) governor = new Governor(config, restoreGovernor([...states.values()]));
  }
  return told;
}

/** The fifth alarm makes a share; `mapped` is what foretells each of them. What the rule that ships says, from each window with alarms on. */
function uncoveredWarnings(mapped: ProxyMap): (readonly [number, boolean])[] {
  const policies = new Policies(testPolicy({ proxies: mapped }));
  const config = { catalogue: new Catalogue(METRICS), policies, rules: productRules(), rulesVersion: "r1" };
  const random = new Random("alarms-uncovered");
  const governor = new Governor(config, null);
  const buckets = ["a", "b", "c", "d", "e"];
  const told: (readonly [number, boolean])[] = [];
  for (let t = 0; t < 100; t += 1) {
    const counts = buckets.map((_, i) => successes(random, 60, t >= 30 + 12 * i ? 0.4 : 0.9));
    const inputs = windowInputs(t, [
      ["candidate", "generated", [okResult("tail_coverage", 600, t >= 28 ? 0.7 : 0.9, null)]],
      ["reply", "all", buckets.map((name, i) => rateResult("online_success", counts[i]!, 60, name))],
    ]);
    const cut = { ranges: [{ topic: "windows", partition: 0, from: t, to: t + 1 }], revisions: {} };
    for (const effect of governor.absorb(inputs, cut)) {
      if (effect.type !== "publish" || effect.topic !== "verdicts") continue;
      const result = effect.record.results.find(({ rule }) => rule === "alarms_uncovered");
      if (result !== undefined) told.push([result.n, result.warn]);
    }
  }
  return told;
}

describe("an online alarm", () => {
  it("is explained once, by the offline series that moved before, with its lead in windows", () => {
    const told = play(MAP, false);
    const [first] = told;
    const found = first!.proxies.map(({ metric, bucket, value, n }) => [metric, bucket, value, n]);
    expect(found).toEqual([
      ["uncovered_alarms", "", 0, 1],
      ["alarm_explained", `${ONLINE}[hinge]`, 1, 2],
      ["proxy_lead", `${TAIL}~${ONLINE}[hinge]`, expect.any(Number), first!.t + 1],
    ]);
    // Coverage moved in window 25; the alarm came later than the fall of window 30.
    expect(first!.t).toBeGreaterThanOrEqual(31);
    expect(Math.abs(first!.t - 25 - first!.proxies[2]!.value!)).toBeLessThanOrEqual(1);
    expect(first!.blind).toBe("pass");
    expect(first!.words).toEqual([
      expect.stringMatching(
        /^e .* >= 20; \d+ of the window's 60 outcomes failed; candidate\/generated\/tail_coverage moved \d+ windows before$/,
      ),
    ]);
    // Not again while it lasts.
    expect(told.filter(({ t }) => t > first!.t && t <= first!.t + 3)).toEqual([]);
  });

  it("is uncovered where no series is mapped, which a rule can judge in the same window", () => {
    const [first] = play([], false);
    expect(first!.proxies.map(({ metric, value, n }) => [metric, value, n])).toEqual([
      ["uncovered_alarms", 1, 1],
      ["alarm_explained", 0, 0],
    ]);
    expect(first!.blind).toBe("breach");
    expect(first!.words[0]).not.toContain("moved");
    const [seen] = play([{ ...MAP[0]!, proxies: [MAP[0]!.proxies[1]!] }], false);
    expect(seen!.words[0]).toMatch(/; none of 1 mapped offline series moved before$/);
  });

  it("warns by the rule that ships, once half of at least five were uncovered", () => {
    const blind = uncoveredWarnings([]);
    expect(blind.at(-1)).toEqual([5, true]);
    expect(blind.filter(([alarms, warns]) => warns && alarms < 5)).toEqual([]);
    const foretold = { ...MAP[0]!, proxies: [{ ...MAP[0]!.proxies[0]!, lagMax: 100 }] };
    expect(uncoveredWarnings([foretold]).at(-1)).toEqual([5, false]);
  });

  it("is told alike over restarts of the governor", () => {
    expect(play(MAP, true)).toEqual(play(MAP, false));
  });
});
