/** The report on judges, for people at a terminal. */
import type { Agreement } from "../../core/statistics/agreement.ts";
import { intervalWord, NONE, numberWord, signedWord } from "../experiment/words.ts";
import { type Column, tableLines, visible } from "../table.ts";
import type { JudgeReport, Rate } from "./judge-report.ts";

/** Buckets shown, the lowest acceptance first; the rest is counted. */
const BUCKETS_SHOWN_MAX = 10;

const JUDGE_COLUMNS: readonly Column[] = [
  { title: "judge" },
  { title: "share", align: "right" },
  { title: "accepts" },
  { title: "reviewed", align: "right" },
  { title: "people would accept" },
  { title: "kappa" },
  { title: "AC1" },
  { title: "own less others" },
  { title: "verdict" },
];

const BUCKET_COLUMNS: readonly Column[] = [
  { title: "bucket" },
  { title: "judged", align: "right" },
  { title: "accepted" },
  { title: "" },
];

export function judgeLines(lane: string, report: JudgeReport): string[] {
  const { judges, rotation, unreadable } = report;
  if (judges.length === 0) return [`no verdict of a judge on lane ${visible(lane)} in this time`];
  const rows = judges.map(
    ({ judge, share, acceptance, reviewed, powered, kappa, ac1, selfPreference, verdict }) => [
      judge,
      numberWord(share),
      rateWord(acceptance),
      String(reviewed),
      powered === null ? NONE : withInterval(numberWord(powered.value), powered.interval),
      agreementWord(kappa),
      agreementWord(ac1),
      selfPreference === null
        ? NONE
        : withInterval(signedWord(selfPreference.value), selfPreference.interval),
      verdict,
    ],
  );
  return [
    ...tableLines(JUDGE_COLUMNS, rows),
    ...judges.flatMap(({ judge, reasons }) => reasons.map((reason) => `${visible(judge)}: ${reason}`)),
    "",
    peopleLine(report.people),
    rotationLine(rotation),
    ...(unreadable > 0 ? [`${unreadable} verdicts are words that are not known; they count nowhere`] : []),
    "What people would accept holds only where the samples they reviewed were drawn at random.",
    ...bucketLines(report),
  ];
}

function peopleLine(people: Agreement | null): string {
  if (people === null) return "people: no sample was reviewed by two";
  return `people among themselves: alpha ${agreementWord(people)} on ${people.n} samples that several reviewed`;
}

function rotationLine({ judges, days, singleJudgeDays, busiestShare }: JudgeReport["rotation"]): string {
  if (judges === 1)
    return "rotation: none, one judge decides everything; what it dislikes never reaches training";
  return (
    `rotation: ${judges} judges in ${days} days, one alone on ${singleJudgeDays} of them; the busiest decides ` +
    `${numberWord(busiestShare)} of all`
  );
}

function bucketLines({ buckets }: JudgeReport): string[] {
  if (buckets.length === 0) return [];
  const rows = buckets
    .slice(0, BUCKETS_SHOWN_MAX)
    .map((found) => [found.bucket, String(found.n), rateWord(found), found.judgedAway ? "judged away" : ""]);
  const more = buckets.length - rows.length;
  return ["", ...tableLines(BUCKET_COLUMNS, rows), ...(more > 0 ? [`… and ${more} more buckets`] : [])];
}

function rateWord({ value, interval }: Rate): string {
  return withInterval(numberWord(value), interval);
}

function agreementWord(found: Agreement | null): string {
  if (found === null || Number.isNaN(found.value)) return NONE;
  return withInterval(numberWord(found.value), found.interval);
}

function withInterval(value: string, interval: Rate["interval"] | null): string {
  return interval === null ? value : `${value} (${intervalWord(interval)})`;
}
