/** The queries of printed dashboards, with what Grafana and its plugins would put in place of variables and macros. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const DASHBOARDS = join(import.meta.dirname, "../../dashboards");

export interface Target {
  readonly refId: string;
  readonly datasource: { readonly type: string; readonly uid: string };
  readonly expr?: string;
  readonly instant?: boolean;
  readonly rawSql?: string;
  readonly format?: string | number;
}

export interface PanelJson {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: { readonly type: string; readonly uid: string };
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly Target[];
  readonly fieldConfig?: {
    readonly defaults: {
      readonly unit?: string;
      readonly thresholds?: { readonly steps: readonly { readonly value: number | null }[] };
    };
  };
}

export interface VariableJson {
  readonly name: string;
  readonly type: string;
  readonly multi: boolean;
  readonly includeAll: boolean;
  readonly allValue?: string;
  readonly datasource?: { readonly type: string; readonly uid: string };
  readonly query: string | { readonly rawSql: string };
}

export interface DashboardJson {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly editable: boolean;
  readonly panels: readonly PanelJson[];
  readonly templating: { readonly list: readonly VariableJson[] };
  readonly annotations: {
    readonly list?: readonly { readonly name: string; readonly target: Target }[];
  };
}

export function readDashboards(): readonly DashboardJson[] {
  return readdirSync(DASHBOARDS)
    .filter((name) => name.endsWith(".json"))
    .sort()
    .map((name) => JSON.parse(readFileSync(join(DASHBOARDS, name), "utf8")));
}

export interface Shown {
  readonly fromMs: number;
  readonly toMs: number;
  /** Values of the dashboard's variables. */
  readonly variables: Readonly<Record<string, string>>;
}

/** Throws for a variable or macro that is not known here: Grafana would leave it standing. */
export function expandPromql(expr: string, { fromMs, toMs, variables }: Shown): string {
  const known: Readonly<Record<string, string>> = {
    ...variables,
    __rate_interval: "15s",
    __interval: "5s",
    __range: `${Math.ceil((toMs - fromMs) / 1_000)}s`,
  };
  return expr.replaceAll(/\$(\w+)/g, (_, name: string) => {
    const value = known[name];
    if (value === undefined) throw new Error(`$${name} in ${expr}`);
    return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"');
  });
}

export function expandSql(sql: string, { fromMs, toMs, variables }: Shown): string {
  const from = `toDateTime(${Math.floor(fromMs / 1_000)})`;
  const to = `toDateTime(${Math.ceil(toMs / 1_000)})`;
  const expanded = sql
    .replaceAll(
      /\$__timeFilter\(([^()]+)\)/g,
      (_, column: string) => `${column} >= ${from} AND ${column} <= ${to}`,
    )
    .replaceAll(/\$__timeInterval\(([^()]+)\)/g, "toStartOfInterval(toDateTime($1), INTERVAL 5 second)")
    .replaceAll("$__fromTime", from)
    .replaceAll("$__toTime", to)
    .replaceAll(/\$\{(\w+):percentencode\}/g, (_, name: string) => {
      const value = variables[name];
      if (value === undefined) throw new Error(`$${name} in ${sql}`);
      return encodeURIComponent(value).replaceAll(
        /[!'()*]/g,
        (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
      );
    });
  const left = /\$[\w{]+/.exec(expanded.replaceAll("[.]v[0-9]+$'", ""));
  if (left !== null) throw new Error(`${left[0]} stands in ${sql}`);
  return expanded;
}
