/**
 * What the topic `windows` must hold, worked out a second time from the recorded topics: read everything into arrays, walk each
 * topic-partition in offset order, count. It shares no code with the monitor, its metrics or the sinks.
 *
 * Law 1: each topic-partition has a watermark, the max of min(event time, append time) of what it has shown; in `admitted` and
 * `quarantined` only ticks move it. A record older than its own partition's watermark minus the lateness bound is late, and is
 * counted in the pane that holds that watermark. A pane is closed once every topic-partition that feeds its stage has passed
 * its end plus the bound. Longer windows are merges of panes closed in all stages (window-oracle.ts).
 *
 * Beside it: compare-windows.ts holds recorded rows against the expected ones; dispositions.ts what became of every produced
 * sample; store-rows.ts what ClickHouse must hold; decision-log.ts the chain of decisions.
 *
 * It refuses (throws on) what it cannot tell: more lanes in a partition than `lanesMax`.
 */

import { EMPTY_REGISTRY, type PatternRegistry } from "../../services/core/pattern/pattern-registry.ts";
import type { Policy } from "../../services/core/policy.ts";
import type { WindowKind } from "../../services/core/records.ts";
import type { Stage } from "../../services/core/sample.ts";
import type { TopicName } from "../../services/core/topics.ts";
import type { Counted, ExpectedValue } from "./naive-metrics.ts";
import { nameOf, noteOf, type OracleRecord, problemOf, tickOf } from "./oracle-record.ts";
import { windowsOver } from "./window-oracle.ts";

export interface OracleLane {
  readonly realOrigins: readonly string[];
  readonly enforce: boolean;
  readonly staleGate: "hold" | "open" | "freeze";
  readonly decisionTextsMin: number;
  readonly decisionMs: number;
  readonly decisionMsMax: number;
  readonly userSegments?: readonly string[];
  readonly controlSegments?: readonly string[];
}

export interface OracleOptions {
  readonly paneMs: number;
  readonly latenessMs: number;
  readonly lanesMax: number;
  /** Windows of fixed length, by kind, ms. */
  readonly fixed: Readonly<Partial<Record<WindowKind, number>>>;
  readonly lane: (name: string) => OracleLane;
  /** What lanes watch for; all of it in every lane. */
  readonly registry: PatternRegistry;
  /** Whether lanes have a reference; without one, metrics that need it must say `no_reference`. Default true: not checked. */
  readonly reference?: boolean;
  /** Whether metrics of texts are worked out, too: some 30 µs a text. Default true. */
  readonly texts?: boolean;
  /** Metrics of the catalogue, by id. Default: all that the oracle covers. */
  readonly metrics?: ReadonlyMap<string, unknown>;
}

/** One row of `windows` as it must be. `pane` rows and those of longer windows alike. */
export interface ExpectedPane {
  readonly partition: number;
  readonly lane: string;
  readonly stage: Stage;
  readonly segment: string;
  readonly window: WindowKind;
  readonly startMs: number;
  readonly endMs: number;
  readonly generation: number;
  /** Records counted; late ones and repeated ids beside it. */
  readonly n: number;
  readonly late: number;
  readonly repeated: number;
  /** Rows of this window of the lane. */
  readonly rowCount: number;
  /** Ids whose texts may stand as evidence. */
  readonly textIds: ReadonlySet<string>;
  /** Values of the metrics the oracle covers; null where two records of one id leave open which of them counts. */
  readonly values: readonly ExpectedValue[] | null;
  readonly reference: boolean;
}

/** One segment of one pane of a lane, with every record counted in it. */
export interface PaneSegment {
  readonly partition: number;
  readonly lane: string;
  readonly stage: Stage;
  readonly segment: string;
  readonly startMs: number;
  readonly counted: Counted[];
  late: number;
  repeated: number;
  ambiguous: boolean;
}

/** All that is known of one partition number. */
export interface PartitionPanes {
  readonly partition: number;
  readonly segments: readonly PaneSegment[];
  /** End of the last closed pane, by stage. */
  readonly closedThroughMs: Readonly<Record<Stage, number>>;
  /** Ends of generations, ascending, by lane. */
  readonly boundaries: ReadonlyMap<string, readonly number[]>;
}

