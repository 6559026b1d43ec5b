/** The proxy map, proposals for it, and what became of alarms, for people at a terminal. */
import {
  LEARN_SHARE_MIN,
  LEARN_WINDOWS_MIN,
  type LearnedProxies,
  type PassedOver,
  type ProxyProposal,
} from "../../core/proxy/learn-proxies.ts";
import type { ProxyMap } from "../../core/proxy/proxy-map.ts";
import { formatNumber } from "../../core/rule.ts";
import { type Column, clip, tableLines, visible } from "../table.ts";
import type { RecordedAlarm, UncoveredShare } from "./proxy-history.ts";

const NAME_CHARS_MAX = 200;

export function mapLines(map: ProxyMap): string[] {
  if (map.length === 0) return ["no proxies are mapped: every online alarm is uncovered"];
  const columns: Column[] = [
    { title: "lane" },
    { title: "symptom" },
    { title: "bucket" },
    { title: "proxy" },
    { title: "moves" },
    { title: "windows before", align: "right" },
  ];
  const rows = map.flatMap(({ lane, symptom, bucket, proxies }) =>
    proxies.map(({ series, moves, lagMin, lagMax }) => [
      lane ?? "every lane",
      symptom,
      bucket === null ? "any" : bucket === "" ? "the whole" : bucket,
      series,
      moves,
      `${lagMin}..${lagMax}`,
    ]),
  );
  return tableLines(columns, rows);
}

const REASON_WORDS: Readonly<Record<PassedOver, string>> = {
  too_few_windows: `fewer than ${LEARN_WINDOWS_MIN} windows tell`,
  not_together: `they go together the same way in fewer than ${LEARN_SHARE_MIN * 100} % of the windows`,
  online_first: "online moves first",
};

/** The proposal as a section of the lanes file, with its evidence in comments; what is mapped already is only said so. */
export function proposalLines(lane: string, { proposals, passedOver }: LearnedProxies): string[] {
  const head = [
    `# Learned from the history of lane ${clip(lane, NAME_CHARS_MAX)}. A proposal: what you accept goes into the lanes file.`,
  ];
  const rest = passedOver.map(
    ({ pair, reason }) => `# no: ${clip(pair, NAME_CHARS_MAX)}: ${REASON_WORDS[reason]}`,
  );
  const fresh = proposals.filter(({ state }) => state === "new");
  const known = proposals
    .filter(({ state }) => state !== "new")
    .map(
      (own) =>
        `# ${own.state === "mapped" ? "mapped already" : "CONTRADICTS THE MAP"}: ${own.symptom} <- ${own.proxy.series} ${own.proxy.moves}: ${evidenceWords(own)}`,
    );
  if (fresh.length === 0) return [...head, "# nothing new", ...known, ...rest];
  const symptoms = [...new Set(fresh.map(({ symptom }) => symptom))];
  const entries = symptoms.flatMap((symptom) => [
    `  - symptom: ${JSON.stringify(symptom)}`,
    `    lane: ${JSON.stringify(lane)}`,
    "    proxies:",
    ...fresh.filter((own) => own.symptom === symptom).flatMap(proposalEntry),
  ]);
  return [...head, "proxies:", ...entries, ...known, ...rest];
}

function proposalEntry(proposal: ProxyProposal): string[] {
  const { series, moves, lagMin, lagMax } = proposal.proxy;
  return [
    `      # ${evidenceWords(proposal)}`,
    `      - { series: ${JSON.stringify(series)}, moves: ${moves}, lagMin: ${lagMin}, lagMax: ${lagMax} }`,
  ];
}

function evidenceWords({ evidence }: ProxyProposal): string {
  const { told, agreeing, correlation, lo, hi, n, lag } = evidence;
  return (
    `together in ${agreeing} of ${told} windows; correlation ${formatNumber(correlation)} (95 % ${formatNumber(lo)} to ${formatNumber(hi)}, ` +
    `n ${n}); offline ${lag === 0 ? "moves with online" : `leads by ${lag} windows`}`
  );
}

export function alarmLines(alarms: readonly RecordedAlarm[], uncovered: UncoveredShare | null): string[] {
  if (alarms.length === 0) return ["no online alarm yet"];
  const columns: Column[] = [
    { title: "window ended" },
    { title: "alarm" },
    { title: "ends" },
    { title: "proxy that moved first" },
    { title: "windows earlier", align: "right" },
    { title: "proxies looked at", align: "right" },
  ];
  const rows = alarms.map(({ alarm, endMs, explained, looked, lead, proxy }) => [
    new Date(endMs).toISOString(),
    alarm,
    explained === 1 ? "explained" : "uncovered",
    proxy === "" ? "-" : proxy,
    lead === null ? "-" : String(lead),
    String(looked),
  ]);
  return [...tableLines(columns, rows), uncoveredWords(uncovered)].map(visible);
}

function uncoveredWords(uncovered: UncoveredShare | null): string {
  if (uncovered === null || uncovered.value === null) return "share uncovered: not known";
  const { value, lo, hi, n } = uncovered;
  const interval =
    lo === null || hi === null
      ? ", too few for a share"
      : `, 95 % ${formatNumber(lo)} to ${formatNumber(hi)}`;
  return `share uncovered: ${formatNumber(value)} (of ${n} alarms${interval})`;
}
