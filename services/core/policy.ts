/** What people decide beforehand, as data: lanes with their policies. Published by version, so a replay finds it (law 1). */
import type { PatternRegistry } from "./pattern/pattern-registry.ts";
import type { ProxyMap } from "./proxy/proxy-map.ts";
import type { WindowKind } from "./records.ts";
import type { Origin, SuiteName } from "./sample.ts";

/** Windows of fixed length that may be kept beside panes, decision windows and generations. */
export type FixedWindowKind = Extract<WindowKind, "5m" | "1h" | "1d" | "14d">;
export const FIXED_WINDOW_MS: Readonly<Record<FixedWindowKind, number>> = {
  "5m": 300_000,
  "1h": 3_600_000,
  "1d": 86_400_000,
  "14d": 1_209_600_000,
};

/** How a stale gate (expired lease) is treated: as its last state says, as open, or as frozen. */
export type StaleGate = "hold" | "open" | "freeze";

/** Which evaluation suites a lane is to run, how often, and how old their items may be. */
export interface SuiteExpectation {
  /** Each of these … */
  readonly required: readonly SuiteName[];
  /** … and at least one of these; empty asks for none. */
  readonly anyOf: readonly SuiteName[];
  /** A suite counts as run for this long after a result, event time. */
  readonly withinMs: number;
  /** Older items are legacy: whoever makes training data may have seen them. */
  readonly itemAgeMsMax: number;
}

/** Of lanes that say nothing of their own: the tail, and something that was not made beside the training data. */
export const SUITES_EXPECTED: SuiteExpectation = {
  required: ["long_tail"],
  anyOf: ["shadow", "external"],
  withinMs: 14 * 86_400_000,
  itemAgeMsMax: 365 * 86_400_000,
};

export interface LanePolicy {
  readonly lane: string;
  readonly owner: string;
  /** False: everything is computed and recorded, nothing is held back. */
  readonly enforce: boolean;
  /** Origins that count as real; texts of all others are what gates judge. */
  readonly realOrigins: readonly Origin[];
  /** A decision window closes at this many generated candidates (replies where there are none) … */
  readonly decisionTextsMin: number;
  /** … and this long, at the earliest, … */
  readonly decisionMs: number;
  /** … and after this long at the latest. */
  readonly decisionMsMax: number;
  /** A partition silent for longer is ticked on; null: never (imports and the lab). */
  readonly idleMs: number | null;
  readonly leaseMs: number;
  readonly staleGate: StaleGate;
  /** Share of generated arrivals let through while throttled, 0..1. */
  readonly throttleShare: number;
  /** Shares by which a resumed lane comes back, ascending; after the last the gate opens. */
  readonly probationShares: readonly number[];
  /** Clean decision windows in a row before a frozen subject may be resumed. */
  readonly resumeCleanWindows: number;
  /** Clean decision windows in a row that take a watched or throttled gate one state down. */
  readonly relaxCleanWindows: number;
  /** Who may resume. Empty: nobody, until the policy names someone. */
  readonly approvers: readonly string[];
  /** Segments of users whose outcomes are also counted by themselves. What is not named counts in the lane's whole only. */
  readonly userSegments?: readonly string[];
  /**
   * Segments of outcomes that the lane's models have no part in, such as questions that people answer: they count in no rate of
   * the lane, and say what would have become of it anyway.
   */
  readonly controlSegments?: readonly string[];
  /** Absent: `SUITES_EXPECTED`, from the lane's first evaluation on. */
  readonly suites?: SuiteExpectation;
}

export interface Policy {
  /** Content hash of the lanes and rules files. */
  readonly version: string;
  readonly paneMs: number;
  readonly latenessMs: number;
  readonly windows: readonly FixedWindowKind[];
  /** Lanes seen beyond this share the name `__other__`. Per partition. */
  readonly lanesMax: number;
  readonly defaults: LanePolicy;
  readonly lanes: readonly LanePolicy[];
  /** Which offline series stand for which online problem; absent, as the file may leave it out: none do. */
  readonly proxies?: ProxyMap;
  /** Error patterns, facts with their scope, and what outcomes cost; absent: nothing is watched for. */
  readonly registry?: PatternRegistry;
}

/** The name that stands for everything beyond a bound. Producers cannot use it (schemas refuse names in `__`). */
export const OTHER = "__other__";

/** Lane policies by name, with the default for all others. */
export class Policies {
  readonly policy: Policy;
  readonly #lanes: ReadonlyMap<string, LanePolicy>;

  constructor(policy: Policy) {
    this.policy = policy;
    this.#lanes = new Map(policy.lanes.map((lane) => [lane.lane, lane]));
  }

  of(lane: string): LanePolicy {
    return this.#lanes.get(lane) ?? this.policy.defaults;
  }

  declared(lane: string): boolean {
    return this.#lanes.has(lane);
  }

  /** The longest idleMs of any lane; null where one of them must never be ticked on (then none of the partition is). */
  longestIdleMs(): number | null {
    let longest = this.policy.defaults.idleMs;
    for (const lane of this.policy.lanes) {
      if (longest === null || lane.idleMs === null) return null;
      longest = Math.max(longest, lane.idleMs);
    }
    return longest;
  }
}
