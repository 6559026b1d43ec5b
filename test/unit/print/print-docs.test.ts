import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { METRICS } from "../../../services/core/catalogue.generated.ts";
import { Catalogue } from "../../../services/core/catalogue.ts";
import { printMetrics, printRules } from "../../../services/print/print-docs.ts";
import { REPOSITORY } from "../../../services/print/printed-files.ts";
import { loadPolicyFiles } from "../../../services/runtime/policy-files.ts";

const catalogue = new Catalogue(METRICS);
const loaded = loadPolicyFiles({
  rulesPath: `${REPOSITORY}infra/policy/rules.yaml`,
  lanesPath: `${REPOSITORY}infra/policy/lanes.yaml`,
  catalogue,
});
if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
const { rules } = loaded;

describe("printed documents", () => {
  it("are what the catalogue and the rules file print", () => {
    expect(readFileSync(`${REPOSITORY}docs/metrics.md`, "utf8")).toBe(printMetrics(METRICS));
    expect(readFileSync(`${REPOSITORY}docs/rules.md`, "utf8")).toBe(printRules(rules, catalogue));
  });

  it("have one title, and a section for every metric and rule", () => {
    for (const [text, ids] of [
      [printMetrics(METRICS), METRICS.map(({ id }) => id)],
      [printRules(rules, catalogue), rules.map(({ id }) => id)],
    ] as const) {
      expect(text.match(/^# /gm)).toHaveLength(1);
      for (const id of ids) expect(text).toContain(`\n## ${id}\n`);
    }
  });

  it("are where every rule's page points", () => {
    for (const { id, page } of rules) expect(page).toBe(`docs/rules.md#${id}`);
  });
});
