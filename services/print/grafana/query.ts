/**
 * Queries of panels: PromQL over what the services export, SQL over history. Both address their data source by a variable, so that a
 * dashboard can be loaded beside any.
 */
import type { Builder, Dataquery } from "@grafana/grafana-foundation-sdk/cog";
import type { DataSourceRef } from "@grafana/grafana-foundation-sdk/common";
import { DataqueryBuilder, PromQueryFormat } from "@grafana/grafana-foundation-sdk/prometheus";

export const PROMETHEUS: DataSourceRef = { type: "prometheus", uid: "${prometheus}" };
export const CLICKHOUSE: DataSourceRef = { type: "grafana-clickhouse-datasource", uid: "${clickhouse}" };

/** `now` asks for the latest values alone, as a table; else a curve over the time shown. */
export type QuerySpec =
  | { readonly language: "promql"; readonly expr: string; readonly legend: string; readonly now: boolean }
  | { readonly language: "sql"; readonly sql: string; readonly shape: "series" | "table" };

/** A curve for each label set; `legend` names it, `{{label}}` being replaced. */
export function curve(expr: string, legend: string): QuerySpec {
  return { language: "promql", expr, legend, now: false };
}

/** The latest value of each label set. */
export function latest(expr: string): QuerySpec {
  return { language: "promql", expr, legend: "", now: true };
}

/** Curves: a column `time` in ascending order, numbers, and texts, which become the curves' labels. */
export function sqlCurve(sql: string): QuerySpec {
  return { language: "sql", sql: tidy(sql), shape: "series" };
}

export function sqlTable(sql: string): QuerySpec {
  return { language: "sql", sql: tidy(sql), shape: "table" };
}

/** What the data source's plugin (version 4) keeps of a query in a dashboard. */
export interface ClickHouseQuery {
  readonly refId: string;
  readonly datasource: DataSourceRef;
  readonly editorType: "sql";
  readonly queryType: "table" | "timeseries";
  /** The backend's code for it: 0 time series, 1 table. */
  readonly format: 0 | 1;
  readonly rawSql: string;
}

export function buildQuery(spec: QuerySpec, refId: string): Builder<Dataquery> {
  if (spec.language === "promql") {
    const query = new DataqueryBuilder().refId(refId).datasource(PROMETHEUS).expr(spec.expr);
    return spec.now ? query.instant().format(PromQueryFormat.Table) : query.range().legendFormat(spec.legend);
  }
  const query: ClickHouseQuery = {
    refId,
    datasource: CLICKHOUSE,
    editorType: "sql",
    queryType: spec.shape === "series" ? "timeseries" : "table",
    format: spec.shape === "series" ? 0 : 1,
    rawSql: spec.sql,
  };
  return { build: () => query as unknown as Dataquery };
}

/**
 * A variable's value inside SQL. Encoded as in a URL, so that no name of a lane or bucket can end the string it stands in;
 * the format needs a variable of one value.
 */
export function sqlValue(variable: string): string {
  return `decodeURLComponent('\${${variable}:percentencode}')`;
}

/** The lane shown, in PromQL. */
export const THIS_LANE = 'lane="$lane"';
/** Rows of the lane and run shown; for tables and views with the column `_topic`. */
export const OF_LANE = `lane = ${sqlValue("lane")} AND ${ofRun("extract(_topic, '^(.*?)[a-z]+[.]v[0-9]+$')")}`;
/** The same for every lane. */
export const OF_RUN = ofRun("extract(_topic, '^(.*?)[a-z]+[.]v[0-9]+$')");

/** Rows of the run shown, where `prefix` says what the run's topics begin with. */
export function ofRun(prefix: string): string {
  return `concat('run:', ${prefix}) = ${sqlValue("run")}`;
}

/** Rows of the bucket shown, or of all. */
export const OF_BUCKET = `(${sqlValue("bucket")} = '__all' OR bucket = ${sqlValue("bucket")})`;

function tidy(sql: string): string {
  const lines = sql.split("\n").filter((line) => line.trim() !== "");
  const indent = Math.min(...lines.map((line) => line.length - line.trimStart().length));
  return lines.map((line) => line.slice(indent).trimEnd()).join("\n");
}
