/** What foretold an alarm, in the words of the verdict that raises it. */
import type { Catalogue } from "../catalogue.ts";
import type { RuleResult, VerdictRecord, WindowRecord } from "../records.ts";
import { alarmName } from "./alarm-book.ts";

/**
 * The verdict, with what `explained` (the window's row of segment `proxies`) says of each breach added to its arithmetic. An
 * alarm of which no proxy could be looked at stays as it is: there is nothing to say of it yet.
 */
export function withExplanations(
  verdict: VerdictRecord,
  explained: WindowRecord,
  catalogue: Catalogue,
): VerdictRecord {
  const results = verdict.results.map((result): RuleResult => {
    const words = result.verdict === "breach" ? wordsOf(alarmName(result, catalogue), explained) : null;
    return words === null ? result : { ...result, arithmetic: `${result.arithmetic}; ${words}` };
  });
  return { ...verdict, results };
}

function wordsOf(alarm: string | null, { results }: WindowRecord): string | null {
  const told = results.find(({ metric, bucket }) => metric === "alarm_explained" && bucket === alarm);
  if (alarm === null || told === undefined || told.n === 0) return null;
  const lead = results.find(({ metric, bucket }) => metric === "proxy_lead" && bucket.endsWith(`~${alarm}`));
  if (lead === undefined) return `none of ${told.n} mapped offline series moved before`;
  const series = lead.bucket.slice(0, -alarm.length - 1);
  return `${series} moved ${lead.value} windows before`;
}
