import { describe, expect, it } from "vitest";
import { METRICS } from "../../../../services/core/catalogue.generated.ts";
import { Catalogue } from "../../../../services/core/catalogue.ts";
import type { Effect } from "../../../../services/core/effect.ts";
import type { Input } from "../../../../services/core/input.ts";
import { OPEN_PANES_MAX } from "../../../../services/core/monitor/alignment.ts";
import { PANES_BETWEEN_SNAPSHOTS } from "../../../../services/core/monitor/changelog.ts";
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

/** Starts of the panes that are folded into windows and still live, by lane. */
function livePaneStarts(written: Written): ReadonlyMap<string, ReadonlySet<number>> {
  const starts = new Map<string, Set<number>>();
  const { foldedThroughMs } = decodeMonitorCheckpoint(written.state!.body);
  for (const { lane, window, startMs, endMs } of written.panes.values()) {
    if (window === "pane" && endMs <= foldedThroughMs)
      starts.set(lane, (starts.get(lane) ?? new Set()).add(startMs));
  }
  return starts;
}

function run(seed: string, streams: ReturnType<typeof monitorStream>): Written {
  const written = new Written();
  const core = new MonitorPartition(config(), null);
  for (const batch of interleave(streams, new Random(seed))) {
    for (const effects of transactions(core, batch)) written.take(effects);
  }
  return written;
}

/** What a batch gives, one transaction after the other. */
function* transactions(core: MonitorPartition, batch: readonly Input[]): Generator<readonly Effect[]> {
  const effects = core.absorb(batch);
  if (effects.length > 0) yield effects;
  while (core.hasMore) {
    const more = core.absorb([]);
    if (more.length > 0) yield more;
  }
}

