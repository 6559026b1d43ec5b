/** Rules from their file, held against the catalogue. */
import { ALL, type Catalogue, GENERATED, REAL, TRAINING } from "../core/catalogue.ts";
import { SERIES_SEGMENTS } from "../core/metric.ts";
import {
  ASKS,
  CONDITION_FIELDS,
  CONDITION_OPERATORS,
  type Condition,
  HOLDS,
  type Rule,
  SEVERITIES,
} from "../core/rule.ts";
import { STAGES, type Stage } from "../core/sample.ts";
import { allowedValues } from "./nearest.ts";
import type { YamlField, YamlFile } from "./yaml-file.ts";

export const RULES_MAX = 200;
const CONDITIONS_MAX = 4;
const RULE_ID = /^[a-z][a-z0-9_]{0,63}$/;
/** `suite:` and the name of an evaluation suite. */
const SUITE_SEGMENT = /^suite:[a-z0-9_][a-z0-9_.-]{0,63}$/;

const REQUIRED = ["id", "title", "metric", "stage", "segment", "severity", "owner", "page", "source"];
const OPTIONAL = ["bucket", "breach", "warn", "holds", "asks"];

/** Every rule that could be read whole; everything else is among the file's problems. */
export function readRules(file: YamlFile, catalogue: Catalogue): readonly Rule[] {
  const fields = file.fields(file.root, ["rules"]);
  const rules: Rule[] = [];
  const lineOfId = new Map<string, number>();
  for (const item of file.items(fields?.get("rules"), RULES_MAX) ?? []) {
    const rule = readRule(file, item, catalogue, lineOfId);
    if (rule !== undefined) rules.push(rule);
  }
  return rules;
}

function readRule(
  file: YamlFile,
  item: YamlField,
  catalogue: Catalogue,
  lineOfId: Map<string, number>,
): Rule | undefined {
  const problemsBefore = file.problems.length;
  const fields = file.fields(item, REQUIRED, OPTIONAL);
  if (fields === undefined) return undefined;
  const id = readId(file, fields.get("id"), lineOfId);
  const title = file.text(fields.get("title"));
  const metric = file.oneOf(fields.get("metric"), [...catalogue.byId.keys()]);
  const stage = file.oneOf(fields.get("stage"), STAGES);
  const segment = readSegment(file, fields.get("segment"));
  checkMeasured(file, fields, catalogue, metric, stage, segment);
  const rule = {
    id,
    title,
    metric,
    stage,
    segment,
    bucket: fields.has("bucket") ? file.text(fields.get("bucket")) : "",
    ...(fields.has("holds") ? { holds: file.oneOf(fields.get("holds"), HOLDS) } : {}),
    ...(fields.has("asks") ? { asks: file.oneOf(fields.get("asks"), ASKS) } : {}),
    breach: readConditions(file, fields.get("breach")),
    warn: readConditions(file, fields.get("warn")),
    severity: file.oneOf(fields.get("severity"), SEVERITIES),
    owner: file.text(fields.get("owner")),
    page: file.text(fields.get("page")),
    source: file.text(fields.get("source")),
  };
  if (!fields.has("breach") && !fields.has("warn")) {
    file.report(item.line, `${item.name} has neither breach nor warn: it would never say anything`);
  }
  return file.problems.length === problemsBefore ? (rule as Rule) : undefined;
}

function readId(
  file: YamlFile,
  field: YamlField | undefined,
  lineOfId: Map<string, number>,
): string | undefined {
  const id = file.text(field);
  if (field === undefined || id === undefined) return undefined;
  if (!RULE_ID.test(id)) {
    file.report(field.line, `${field.name} must be snake_case, 1 to 64 characters`);
    return undefined;
  }
  const first = lineOfId.get(id);
  if (first !== undefined) {
    file.report(field.line, `${field.name}: the rule of line ${first} is called ${id}, too`);
    return undefined;
  }
  lineOfId.set(id, field.line);
  return id;
}

function readSegment(file: YamlFile, field: YamlField | undefined): string | undefined {
  const segment = file.text(field);
  if (field === undefined || segment === undefined) return undefined;
  const allowed: readonly string[] = [ALL, GENERATED, REAL, ...SERIES_SEGMENTS, TRAINING];
  if (allowed.includes(segment) || SUITE_SEGMENT.test(segment)) return segment;
  file.report(
    field.line,
    `${field.name} is ${JSON.stringify(segment)}; ${allowedValues(segment, [...allowed, "suite:<name>"])}`,
  );
  return undefined;
}

/** A rule over something that is never measured would be silent for ever. */
function checkMeasured(
  file: YamlFile,
  fields: ReadonlyMap<string, YamlField>,
  catalogue: Catalogue,
  id: string | undefined,
  stage: Stage | undefined,
  segment: string | undefined,
): void {
  const metric = id === undefined ? undefined : catalogue.byId.get(id);
  if (metric === undefined || stage === undefined) return;
  if (!metric.stages.includes(stage)) {
    const { line, name } = fields.get("stage")!;
    file.report(
      line,
      `${name}: ${id} is not measured in stage ${stage}; allowed: ${metric.stages.join(", ")}`,
    );
    return;
  }
  if (segment === undefined || measuresIn(catalogue, metric.id, stage, segment)) return;
  const { line, name } = fields.get("segment")!;
  const allowed = [ALL, GENERATED, REAL, "suite:main", ...SERIES_SEGMENTS, TRAINING].filter((s) =>
    measuresIn(catalogue, metric.id, stage, s),
  );
  const listed = allowed.map((s) => (s === "suite:main" ? "suite:<name>" : s)).join(", ");
  file.report(
    line,
    `${name}: ${id} is not measured in segment ${segment} of stage ${stage}; allowed: ${listed}`,
  );
}

function measuresIn(catalogue: Catalogue, id: string, stage: Stage, segment: string): boolean {
  if (stage === "reply" && segment === REAL) return false;
  if (stage !== "reply" && segment.startsWith("suite:")) return false;
  const metric = catalogue.byId.get(id);
  if (metric?.kind === "series") return metric.segment === segment;
  if ((SERIES_SEGMENTS as readonly string[]).includes(segment)) return false;
  const plan = catalogue.plan(stage, segment);
  return [...plan.counts, ...plan.samples].some((metric) => metric.id === id);
}

function readConditions(file: YamlFile, field: YamlField | undefined): readonly Condition[] {
  return (file.items(field, CONDITIONS_MAX) ?? []).flatMap((item) => {
    const fields = file.fields(item, ["field", "op", "threshold"]);
    const condition = {
      field: file.oneOf(fields?.get("field"), CONDITION_FIELDS),
      op: file.oneOf(fields?.get("op"), CONDITION_OPERATORS),
      threshold: file.number(fields?.get("threshold")),
    };
    const { field: name, op, threshold } = condition;
    if (name === undefined || op === undefined || threshold === undefined) return [];
    return [{ field: name, op, threshold }];
  });
}
