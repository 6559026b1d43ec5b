import type { Effect } from "../effect.ts";
import { withExplanations } from "../proxy/alarm-words.ts";
import type { WindowRecord } from "../records.ts";
import type { Anchor } from "../rule.ts";
import type { GovernorConfig } from "./governor.ts";
import { type JudgedWindow, judgeWindow } from "./judge-window.ts";
import type { SeriesBook } from "./series-book.ts";
import type { WindowGroup } from "./window-groups.ts";

/**
 * Folds a window into the lane's series and judges it with their rows. Only what breaches is an alarm; where one is new, what foretold
 * it, or that nothing did, is judged in turn and said in its words. The series' rows are published among `effects`.
 */
export function judgeWithSeries(
  series: SeriesBook,
  group: WindowGroup,
  { rules, rulesVersion, catalogue, policies }: GovernorConfig,
  anchors: ReadonlyMap<string, Anchor>,
  effects: Effect[],
): JudgedWindow {
  const policy = policies.of(group.lane);
  const judge = (rows: readonly WindowRecord[]): JudgedWindow =>
    judgeWindow({ ...group, rows }, rules, rulesVersion, catalogue, policy, anchors);
  const rows = [...group.rows, ...series.fold(group, catalogue, policies, effects)];
  const judged = judge(rows);
  const explained = series.explain(group, judged.verdict, catalogue, policies.policy.proxies ?? [], effects);
  if (explained === null) return judged;
  const again = judge([...rows, explained]);
  return { ...again, verdict: withExplanations(again.verdict, explained, catalogue) };
}
