/** From panes to the rows of `windows`: panes as they are, and windows merged from panes that every stage has closed. */
import type { WindowKind } from "../../services/core/records.ts";
import type { Stage } from "../../services/core/sample.ts";
import {
  arrivalValues,
  type ExpectedValue,
  evaluationValues,
  judgeMixValues,
  outcomeValues,
  probeValues,
  textValues,
} from "./naive-metrics.ts";
import { cautionValues, judgedPatternValues, textPatternValues } from "./naive-patterns.ts";
import { perplexityValues, provenanceValues, trainingValues } from "./naive-provenance.ts";
import { judgeValues, replyValues } from "./naive-replies.ts";
import { suiteValues } from "./naive-suites.ts";
import type { ExpectedPane, OracleLane, OracleOptions, PaneSegment, PartitionPanes } from "./pane-oracle.ts";

/** Panes of one lane from `startMs` on, and where they end as one window. */
interface Span {
  readonly kind: WindowKind;
  readonly startMs: number;
  readonly endMs: number;
  readonly panes: readonly number[];
}

/** Every row of one partition number. */
export function windowsOver(all: PartitionPanes, options: OracleOptions): ExpectedPane[] {
  const { segments, closedThroughMs, boundaries, partition } = all;
  const { paneMs } = options;
  const foldedMs = Math.min(...Object.values(closedThroughMs));
  const rows: ExpectedPane[] = [];
  for (const lane of [...new Set(segments.map((one) => one.lane))].sort()) {
    const own = segments.filter((one) => one.lane === lane);
    const ends = boundaries.get(lane) ?? [];
    const row = (span: Span, generation: number, some: readonly PaneSegment[], rowCount: number) =>
      expectedRow({ partition, lane, span, generation, rowCount }, some, options);
    for (const one of own) {
      if (one.startMs + paneMs > closedThroughMs[one.stage]) continue;
      const span = {
        kind: "pane",
        startMs: one.startMs,
        endMs: one.startMs + paneMs,
        panes: [one.startMs],
      } as const;
      rows.push(row(span, 1 + ends.filter((end) => end <= one.startMs).length, [one], 1));
    }
    const starts = [...new Set(own.map((one) => one.startMs))].sort((a, b) => a - b);
    const folded = starts.filter((start) => start + paneMs <= foldedMs);
    const passed = ends.filter((end) => end <= foldedMs);
    const generated = new Map(
      own
        .filter((one) => one.segment === "generated")
        .map((one) => [`${one.stage} ${one.startMs}`, one.counted.length]),
    );
    const judged = (pane: number, stage: Stage): number => generated.get(`${stage} ${pane}`) ?? 0;
    const spans = [
      ...fixedSpans(folded, options.fixed, foldedMs),
      ...generationSpans(folded, passed),
      ...decisionSpans(folded, passed, foldedMs, paneMs, options.lane(lane), judged),
    ];
    for (const span of spans) {
      const inside = own.filter((one) => span.panes.includes(one.startMs));
      const names = [...new Set(inside.map((one) => `${one.stage}/${one.segment}`))];
      // A window of fixed length may hold the end of a generation: it is in the one it ends in.
      const last = span.kind === "decision" || span.kind === "generation" ? span.startMs + 1 : span.endMs;
      const generation = 1 + ends.filter((end) => end < last).length;
      for (const name of names) {
        const some = inside.filter((one) => `${one.stage}/${one.segment}` === name);
        rows.push(row(span, generation, some, names.length));
      }
    }
  }
  return rows;
}

function fixedSpans(panes: readonly number[], fixed: OracleOptions["fixed"], throughMs: number): Span[] {
  return (Object.entries(fixed) as [WindowKind, number][]).flatMap(([kind, lengthMs]) => {
    const starts = [...new Set(panes.map((pane) => Math.floor(pane / lengthMs) * lengthMs))];
    return starts
      .map((startMs) => ({ kind, startMs, endMs: startMs + lengthMs }))
      .filter(({ endMs }) => endMs <= throughMs)
      .map((span) => ({ ...span, panes: panes.filter((pane) => pane >= span.startMs && pane < span.endMs) }));
  });
}

