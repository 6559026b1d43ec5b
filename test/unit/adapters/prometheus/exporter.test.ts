import { spawnSync } from "node:child_process";
import { afterEach, describe, expect, it } from "vitest";
import {
  type GaugesOptions,
  type OpenGauges,
  openGauges,
} from "../../../../services/adapters/prometheus/exporter.ts";
import { LANES_MAX, SERIES } from "../../../../services/adapters/prometheus/metric-spec.ts";
import { observeEffects } from "../../../../services/adapters/prometheus/observe-effects.ts";
import { METRICS } from "../../../../services/core/catalogue.generated.ts";
import type { Effect } from "../../../../services/core/effect.ts";
import { okResult } from "../../../../services/core/result.ts";
import { parseExposition } from "../../../support/exposition.ts";

/** A scrape of a hundred thousand lanes must stay under these (ops.md, S9). */
const SCRAPE_BYTES_MAX = 2_000_000;
const LANES = 100_000;
const FULL_LANES = 1_000;

const open: OpenGauges[] = [];

async function opened(options: Partial<GaugesOptions> = {}): Promise<OpenGauges> {
  const gauges = await openGauges({
    service: "monitor",
    version: "1.2.3",
    port: 0,
    strict: true,
    ...options,
  });
  open.push(gauges);
  return gauges;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((gauges) => gauges.close()));
});

async function scrape(gauges: OpenGauges): Promise<string> {
  const response = await fetch(`${gauges.url}/metrics`);
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
  return response.text();
}

/** Gives every series of the spec one value. */
function fill(gauges: OpenGauges): void {
  for (const { name, type, labels } of SERIES) {
    const values = Object.fromEntries(labels.map((label) => [label, `some ${label}`]));
    if (type === "counter") gauges.count(name, values, 1);
    else gauges.set(name, values, 0.5);
  }
}

describe("the exporter", () => {
  it("listens on loopback and says who it is", async () => {
    const gauges = await opened();
    expect(gauges.url).toBe(`http://127.0.0.1:${gauges.port}`);
    const series = parseExposition(await scrape(gauges));
    expect(series.get('plumbline_build_info{service="monitor",version="1.2.3"}')).toBe(1);
    expect(series.get("process_resident_memory_bytes")).toBeGreaterThan(1_000_000);
    expect(series.has("nodejs_eventloop_lag_seconds")).toBe(true);
  });

  it("is well until the service says otherwise", async () => {
    let problem: string | null = null;
    const gauges = await opened({ problem: () => problem });
    const well = await fetch(`${gauges.url}/healthz`);
    expect([well.status, await well.json()]).toEqual([200, { status: "ok", service: "monitor" }]);
    problem = "the broker is away";
    const ill = await fetch(`${gauges.url}/healthz`);
    expect([ill.status, await ill.json()]).toEqual([503, { status: "failing", service: "monitor", problem }]);
  });

  it.each([
    ["GET", "/", 404],
    ["GET", "//", 404],
    ["GET", "/metrics?x=http://%zz", 200],
    ["POST", "/metrics", 405],
    ["HEAD", "/metrics", 200],
  ])("answers %s %s with %d", async (method, path, status) => {
    const gauges = await opened();
    expect((await fetch(gauges.url + path, { method })).status).toBe(status);
  });

  it("says which port it cannot have", async () => {
    const { port } = await opened();
    await expect(opened({ port })).rejects.toThrow(
      `/metrics cannot listen on 127.0.0.1:${port} (EADDRINUSE)`,
    );
  });

  it("documents every series of the spec", async () => {
    const gauges = await opened();
    fill(gauges);
    const text = await scrape(gauges);
    for (const { name, help, type } of SERIES) {
      expect(text).toContain(`# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`);
      expect(text, name).toMatch(new RegExp(`^${name}(_sum)?[ {]`, "m"));
    }
  });

  it("is clean for promtool", async (context) => {
    if (spawnSync("promtool", ["--version"]).status !== 0) {
      console.warn("promtool is not installed: what it would say of /metrics was not checked");
      context.skip("promtool is not installed");
    }
    const gauges = await opened();
    fill(gauges);
    const labels = { lane: "some lane", stage: "some stage", segment: "some segment", metric: "some metric" };
    gauges.set("plumbline_window_value", labels, Number.NaN);
    const checked = spawnSync("promtool", ["check", "metrics"], {
      input: await scrape(gauges),
      encoding: "utf8",
    });
    expect(`${checked.stdout}${checked.stderr}`).toBe("");
    expect(checked.status).toBe(0);
  });

  it(`stays within its bounds for ${LANES} lanes`, async () => {
    const gauges = await opened();
    for (let i = 0; i < LANES; i += 1) {
      const effects = effectsOfLane(`team-${i % 7}/lane-${i}`);
      // Long after every bound is reached, windows show nothing that verdicts and gates do not.
      observeEffects(gauges, i < FULL_LANES ? effects : effects.slice(2));
    }
    const text = await scrape(gauges);
    expect(text.length).toBeLessThan(SCRAPE_BYTES_MAX);
    const series = parseExposition(text);
    const lanes = new Set([...series.keys()].map((name) => /lane="([^"]*)"/.exec(name)?.[1]));
    lanes.delete(undefined);
    expect(lanes.size).toBe(LANES_MAX + 1);
    const verdicts = [...series].filter(([name]) => name.startsWith("plumbline_verdicts_total"));
    expect(verdicts.reduce((sum, [, value]) => sum + value, 0)).toBe(LANES);
    expect(
      series.get('plumbline_series_refused_total{series="plumbline_rule_breach"}'),
    ).toBeGreaterThanOrEqual(LANES - LANES_MAX);
  }, 60_000);
});

/** A decision window of one lane with a value of every metric, its verdict and its gate. */
function effectsOfLane(lane: string): readonly Effect[] {
  const results = METRICS.map((metric) => ({
    ...okResult(metric.id, 512, 0.123456789012, null),
    z: -1.23456789012,
  }));
  const buckets = Array.from({ length: 20 }, (_, i) =>
    okResult("origin_mix", 512, 0.123456789, null, `bucket ${i}`),
  );
  const publish = { type: "publish", partition: 0, key: lane } as const;
  const row = { lane, window: "decision", n: 512, endMs: 60_000, results: [...results, ...buckets] };
  const verdict = {
    lane,
    window: "decision",
    verdict: "breach",
    results: [{ rule: "one", verdict: "breach" }],
  };
  const gate = { lane, subject: `lane:${lane}`, state: "frozen", sinceMs: 0, validUntilMs: 0 };
  return [
    { ...publish, topic: "windows", record: { ...row, stage: "candidate", segment: "generated" } as never },
    { ...publish, topic: "windows", record: { ...row, stage: "reply", segment: "generated" } as never },
    { ...publish, topic: "verdicts", record: verdict as never },
    { ...publish, topic: "gates", record: gate as never },
  ];
}
