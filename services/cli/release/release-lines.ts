/** The release check as a person reads it. */
import { clip, tableLines, visible } from "../table.ts";
import type { ReleaseReport } from "./release-checks.ts";

/** Reasons shown of one check; `--json` has all. */
const REASONS_SHOWN_MAX = 8;

const WORDS = {
  pass: "may be released",
  inconclusive: "cannot be released on what is known",
  breach: "must not be released",
} as const;

export function releaseLines({ lane, verdict, checks, evidence }: ReleaseReport): string[] {
  const rows = checks.map(({ id, verdict: own, title }) => [id, own, title]);
  const reasons = checks
    .filter((check) => check.verdict !== "pass")
    .flatMap(({ id, found }) => [
      "",
      `${id}:`,
      ...found.slice(0, REASONS_SHOWN_MAX).map((reason) => `  ${visible(reason)}`),
      ...(found.length > REASONS_SHOWN_MAX ? [`  and ${found.length - REASONS_SHOWN_MAX} more`] : []),
    ]);
  const look = evidence.length === 0 ? [] : ["", `look at: ${evidence.map((id) => clip(id)).join(", ")}`];
  return [
    ...tableLines([{ title: "check" }, { title: "verdict" }, { title: "asks whether" }], rows),
    ...reasons,
    ...look,
    "",
    `Lane ${visible(lane)} ${WORDS[verdict]}.`,
  ];
}