/** All between two manifests. */
function generationSpans(panes: readonly number[], ends: readonly number[]): Span[] {
  return ends.flatMap((endMs, i) => {
    const from = ends[i - 1] ?? Number.NEGATIVE_INFINITY;
    const own = panes.filter((pane) => pane >= from && pane < endMs);
    return own.length === 0 ? [] : [{ kind: "generation" as const, startMs: own[0]!, endMs, panes: own }];
  });
}

/**
 * Consecutive panes until there are enough judged texts and time, or too much time; never across the end of a generation.
 * Generated candidates are counted, replies where there are none.
 */
function decisionSpans(
  panes: readonly number[],
  ends: readonly number[],
  throughMs: number,
  paneMs: number,
  policy: OracleLane,
  judged: (pane: number, stage: Stage) => number,
): Span[] {
  const spans: Span[] = [];
  let open: number[] = [];
  const close = (): void => {
    spans.push({ kind: "decision", startMs: open[0]!, endMs: open.at(-1)! + paneMs, panes: open });
    open = [];
  };
  for (const pane of [...panes, throughMs]) {
    const start = open[0];
    if (start !== undefined) {
      const generationEnded = ends.some((end) => end > start && end <= pane);
      if (generationEnded || pane - start >= policy.decisionMsMax) close();
    }
    if (pane === throughMs) break;
    open.push(pane);
    const candidates = sum(open.map((one) => judged(one, "candidate")));
    const texts = candidates > 0 ? candidates : sum(open.map((one) => judged(one, "reply")));
    if (texts >= policy.decisionTextsMin && pane + paneMs - open[0]! >= policy.decisionMs) close();
  }
  return spans;
}

interface RowHead {
  readonly partition: number;
  readonly lane: string;
  readonly span: Span;
  readonly generation: number;
  readonly rowCount: number;
}

/** `some`: the same stage and segment in each pane of the span. */
function expectedRow(head: RowHead, some: readonly PaneSegment[], options: OracleOptions): ExpectedPane {
  const { partition, lane, span, generation, rowCount } = head;
  const { stage, segment } = some[0]!;
  const hasTexts = segment === "generated" || segment === "real";
  return {
    partition,
    lane,
    stage,
    segment,
    window: span.kind,
    startMs: span.startMs,
    endMs: span.endMs,
    generation,
    n: sum(some.map((one) => one.counted.length)),
    late: sum(some.map((one) => one.late)),
    repeated: sum(some.map((one) => one.repeated)),
    rowCount,
    textIds: new Set(
      hasTexts ? some.flatMap((one) => one.counted.map((counted) => counted.value.id as string)) : [],
    ),
    values: some.some((one) => one.ambiguous)
      ? null
      : valuesOf(stage, segment, some, options).filter(({ metric }) => options.metrics?.has(metric) ?? true),
    reference: options.reference ?? true,
  };
}

function valuesOf(
  stage: Stage,
  segment: string,
  some: readonly PaneSegment[],
  options: OracleOptions,
): ExpectedValue[] {
  if (segment === "generated" || segment === "real") {
    if (options.texts === false) return [];
    const panes = some.map((one) => one.counted);
    return [...textValues(panes), ...textPatternValues(panes.flat(), options.registry)];
  }
  const records = some.flatMap((one) => one.counted);
  if (segment.startsWith("suite:")) {
    return [
      ...evaluationValues(records),
      ...probeValues(records),
      ...judgeMixValues(records),
      ...suiteValues(records),
      ...perplexityValues(records),
    ];
  }
  if (segment === "control" || segment.startsWith("user:")) return outcomeValues(records);
  if (segment === "training") return trainingValues(records);
  if (stage !== "reply") {
    const arrivals = [...arrivalValues(records), ...provenanceValues(records)];
    if (stage !== "candidate") return arrivals;
    const patterns = options.texts === false ? [] : judgedPatternValues(records, options.registry);
    return [...arrivals, ...judgeValues(records), ...patterns];
  }
  const outcomes = outcomeValues(records.filter((one) => one.topic === "outcomes"));
  if (options.texts === false) return outcomes;
  const interactions = records.filter((one) => one.topic === "interactions");
  // With a reference, it says which buckets are rare.
  const caution = options.reference === false ? cautionValues(interactions) : [];
  return [...outcomes, ...replyValues(interactions), ...caution];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