const FIXED_MS = { "5m": 300_000, "1h": 3_600_000, "1d": 86_400_000, "14d": 1_209_600_000 } as const;

/** A policy as the oracle needs it. */
export function oracleOptions(policy: Policy, more: Partial<OracleOptions> = {}): OracleOptions {
  return {
    paneMs: policy.paneMs,
    latenessMs: policy.latenessMs,
    lanesMax: policy.lanesMax,
    fixed: Object.fromEntries(policy.windows.map((kind) => [kind, FIXED_MS[kind]])),
    registry: policy.registry ?? EMPTY_REGISTRY,
    lane: (name) => policy.lanes.find(({ lane }) => lane === name) ?? policy.defaults,
    ...more,
  };
}

/**
 * Every row `windows` must hold, of every kind of window, once the monitor has read all of `records`. Records of other topics
 * than the monitor's are ignored; order does not matter.
 */
export function expectedPanes(
  records: readonly OracleRecord[],
  options: OracleOptions,
): readonly ExpectedPane[] {
  return partitionPanes(records, options).flatMap((panes) => windowsOver(panes, options));
}

const STAGES: readonly Stage[] = ["candidate", "admitted", "reply"];
const FEEDS: Readonly<Record<Stage, readonly TopicName[]>> = {
  candidate: ["admitted", "quarantined", "training"],
  admitted: ["admitted", "training"],
  reply: ["interactions", "outcomes", "evaluations", "training"],
};
const TOPICS = ["admitted", "quarantined", "interactions", "outcomes", "evaluations", "training"] as const;
const SUITES =
  "main long_tail cross_domain hard low_quality robustness paraphrase shadow temporal_holdout external under_informed".split(
    " ",
  );

/** A readable record with what law 1 says of it. */
export interface Placed {
  readonly record: OracleRecord;
  readonly lane: string;
  readonly late: boolean;
  /** Start of the pane it counts in. */
  readonly paneMs: number;
}

export function partitionPanes(records: readonly OracleRecord[], options: OracleOptions): PartitionPanes[] {
  const partitions = [...new Set(records.map(({ partition }) => partition))].sort((a, b) => a - b);
  return partitions.map((partition) => {
    const placed: Placed[] = [];
    const watermarks = new Map<TopicName, number>();
    const boundaries = new Map<string, number[]>();
    for (const topic of TOPICS) {
      const own = records.filter((record) => record.topic === topic && record.partition === partition);
      const walk = walkTopic(own, topic, options, boundaries);
      for (const one of walk.placed) placed.push(one);
      watermarks.set(topic, walk.watermarkMs);
    }
    const lanes = new Set([...placed.map(({ lane }) => lane), ...boundaries.keys()]);
    if (lanes.size > options.lanesMax) throw new Error(`the oracle cannot name ${lanes.size} lanes`);
    const closedThroughMs = Object.fromEntries(
      STAGES.map((stage) => {
        const slowest = Math.min(...FEEDS[stage].map((topic) => watermarks.get(topic)!));
        return [stage, floorTo(slowest - options.latenessMs, options.paneMs)];
      }),
    ) as Record<Stage, number>;
    for (const ends of boundaries.values()) ends.sort((a, b) => a - b);
    return { partition, segments: segmentsOf(partition, placed, options), closedThroughMs, boundaries };
  });
}

/** Reads one topic-partition to its end. */
function walkTopic(
  records: readonly OracleRecord[],
  topic: TopicName,
  { paneMs, latenessMs }: OracleOptions,
  boundaries: Map<string, number[]>,
): { placed: Placed[]; watermarkMs: number } {
  const ticksOnly = topic === "admitted" || topic === "quarantined";
  const placed: Placed[] = [];
  let watermarkMs = Number.NEGATIVE_INFINITY;
  for (const record of [...records].sort((a, b) => a.offset - b.offset)) {
    const tick = tickOf(record);
    if (tick !== null) watermarkMs = Math.max(watermarkMs, Math.min(tick, record.appendMs));
    if (record.value === null || problemOf(record) !== null) continue;
    const eventMs = record.value.eventTime as number;
    const lane = record.value.lane as string;
    if (topic === "training" && record.value.kind === "manifest") {
      // Never late: it ends the generation at the first pane boundary at or after its time that is still open.
      const stillOpen = floorTo(watermarkMs - latenessMs, paneMs) + paneMs;
      const end = Math.max(Math.ceil(eventMs / paneMs) * paneMs, stillOpen);
      const ends = boundaries.get(lane) ?? [];
      if (!ends.includes(end)) ends.push(end);
      boundaries.set(lane, ends);
    } else {
      const late = eventMs < watermarkMs - latenessMs;
      placed.push({ record, lane, late, paneMs: floorTo(late ? watermarkMs : eventMs, paneMs) });
    }
    if (!ticksOnly) watermarkMs = Math.max(watermarkMs, Math.min(eventMs, record.appendMs));
  }
  return { placed, watermarkMs };
}

