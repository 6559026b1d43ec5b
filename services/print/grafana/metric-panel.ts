/** Curves of a lane's metrics from the catalogue: unit and words are printed from there. */
import type { Catalogue } from "../../core/catalogue.ts";
import type { Stage } from "../../core/sample.ts";
import { type PanelSpec, UNITS } from "./panel.ts";
import { curve, THIS_LANE } from "./query.ts";

export interface MetricPanel {
  readonly title: string;
  readonly stage: Stage;
  readonly segment: string;
  /** Ids, all of one unit. */
  readonly metrics: readonly string[];
  readonly width: number;
  readonly height?: number;
}

/** One curve for each metric, over the lane's decision windows as they were closed. */
export function metricPanel(spec: MetricPanel, catalogue: Catalogue): PanelSpec {
  const { stage, segment, width, height = 8 } = spec;
  const metrics = spec.metrics.map((id) => {
    const metric = catalogue.byId.get(id);
    if (metric === undefined) throw new Error(`${spec.title}: there is no metric ${id}`);
    return metric;
  });
  const units = new Set(metrics.map(({ unit }) => unit));
  if (units.size !== 1) throw new Error(`${spec.title}: ${[...units].join(", ")} in one panel`);
  return {
    kind: "series",
    title: spec.title,
    description: metrics.map(({ title, why, better }) => `${title} (better: ${better}). ${why}`).join(" "),
    unit: UNITS[metrics[0]!.unit],
    width,
    height,
    queries: metrics.map(({ id, title }) => curve(windowValue(id, stage, segment), title)),
  };
}

/** The metric over whole windows of the lane shown. */
export function windowValue(metric: string, stage: Stage, segment: string): string {
  return `max(plumbline_window_value{${THIS_LANE},stage="${stage}",segment="${segment}",metric="${metric}"})`;
}

/** The metric by bucket. */
export function bucketValue(metric: string, stage: Stage, segment: string): string {
  return `max by (bucket) (plumbline_bucket_value{${THIS_LANE},stage="${stage}",segment="${segment}",metric="${metric}"})`;
}
