/** Catching up in any order, with kills between any two transactions: the rows are the same, and few panes are open. */
import { describe, expect, it } from "vitest";
import { METRICS } from "../../services/core/catalogue.generated.ts";
import { Catalogue } from "../../services/core/catalogue.ts";
import type { Effect } from "../../services/core/effect.ts";
import type { Input } from "../../services/core/input.ts";
import { decodeMonitorCheckpoint } from "../../services/core/monitor/checkpoint.ts";
import type { MonitorTopic } from "../../services/core/monitor/feeds.ts";
import { MonitorPartition, type MonitorRestored } from "../../services/core/monitor/monitor.ts";
import { Policies } from "../../services/core/policy.ts";
import { Random } from "../../services/core/random.ts";
import type { PaneRecord, StateRecord } from "../../services/core/records.ts";
import { interleave, monitorStream } from "../support/monitor-stream.ts";
import { testPolicy } from "../support/policy.ts";

const METRIC_IDS = ["exact_duplicate_share", "online_success", "offline_score", "volume", "seq_rep_4"];
const CATALOGUE = new Catalogue(METRICS.filter(({ id }) => METRIC_IDS.includes(id)));
const SEEDS = 20;
const LIVES_MAX = 60;
/** What the slowest topic opens beyond the bound: its records up to its next tick, 10 s at most here, and the lateness bound. */
const SLOWEST_OPENS_MAX = 5;

/** What the log would hold. */
class Written {
  readonly rows: string[] = [];
  readonly panes = new Map<string, PaneRecord>();
  state: StateRecord | null = null;

  take(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.type === "tombstone") this.panes.delete(effect.key);
      if (effect.type !== "publish") continue;
      if (effect.topic === "windows") this.rows.push(JSON.stringify(effect.record));
      else if (effect.topic === "panes") this.panes.set(effect.key, effect.record);
      else if (effect.topic === "state") this.state = effect.record;
    }
  }

  restored(): MonitorRestored | null {
    if (this.state === null) return null;
    return { checkpoint: decodeMonitorCheckpoint(this.state.body), panes: [...this.panes.values()] };
  }
}

/** What a batch gives, one transaction after the other. */
function* transactions(core: MonitorPartition, batch: readonly Input[]): Generator<readonly Effect[]> {
  yield core.absorb(batch);
  while (core.hasMore) yield core.absorb([]);
}

/** A client's batch: a run of records of some of the topics that are not paused; null where there are none left. */
function nextBatch(
  rest: ReadonlyMap<MonitorTopic, Input[]>,
  core: MonitorPartition,
  random: Random,
  runMax: number,
) {
  const held = core.heldTopics();
  const open = [...rest].filter(([topic, list]) => list.length > 0 && !held.includes(topic));
  if (open.length === 0) return null;
  const runs = 1 + random.below(open.length);
  return Array.from({ length: runs }, () => {
    const [, list] = open[random.below(open.length)]!;
    return list.splice(0, 1 + random.below(runMax));
  }).flat();
}

describe("a monitor that catches up", () => {
  it.each(Array.from({ length: SEEDS }, (_, seed) => seed))(
    "gives the same rows, within the bound: seed %i",
    (seed) => {
      const random = new Random(`align/${seed}`);
      const openPanesMax = [1, 2, 3, 8, 16][seed % 5]!;
      const latenessMs = [500, 5_000][random.below(2)]!;
      const policies = new Policies(
        testPolicy(
          { paneMs: 5_000, latenessMs, windows: ["5m"] },
          { decisionTextsMin: 40, decisionMs: 5_000 },
        ),
      );
      const config = { partition: 0, catalogue: CATALOGUE, policies, rules: [], referenceOf: () => null };
      const streams = monitorStream(`align/${seed}`, 700, ["a", "b/c"]);
      const whole = new Written();
      const unbounded = new MonitorPartition({ ...config, openPanesMax: Number.POSITIVE_INFINITY }, null);
      for (const batch of interleave(streams, random)) {
        for (const effects of transactions(unbounded, batch)) whole.take(effects);
      }

      const written = new Written();
      const runMax = 1 + random.below(200);
      const killOneIn = 2 + random.below(40);
      let from = new Map<MonitorTopic, number>();
      let left = 1;
      for (let life = 1; left > 0; life += 1) {
        const core = new MonitorPartition({ ...config, openPanesMax }, written.restored());
        const rest = new Map<MonitorTopic, Input[]>();
        for (const [topic, list] of streams)
          rest.set(
            topic,
            list.filter(({ at }) => at.offset >= (from.get(topic) ?? 0)),
          );
        let killed = false;
        // The first batch is empty: a life begins with what the one before left undone.
        for (let batch: readonly Input[] | null = []; batch !== null && !killed; ) {
          for (const effects of transactions(core, batch)) {
            written.take(effects);
            if (effects.length > 0)
              from = new Map(core.offsets().map(({ topic, offset }) => [topic, offset]));
            expect(core.status().unfoldedPanes).toBeLessThanOrEqual(openPanesMax + SLOWEST_OPENS_MAX);
            killed = life < LIVES_MAX && random.below(killOneIn) === 0;
            if (killed) break;
          }
          batch = nextBatch(rest, core, random, runMax);
        }
        left = killed ? 1 : 0;
        if (killed) continue;
        expect([...rest.values()].flat()).toEqual([]);
        expect(core.status().heldRecords).toBe(0);
      }
      expect(written.rows.sort()).toEqual(whole.rows.sort());
    },
  );
});
