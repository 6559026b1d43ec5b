/** Product series from what was committed: the core decides, the series repeat it, and nothing is computed again (law 7). */
import type { Effect, PublishEffect } from "../../core/effect.ts";
import {
  type DecisionRecord,
  GATE_STATES,
  type GateRecord,
  type VerdictRecord,
  type WindowRecord,
} from "../../core/records.ts";
import type { Gauges } from "../../ports.ts";

/** Call it once a batch is committed, with exactly that batch's effects. */
export function observeEffects(gauges: Gauges, effects: readonly Effect[]): void {
  for (const effect of effects) {
    if (effect.type === "publish") observePublish(gauges, effect);
    else if (effect.type === "gauge") gauges.set(effect.name, effect.labels, effect.value);
    else if (effect.type === "tick") observeTick(gauges, effect);
    else if (effect.type === "count") gauges.count(effect.name, effect.labels, effect.by);
  }
}

function observePublish(gauges: Gauges, effect: PublishEffect): void {
  switch (effect.topic) {
    case "windows":
    case "series":
      observeWindow(gauges, effect.record);
      break;
    case "verdicts":
      observeVerdict(gauges, effect.record);
      break;
    case "gates":
      observeGate(gauges, effect.record);
      break;
    case "decisions":
      observeDecision(gauges, effect.record);
      break;
    case "rejected":
      gauges.count("plumbline_rejected_total", { code: effect.record.code }, 1);
      break;
    default:
      break;
  }
}

function observeWindow(gauges: Gauges, row: WindowRecord): void {
  const { lane, stage, segment } = row;
  gauges.count("plumbline_windows_total", { window: row.window }, 1);
  // Panes hold every record once; longer windows would count it again.
  if (row.window === "pane") {
    if (row.late > 0) gauges.count("plumbline_late_records_total", { lane }, row.late);
    if (row.repeated > 0) gauges.count("plumbline_repeated_records_total", { lane }, row.repeated);
    return;
  }
  if (row.window !== "decision") return;
  gauges.set("plumbline_window_records", { lane, stage, segment }, row.n);
  gauges.set("plumbline_window_end_timestamp_seconds", { lane }, row.endMs / 1_000);
  for (const { metric, bucket, status, value, z } of row.results) {
    // Not a number ends what an earlier window said: it must not be taken for this one's value.
    const shown = status === "ok" && value !== null ? value : Number.NaN;
    if (bucket !== "") {
      gauges.set("plumbline_bucket_value", { lane, stage, segment, metric, bucket }, shown);
      continue;
    }
    gauges.set("plumbline_window_value", { lane, stage, segment, metric }, shown);
    gauges.set("plumbline_window_z", { lane, stage, segment, metric }, z ?? Number.NaN);
  }
}

function observeVerdict(gauges: Gauges, verdict: VerdictRecord): void {
  const { lane, window } = verdict;
  gauges.count("plumbline_verdicts_total", { lane, window, verdict: verdict.verdict }, 1);
  if (window !== "decision") return;
  // A rule over buckets has several results: it breaches where one of them does.
  const rules = new Map<string, { breach: boolean; warn: boolean }>();
  for (const { rule, verdict: result, warn } of verdict.results) {
    // Inconclusive is neither: the last conclusive window stands, as it does for streaks.
    if (result !== "pass" && result !== "breach") continue;
    const known = rules.get(rule) ?? { breach: false, warn: false };
    rules.set(rule, { breach: known.breach || result === "breach", warn: known.warn || warn });
  }
  for (const [rule, { breach, warn }] of rules) {
    gauges.set("plumbline_rule_breach", { lane, rule }, breach ? 1 : 0);
    gauges.set("plumbline_rule_warn", { lane, rule }, warn && !breach ? 1 : 0);
  }
}

function observeGate(gauges: Gauges, gate: GateRecord): void {
  const { lane, subject } = gate;
  for (const state of GATE_STATES) {
    gauges.set("plumbline_gate_state", { lane, subject, state }, state === gate.state ? 1 : 0);
  }
  gauges.set("plumbline_gate_state_changed_timestamp_seconds", { lane, subject }, gate.sinceMs / 1_000);
  gauges.set("plumbline_gate_lease_end_timestamp_seconds", { lane, subject }, gate.validUntilMs / 1_000);
}

function observeDecision(gauges: Gauges, { to, rule }: DecisionRecord): void {
  gauges.count("plumbline_gate_decisions_total", { decision: to, rule }, 1);
}

function observeTick(gauges: Gauges, tick: Extract<Effect, { readonly type: "tick" }>): void {
  // 0 is the sign of life of a monitor that has closed nothing yet.
  if (tick.watermarkMs <= 0) return;
  const labels = { topic: tick.topic, partition: String(tick.partition) };
  gauges.set("plumbline_watermark_timestamp_seconds", labels, tick.watermarkMs / 1_000);
}
