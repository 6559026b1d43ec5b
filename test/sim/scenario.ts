/** The policy, the rules and the shape of one seed's world. */
import { METRICS } from "../../services/core/catalogue.generated.ts";
import { Catalogue } from "../../services/core/catalogue.ts";
import type { LanePolicy, Policy } from "../../services/core/policy.ts";
import { Random } from "../../services/core/random.ts";
import type { Rule } from "../../services/core/rule.ts";
import type { MonitorLimits } from "../../services/runtime/services/dependencies.ts";
import { testPolicy } from "../support/policy.ts";

/** Start of the simulated time: a boundary of every pane length used here. */
export const START_MS = 1_700_000_040_000;
/** How long producers send. */
export const SPAN_MS = 60_000;
export const APPROVER = "ann";

export interface Scenario {
  readonly partitions: number;
  /** Instances of each service. */
  readonly instances: Readonly<Record<"gatekeeper" | "monitor" | "governor" | "recorder", number>>;
  readonly lanes: readonly string[];
  readonly policy: Policy;
  readonly rules: readonly Rule[];
  readonly catalogue: Catalogue;
  /** Mostly too little room for what a stand leaves behind. */
  readonly monitorLimits: MonitorLimits;
}

/** Cheap metrics of four families; the whole catalogue runs in one seed of `FULL_CATALOGUE_EVERY`. */
const LIGHT = [
  "exact_duplicate_share",
  "online_success",
  "offline_score",
  "volume",
  "seq_rep_4",
  "origin_mix",
  "distinct_4",
];
const FULL_CATALOGUE_EVERY = 25;
const catalogues = {
  light: new Catalogue(METRICS.filter((metric) => LIGHT.includes(metric.id))),
  full: new Catalogue(METRICS),
};

function rule(over: Pick<Rule, "id" | "metric" | "stage" | "segment" | "breach">): Rule {
  return {
    title: over.id,
    bucket: "",
    warn: [],
    severity: "page",
    owner: "nobody",
    page: over.id,
    source: "the simulation",
    ...over,
  };
}

const RULES: readonly Rule[] = [
  rule({
    id: "duplicates",
    metric: "exact_duplicate_share",
    stage: "candidate",
    segment: "generated",
    breach: [{ field: "value", op: "gt", threshold: 0.2 }],
  }),
  rule({
    id: "users-leave",
    metric: "online_success",
    stage: "reply",
    segment: "all",
    breach: [{ field: "value", op: "lt", threshold: 0.5 }],
  }),
  rule({
    id: "loops",
    metric: "seq_rep_4",
    stage: "candidate",
    segment: "generated",
    breach: [{ field: "value", op: "gt", threshold: 0.25 }],
  }),
];

export function scenarioOf(seed: number): Scenario {
  const random = new Random(`sim/${seed}/scenario`);
  const pick = <T>(items: readonly T[]): T => items[random.below(items.length)]!;
  const lanes = ["support/returns", "support/sales", "legal/terms", "travel/booking"].slice(
    0,
    1 + random.below(3),
  );
  const paneMs = pick([2_000, 5_000, 5_000, 10_000, 10_000, 10_000]);
  const lane: Partial<LanePolicy> = {
    enforce: random.below(4) !== 0,
    decisionTextsMin: 60 + random.below(90),
    decisionMs: paneMs,
    decisionMsMax: pick([30_000, 86_400_000]),
    idleMs: pick([null, 1_000, 3_000]),
    leaseMs: 12_000 + random.below(25_000),
    staleGate: pick(["hold", "open", "freeze"] as const),
    throttleShare: random.below(5) / 4,
    probationShares: pick([[1], [0.25, 0.5, 1], [0.5, 1]]),
    resumeCleanWindows: random.below(3),
    relaxCleanWindows: 1 + random.below(3),
    approvers: [APPROVER],
  };
  const policy = testPolicy(
    {
      paneMs,
      latenessMs: pick([500, 2_000, 5_000]),
      windows: random.below(3) === 0 ? ["5m"] : [],
      lanesMax: 16,
    },
    lane,
  );
  const declared = random.below(2) === 0 ? [{ ...policy.defaults, lane: lanes[0]!, enforce: true }] : [];
  const room = new Random(`sim/${seed}/room`);
  return {
    monitorLimits: { openPanesMax: 1 + room.below(4), batchRecordsMax: 8 << room.below(4) },
    partitions: 1 + random.below(3),
    instances: {
      gatekeeper: 1 + random.below(2),
      monitor: 1 + random.below(2),
      governor: 1 + random.below(2),
      recorder: 1,
    },
    lanes,
    policy: { ...policy, lanes: declared },
    rules: RULES,
    catalogue: seed % FULL_CATALOGUE_EVERY === 0 ? catalogues.full : catalogues.light,
  };
}
