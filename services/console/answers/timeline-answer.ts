/** What `/api/timeline` says. Times are epoch ms. */

export const TIMELINE_KINDS = [
  "alarm",
  "decision",
  "request",
  "change",
  "review",
  "export",
  "policy",
  "training",
] as const;
/**
 * `alarm` a window in breach; `decision` a gate that moved, or a request that was refused; `request` what people and webhooks asked
 * for; `export` failures exported for a repair; `training` a manifest, which ends a generation.
 */
export type TimelineKind = (typeof TIMELINE_KINDS)[number];

export const TIMELINE_PAGE_MAX = 100;

export interface TimelineEntry {
  readonly kind: TimelineKind;
  /** Unique; entries of one time are in descending order of it. */
  readonly key: string;
  readonly atMs: number;
  readonly lane: string;
  /** What it is about: a gate's subject, a version, a record; "" for the lane. */
  readonly subject: string;
  readonly title: string;
  readonly detail: string;
  /** Who; "" where nobody did it. */
  readonly actor: string;
  /** State of the gate after a decision; "" else. */
  readonly state: string;
  /** The window behind it; null where there is none. */
  readonly window: { readonly kind: string; readonly endMs: number } | null;
}

/** A time in which a gate held something back. */
export interface HeldSpan {
  readonly lane: string;
  readonly subject: string;
  readonly state: string;
  readonly fromMs: number;
  /** null: still. */
  readonly toMs: number | null;
}

export interface TimelineAnswer {
  /** Newest first. */
  readonly entries: readonly TimelineEntry[];
  /** Asks for what comes after these; null at the end. */
  readonly next: string | null;
}

export interface HeldSpansAnswer {
  readonly nowMs: number;
  /** By beginning, newest first. */
  readonly spans: readonly HeldSpan[];
}
