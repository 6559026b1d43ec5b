import { describe, expect, it } from "vitest";
import { METRICS } from "../../../../services/core/catalogue.generated.ts";
import { Catalogue } from "../../../../services/core/catalogue.ts";
import type { Effect } from "../../../../services/core/effect.ts";
import { decodeMonitorCheckpoint } from "../../../../services/core/monitor/checkpoint.ts";
import type { MonitorTopic } from "../../../../services/core/monitor/feeds.ts";
import { MonitorPartition } from "../../../../services/core/monitor/monitor.ts";
import { Policies } from "../../../../services/core/policy.ts";
import { Random } from "../../../../services/core/random.ts";
import type { PaneRecord, StateRecord, WindowRecord } from "../../../../services/core/records.ts";
import { interleave, monitorStream } from "../../../support/monitor-stream.ts";
import { testPolicy } from "../../../support/policy.ts";

const CATALOGUE = new Catalogue(METRICS);
const POLICIES = new Policies(
  testPolicy(
    { paneMs: 5_000, latenessMs: 5_000, windows: ["5m"] },
    { decisionTextsMin: 40, decisionMs: 5_000 },
  ),
);

function config() {
  return { partition: 0, catalogue: CATALOGUE, policies: POLICIES, rules: [], referenceOf: () => null };
}

/** What the log would hold after these transactions. */
class Written {
  readonly windows: WindowRecord[] = [];
  readonly panes = new Map<string, PaneRecord>();
  state: StateRecord | null = null;
  ranges = 0;

  take(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.type === "tombstone") this.panes.delete(effect.key);
      else if (effect.type === "cut") this.ranges += 1;
      else if (effect.type === "publish") {
        if (effect.topic === "windows") this.windows.push(effect.record);
        else if (effect.topic === "panes") this.panes.set(effect.key, effect.record);
        else if (effect.topic === "state") this.state = effect.record;
      }
    }
  }

  /** Rows without what may differ between runs: nothing. Sorted, as text. */
  rows(): string[] {
    return this.windows.map((row) => JSON.stringify(row)).sort();
  }
}

function run(seed: string, streams: ReturnType<typeof monitorStream>): Written {
  const written = new Written();
  const core = new MonitorPartition(config(), null);
  for (const batch of interleave(streams, new Random(seed))) written.take(core.absorb(batch));
  return written;
}

describe("the monitor of one partition", () => {
  const streams = monitorStream("stream", 3_000, ["a", "b/c"]);

  it("gives the same rows however the topics interleave", () => {
    const first = run("one", streams).rows();
    expect(first.length).toBeGreaterThan(200);
    expect(run("two", streams).rows()).toEqual(first);
    expect(run("three", streams).rows()).toEqual(first);
  });

  it("gives the same rows when it is killed between any two batches", () => {
    const whole = run("one", streams).rows();
    for (const seed of ["k1", "k2", "k3"]) {
      const random = new Random(seed);
      const written = new Written();
      let from = new Map<MonitorTopic, number>();
      let core = new MonitorPartition(config(), null);
      let restarts = 0;
      for (;;) {
        let killed = false;
        for (const batch of interleave(streams, random, from)) {
          const effects = core.absorb(batch);
          if (effects.length > 0) {
            written.take(effects);
            from = new Map(core.offsets().map(({ topic, offset }) => [topic, offset]));
          }
          if (random.below(12) === 0 && restarts < 12) {
            killed = true;
            restarts += 1;
            break;
          }
        }
        if (!killed) break;
        const restored =
          written.state === null
            ? null
            : { checkpoint: decodeMonitorCheckpoint(written.state.body), panes: [...written.panes.values()] };
        core = new MonitorPartition(config(), restored);
      }
      expect(restarts).toBeGreaterThan(3);
      expect(written.rows()).toEqual(whole);
    }
  });

  it("counts late records beside the pane and repeated ids once", () => {
    const { windows } = run("one", streams);
    const panes = windows.filter((row) => row.window === "pane" && row.segment === "all");
    expect(panes.reduce((sum, row) => sum + row.late, 0)).toBeGreaterThan(10);
    const candidates = panes.filter((row) => row.stage === "candidate");
    const judged = [...streams.get("admitted")!, ...streams.get("quarantined")!].filter(
      (i) => i.kind === "judged",
    );
    const counted = candidates.reduce((sum, row) => sum + row.n + row.late + row.repeated, 0);
    expect(counted).toBe(judged.length);
  });

  it("ends generations at manifests and never lets a decision window cross one", () => {
    const { windows } = run("one", streams);
    const generations = windows.filter((row) => row.window === "generation" && row.lane === "a");
    const ends = [...new Set(generations.map((row) => row.endMs))];
    expect(ends.length).toBeGreaterThan(2);
    const decisions = windows.filter((row) => row.window === "decision" && row.lane === "a");
    for (const end of ends) {
      for (const row of decisions) expect(row.startMs < end && row.endMs > end).toBe(false);
    }
    const numbers = [...new Set(generations.map((row) => row.generation))];
    expect(numbers).toEqual(numbers.map((_, i) => i + 1));
  });

  it("keeps the changelog bounded by what open windows need", () => {
    const written = run("one", streams);
    const open = decodeMonitorCheckpoint(written.state!.body);
    const needed = Math.min(
      ...open.lanes.flatMap((lane) => lane.windows.map(([, startMs]) => startMs)),
      open.foldedThroughMs,
    );
    for (const pane of written.panes.values()) expect(pane.endMs).toBeGreaterThan(needed);
    expect(written.panes.size).toBeLessThan(700);
  });
});
