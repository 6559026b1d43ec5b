/** An alert about users carries the interactions behind it. */
import { describe, expect, it } from "vitest";
import { METRICS } from "../../../../services/core/catalogue.generated.ts";
import { Catalogue } from "../../../../services/core/catalogue.ts";
import type { Effect } from "../../../../services/core/effect.ts";
import { Governor } from "../../../../services/core/governor/governor.ts";
import { VERDICT_EVIDENCE_MAX } from "../../../../services/core/governor/judge-window.ts";
import { rankOfId } from "../../../../services/core/hash.ts";
import { Policies } from "../../../../services/core/policy.ts";
import { rateResult } from "../../../../services/core/rate-result.ts";
import type { DecisionRecord, VerdictRecord, WindowRecord } from "../../../../services/core/records.ts";
import { okResult } from "../../../../services/core/result.ts";
import { testPolicy } from "../../../support/policy.ts";
import { productRules } from "../../../support/real-records.ts";
import { windowInputs } from "../../../support/window-inputs.ts";

const WINDOWS = 40;

const byHash = (ids: readonly string[]): string[] =>
  [...ids].sort((a, b) => rankOfId(a) - rankOfId(b)).slice(0, VERDICT_EVIDENCE_MAX);

/** Failures of each bucket after window 20; 60 outcomes of each, 6 failed ones before. */
function play(late: Readonly<Record<string, number>>) {
  const policies = new Policies(testPolicy({}, { userSegments: ["new"] }));
  const config = { catalogue: new Catalogue(METRICS), policies, rules: productRules(), rulesVersion: "r1" };
  const governor = new Governor(config, null);
  const verdicts: VerdictRecord[] = [];
  const decisions: DecisionRecord[] = [];
  const series: WindowRecord[] = [];
  const buckets = Object.keys(late);
  const idsOf = (bucket: string, t: number): string[] =>
    Array.from({ length: t >= 20 ? late[bucket]! : 6 }, (_, i) => `${bucket}-${t}-${i}`);
  for (let t = 0; t < WINDOWS; t += 1) {
    const failed = buckets.map((bucket) => ({ bucket, ids: byHash(idsOf(bucket, t)) }));
    const rates = buckets.map((bucket) =>
      rateResult("online_success", 60 - idsOf(bucket, t).length, 60, bucket),
    );
    const all = buckets.reduce((sum, bucket) => sum + idsOf(bucket, t).length, 0);
    const whole = rateResult("online_success", 60 * buckets.length - all, 60 * buckets.length, "");
    const inputs = windowInputs(t, [
      ["reply", "all", [whole, ...rates], failed],
      ["candidate", "generated", [okResult("tail_coverage", 600, 0.9, null)]],
    ]);
    const cut = { ranges: [{ topic: "windows", partition: 0, from: t, to: t + 1 }], revisions: {} };
    for (const effect of governor.absorb(inputs, cut) as readonly Effect[]) {
      if (effect.type !== "publish") continue;
      if (effect.topic === "verdicts") verdicts.push(effect.record);
      if (effect.topic === "series") series.push(effect.record);
      if (effect.topic === "decisions") decisions.push(effect.record);
    }
  }
  return { verdicts, decisions, series, idsOf };
}

describe("the alert of a bucket that regressed", () => {
  it("carries its failed interactions of the window and how many there are, in verdict and decision", () => {
    const { verdicts, decisions, idsOf } = play({ common: 6, hinge: 24 });
    const at = verdicts.findIndex(({ verdict }) => verdict === "breach");
    const first = verdicts[at]!;
    expect(at).toBeGreaterThanOrEqual(20);
    const behind = byHash(idsOf("hinge", at));
    expect(first.evidence).toEqual(behind);
    const words = first.results.flatMap(({ verdict, bucket, arithmetic }) =>
      verdict === "breach" ? [[bucket, arithmetic]] : [],
    );
    const few = behind.slice(0, 3).join(", ");
    expect(words).toEqual([
      ["", expect.stringContaining(`; most in hinge: 24 of the window's 60 outcomes failed (${few}, …)`)],
      ["hinge", expect.stringContaining(`; 24 of the window's 60 outcomes failed (${few}, …)`)],
    ]);
    const [alert] = decisions.filter(({ to }) => to === "watch");
    expect(alert).toMatchObject({ rule: "bucket_regression", evidence: behind });
    expect(alert!.reason).toContain("most in hinge: 24 of the window's 60 outcomes failed");
  });

  it("gives each bucket its share of the ids, and pools those of a parent", () => {
    const { verdicts, idsOf } = play({ common: 6, "part/hinge": 30, "part/latch": 30 });
    const at = verdicts.findIndex(
      ({ results }) => results.filter(({ verdict }) => verdict === "breach").length === 4,
    );
    const { evidence, results } = verdicts[at]!;
    expect(evidence).toHaveLength(VERDICT_EVIDENCE_MAX);
    for (const bucket of ["part/hinge", "part/latch"]) {
      expect(evidence.filter((id) => id.startsWith(bucket)).length).toBeGreaterThanOrEqual(2);
    }
    const parent = results.find(({ bucket }) => bucket === "part/*")!;
    const pooled = byHash([...byHash(idsOf("part/hinge", at)), ...byHash(idsOf("part/latch", at))]);
    expect(parent.arithmetic).toContain(
      `; 60 of the window's 120 outcomes failed (${pooled.slice(0, 3).join(", ")}, …)`,
    );
  });

  it("is not raised, and names nobody, while all is well", () => {
    const { verdicts, series } = play({ common: 6, hinge: 6 });
    expect(verdicts.flatMap(({ evidence }) => evidence)).toEqual([]);
    // Ids stand in the window they are of, and are not carried on by the rows that are made of it.
    expect(series.length).toBeGreaterThan(0);
    expect(series.flatMap(({ failed }) => failed)).toEqual([]);
  });
});