/** Starts of the panes that a transaction writes rows of. */
function paneStarts(effects: readonly Effect[]): Set<number> {
  const starts = new Set<number>();
  for (const effect of effects) {
    if (effect.type !== "publish" || effect.topic !== "windows" || effect.record.window !== "pane") continue;
    starts.add(effect.record.startMs);
  }
  return starts;
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
          for (const effects of transactions(core, batch)) {
            written.take(effects);
            from = new Map(core.offsets().map(({ topic, offset }) => [topic, offset]));
            killed = random.below(12) === 0 && restarts < 20;
            if (killed) break;
          }
          killed ||= random.below(12) === 0 && restarts < 20;
          if (killed) break;
        }
        if (killed) restarts += 1;
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

  it("closes the panes of one end in a transaction, however many are due, and in the same order", () => {
    const whole = run("one", streams);
    // Topic after topic, whole: everything is due at once, when the last one comes.
    const written = new Written();
    const core = new MonitorPartition({ ...config(), openPanesMax: Number.POSITIVE_INFINITY }, null);
    let calls = 0;
    for (const effects of transactions(core, [...streams.values()].flat())) {
      calls += 1;
      expect(paneStarts(effects).size).toBe(1);
      written.take(effects);
    }
    expect(calls).toBeGreaterThan(100);
    expect(core.hasMore).toBe(false);
    expect(written.rows()).toEqual(whole.rows());
    const starts = written.windows.filter((row) => row.window === "pane").map((row) => row.startMs);
    expect(starts).toEqual([...starts].sort((a, b) => a - b));
  });

  it("folds the panes of one end in a transaction, also where the last stage to pass them has no records", () => {
    const all = [...streams.values()].flat().filter(({ kind }) => kind === "judged" || kind === "tick");
    const [ticks, rest] = [
      all.filter(({ at }) => at.topic === "outcomes"),
      all.filter(({ at }) => at.topic !== "outcomes"),
    ];
    const core = new MonitorPartition({ ...config(), openPanesMax: Number.POSITIVE_INFINITY }, null);
    for (const _ of transactions(core, rest));
    let unfolded = core.status().unfoldedPanes;
    expect(unfolded).toBeGreaterThan(50);
    for (const _ of transactions(core, ticks)) {
      expect(unfolded - core.status().unfoldedPanes).toBeLessThanOrEqual(1);
      unfolded = core.status().unfoldedPanes;
    }
    expect(unfolded).toBe(0);
  });

  it("gives the same rows when it is killed between any two steps of one batch", () => {
    const short = monitorStream("short", 700, ["a", "b/c"]);
    const whole = run("one", short).rows();
    const all = [...short.values()].flat();
    const written = new Written();
    let from = new Map<string, number>();
    let cut: { readonly closedThrough?: readonly (number | null)[] } | null = null;
    let lives = 0;
    for (let done = false; !done; lives += 1) {
      const restored =
        written.state === null
          ? null
          : { checkpoint: decodeMonitorCheckpoint(written.state.body), panes: [...written.panes.values()] };
      const core = new MonitorPartition({ ...config(), openPanesMax: Number.POSITIVE_INFINITY }, restored);
      const rest = all.filter(({ at }) => at.offset >= (from.get(at.topic) ?? 0));
      let steps = 1 + (lives % 3);
      done = true;
      for (const effects of transactions(core, rest)) {
        written.take(effects);
        from = new Map(core.offsets().map(({ topic, offset }) => [topic, offset]));
        const first = effects[0]!;
        if (first.type === "cut") cut = first.cut;
        steps -= 1;
        if (steps > 0) continue;
        done = false;
        break;
      }
    }
    expect(lives).toBeGreaterThan(10);
    expect(written.rows()).toEqual(whole);
    expect(cut?.closedThrough).toBeUndefined();
  });

  it("holds a topic back that is as many panes ahead as there is room for, and lets it go on with the others", () => {
    const whole = run("one", streams).rows();
    const written = new Written();
    const core = new MonitorPartition(config(), null);
    const reading = new Map([...streams].map(([topic, list]) => [topic, [...list]]));
    let heldMost = 0;
    let unfoldedMost = 0;
    // A client that brings all it has of one topic before it turns to the next, but for those that are paused.
    for (;;) {
      const paused = core.heldTopics();
      const next = [...reading].find(([topic, list]) => list.length > 0 && !paused.includes(topic));
      if (next === undefined) break;
      for (const effects of transactions(core, next[1].splice(0, 100))) written.take(effects);
      const { heldRecords, unfoldedPanes, waitsFor } = core.status();
      heldMost = Math.max(heldMost, heldRecords);
      unfoldedMost = Math.max(unfoldedMost, unfoldedPanes);
      expect(waitsFor.length > 0).toBe(heldRecords > 0);
      expect(core.heldTopics().some((topic) => waitsFor.includes(topic))).toBe(false);
    }
    expect(heldMost).toBeGreaterThan(50);
    expect(heldMost).toBeLessThanOrEqual(600);
    // The last ones are what the slowest may open beyond it: records ahead of their topic's watermark.
    expect(unfoldedMost).toBeGreaterThanOrEqual(OPEN_PANES_MAX);
    expect(unfoldedMost).toBeLessThanOrEqual(OPEN_PANES_MAX + 3);
    expect(written.rows()).toEqual(whole);
    expect(core.status()).toMatchObject({ heldRecords: 0, unfoldedPanes: 0 });
  });

  it("stands still, within the bound, where a topic has neither records nor ticks, and says which", () => {
    const core = new MonitorPartition(config(), null);
    const silent = [...streams].filter(([topic]) => topic !== "outcomes");
    const reading = new Map(silent.map(([topic, list]) => [topic, [...list]]));
    const readOn = (): void => {
      for (;;) {
        const paused = core.heldTopics();
        const next = [...reading].find(([topic, list]) => list.length > 0 && !paused.includes(topic));
        if (next === undefined) return;
        for (const _ of transactions(core, next[1].splice(0, 100)));
      }
    };
    readOn();
    const { waitsFor, unfoldedPanes, heldRecords } = core.status();
    expect(waitsFor).toEqual(["outcomes"]);
    expect(unfoldedPanes).toBe(OPEN_PANES_MAX);
    expect(heldRecords).toBeLessThanOrEqual(500);
    // One record far past everything, and all goes on.
    for (const _ of transactions(core, streams.get("outcomes")!.slice(-1)));
    readOn();
    expect(core.heldTopics()).toEqual([]);
    expect(core.status()).toMatchObject({ heldRecords: 0, unfoldedPanes: 0, waitsFor: [] });
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

  it("writes snapshots of open windows after what closed is published, and drops the panes that are in them", () => {
    const core = new MonitorPartition(config(), null);
    const live = new Written();
    const lanes = new Set<string>();
    let afterwards = 0;
    for (const batch of interleave(streams, new Random("one"))) {
      for (const effects of transactions(core, batch)) {
        live.take(effects);
        const published = effects.flatMap((effect) => (effect.type === "publish" ? [effect] : []));
        const snapshots = published.flatMap(({ topic, record }) =>
          topic === "panes" && record.window !== "pane" ? [record.lane] : [],
        );
        for (const lane of snapshots) lanes.add(lane);
        if (snapshots.length > 0 && published.every(({ topic }) => topic !== "windows")) afterwards += 1;
        for (const [lane, starts] of livePaneStarts(live)) {
          expect(starts.size, lane).toBeLessThanOrEqual(2 * PANES_BETWEEN_SNAPSHOTS);
        }
      }
    }
    expect(lanes.size).toBeGreaterThan(1);
    expect(afterwards).toBeGreaterThan(3);
  });
});
