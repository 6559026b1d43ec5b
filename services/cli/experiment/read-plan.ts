/** An experiment's plan from its file, checked whole: every problem with its line. */
import { readFileSync } from "node:fs";
import { isScalar } from "yaml";
import {
  ABLATIONS_MAX,
  type Ablation,
  BETTER,
  canonicalPlan,
  METRIC_ROLES,
  PLANNED_METRICS_MAX,
  type Plan,
  type PlannedMetric,
  planProblems,
  RATIOS_MAX,
  REMOVES_MAX,
  SEEDS_MAX,
  SETTINGS_MAX,
  TEXT_CHARS_MAX,
  WORD_CHARS_MAX,
} from "../../core/experiment/plan.ts";
import { type FileProblem, type YamlField, YamlFile } from "../../runtime/yaml-file.ts";
import { unreadable } from "../lines/read-lines.ts";
import { settingsHashOf } from "./plan-hash.ts";

const REQUIRED = ["experiment", "lane", "author", "ratios", "seeds", "metrics", "settings"];
const OPTIONAL = ["settingsHash", "ablations", "notes"];

export type PlanFile =
  | { readonly ok: true; readonly plan: Plan }
  /** Sorted by line. */
  | { readonly ok: false; readonly problems: readonly FileProblem[] };

/** Throws `CliError` where the file cannot be read. */
export function readPlanFile(path: string, shownPath: string): PlanFile {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw unreadable(shownPath, error);
  }
  return readPlan(shownPath, text);
}

/** Never throws, whatever the text. */
export function readPlan(shownPath: string, text: string): PlanFile {
  const file = new YamlFile(shownPath, text);
  const lines = new Map<string, number>();
  const plan = file.problems.length > 0 ? null : new PlanReader(file, lines).read();
  if (plan !== null && file.problems.length === 0) {
    for (const { path, message } of planProblems(plan)) file.report(lines.get(path) ?? 1, message);
  }
  if (plan === null || file.problems.length > 0) {
    return { ok: false, problems: file.problems.toSorted((a, b) => a.line - b.line) };
  }
  return { ok: true, plan: canonicalPlan(plan) };
}

class PlanReader {
  readonly #file: YamlFile;
  /** Line of every field by its path. */
  readonly #lines: Map<string, number>;

  constructor(file: YamlFile, lines: Map<string, number>) {
    this.#file = file;
    this.#lines = lines;
  }

  read(): Plan | null {
    const fields = this.#file.fields(this.#file.root, REQUIRED, OPTIONAL);
    if (fields === undefined) return null;
    const settings = this.#list(fields.get("settings"), SETTINGS_MAX, (item) =>
      this.#file.text(item, TEXT_CHARS_MAX),
    );
    const ownHash = fields.has("settingsHash") ? this.#word(fields.get("settingsHash")) : undefined;
    return {
      id: this.#word(fields.get("experiment")) ?? "",
      lane: this.#word(fields.get("lane")) ?? "",
      author: this.#word(fields.get("author")) ?? "",
      ratios: this.#list(fields.get("ratios"), RATIOS_MAX, (item) => this.#file.number(item, 0, 1)),
      seeds: this.#list(fields.get("seeds"), SEEDS_MAX, (item) => this.#word(item)),
      metrics: this.#list(fields.get("metrics"), PLANNED_METRICS_MAX, (item) => this.#metric(item)),
      ablations: this.#list(fields.get("ablations"), ABLATIONS_MAX, (item) => this.#ablation(item)),
      settings,
      settingsHash: ownHash ?? settingsHashOf(settings),
      notes: fields.has("notes")
        ? (this.#file.text(this.#at(fields.get("notes")), TEXT_CHARS_MAX) ?? "")
        : "",
    };
  }

  #metric(item: YamlField): PlannedMetric | undefined {
    const fields = this.#file.fields(item, ["suite", "role"], ["metric", "bucket", "better", "delta"]);
    const suite = this.#word(fields?.get("suite"));
    const role = this.#file.oneOf(fields?.get("role"), METRIC_ROLES);
    const better = fields?.has("better") ? this.#file.oneOf(fields.get("better"), BETTER) : "higher";
    if (fields === undefined || suite === undefined || role === undefined || better === undefined)
      return undefined;
    return {
      suite,
      metric: fields.has("metric") ? (this.#word(fields.get("metric")) ?? "") : "accuracy",
      bucket: fields.has("bucket") ? (this.#word(fields.get("bucket")) ?? "") : "",
      role,
      better,
      delta: this.#file.number(this.#at(fields.get("delta"))) ?? null,
    };
  }

  #ablation(item: YamlField): Ablation | undefined {
    const fields = this.#file.fields(item, ["arm", "removes", "ratio"]);
    const arm = this.#word(fields?.get("arm"));
    const ratio = this.#file.number(this.#at(fields?.get("ratio")), 0, 1);
    const removes = this.#list(fields?.get("removes"), REMOVES_MAX, (control) => this.#word(control));
    return arm === undefined || ratio === undefined ? undefined : { arm, removes, ratio };
  }

  #list<T>(
    field: YamlField | undefined,
    itemsMax: number,
    read: (item: YamlField) => T | undefined,
  ): readonly T[] {
    return (this.#file.items(this.#at(field), itemsMax) ?? []).flatMap((item) => {
      this.#at(item);
      const value = read(item);
      return value === undefined ? [] : [value];
    });
  }

  /** A text of one line; a whole number stands for its digits, as seeds are written, while it is exact. */
  #word(field: YamlField | undefined): string | undefined {
    this.#at(field);
    const node = field?.node;
    if (field !== undefined && isScalar(node) && typeof node.value === "number") {
      if (Number.isSafeInteger(node.value)) return String(node.value);
      this.#file.report(field.line, `${field.name} is a number that is not exact; write it in quotes`);
      return undefined;
    }
    return this.#file.text(field, WORD_CHARS_MAX);
  }

  #at(field: YamlField | undefined): YamlField | undefined {
    if (field !== undefined) this.#lines.set(field.name, field.line);
    return field;
  }
}
