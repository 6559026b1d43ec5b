/** The series of all lanes: folded with each decision window, published beside it, kept in checkpoints of their own. */
import type { Catalogue } from "../catalogue.ts";
import type { Effect } from "../effect.ts";
import { EMPTY_REGISTRY, registryOf } from "../pattern/pattern-registry.ts";
import type { Policies } from "../policy.ts";
import type { ProxyMap } from "../proxy/proxy-map.ts";
import type { VerdictRecord, WindowRecord } from "../records.ts";
import { LaneSeries } from "../series/lane-series.ts";
import { encodeGovernorJson } from "./lane-state.ts";
import { SERIES_PREFIX } from "./restore-governor.ts";
import type { WindowGroup } from "./window-groups.ts";

export class SeriesBook {
  readonly #lanes: Map<string, LaneSeries>;
  /** Lanes whose series changed since the last checkpoint. */
  readonly #changed = new Set<string>();

  constructor(restored: readonly (readonly [string, LaneSeries])[]) {
    this.#lanes = new Map(restored);
  }

  /** The rows that a window adds to the lane's series; only decision windows do. */
  fold(
    group: WindowGroup,
    catalogue: Catalogue,
    policies: Policies,
    effects: Effect[],
  ): readonly WindowRecord[] {
    if (group.window !== "decision") return [];
    const { lane, partition } = group;
    const series = this.#lanes.get(lane) ?? new LaneSeries();
    this.#lanes.set(lane, series);
    this.#changed.add(lane);
    const { patterns: declared } = registryOf(policies.policy.registry ?? EMPTY_REGISTRY, lane);
    const patterns = declared.map(({ name }) => name);
    const rows = series.fold(group.rows, catalogue, policies.of(lane).suites, patterns);
    for (const record of rows)
      effects.push({ type: "publish", topic: "series", partition, key: lane, record });
    return rows;
  }

  /** The row that says what foretold the window's new online alarms; null where there are none. After `fold` of that window. */
  explain(
    { window, lane, partition, rows }: WindowGroup,
    verdict: VerdictRecord,
    catalogue: Catalogue,
    map: ProxyMap,
    effects: Effect[],
  ): WindowRecord | null {
    const [frame] = rows;
    if (window !== "decision" || frame === undefined) return null;
    const record = this.#lanes.get(lane)?.explain(frame, verdict, catalogue, map) ?? null;
    if (record !== null) effects.push({ type: "publish", topic: "series", partition, key: lane, record });
    return record;
  }

  /** What was found is answered, by a freeze or by the person who resumes: evidence begins anew. */
  restart(lane: string): void {
    const series = this.#lanes.get(lane);
    if (series === undefined) return;
    series.restart();
    this.#changed.add(lane);
  }

  /** Names and bodies of what changed since the last call. */
  checkpoint(): (readonly [string, Uint8Array])[] {
    const changed = [...this.#changed].map(
      (lane) => [`${SERIES_PREFIX}${lane}`, encodeGovernorJson(this.#lanes.get(lane)!.toJson())] as const,
    );
    this.#changed.clear();
    return changed;
  }
}
