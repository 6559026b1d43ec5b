/** The rules that ship, over decision windows of a lane that declares patterns and facts. */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { METRICS } from "../../../../services/core/catalogue.generated.ts";
import { Catalogue } from "../../../../services/core/catalogue.ts";
import { Governor } from "../../../../services/core/governor/governor.ts";
import type { PatternRegistry } from "../../../../services/core/pattern/pattern-registry.ts";
import { Policies } from "../../../../services/core/policy.ts";
import { Random } from "../../../../services/core/random.ts";
import { rateResult } from "../../../../services/core/rate-result.ts";
import type { RuleResult, VerdictRecord, WindowRecord } from "../../../../services/core/records.ts";
import { type MetricResult, okResult } from "../../../../services/core/result.ts";
import { REPOSITORY } from "../../../../services/print/printed-files.ts";
import { loadPolicyFiles } from "../../../../services/runtime/policy-files.ts";
import { testPolicy } from "../../../support/policy.ts";
import { patternOf } from "../../../support/registry.ts";
import { windowInputs } from "../../../support/window-inputs.ts";

const TEXTS = 600;
const WINDOWS = 40;
const catalogue = new Catalogue(METRICS);
const loaded = loadPolicyFiles({
  rulesPath: join(REPOSITORY, "infra/policy/rules.yaml"),
  lanesPath: join(REPOSITORY, "infra/policy/lanes.yaml"),
  catalogue,
});
if (!loaded.ok) throw new Error("the rules that ship cannot be read");
/** Beside one that passes: what only warns must not keep a window from being clean. */
const RULES = loaded.rules.filter(({ id }) => /error_pattern|scope|^near_duplicates$/.test(id));
const CLEAN = okResult("near_duplicate_share", TEXTS, 0.01, null);
const registry: PatternRegistry = {
  patterns: [patternOf("grows", "x"), patternOf("stays", "y"), { ...patternOf("elsewhere", "z"), lane: "b" }],
  facts: [],
  costs: [],
};

/** Warnings of the last window, and series rows of all; `resultsOf` gives what a window says of generated candidates. */
function judged(resultsOf: (t: number) => readonly MetricResult[], known = registry) {
  const policies = new Policies(testPolicy({ registry: known }));
  const governor = new Governor({ catalogue, policies, rules: RULES, rulesVersion: "r" }, null);
  let warned: readonly RuleResult[] = [];
  const rows: WindowRecord[] = [];
  for (let t = 0; t < WINDOWS; t += 1) {
    const inputs = windowInputs(t, [["candidate", "generated", [CLEAN, ...resultsOf(t)]]]);
    const cut = {
      ranges: [{ topic: "windows", partition: 0, from: t, to: t + 1 }],
      gateRevision: 0,
      policyVersion: "p",
    };
    for (const effect of governor.absorb(inputs, cut as never)) {
      if (effect.type !== "publish") continue;
      if (effect.topic === "series") rows.push(effect.record as WindowRecord);
      if (effect.topic !== "verdicts") continue;
      const verdict = effect.record as VerdictRecord;
      expect(verdict.verdict).toBe("pass");
      warned = verdict.results.filter(({ warn }) => warn);
    }
  }
  return { warned: warned.map(({ rule, bucket }) => `${rule} ${bucket}`), rows };
}

function shares(random: Random, rates: Readonly<Record<string, number>>): MetricResult[] {
  const counts = Object.entries(rates).map(([name, rate]) => {
    let count = 0;
    for (let i = 0; i < TEXTS; i += 1) if (random.nextFloat() < rate) count += 1;
    return [name, count] as const;
  });
  const any = Math.max(...counts.map(([, count]) => count));
  const found = counts.filter(([, count]) => count > 0);
  return [["", any] as const, ...found].map(([name, count]) =>
    rateResult("error_pattern_share", count, TEXTS, name),
  );
}

describe("a lane's declared errors", () => {
  it("warn by name where one doubles every ten windows, and hold nothing", () => {
    const random = new Random("doubles");
    const { warned, rows } = judged((t) =>
      shares(random, { grows: 0.01 * 2 ** Math.floor(t / 10), stays: 0.03 }),
    );
    expect(warned).toEqual(["error_pattern_rises ", "error_pattern_rises candidate/grows"]);
    const last = rows.filter(({ segment }) => segment === "patterns").at(-1)!;
    expect(last.results.map(({ bucket }) => bucket)).toEqual(["", "candidate/grows", "candidate/stays"]);
  });

  it("are quiet where nothing changes, also where they are common", () => {
    for (const seed of ["one", "two", "three"]) {
      const random = new Random(seed);
      expect(judged(() => shares(random, { grows: 0.3, stays: 0.01 })).warned).toEqual([]);
    }
  });

  it("have no rows in a lane that declares none", () => {
    const found = judged(() => [], {
      ...registry,
      patterns: registry.patterns.slice(2),
    });
    expect(found.rows.filter(({ segment }) => segment === "patterns")).toEqual([]);
  });
});

it("a fact cited out of its scope warns by name, whatever the others do", () => {
  const fact = (name: string, cited: number, out: number) =>
    okResult("fact_out_of_scope_share", cited, out / cited, null, name);
  const many = Array.from({ length: 20 }, (_, i) => fact(`fine-${i}`, 50, 0));
  const { warned } = judged(() => [fact("", 1_003, 60), ...many, fact("two-years", 3, 2)]);
  expect(warned).toEqual(["facts_out_of_scope ", "facts_out_of_scope two-years"]);
});
