import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  LABEL_BOUNDS,
  LANES_MAX,
  REFUSED_SERIES,
  SERIES,
} from "../../../../services/adapters/prometheus/metric-spec.ts";
import { SeriesRegistry } from "../../../../services/adapters/prometheus/series-registry.ts";
import { REPOSITORY } from "../../../../services/print/printed-files.ts";
import { seriesOf } from "../../../support/exposition.ts";

const SERVICES = `${REPOSITORY}services`;

describe("the spec of series", () => {
  it.each(SERIES.map((spec) => [spec.name, spec] as const))(
    "%s is named and described as Prometheus asks",
    (name, spec) => {
      expect(name).toMatch(/^plumbline_[a-z0-9_]+$/);
      expect(name.endsWith("_total")).toBe(spec.type === "counter");
      expect(spec.help).toMatch(/^[A-Z0-9].*\.$/);
      expect(spec.seriesMax).toBeGreaterThan(0);
      expect(spec.labels.every((label) => /^[a-z]+$/.test(label))).toBe(true);
    },
  );

  it("has every name and call once", () => {
    const names = SERIES.flatMap(({ name, call }) => (call === undefined ? [name] : [name, call]));
    expect(new Set(names).size).toBe(names.length);
  });

  it("bounds what producers name", () => {
    for (const spec of SERIES) {
      for (const label of Object.keys(LABEL_BOUNDS)) {
        if (!spec.labels.includes(label)) continue;
        for (const outer of LABEL_BOUNDS[label]!.within) expect(spec.labels, spec.name).toContain(outer);
      }
    }
  });

  it("knows every name the services use", () => {
    const known = new Set(SERIES.flatMap(({ name, call }) => [name, call ?? name]));
    const files = readdirSync(SERVICES, { recursive: true, encoding: "utf8" }).filter((file) =>
      file.endsWith(".ts"),
    );
    const used = files.flatMap((file) => {
      const text = readFileSync(join(SERVICES, file), "utf8");
      const calls = text.matchAll(/gauges(?:\?)?\.(?:set|count)\(\s*"([^"]+)"/g);
      const effects = text.matchAll(/type: "(?:count|gauge)",\s*name: "([^"]+)"/g);
      return [...calls, ...effects].map((match) => `${file}: ${match[1]}`);
    });
    expect(used.length).toBeGreaterThan(20);
    expect(used.filter((use) => !known.has(use.split(": ")[1]!))).toEqual([]);
  });
});

