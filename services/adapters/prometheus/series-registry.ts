/**
 * The `Gauges` port over prom-client: only series of the spec, only label sets within its bounds.
 *
 * Bound    `LABEL_BOUNDS` per label, `seriesMax` per series, `LABEL_CHARS_MAX` per value. Beyond: counters go on in
 *          `__other__`; gauges are refused, since the last of many lanes would stand there for all of them. Both are
 *          counted in `plumbline_series_refused_total`.
 * Errors   A name or label that is not in the spec throws in `strict`, else it is counted: telemetry ends no service.
 */
import { collectDefaultMetrics, Histogram, type Metric, Registry } from "prom-client";
import { LANE_CHARS_MAX } from "../../core/lane-name.ts";
import { OTHER } from "../../core/policy.ts";
import type { Gauges } from "../../ports.ts";
import { BoundedSeries, type Labels } from "./bounded-series.ts";
import {
  BOUNDED_LABELS,
  LABEL_BOUNDS,
  LANES_MAX,
  REFUSED_SERIES,
  SERIES,
  type SeriesSpec,
} from "./metric-spec.ts";

/** Of a value: the longest name of a lane with the kind of subject before it, or its gate would have no series. */
export const LABEL_CHARS_MAX = LANE_CHARS_MAX + "lane:".length;
const UNPRINTABLE = /[\p{Cc}\p{Cs}]/u;
/** Process metrics of prom-client whose names say counter and which are gauges: left out, `promtool` refuses them. */
const MISNAMED = [
  "nodejs_active_handles_total",
  "nodejs_active_requests_total",
  "nodejs_active_resources_total",
];

export interface SeriesRegistryOptions {
  /** Lanes that get series before any other. */
  readonly lanes?: readonly string[];
  /** Whether names and labels outside the spec throw: tests and development. */
  readonly strict?: boolean;
  /** Whether the process's own metrics (CPU, memory, event loop) are exported, too. */
  readonly processMetrics?: boolean;
}

export class SeriesRegistry implements Gauges {
  readonly #registry = new Registry();
  readonly #strict: boolean;
  readonly #series = new Map<string, BoundedSeries | Histogram>();
  readonly #specs = new Map<string, SeriesSpec>();
  /** Admitted values of bounded labels, by label and the values it is bounded within. */
  readonly #admitted = new Map<string, Set<string>>();

  constructor(options: SeriesRegistryOptions = {}) {
    this.#strict = options.strict ?? false;
    for (const spec of SERIES) this.#register(spec);
    for (const lane of (options.lanes ?? []).slice(0, LANES_MAX)) this.#admit("lane", { lane });
    if (options.processMetrics === true) {
      collectDefaultMetrics({ register: this.#registry });
      for (const name of MISNAMED) this.#registry.removeSingleMetric(name);
    }
  }

  /** Sets a gauge; observes a value of a histogram. */
  set(name: string, labels: Labels, value: number): void {
    const spec = this.#spec(name, labels, ["gauge", "histogram"]);
    if (spec === null) return;
    const scaled = value * (spec.scale ?? 1);
    const series = this.#series.get(spec.name)!;
    if (series instanceof Histogram) series.observe(scaled);
    else if (series.update(labels, scaled)) return;
    else if (this.#overBound(spec, labels) !== null || !series.set(labels, scaled)) this.#refused(spec.name);
  }

  count(name: string, labels: Labels, by: number): void {
    const spec = this.#spec(name, labels, ["counter"]);
    if (spec === null) return;
    const series = this.#series.get(spec.name) as BoundedSeries;
    const over = this.#overBound(spec, labels);
    if (over === null && series.add(labels, by, false)) return;
    this.#refused(spec.name);
    const bounded = spec.labels.filter((label) => label in LABEL_BOUNDS);
    const replaced = bounded.length > 0 ? bounded : spec.labels;
    series.add({ ...labels, ...Object.fromEntries(replaced.map((label) => [label, OTHER])) }, by, true);
  }

  drop(labels: Labels): void {
    const names = Object.keys(labels);
    for (const series of this.#series.values()) {
      if (series instanceof Histogram || series.type !== "gauge") continue;
      if (names.every((name) => series.spec.labels.includes(name))) series.drop(labels);
    }
  }

  /** The exposition of all series, for Prometheus. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Label sets held, all series together. */
  get size(): number {
    let size = 0;
    for (const series of this.#series.values()) size += series instanceof BoundedSeries ? series.size : 1;
    return size;
  }

  clear(): void {
    this.#registry.clear();
  }

  #register(spec: SeriesSpec): void {
    const { name, help, type, call } = spec;
    this.#specs.set(name, spec);
    if (call !== undefined) this.#specs.set(call, spec);
    if (type === "histogram") {
      const buckets = [...(spec.buckets ?? [])];
      this.#series.set(name, new Histogram({ name, help, buckets, registers: [this.#registry] }));
      return;
    }
    const series = new BoundedSeries({ ...spec, type });
    this.#series.set(name, series);
    // The registry needs a name and `get`; its type asks for a class of its own.
    this.#registry.registerMetric(series as unknown as Metric);
  }

  #spec(name: string, labels: Labels, types: readonly SeriesSpec["type"][]): SeriesSpec | null {
    const spec = this.#specs.get(name);
    const given = Object.keys(labels);
    if (spec !== undefined && types.includes(spec.type) && given.length === spec.labels.length) {
      if (spec.labels.every((label) => typeof labels[label] === "string")) return spec;
    }
    if (this.#strict) {
      const expected =
        spec === undefined ? "is not in the spec" : `is a ${spec.type} with labels ${spec.labels.join(", ")}`;
      throw new Error(`series ${name} {${given.join(", ")}}: ${name} ${expected}`);
    }
    this.#refused(spec?.name ?? "unknown");
    return null;
  }

  /** The first label whose value may not become a series; null where all may. Closed labels need no look: they are hot. */
  #overBound(spec: SeriesSpec, labels: Labels): string | null {
    for (const label of BOUNDED_LABELS) {
      if (!spec.labels.includes(label)) continue;
      const value = labels[label]!;
      if (value.length > LABEL_CHARS_MAX || UNPRINTABLE.test(value)) return label;
      if (!this.#admit(label, labels)) return label;
    }
    return null;
  }

  #admit(label: string, labels: Labels): boolean {
    const { max, within } = LABEL_BOUNDS[label]!;
    const group = [label, ...within.map((outer) => labels[outer] ?? "")].join("\n");
    let values = this.#admitted.get(group);
    if (values === undefined) {
      values = new Set();
      this.#admitted.set(group, values);
    }
    const value = labels[label]!;
    if (values.has(value)) return true;
    if (values.size >= max) return false;
    values.add(value);
    return true;
  }

  #refused(series: string): void {
    (this.#series.get(REFUSED_SERIES) as BoundedSeries).add({ series }, 1, false);
  }
}