function floorTo(ms: number, step: number): number {
  return Math.floor(ms / step) * step;
}

/** Puts every record into the segments of its pane. */
function segmentsOf(partition: number, placed: readonly Placed[], options: OracleOptions): PaneSegment[] {
  const segments = new Map<string, PaneSegment>();
  const segment = (at: Placed, stage: Stage, name: string): PaneSegment => {
    const key = JSON.stringify([at.lane, stage, name, at.paneMs]);
    let found = segments.get(key);
    if (found === undefined) {
      found = {
        partition,
        lane: at.lane,
        stage,
        segment: name,
        startMs: at.paneMs,
        counted: [],
        late: 0,
        repeated: 0,
        ambiguous: false,
      };
      segments.set(key, found);
    }
    return found;
  };
  /** Where an id was first seen in a pane of a stage. */
  const firsts = new Map<string, string>();

  /** Whether the id is new in its pane; a repeat is counted in `all` beside n. */
  const isNew = (at: Placed, stage: Stage, kind: string, allName: string): boolean => {
    const key = JSON.stringify([at.lane, stage, at.paneMs, kind, at.record.value!.id]);
    const first = firsts.get(key);
    if (first === undefined) {
      firsts.set(key, at.record.topic);
      return true;
    }
    const all = segment(at, stage, allName);
    all.repeated += 1;
    if (first !== at.record.topic) {
      // Two topics have no order between them.
      for (const name of ["all", "generated", "real"]) segment(at, stage, name).ambiguous = true;
    }
    return false;
  };

  const byTime = [...placed].sort(
    (a, b) => a.record.appendMs - b.record.appendMs || a.record.offset - b.record.offset,
  );
  for (const at of byTime) {
    const { topic } = at.record;
    const value = at.record.value!;
    if (topic === "admitted" || topic === "quarantined") {
      const generated = !options.lane(at.lane).realOrigins.includes(value.origin as string);
      const texts = generated ? "generated" : "real";
      const caught = noteOf(at.record)?.reasons.includes("duplicate_id") === true;
      for (const stage of topic === "admitted"
        ? (["candidate", "admitted"] as const)
        : (["candidate"] as const)) {
        if (at.late) {
          segment(at, stage, "all").late += 1;
          segment(at, stage, texts).late += 1;
        } else if (stage === "candidate" && caught) {
          segment(at, stage, "all").repeated += 1;
        } else if (isNew(at, stage, "sample", "all")) {
          segment(at, stage, "all").counted.push({ topic, value, generated });
          segment(at, stage, texts).counted.push({ topic, value, generated });
        }
      }
      continue;
    }
    if (at.late) {
      segment(at, "reply", "all").late += 1;
      continue;
    }
    const suite = SUITES.includes(nameOf(value.suite)) ? nameOf(value.suite) : "__other__";
    const own = topic === "evaluations" ? `suite:${suite}` : topic === "training" ? "training" : "all";
    if (!isNew(at, "reply", topic, own)) continue;
    const counted = { topic, value, generated: true };
    const user = topic === "outcomes" ? nameOf(value.segment) : "";
    const { userSegments = [], controlSegments = [] } = options.lane(at.lane);
    if (user !== "" && controlSegments.includes(user)) {
      segment(at, "reply", "control").counted.push(counted);
      continue;
    }
    segment(at, "reply", own).counted.push(counted);
    if (user !== "" && userSegments.includes(user)) {
      segment(at, "reply", `user:${user}`).counted.push(counted);
    }
    if (topic === "interactions") {
      segment(at, "reply", "generated").counted.push({ topic, value, generated: true });
    }
  }
  return [...segments.values()];
}
