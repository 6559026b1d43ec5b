/** A small history by hand: one lane that was frozen, one that is calm, one with more reviews than a page holds. */
import type { Row, Store } from "../../services/ports.ts";
import { insertRows, originAt } from "./table-rows.ts";

export const LANE = "support/after-sales";
/** A minute that began an hour ago: windows of a minute follow. Much older rows the tables would drop. */
export const OLD_MS = Math.floor(Date.now() / 60_000) * 60_000 - 3_600_000;
/** After the freeze, before the request to resume. */
export const LATER_MS = OLD_MS + 300_000;

/** Inserts it under the topics of the run with this prefix, and one review of another run. */
export async function insertConsoleHistory(store: Store, prefix = ""): Promise<void> {
  let offset = 0;
  const row = (topic: string, fields: Row): Row => {
    offset += 1;
    return { lane: LANE, ...fields, ...originAt(`${prefix}${topic}`, offset, OLD_MS) };
  };
  const nowMs = Date.now();

  const value = (metric: string, start: number, fields: Row): Row =>
    row("windows.v1", {
      window: "decision",
      start_time: start,
      end_time: start + 60_000,
      generation: 1,
      metric,
      stage: "candidate",
      segment: "generated",
      bucket: "",
      n: 500,
      status: "ok",
      evidence: [],
      ...fields,
    });
  const second = OLD_MS + 60_000;
  await insertRows(store, "windows", [
    value("tail_coverage", OLD_MS, { value: 0.9, lo: 0.86, hi: 0.94 }),
    value("tail_coverage", second, { value: 0.4, lo: 0.35, hi: 0.45 }),
    value("distinct_4", OLD_MS, { value: 0.8, null_sd: 0.02 }),
    value("distinct_4", second, { value: 0.81, null_sd: 0.02 }),
    value("volume", OLD_MS, { value: 500, segment: "all" }),
    value("volume", second, { value: 900, segment: "all" }),
    value("skeleton_distinct_6", second, { value: 3, lo: 2.5, hi: 3.5 }),
    ...(["returns", "delivery"] as const).flatMap((bucket, i) => [
      value("online_success", OLD_MS, {
        bucket,
        stage: "reply",
        segment: "all",
        value: 0.9,
        lo: 0.8,
        hi: 0.96,
      }),
      value("online_success", second, {
        bucket,
        stage: "reply",
        segment: "all",
        value: 0.3 + i / 4,
        lo: 0.2 + i / 4,
        hi: 0.4 + i / 4,
      }),
    ]),
  ]);
  await insertRows(store, "verdicts", [
    row("verdicts.v1", {
      window: "decision",
      start_time: OLD_MS,
      end_time: OLD_MS + 60_000,
      rule: "",
      verdict: "breach",
      families: ["repetition", "support"],
      blamed: ["template:qa@4"],
      evidence: ["s1"],
    }),
    row("verdicts.v1", {
      window: "decision",
      start_time: OLD_MS,
      end_time: OLD_MS + 60_000,
      rule: "r",
      verdict: "breach",
      families: [],
      blamed: [],
      evidence: [],
    }),
  ]);
  const decision = (fields: Row): Row =>
    row("decisions.v1", {
      subject: `lane:${LANE}`,
      window: "",
      window_start: 0,
      window_end: 0,
      evidence: [],
      revision: offset,
      ...fields,
    });
  await insertRows(store, "decisions", [
    decision({
      decision_id: "d0",
      lane: "calm",
      subject: "template:qa@3",
      at: OLD_MS,
      from_state: "open",
      to_state: "frozen",
      rule: "freeze",
      cause: "frozen by a named person",
      actor: "ann",
      reason: "it loops",
    }),
    decision({
      decision_id: "d1",
      at: OLD_MS + 62_000,
      from_state: "watch",
      to_state: "frozen",
      rule: "tail_coverage_collapse",
      cause: "two families breached in two consecutive decision windows",
      actor: "plumbline",
      reason: "value 0.4 < 0.7",
      window: "decision",
      window_start: OLD_MS,
      window_end: OLD_MS + 60_000,
    }),
    decision({
      decision_id: "d2",
      at: LATER_MS + 2_000,
      from_state: "frozen",
      to_state: "frozen",
      rule: "resume_refused",
      cause: "1 of 3 clean decision windows so far",
      actor: "ben",
      reason: "well again",
    }),
  ]);
  await insertRows(store, "commands", [
    row("commands.v1", {
      command_id: "c1",
      kind: "resume",
      subject: `lane:${LANE}`,
      actor: "ben",
      reason: "well again",
      issued_at: LATER_MS + 1_000,
    }),
  ]);
  const gate = (fields: Row): Row =>
    row("gates.v1", {
      subject: `lane:${LANE}`,
      state: "open",
      share: 1,
      since: OLD_MS,
      valid_until: nowMs + 3_600_000,
      revision: offset,
      clean_windows: 0,
      ...fields,
    });
  await insertRows(store, "gates", [
    gate({ state: "open" }),
    gate({
      state: "frozen",
      share: 0,
      since: OLD_MS + 62_000,
      valid_until: OLD_MS + 120_000,
      rule: "tail_coverage_collapse",
      cause: "two families breached in two consecutive decision windows",
      decision_id: "d1",
      clean_windows: 1,
    }),
    gate({ lane: "calm", subject: "lane:calm" }),
    gate({
      lane: "calm",
      subject: "template:qa@3",
      state: "frozen",
      share: 0,
      rule: "freeze",
      cause: "frozen by a named person",
      decision_id: "d0",
    }),
  ]);
  const change = (second_: number, fields: Row): Row =>
    row("changes.v1", {
      id: `c${second_}`,
      event_time: OLD_MS + second_ * 1_000,
      actor: "ann",
      bundle: [],
      details: {},
      ...fields,
    });
  await insertRows(store, "changes", [
    change(11, {
      kind: "template",
      subject: "template:qa",
      from_version: "3",
      to_version: "4",
      reason: "fewer stock phrases",
      approver: "ben",
    }),
    change(12, { kind: "ratio", share_from: 0.2, share_to: 0.5 }),
    change(13, { kind: "misses", details: { export: "{}" } }),
    change(14, { kind: "policy", from_version: "p1", to_version: "p2" }),
  ]);
  const review = (i: number, fields: Row): Row =>
    row("reviews.v1", {
      id: `r${i}`,
      event_time: OLD_MS + 15_000,
      target_topic: "samples",
      target_id: `s${i}`,
      reviewer: "ben",
      verdict: "fail",
      labels: ["template feel"],
      note: "",
      ...fields,
    });
  await insertRows(store, "reviews", [
    review(0, {}),
    ...Array.from({ length: 250 }, (_, i) =>
      review(i + 1, { lane: "many", event_time: OLD_MS + (i % 3) * 1_000 }),
    ),
    { ...review(999, { lane: "other run" }), _topic: "demo.reviews.v1" },
  ]);
  await insertRows(store, "training", [
    row("training.v1", {
      id: "t1",
      event_time: OLD_MS + 5_000,
      kind: "manifest",
      model_id: "m",
      model_version: "2",
      data_dataset: ["d@1"],
      data_origin: ["model_generated"],
      data_weight: [1],
      data_epochs: [1],
      data_samples: [500],
      data_tokens: [null],
    }),
  ]);
  await insertRows(
    store,
    "outcomes",
    ["1", "2"].flatMap((version) =>
      Array.from({ length: 200 }, (_, i) =>
        row("outcomes.v1", {
          id: `o${version}-${i}`,
          event_time: OLD_MS + 10_000,
          interaction_time: OLD_MS + Number(version) * 1_000,
          interaction_id: `i${version}-${i}`,
          bucket: i % 2 === 0 ? "returns" : "delivery",
          model_id: "m",
          model_version: version,
          // Four of five, but for version 2 asked about returns: one of five.
          resolved: version === "1" ? i % 10 < 8 : i % 2 === 0 ? i % 10 === 0 : i % 10 !== 9,
        }),
      ),
    ),
  );
  await insertRows(
    store,
    "evaluations",
    ["1", "2"].map((version) =>
      row("evaluations.v1", {
        id: `e${version}`,
        event_time: OLD_MS,
        run_id: "r",
        model_id: "m",
        model_version: version,
        suite: "main",
        metric: "exact_match",
        successes: 90 + Number(version),
        trials: 100,
      }),
    ),
  );
  const written = [OLD_MS, second].flatMap((start, side) =>
    Array.from({ length: 40 }, (_, i) => ({
      id: `s${side}-${i}`,
      at: start + i * 1_000,
      output: `${side === 0 ? "We" : "Certainly we"} sent parcel ${i} today.`,
    })),
  );
  await insertRows(
    store,
    "samples",
    written.map(({ id, at }) =>
      row("admitted.v1", {
        id,
        event_time: at,
        decision: "admitted",
        origin: "model_generated",
        reasons: [],
        sources: [],
        filters: [],
        parents: [],
        labels: [],
      }),
    ),
  );
  await insertRows(
    store,
    "texts",
    written.map(({ id, output }) =>
      row("admitted.v1", { id, kind: "sample", input: "Where is it?", output, fields: {} }),
    ),
  );
}
