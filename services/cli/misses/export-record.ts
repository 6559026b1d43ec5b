/** An export as a record of `changes`: history knows when it was made, of what, and which gap it is to close. */
import { type MissExport, parseMissExport } from "../../core/misses/miss-export.ts";
import type { WireChange } from "../../core/wire-types.generated.ts";
import { canonicalJson, contentVersion } from "../../runtime/canonical-json.ts";
import type { ExportClaim } from "./miss-history.ts";

/** Kind of the record. */
export const EXPORT_CHANGE = "misses";

/** The same export has the same id, which is made of what it says. */
export function exportId(made: MissExport): string {
  return `misses-${contentVersion(made)}`;
}

/** The record, dated `nowMs`. */
export function exportRecord(made: MissExport, actor: string, nowMs: number): WireChange {
  return {
    id: exportId(made),
    eventTime: nowMs,
    lane: made.lane,
    kind: EXPORT_CHANGE,
    subject: made.kind,
    actor,
    startTime: made.sinceMs,
    endTime: made.untilMs,
    details: { export: canonicalJson(made) },
  };
}

export interface RecordedExport {
  readonly id: string;
  readonly actor: string;
  readonly recordedMs: number;
  readonly made: MissExport;
}

/** null where the record is no export, or other than its own id or lane say. */
export function exportOfClaim(
  { id, actor, json, recordedMs }: ExportClaim,
  lane: string,
): RecordedExport | null {
  const made = parseMissExport(json);
  if (made === null || made.lane !== lane || exportId(made) !== id) return null;
  return { id, actor, recordedMs, made };
}
