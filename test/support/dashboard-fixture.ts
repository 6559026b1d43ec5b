/** History that the demo does not make: a few rows by hand, for panels that stay empty on it. */
import type { Rule } from "../../services/core/rule.ts";
import type { Row, Store } from "../../services/ports.ts";
import { insertRows, originAt } from "./table-rows.ts";

export const FIXTURE_LANE = "fixture";
/** The fixture stands for the live run: its topics have no prefix. */
export const FIXTURE_RUN = "run:";

/**
 * Panels and annotations that only these rows fill, each with what the demo lacks. Beside them a panel of a rule may: the demo
 * meets not every rule's kind of input.
 */
export const FIXTURE_PANELS: Readonly<Record<string, string>> = {
  "Who was refused, and why?": "nobody asks in vain",
  "What did people change?": "nobody declares a change",
  "How much do people look at?": "nobody reviews",
  "Where do judges and people disagree?": "nobody reviews",
  "Which suite judges also judge or make the training data?": "suites are scored by comparison",
  "Which records could not be read lately?": "every record can be read",
  Changed: "nobody declares a change",
};

/** Inserts what `FIXTURE_PANELS` need, and a verdict of every rule, at `atMs`. */
export async function insertFixture(store: Store, rules: readonly Rule[], atMs: number): Promise<void> {
  let offset = 0;
  const row = (topic: string, fields: Row): Row => {
    offset += 1;
    return { lane: FIXTURE_LANE, ...fields, ...originAt(topic, offset, atMs) };
  };
  await insertRows(store, "decisions", [
    row("decisions.v1", {
      decision_id: "d00000001",
      at: atMs,
      subject: `lane:${FIXTURE_LANE}`,
      from_state: "frozen",
      to_state: "frozen",
      rule: "resume_refused",
      cause: "ann is not among the approvers of the lane's policy",
      actor: "ann",
      reason: "please",
      window_start: atMs,
      window_end: atMs,
      evidence: [],
      revision: 1,
    }),
  ]);
  await insertRows(store, "changes", [
    row("changes.v1", {
      id: "c1",
      event_time: atMs,
      kind: "template",
      subject: "template:qa@4",
      actor: "ann",
      reason: "fewer stock phrases",
      bundle: [],
      details: {},
    }),
  ]);
  await insertRows(store, "samples", [
    row("admitted.v1", {
      id: "s1",
      event_time: atMs,
      decision: "admitted",
      origin: "model_generated",
      maker_kind: "model",
      teacher_id: "t",
      judge_id: "critic",
      judge_version: "2",
      judge_verdict: "accept",
      reasons: [],
      sources: [],
      filters: [],
      parents: [],
      labels: [],
    }),
  ]);
  await insertRows(store, "reviews", [
    row("reviews.v1", {
      id: "r1",
      event_time: atMs,
      target_topic: "samples",
      target_id: "s1",
      reviewer: "ben",
      verdict: "fail",
      labels: [],
    }),
  ]);
  await insertRows(store, "evaluations", [
    row("evaluations.v1", {
      id: "e1",
      event_time: atMs,
      run_id: "r",
      model_id: "m",
      model_version: "1",
      suite: "main",
      judge_id: "critic",
      judge_version: "3",
      successes: 9,
      trials: 10,
    }),
  ]);
  await insertRows(store, "rejected", [
    {
      topic: "samples",
      append_time: atMs,
      code: "frame_invalid",
      detail: "the first byte is 123, not 0",
      bytes_base64: "e30=",
      headers: {},
      ...originAt("rejected.v1", 1, atMs),
    },
  ]);
  await insertRows(
    store,
    "verdicts",
    rules.map((rule) =>
      row("verdicts.v1", {
        window: "decision",
        start_time: atMs - 60_000,
        end_time: atMs,
        rule: rule.id,
        verdict: "pass",
        metric: rule.metric,
        stage: rule.stage,
        segment: rule.segment,
        n: 100,
        value: 0.5,
        ratio: 1,
        z: 0,
        anchor_ratio: 1,
        families: [],
        blamed: [],
        evidence: [],
      }),
    ),
  );
}
