/** A dashboard from rows of panels: ids, places, variables, annotations. */
import {
  AnnotationQueryBuilder,
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
  VariableSort,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { buildPanel, type PanelSpec } from "./panel.ts";
import { buildQuery, CLICKHOUSE, PROMETHEUS, type QuerySpec, sqlTable } from "./query.ts";

const COLUMNS = 24;
/** On every dashboard, so that they link to each other. */
const TAG = "plumbline";

export interface Row {
  readonly title: string;
  readonly panels: readonly PanelSpec[];
}

export interface Annotation {
  readonly name: string;
  readonly color: string;
  /** Columns `time`, `text`, and optionally `title` and `tags`. */
  readonly query: QuerySpec;
}

export interface Board {
  /** File name and end of the uid: links to it stay. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly variables: readonly ("run" | "lane" | "bucket")[];
  readonly annotations?: readonly Annotation[];
  readonly rows: readonly Row[];
}

export function buildBoard(board: Board): Dashboard {
  const builder = new DashboardBuilder(`Plumbline / ${board.title}`)
    .uid(`plumbline-${board.name}`)
    .description(board.description)
    .tags([TAG])
    .readonly()
    .timezone("browser")
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from: "now-24h", to: "now" })
    .refresh("30s")
    .link(
      new DashboardLinkBuilder("Plumbline")
        .type(DashboardLinkType.Dashboards)
        .tags([TAG])
        .asDropdown(true)
        .includeVars(true)
        .keepTime(true),
    )
    .withVariable(new DatasourceVariableBuilder("prometheus").label("Prometheus").type("prometheus"))
    .withVariable(
      new DatasourceVariableBuilder("clickhouse").label("ClickHouse").type("grafana-clickhouse-datasource"),
    );
  for (const variable of board.variables) builder.withVariable(VARIABLES[variable]());
  for (const { name, color, query } of board.annotations ?? []) {
    builder.annotation(
      new AnnotationQueryBuilder()
        .name(name)
        .datasource(query.language === "sql" ? CLICKHOUSE : PROMETHEUS)
        .enable(true)
        .iconColor(color)
        .target(buildQuery(query, "Anno")),
    );
  }
  placePanels(builder, board.rows);
  return builder.build();
}

/** From left to right; a panel that does not fit begins a new line under the highest of the last one. */
function placePanels(builder: DashboardBuilder, rows: readonly Row[]): void {
  let id = 0;
  let y = 0;
  for (const row of rows) {
    id += 1;
    builder.withRow(new RowBuilder(row.title).id(id).gridPos({ x: 0, y, w: COLUMNS, h: 1 }));
    y += 1;
    let x = 0;
    let lineHeight = 0;
    for (const panel of row.panels) {
      if (x + panel.width > COLUMNS) {
        x = 0;
        y += lineHeight;
        lineHeight = 0;
      }
      id += 1;
      builder.withPanel(buildPanel(panel, id, { x, y, w: panel.width, h: panel.height }));
      x += panel.width;
      lineHeight = Math.max(lineHeight, panel.height);
    }
    y += lineHeight;
  }
}

const VARIABLES = {
  /** Runs with topics of their own (a demo, a replay) share one history; the latest is shown first, the live one is `run:`. */
  run: () =>
    new QueryVariableBuilder("run")
      .label("Run")
      .datasource(CLICKHOUSE)
      .query(
        sqlText(
          "SELECT concat('run:', extract(_topic, '^(.*?)[a-z]+[.]v[0-9]+$')) AS run FROM windows GROUP BY run ORDER BY max(_append_time) DESC LIMIT 100",
        ),
      )
      .refresh(VariableRefresh.OnDashboardLoad)
      .sort(VariableSort.Disabled),
  lane: () =>
    new QueryVariableBuilder("lane")
      .label("Lane")
      .datasource(PROMETHEUS)
      .query("label_values(plumbline_window_end_timestamp_seconds, lane)")
      .refresh(VariableRefresh.OnTimeRangeChanged)
      .sort(VariableSort.AlphabeticalAsc),
  bucket: () =>
    new QueryVariableBuilder("bucket")
      .label("Bucket")
      .datasource(CLICKHOUSE)
      .query(
        sqlText(
          "SELECT bucket FROM windows WHERE metric = 'online_success' AND bucket != '' GROUP BY bucket ORDER BY sum(n) DESC LIMIT 500",
        ),
      )
      .refresh(VariableRefresh.OnTimeRangeChanged)
      .includeAll(true)
      // A name of its own, which no bucket has: all values in a row would not fit into one string.
      .allValue("__all"),
} as const;

function sqlText(sql: string): Record<string, unknown> {
  const { build } = buildQuery(sqlTable(sql), "variable");
  return { ...build() };
}
