/**
 * Prints `services/core/catalogue.generated.ts`, the index of `services/core/metrics/`.
 *
 *   npx tsx services/print/print-catalogue.ts            writes the file
 *   npx tsx services/print/print-catalogue.ts --check    exits 1 when the file on disk differs
 */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { printCommand, REPOSITORY } from "./printed-files.ts";

const METRICS_FOLDER = "services/core/metrics/";
const METRIC_EXPORT = /^export const (\w+) = define(?:Counts|Sample|Series)Metric\b/gm;

export interface MetricFile {
  /** File name, e.g. `tail-coverage.ts`. */
  readonly name: string;
  readonly text: string;
}

/** The whole text of the index. Throws where a file does not export exactly one metric, or two share a name. */
export function printCatalogue(files: readonly MetricFile[]): string {
  const metrics = files
    .map(({ name, text }) => ({ name, constant: metricConstant(name, text) }))
    // By name without extension: the formatter's order of imports.
    .sort((a, b) => (stem(a.name) < stem(b.name) ? -1 : 1));
  const constants = metrics.map(({ constant }) => constant);
  const twice = constants.find((constant, i) => constants.indexOf(constant) !== i);
  if (twice !== undefined) throw new Error(`two metric files export ${twice}`);
  return [
    "/** Index of `metrics/`, printed by `make generate`; not edited by hand. */",
    'import type { Metric } from "./metric.ts";',
    ...metrics.map(({ name, constant }) => `import { ${constant} } from "./metrics/${name}";`),
    "",
    "/** Every metric, in the order of its file's name. */",
    "export const METRICS: readonly Metric[] = [",
    ...constants.map((constant) => `  ${constant},`),
    "];",
    "",
  ].join("\n");
}

function stem(name: string): string {
  return name.replace(/\.ts$/, "");
}

/** The name under which a file exports its metric. */
function metricConstant(name: string, text: string): string {
  const found = [...text.matchAll(METRIC_EXPORT)].map((match) => match[1]!);
  if (found.length === 1) return found[0]!;
  throw new Error(
    `${METRICS_FOLDER}${name} must export exactly one metric as \`export const name = defineCountsMetric(…)\` \`defineSampleMetric(…)\` or \`defineSeriesMetric(…)\`; it exports ${found.length}`,
  );
}

export function readMetricFiles(): readonly MetricFile[] {
  const folder = REPOSITORY + METRICS_FOLDER;
  return readdirSync(folder)
    .filter((name) => name.endsWith(".ts"))
    .map((name) => ({ name, text: readFileSync(folder + name, "utf8") }));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const text = printCatalogue(readMetricFiles());
  printCommand([{ path: "services/core/catalogue.generated.ts", text }], METRICS_FOLDER, process.argv);
}
