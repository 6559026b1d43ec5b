/** A lane's suites for people. */
import { formatNumber } from "../../core/rule.ts";
import { wilson } from "../../core/statistics/intervals.ts";
import { formatDuration } from "../../runtime/duration.ts";
import { type Column, clip, tableLines, visible } from "../table.ts";
import {
  ageDays,
  type JudgeKin,
  type PairedWording,
  type SuiteFinding,
  type SuiteRegistry,
  type SuiteVersion,
} from "./suite-registry.ts";

const NONE = "-";
const COLUMNS: readonly Column[] = [
  { title: "suite" },
  { title: "version" },
  { title: "age", align: "right" },
  { title: "items from" },
  { title: "judges" },
  { title: "owner" },
  { title: "runs", align: "right" },
  { title: "last run" },
  { title: "model" },
  { title: "score", align: "right" },
];

/** The table, then what is missing, who is not independent, what pairs of wordings show, and what the governor found. */
export function registryLines(registry: SuiteRegistry, nowMs: number): string[] {
  const { lane, versions, expected, declared, missing, onlyLegacy, pairs, kin, findings } = registry;
  const asked = declared ? "its policy asks for" : "every lane is asked for";
  const kinds = [...expected.required, ...(expected.anyOf.length === 0 ? [] : [expected.anyOf.join(" or ")])];
  const within = `within ${formatDuration(expected.withinMs)}, items of at most ${formatDuration(expected.itemAgeMsMax)}`;
  return [
    `suites of lane ${visible(lane)}; ${asked}: ${kinds.length === 0 ? "none" : kinds.join(", ")}, ${within}`,
    "",
    ...(versions.length === 0
      ? ["no evaluation of this lane is in the history"]
      : tableLines(
          COLUMNS,
          versions.map((version) => versionCells(version, nowMs)),
        )),
    "",
    missing.length === 0 ? "nothing is missing" : `missing: ${missing.join(", ")}`,
    ...(onlyLegacy
      ? [`only legacy suites run: all items are older than ${formatDuration(expected.itemAgeMsMax)}`]
      : []),
    ...kin.map(kinLine),
    ...pairLines(pairs),
    ...findingLines(findings),
  ];
}

function kinLine({ judge, suites, judged, taught }: JudgeKin): string {
  const deeds = [
    ...(judged > 0 ? [`judged ${judged.toLocaleString("en")}`] : []),
    ...(taught > 0 ? [`made ${taught.toLocaleString("en")}`] : []),
  ];
  return `not independent: ${clip(judge)} scores ${clip(suites.join(", "))}, and ${deeds.join(" and ")} of the admitted samples`;
}

function pairLines(pairs: readonly PairedWording[]): string[] {
  if (pairs.length === 0) return [];
  const right = { align: "right" } as const;
  return [
    "",
    "questions in two wordings",
    ...tableLines(
      [
        { title: "suite" },
        { title: "model" },
        { title: "metric" },
        { title: "pairs", ...right },
        { title: "right as first asked only", ...right },
        { title: "in other words only", ...right },
        { title: "gap", ...right },
        { title: "z", ...right },
      ],
      pairs.map((pair) => [
        pair.suite,
        pair.model,
        pair.metric,
        String(pair.pairs),
        String(pair.onlyOriginal),
        String(pair.onlyParaphrase),
        formatNumber(pair.gap),
        pair.z === null ? NONE : formatNumber(pair.z),
      ]),
    ),
  ];
}

function versionCells(version: SuiteVersion, nowMs: number): string[] {
  const { suite, origins, judges, owners, runs, lastRunMs, lastModel, successes, trials } = version;
  const days = ageDays(version, nowMs);
  const list = (names: readonly string[]): string => names.join(", ") || NONE;
  return [
    suite,
    version.version || NONE,
    days === null ? NONE : `${Math.round(days)}d`,
    list(origins),
    list(judges),
    list(owners),
    String(runs),
    new Date(lastRunMs).toISOString().slice(0, 16),
    lastModel || NONE,
    scoreWord(successes, trials),
  ];
}

function scoreWord(successes: number | null, trials: number | null): string {
  if (successes === null || trials === null || trials === 0) return NONE;
  const { lo, hi } = wilson(successes, trials);
  return `${formatNumber(successes / trials)} (${formatNumber(lo)} .. ${formatNumber(hi)}, n ${trials})`;
}

function findingLines(findings: readonly SuiteFinding[]): string[] {
  const [first] = findings;
  if (first === undefined) return [];
  return [
    "",
    `found at the end of the decision window of ${new Date(first.endMs).toISOString()}`,
    ...tableLines(
      [
        { title: "metric" },
        { title: "bucket" },
        { title: "value", align: "right" },
        { title: "n", align: "right" },
        { title: "z", align: "right" },
        { title: "status" },
      ],
      findings.map(({ metric, bucket, value, lo, hi, n, z, status }) => [
        metric,
        bucket || "all",
        value === null
          ? NONE
          : `${formatNumber(value)}${lo === null || hi === null ? "" : ` (${formatNumber(lo)} .. ${formatNumber(hi)})`}`,
        String(n),
        z === null ? NONE : formatNumber(z),
        status,
      ]),
    ),
  ];
}
