/** Baselines by machine class: figures of one class of machine say nothing about another's. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import type { Figure } from "./figure.ts";

const DIRECTORY = join(import.meta.dirname, "baselines");

/** Figures by bench. */
export type Baseline = Readonly<Record<string, readonly Figure[]>>;

/** CPU family, cores and Node's major version, as a file name: what decides how figures compare, and nothing of the host. */
export function machineClass(
  model = cpus()[0]?.model ?? "unknown",
  cores = cpus().length,
  node = process.versions.node,
): string {
  const family = model
    .toLowerCase()
    .replaceAll(/\((?:r|tm)\)|\b(?:cpu|processor)\b|@/g, " ")
    .replaceAll(/[^a-z0-9.]+/g, "-")
    .replaceAll(/^-+|-+$/g, "");
  return `${family === "" ? "unknown" : family}-${cores}-cores-node-${node.split(".")[0]}`;
}

export function baselinePath(name: string): string {
  return join(DIRECTORY, `${name}.json`);
}

/** null where this class has none. */
export function readBaseline(name: string): Baseline | null {
  const path = baselinePath(name);
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Baseline) : null;
}

/** Writes the benches of this run; those that were not run keep their figures. */
export function writeBaseline(name: string, measured: Baseline): void {
  const kept = { ...readBaseline(name), ...measured };
  const sorted = Object.fromEntries(Object.entries(kept).sort(([a], [b]) => (a < b ? -1 : 1)));
  mkdirSync(DIRECTORY, { recursive: true });
  writeFileSync(baselinePath(name), `${JSON.stringify(sorted, round, 2)}\n`);
}

/** Four digits are more than any figure is good for. */
function round(_key: string, value: unknown): unknown {
  return typeof value === "number" ? Number(value.toPrecision(4)) : value;
}
