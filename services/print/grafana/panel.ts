/** Panels as data, and what Grafana's own builders make of them. */
import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import * as common from "@grafana/grafana-foundation-sdk/common";
import {
  GraphThresholdsStyleConfigBuilder,
  ReduceDataOptionsBuilder,
  StackingConfigBuilder,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from "@grafana/grafana-foundation-sdk/common";
import {
  type GridPos,
  MappingType,
  type Panel,
  type Threshold,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type ValueMapping,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { PanelBuilder as StatBuilder } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as TimelineBuilder } from "@grafana/grafana-foundation-sdk/statetimeline";
import { PanelBuilder as TableBuilder } from "@grafana/grafana-foundation-sdk/table";
import { PanelBuilder as SeriesBuilder } from "@grafana/grafana-foundation-sdk/timeseries";
import type { Unit } from "../../core/metric.ts";
import { buildQuery, CLICKHOUSE, PROMETHEUS, type QuerySpec } from "./query.ts";

export interface PanelSpec {
  readonly kind: "series" | "stat" | "table" | "timeline";
  /** A question. */
  readonly title: string;
  /** What is shown, and what to make of it. */
  readonly description: string;
  /** Grafana's name of the unit. */
  readonly unit: string;
  /** Columns and rows of the grid of 24 columns. */
  readonly width: number;
  readonly height: number;
  /** All of one language. */
  readonly queries: readonly QuerySpec[];
  /** Colours by value, the first without one; drawn as lines in curves. */
  readonly steps?: readonly Threshold[];
  readonly stacked?: boolean;
  /** Units of columns that have their own. */
  readonly columns?: Readonly<Record<string, string>>;
  /** Words for numbers. */
  readonly words?: Readonly<Record<string, { readonly text: string; readonly color: string }>>;
  /** Shown where there is nothing, in place of "No data": only where that is good news. */
  readonly nothing?: string;
}

/** Grafana's name of a metric's unit. */
export const UNITS: Readonly<Record<Unit, string>> = {
  ratio: "percentunit",
  bits: "suffix:bits",
  nats: "suffix:nats",
  count: "short",
  psi: "none",
  days: "d",
};

export function buildPanel(spec: PanelSpec, id: number, gridPos: GridPos): Builder<Panel> {
  const builder = kindOf(spec)
    .id(id)
    .title(spec.title)
    .description(spec.description)
    .unit(spec.unit)
    .gridPos(gridPos)
    .datasource(spec.queries[0]!.language === "sql" ? CLICKHOUSE : PROMETHEUS)
    .targets(spec.queries.map((query, i) => buildQuery(query, String.fromCharCode(65 + i))));
  if (spec.steps !== undefined) {
    builder.thresholds(new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([...spec.steps]));
  }
  if (spec.words !== undefined) builder.mappings([wordsFor(spec.words)]);
  if (spec.nothing !== undefined) builder.noValue(spec.nothing);
  for (const [column, unit] of Object.entries(spec.columns ?? {})) {
    builder.overrideByName(column, [{ id: "unit", value: unit }]);
  }
  return builder;
}

type AnyBuilder = SeriesBuilder | StatBuilder | TableBuilder | TimelineBuilder;

function kindOf(spec: PanelSpec): AnyBuilder {
  switch (spec.kind) {
    case "series":
      return seriesBuilder(spec);
    case "stat":
      return new StatBuilder()
        .colorMode(common.BigValueColorMode.Background)
        .graphMode(common.BigValueGraphMode.None)
        .reduceOptions(new ReduceDataOptionsBuilder().calcs(["lastNotNull"]));
    case "table":
      return tableBuilder(spec);
    case "timeline":
      return new TimelineBuilder()
        .mergeValues(true)
        .showValue(common.VisibilityMode.Auto)
        .fillOpacity(70)
        .lineWidth(0);
  }
}

function seriesBuilder(spec: PanelSpec): SeriesBuilder {
  const builder = new SeriesBuilder()
    .lineWidth(1)
    .fillOpacity(spec.stacked === true ? 60 : 0)
    // Decision windows may be hours apart, and a short run is a few points.
    .spanNulls(true)
    .showPoints(common.VisibilityMode.Auto)
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(common.LegendDisplayMode.List)
        .placement(common.LegendPlacement.Bottom)
        .showLegend(true),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(common.TooltipDisplayMode.Multi));
  if (spec.stacked === true) {
    builder.stacking(new StackingConfigBuilder().mode(common.StackingMode.Normal).group("A"));
  }
  if (spec.steps !== undefined) {
    const lines = new GraphThresholdsStyleConfigBuilder().mode(common.GraphThresholdsStyleMode.Line);
    builder.thresholdsStyle(lines);
  }
  return builder;
}

function tableBuilder(spec: PanelSpec): TableBuilder {
  const builder = new TableBuilder().filterable(true).cellHeight(common.TableCellHeight.Sm);
  if (spec.queries[0]!.language === "promql") {
    // The time of the question, and by whom it was answered: bookkeeping of the data source.
    builder.withTransformation({
      id: "organize",
      options: { excludeByName: { Time: true }, indexByName: {}, renameByName: {} },
    });
  }
  return builder;
}

function wordsFor(words: NonNullable<PanelSpec["words"]>): ValueMapping {
  return { type: MappingType.ValueToText, options: { ...words } };
}
