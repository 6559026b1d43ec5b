/** Lanes by hand, for the pages that look at them: one that fell and was frozen, one that is well, and one with hostile names. */
import type { Row, Store } from "../../services/ports.ts";
import { insertRows, originAt } from "./table-rows.ts";

export const FALLEN = "support/after-sales";
export const WELL = "billing/refunds";
export const HOSTILE = "<img src=x onerror=alert(1)>\u202e{lane:String}';--";
/** What a bucket of the hostile lane is called. */
export const LONG_BUCKET = `<script>document.title="taken"</script>${"x".repeat(65_536)}`;
const WINDOW_MS = 60_000;
export const WINDOWS = 120;
/** End of the last window: about now, or the tables would drop them. */
export const LAST_END_MS = Math.floor(Date.now() / WINDOW_MS) * WINDOW_MS;
const FROZEN_FROM = 80;
const SAMPLES = 60;

export function endOf(window: number): number {
  return LAST_END_MS - (WINDOWS - 1 - window) * WINDOW_MS;
}

export async function insertStories(store: Store, prefix = ""): Promise<void> {
  let offset = 0;
  const row = (topic: string, fields: Row): Row => {
    offset += 1;
    return { ...fields, ...originAt(`${prefix}${topic}`, offset, LAST_END_MS) };
  };
  const lanes = [FALLEN, WELL, HOSTILE];

  const values: Row[] = [];
  for (const lane of lanes) {
    for (let i = 0; i < WINDOWS; i += 1) {
      const fall = lane === FALLEN ? Math.max(0, (i - 40) / WINDOWS) : 0;
      const wave = Math.sin(i / 3) * 0.02;
      const value = (metric: string, stage: string, segment: string, at: number, more: Row = {}): void => {
        values.push(
          row("windows.v1", {
            lane,
            window: "decision",
            start_time: endOf(i) - WINDOW_MS,
            end_time: endOf(i),
            generation: 1 + Math.floor(i / 40),
            metric,
            stage,
            segment,
            bucket: "",
            n: 500,
            value: at,
            lo: at - 0.03,
            hi: at + 0.03,
            status: "ok",
            reference_version: "r1",
            evidence: [],
            ...more,
          }),
        );
      };
      value("tail_coverage", "candidate", "generated", 0.98 - 1.1 * fall + wave);
      value("tail_coverage", "candidate", "real", 1 + wave);
      value("skeleton_distinct_6", "candidate", "generated", 0.8 - fall + wave);
      value("distinct_4", "candidate", "generated", 0.92 - fall + wave);
      value("near_duplicate_share", "candidate", "generated", 0.02 + fall / 2);
      value("word_jsd", "candidate", "generated", 0.06 + fall / 2);
      value("origin_mix", "candidate", "all", 0.4 + fall / 2);
      value("origin_mix", "candidate", "all", 0.4 + fall / 2, { bucket: "model_generated" });
      value("origin_mix", "candidate", "all", 0.6 - fall / 2, { bucket: "human_direct" });
      value("volume", "candidate", "all", 600, { lo: null, hi: null });
      value("online_success", "reply", "all", 0.82 - fall / 2 + wave);
      value("offline_score", "reply", "suite:main", 0.93 + wave);
      value("offline_score", "reply", "suite:long_tail", 0.8 - fall / 3 + wave);
      if (i % 7 === 0)
        value("length_jsd", "candidate", "generated", 0, { value: null, status: "insufficient", n: 12 });
      else value("length_jsd", "candidate", "generated", 0.03);
    }
  }
  values.push({ ...values.at(-1)!, metric: "bucket_rate", bucket: LONG_BUCKET, segment: "buckets" });
  await insertRows(store, "windows", values);

  const verdict = (lane: string, window: number, rule: string, own: string, more: Row = {}): Row =>
    row("verdicts.v1", {
      lane,
      window: "decision",
      start_time: endOf(window) - WINDOW_MS,
      end_time: endOf(window),
      generation: 1,
      rule,
      verdict: own,
      families: [],
      blamed: [],
      evidence: [],
      rules_version: "rules-1",
      reference_version: "r1",
      ...more,
    });
  const rule = {
    metric: "tail_coverage",
    family: "support",
    stage: "candidate",
    segment: "generated",
    n: 500,
  };
  const verdicts: Row[] = [];
  for (let i = 0; i < WINDOWS; i += 1) {
    const breached = i >= FROZEN_FROM;
    verdicts.push(
      verdict(FALLEN, i, "", breached ? "breach" : "pass", {
        families: breached ? ["repetition", "support"] : [],
        blamed: breached ? ["template:qa@4"] : [],
        evidence: breached ? ["s0", "s1", "gone"] : [],
      }),
      verdict(FALLEN, i, "tail_coverage_collapse", breached ? "breach" : "pass", {
        ...rule,
        value: breached ? 0.4 : 0.95,
        lo: 0.37,
        hi: 0.98,
        arithmetic: breached ? "value 0.4 < 0.7 and z -21.3 < -4" : "value 0.95 >= 0.7 and z -0.4 >= -4",
      }),
      verdict(WELL, i, "", "pass"),
      verdict(HOSTILE, i, "", "inconclusive"),
      verdict(HOSTILE, i, "bucket_regression", "inconclusive", {
        ...rule,
        bucket: LONG_BUCKET,
        arithmetic: "value unknown (insufficient)",
      }),
    );
  }
  await insertRows(store, "verdicts", verdicts);

  const decision = (window: number, from: string, to: string, actor = "plumbline"): Row =>
    row("decisions.v1", {
      lane: FALLEN,
      decision_id: `d${window}`,
      at: endOf(window) + 1_000,
      subject: `lane:${FALLEN}`,
      from_state: from,
      to_state: to,
      rule: "tail_coverage_collapse",
      cause: "two families breached in two consecutive decision windows",
      actor,
      reason: "value 0.4 < 0.7",
      window: "decision",
      window_start: endOf(window) - WINDOW_MS,
      window_end: endOf(window),
      evidence: [],
      revision: offset,
    });
  await insertRows(store, "decisions", [
    decision(70, "open", "watch"),
    decision(FROZEN_FROM, "watch", "frozen"),
  ]);

  const gate = (lane: string, state: string, more: Row = {}): Row =>
    row("gates.v1", {
      lane,
      subject: `lane:${lane}`,
      state,
      share: state === "frozen" ? 0 : 1,
      since: endOf(FROZEN_FROM),
      valid_until: Date.now() + 3_600_000,
      revision: offset,
      cause: "two families breached in two consecutive decision windows",
      ...more,
    });
  await insertRows(store, "gates", [
    gate(FALLEN, "frozen"),
    gate(FALLEN, "frozen", { subject: "template:qa@4" }),
    gate(WELL, "open"),
    gate(HOSTILE, "open", { valid_until: endOf(0) }),
  ]);
  await insertRows(store, "changes", [
    row("changes.v1", {
      lane: FALLEN,
      id: "c1",
      event_time: endOf(38),
      kind: "template",
      subject: "template:qa@4",
      actor: "ann",
      reason: "<b>fewer</b> stock phrases",
      bundle: [],
      details: {},
    }),
  ]);

  const written = Array.from({ length: SAMPLES }, (_, i) => ({
    id: `s${i}`,
    output:
      i === 0
        ? '<script>document.title="taken"</script> Thank you for your patience, and the parcel of the week is on its way.'
        : `Thank you for your patience, and the parcel of day ${i} is on its way to the house.`,
    bucket: i % 2 === 0 ? "delivery" : "returns",
  }));
  await insertRows(
    store,
    "samples",
    written.map(({ id, bucket }, i) =>
      row("admitted.v1", {
        lane: FALLEN,
        id,
        event_time: LAST_END_MS - WINDOW_MS + i * 100,
        bucket,
        decision: "admitted",
        origin: "model_generated",
        template_id: "qa",
        template_version: "4",
        reasons: [],
        sources: [],
        filters: [],
        parents: [],
        labels: [],
      }),
    ),
  );
  await insertRows(store, "texts", [
    ...written.map(({ id, output }) =>
      row("admitted.v1", { lane: FALLEN, id, kind: "sample", input: "Where is it?", output, fields: {} }),
    ),
    row("interactions.v1", {
      lane: FALLEN,
      id: "i1",
      kind: "interaction",
      input: "My zeppelin arrived dented",
      output: "Sorry",
      fields: {},
    }),
  ]);
}
