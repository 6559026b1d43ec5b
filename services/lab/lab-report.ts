/** What a run of the lab came to, in the shape `plumbline demo --json` prints. */
import type { GateState, VerdictRecord, WindowRecord } from "../core/records.ts";
import type { MetricResult } from "../core/result.ts";
import { LANE_PLANS, type LabLane } from "./lanes.ts";
import { isTailBucket } from "./topic-words.ts";

/** One generation of a lane, from its generation windows; null where the window had no such value. */
export interface GenerationReport {
  readonly tailCoverage: number | null;
  readonly distinct4: number | null;
  /** Bits. */
  readonly jsd: number | null;
  /** Score of the suite of standard answers, 0..1. */
  readonly offline: number | null;
  /** Success of all real questions, 0..1, and of those about tail words. */
  readonly online: number | null;
  readonly onlineTail: number | null;
  /** The gate once the generation was judged. */
  readonly gate: GateState;
  /** Families in breach in the generation window, sorted. */
  readonly families: readonly string[];
}

export interface LaneReport {
  readonly generations: readonly GenerationReport[];
  /** The generation after whose windows the lane was first found frozen. */
  readonly frozenAtGeneration: number | null;
  /** The generation after whose trial batches the lane was resumed. */
  readonly resumedAtGeneration: number | null;
  /** Rule of the first freeze. */
  readonly rule: string | null;
  /** The breaches behind the first freeze, with their arithmetic, and ids of a few samples. */
  readonly evidence: { readonly breaches: readonly string[]; readonly samples: readonly string[] } | null;
}

export interface LabReport {
  readonly seed: number;
  /** Real time from start to end. */
  readonly seconds: number;
  readonly lanes: Readonly<Record<LabLane, LaneReport>>;
}

/** `windows` are all generation windows read, of any lane and generation. */
export function generationReport(
  windows: readonly WindowRecord[],
  lane: LabLane,
  generation: number,
  gate: GateState,
  verdict: VerdictRecord | null,
): GenerationReport {
  const mine = windows.filter((window) => window.lane === lane && window.generation === generation);
  const results = (stage: string, segment: string): readonly MetricResult[] =>
    mine
      .filter((window) => window.stage === stage && window.segment === segment)
      .flatMap((window) => window.results);
  const value = (stage: string, segment: string, metric: string): number | null =>
    results(stage, segment).find((result) => result.metric === metric && result.bucket === "")?.value ?? null;
  return {
    tailCoverage: value("candidate", "generated", "tail_coverage"),
    distinct4: value("candidate", "generated", "distinct_4"),
    jsd: value("candidate", "generated", "word_jsd"),
    offline: value("reply", "suite:main", "offline_score"),
    online: value("reply", "all", "online_success"),
    onlineTail: pooled(
      results("reply", "all").filter((r) => r.metric === "online_success" && isTailBucket(r.bucket)),
    ),
    gate,
    families: verdict?.families ?? [],
  };
}

/** The success rate over several buckets, each weighted by its trials; null without any value. */
function pooled(results: readonly MetricResult[]): number | null {
  let successes = 0;
  let trials = 0;
  for (const { value, n } of results) {
    if (value === null) continue;
    successes += value * n;
    trials += n;
  }
  return trials === 0 ? null : successes / trials;
}

/** The breaches of a verdict in words, worst known first as the rules are ordered. */
export function evidenceOf(verdict: VerdictRecord): NonNullable<LaneReport["evidence"]> {
  return {
    breaches: verdict.results
      .filter((result) => result.verdict === "breach")
      .map((result) => `${result.rule}: ${result.metric} ${result.arithmetic}`),
    samples: verdict.evidence,
  };
}

/** By when *replace* must be frozen. */
const FREEZE_GENERATION_MAX = 3;

/**
 * Whether the run showed what it must: *replace* frozen by generation 3, *fresh* never, *governed* frozen, resumed, and
 * without a breach in its last generation. Empty when it did; else each failure in words.
 */
export function labFailures({ lanes }: LabReport): string[] {
  const failures: string[] = [];
  const { replace, fresh, governed } = lanes;
  if (replace.frozenAtGeneration === null || replace.frozenAtGeneration > FREEZE_GENERATION_MAX) {
    failures.push(`replace was not frozen by generation ${FREEZE_GENERATION_MAX}`);
  }
  if (fresh.frozenAtGeneration !== null) {
    failures.push(`fresh was frozen at generation ${fresh.frozenAtGeneration}`);
  }
  if (governed.frozenAtGeneration === null) failures.push("governed was never frozen");
  if (governed.resumedAtGeneration === null) failures.push("governed was not resumed");
  const last = governed.generations.at(-1);
  if (last === undefined || last.gate === "frozen" || last.families.length > 0) {
    failures.push("governed did not recover: its last generation is frozen or in breach");
  }
  for (const { lane } of LANE_PLANS) {
    if (lanes[lane].generations.some((generation) => generation.tailCoverage === null)) {
      failures.push(`${lane} has a generation without tail coverage`);
    }
  }
  return failures;
}