describe("a registry", () => {
  it("throws on names and labels outside the spec when strict", () => {
    const registry = new SeriesRegistry({ strict: true });
    expect(() => registry.set("nothing", {}, 1)).toThrow("nothing is not in the spec");
    expect(() => registry.count("plumbline_lanes", { partition: "0" }, 1)).toThrow("is a gauge");
    expect(() => registry.set("plumbline_lanes", {}, 1)).toThrow("with labels partition");
    expect(() => registry.set("plumbline_lanes", { partition: "0", x: "" }, 1)).toThrow(
      "with labels partition",
    );
    expect(() => registry.set("constructor", {}, 1)).toThrow("is not in the spec");
  });

  it("counts them otherwise", async () => {
    const registry = new SeriesRegistry();
    registry.set("nothing", {}, 1);
    registry.set("plumbline_lanes", {}, 1);
    const series = await seriesOf(registry);
    expect(series.get(`${REFUSED_SERIES}{series="unknown"}`)).toBe(1);
    expect(series.get(`${REFUSED_SERIES}{series="plumbline_lanes"}`)).toBe(1);
  });

  it("takes the callers' short names and turns milliseconds into seconds", async () => {
    const registry = new SeriesRegistry({ strict: true });
    registry.count("samples_judged", { decision: "admitted" }, 2);
    registry.count("samples_judged", { decision: "admitted" }, 3);
    registry.set("open_panes", { partition: "1" }, 7);
    registry.set("transaction_ms", {}, 20);
    registry.set("transaction_ms", {}, 2_000);
    const series = await seriesOf(registry);
    expect(series.get('plumbline_samples_judged_total{decision="admitted"}')).toBe(5);
    expect(series.get('plumbline_open_panes{partition="1"}')).toBe(7);
    expect(series.get("plumbline_transaction_seconds_sum")).toBeCloseTo(2.02);
    expect(series.get('plumbline_transaction_seconds_bucket{le="0.025"}')).toBe(1);
    expect(series.get("plumbline_transactions_total")).toBe(0);
  });

  it("keeps hostile values apart and on one line", async () => {
    const registry = new SeriesRegistry({ strict: true });
    const lanes = ['a"} 1', "a,rule:x", "a\\", "__proto__", "{}", "مرحبا", "a}\u2028"];
    for (const [i, lane] of lanes.entries()) registry.set("plumbline_rule_breach", { lane, rule: "r" }, i);
    registry.set("plumbline_rule_breach", { lane: "a", rule: "x,rule:r" }, 99);
    const series = await seriesOf(registry);
    const values = [...series]
      .filter(([name]) => name.startsWith("plumbline_rule_breach"))
      .map(([, value]) => value);
    expect(values).toEqual([...lanes.keys(), 99]);
    expect(series.get('plumbline_rule_breach{lane="a\\"} 1",rule="r"}')).toBe(0);
  });

  it.each(["a\nb", "a\0", "x".repeat(200), "\ud800"])("puts lane %j with the others", async (lane) => {
    const registry = new SeriesRegistry({ strict: true });
    registry.count("plumbline_late_records_total", { lane }, 3);
    registry.set("plumbline_rule_breach", { lane, rule: "r" }, 1);
    const series = await seriesOf(registry);
    expect(series.get('plumbline_late_records_total{lane="__other__"}')).toBe(3);
    expect([...series.keys()].some((name) => name.startsWith("plumbline_rule_breach"))).toBe(false);
  });

  it("makes no series of a value that is none, but lets one end so", async () => {
    const registry = new SeriesRegistry({ strict: true });
    const labels = { lane: "a", stage: "candidate", segment: "generated", metric: "word_jsd" };
    const name = 'plumbline_window_value{lane="a",stage="candidate",segment="generated",metric="word_jsd"}';
    registry.set("plumbline_window_value", labels, Number.NaN);
    expect((await seriesOf(registry)).has(name)).toBe(false);
    registry.set("plumbline_window_value", labels, 1);
    registry.set("plumbline_window_value", labels, Number.NaN);
    expect((await seriesOf(registry)).get(name)).toBeNaN();
  });

  it("ends the gauges of a partition that is another's, and makes room for those to come", async () => {
    const registry = new SeriesRegistry({ strict: true });
    for (let i = 0; i < 256; i += 1) registry.set("open_panes", { partition: `${i}` }, 1);
    for (const partition of ["7", "8"]) registry.set("consumer_lag", { topic: "samples", partition }, 2);
    registry.count("plumbline_recorder_unreadable_total", { topic: "samples" }, 3);
    registry.drop({ partition: "7" });
    const series = await seriesOf(registry);
    expect(series.has('plumbline_open_panes{partition="7"}')).toBe(false);
    expect(series.has('plumbline_consumer_lag_records{topic="samples",partition="7"}')).toBe(false);
    expect(series.get('plumbline_consumer_lag_records{topic="samples",partition="8"}')).toBe(2);
    expect(series.get('plumbline_recorder_unreadable_total{topic="samples"}')).toBe(3);
    registry.set("open_panes", { partition: "300" }, 4);
    expect((await seriesOf(registry)).get('plumbline_open_panes{partition="300"}')).toBe(4);
    // Label sets that have none of it stay, whatever they are.
    registry.set("plumbline_rule_breach", { lane: "7", rule: "r" }, 1);
    registry.drop({ partition: "7" });
    expect((await seriesOf(registry)).get('plumbline_rule_breach{lane="7",rule="r"}')).toBe(1);
  });

  it("gives declared lanes series before any other", async () => {
    const registry = new SeriesRegistry({ strict: true, lanes: ["declared"] });
    for (let i = 0; i < 1_000; i += 1) registry.count("plumbline_late_records_total", { lane: `l${i}` }, 1);
    registry.count("plumbline_late_records_total", { lane: "declared" }, 5);
    const series = await seriesOf(registry);
    expect(series.get('plumbline_late_records_total{lane="declared"}')).toBe(5);
    expect(series.get('plumbline_late_records_total{lane="__other__"}')).toBe(1_000 - (LANES_MAX - 1));
    expect(series.has(`plumbline_late_records_total{lane="l${LANES_MAX - 2}"}`)).toBe(true);
    expect(series.has(`plumbline_late_records_total{lane="l${LANES_MAX - 1}"}`)).toBe(false);
  });
});
