import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { METRICS } from "../../../services/core/catalogue.generated.ts";
import { printCatalogue, readMetricFiles } from "../../../services/print/print-catalogue.ts";
import { printFiles, REPOSITORY } from "../../../services/print/printed-files.ts";

const GENERATED = "services/core/catalogue.generated.ts";

describe("the catalogue's index", () => {
  it("is what its metric files print", () => {
    expect(readFileSync(REPOSITORY + GENERATED, "utf8")).toBe(printCatalogue(readMetricFiles()));
  });

  it("holds every metric file once", () => {
    expect(METRICS.length).toBe(readMetricFiles().length);
    expect(new Set(METRICS.map((metric) => metric.id)).size).toBe(METRICS.length);
  });

  it("imports in the order of the names", () => {
    const metric = (name: string, constant: string) => ({
      name,
      text: `export const ${constant} = defineSampleMetric({\n`,
    });
    const text = printCatalogue([metric("b-c.ts", "bC"), metric("b.ts", "b"), metric("a.ts", "a")]);
    expect(text.match(/metrics\/[a-z-]+\.ts/g)).toEqual(["metrics/a.ts", "metrics/b.ts", "metrics/b-c.ts"]);
    expect(text).toContain("export const METRICS: readonly Metric[] = [\n  a,\n  b,\n  bC,\n];");
  });

  it.each([
    ["none", "export const a = 1;"],
    ["two", "export const a = defineSampleMetric({\nexport const b = defineCountsMetric<1, 2>({"],
  ])("refuses a file that exports %s", (_, text) => {
    expect(() => printCatalogue([{ name: "a.ts", text }])).toThrow("a.ts must export exactly one metric");
  });

  it("refuses one name twice", () => {
    const text = "export const a = defineSampleMetric({";
    expect(() =>
      printCatalogue([
        { name: "a.ts", text },
        { name: "b.ts", text },
      ]),
    ).toThrow("two metric files export a");
  });

  it("names a printed file that differs or is missing", () => {
    const files = [
      { path: GENERATED, text: "something else" },
      { path: "docs/there-is-none.md", text: "" },
    ];
    expect(printFiles(files, true)).toEqual(files.map(({ path }) => path));
  });
});
