import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { METRICS } from "../../../services/core/catalogue.generated.ts";
import { Catalogue } from "../../../services/core/catalogue.ts";
import { PATTERNS_MAX, type PatternRegistry } from "../../../services/core/pattern/pattern-registry.ts";
import { PHRASE_TOKENS_MAX } from "../../../services/core/pattern/phrase-trie.ts";
import { REPOSITORY } from "../../../services/print/printed-files.ts";
import { versioned } from "../../../services/runtime/policy-files.ts";
import { readLanes } from "../../../services/runtime/read-lanes.ts";
import { YamlFile } from "../../../services/runtime/yaml-file.ts";

const catalogue = new Catalogue(METRICS);
const LANES = `${readFileSync(`${REPOSITORY}/infra/policy/lanes.yaml`, "utf8").split("\nproxies:")[0]}\n`;
const FIRST_LINE = LANES.split("\n").length;

function read(section: string) {
  const file = new YamlFile("lanes.yaml", `${LANES}${section}`);
  const policy = readLanes(file, catalogue);
  return { policy, problems: file.problems.map(({ line, message }) => `${line - FIRST_LINE}: ${message}`) };
}

const GOOD = `patterns:
  - name: blanket-battery
    owner: ann
    since: 2026-03-01
    phrases: [battery issues are generally not covered, "batteries aren't covered"]
  - { name: own, lane: support/after-sales, owner: bo, since: 2026-01-31, phrases: [x] }
facts:
  - name: two-years
    owner: ann
    phrases: [two years of warranty]
    products: [watch]
    regions: [eu, ch]
    from: 2026-01-01
    until: 2027-01-01
    conditions: [with proof of purchase]
costs:
  - { name: ticket, owner: ann, cause: escalated, unitCost: 12.5, currency: EUR }
  - { name: return, owner: ann, cause: complaint, complaintType: returned, unitCost: 40, currency: EUR }
`;
const REGISTRY: PatternRegistry = {
  patterns: [
    {
      name: "blanket-battery",
      lane: null,
      owner: "ann",
      since: "2026-03-01",
      phrases: ["battery issues are generally not covered", "batteries aren't covered"],
    },
    { name: "own", lane: "support/after-sales", owner: "bo", since: "2026-01-31", phrases: ["x"] },
  ],
  facts: [
    {
      name: "two-years",
      lane: null,
      owner: "ann",
      phrases: ["two years of warranty"],
      products: ["watch"],
      regions: ["eu", "ch"],
      channels: [],
      fromMs: Date.UTC(2026, 0, 1),
      untilMs: Date.UTC(2027, 0, 1),
      conditions: ["with proof of purchase"],
    },
  ],
  costs: [
    {
      name: "ticket",
      lane: null,
      owner: "ann",
      cause: "escalated",
      complaintType: "",
      unitCost: 12.5,
      currency: "EUR",
    },
    {
      name: "return",
      lane: null,
      owner: "ann",
      cause: "complaint",
      complaintType: "returned",
      unitCost: 40,
      currency: "EUR",
    },
  ],
};

describe("error patterns, facts and costs of the lanes file", () => {
  it("are part of the policy, and of its version", () => {
    const { policy, problems } = read(GOOD);
    expect(problems).toEqual([]);
    expect(policy.registry).toEqual(REGISTRY);
    const version = (section: string) => versioned(read(section).policy, []).policy.version;
    expect(version(GOOD)).not.toBe(version(""));
    expect(version(GOOD)).not.toBe(version(GOOD.replace("[eu, ch]", "[eu]")));
    expect(read("").policy).not.toHaveProperty("registry");
    expect(read("costs: []\n").policy.registry).toEqual({ patterns: [], facts: [], costs: [] });
  });

  it.each([
    ["name: blanket-battery", 'name: "Blanket *"', /^1: patterns\[0\]\.name .* must be 1 to 64 of a-z/],
    ["name: own,", "name: blanket-battery,", /^5: patterns\[1\]: blanket-battery is on line \d+, too/],
    ["since: 2026-03-01", "since: 2026-02-30", /^3: .*since .* must be a day such as/],
    ["since: 2026-03-01", "since: soon", /^3: .*must be a day such as/],
    ["phrases: [x]", 'phrases: ["  "]', /^5: .*phrases\[0\] is .*, must be a text/],
    ["phrases: [x]", "phrases: []", /^5: .*has no phrase that can be met/],
    ["lane: support/after-sales", 'lane: "__other__"', /^5: .*lane is no name of a lane/],
    ["until: 2027-01-01", "until: 2025-01-01", /^7: facts\[0\]: until is not after from/],
    ["cause: escalated", "cause: escalate", /^16: costs\[0\]\.cause is "escalate"; .*escalated/],
    ["unitCost: 12.5", "unitCost: -1", /^16: .*unitCost is -1, must be within/],
    ["currency: EUR }\n  - { name: return", "currency: euro }\n  - { name: return", /^16: .*ISO 4217/],
    ["cause: complaint,", "cause: unresolved,", /^17: costs\[1\]: only the cause complaint has/],
    ["owner: bo, ", "", /^5: patterns\[1\] has no owner/],
    ["owner: bo", "onwer: bo", /^5: unknown key patterns\[1\]\.onwer; did you mean "owner"/],
  ])("are refused, with their line: %s -> %s", (good, bad, problem) => {
    expect(GOOD).toContain(good);
    expect(read(GOOD.replace(good, bad)).problems).toContainEqual(expect.stringMatching(problem));
  });

  it("may be written as the manual shows", () => {
    const manual = readFileSync(`${REPOSITORY}/docs/patterns.md`, "utf8");
    const { policy, problems } = read(/```yaml\n([\s\S]*?)```/.exec(manual)![1]!);
    expect(problems).toEqual([]);
    expect(policy.registry?.facts[0]).toMatchObject({ channels: ["shop"], fromMs: Date.UTC(2026, 0, 1) });
  });

  it("are bounded: entries, phrases, their words; a fact without bounds can be cited anywhere", () => {
    const entry = (i: number) => `  - { name: p${i}, owner: a, since: 2026-01-01, phrases: [x] }\n`;
    const many = (count: number) =>
      `patterns:\n${Array.from({ length: count }, (_, i) => entry(i)).join("")}`;
    expect(read(many(PATTERNS_MAX)).problems).toEqual([]);
    expect(read(many(PATTERNS_MAX + 1)).problems[0]).toMatch(/has 65 entries, at most 64 are allowed/);
    const long = `"${"a ".repeat(PHRASE_TOKENS_MAX + 1)}"`;
    expect(read(many(1).replace("[x]", `[${long}]`)).problems[0]).toMatch(/has 33 words and marks/);
    const everywhere = "facts:\n  - { name: f, owner: a, phrases: [x] }\n";
    expect(read(everywhere).problems[0]).toMatch(/cannot be cited out of its scope/);
  });
});
