/** Event-time arithmetic: watermarks, lateness and panes (law 1). All times are integer epoch milliseconds. */

/** Records further ahead of their append time than this are refused: one producer's clock must not run the pane clock. */
export const FUTURE_MS_MAX = 300_000;

/** The watermark of a topic-partition nobody has read from yet. */
export const NO_WATERMARK = Number.NEGATIVE_INFINITY;

/** A partition's watermark after one more record: the max of min(event time, append time). */
export function advanced(watermarkMs: number, eventMs: number, appendMs: number): number {
  return Math.max(watermarkMs, Math.min(eventMs, appendMs));
}

/** Late: older than its own partition's watermark minus the lateness bound. */
export function isLate(eventMs: number, watermarkMs: number, latenessMs: number): boolean {
  return eventMs < watermarkMs - latenessMs;
}

/** Start of the epoch-aligned pane `[start, start + paneMs)` that holds a time. */
export function paneStart(timeMs: number, paneMs: number): number {
  return Math.floor(timeMs / paneMs) * paneMs;
}

/**
 * End of the last pane that is closed once every feeding partition has the given watermark or a later one: a pane is
 * closed when the watermark has passed its end plus the bound. -Infinity while a partition has no watermark.
 */
export function closedThrough(watermarkMs: number, paneMs: number, latenessMs: number): number {
  return watermarkMs === NO_WATERMARK ? NO_WATERMARK : paneStart(watermarkMs - latenessMs, paneMs);
}

/**
 * The pane boundary at which a manifest closes its generation: the first at or after its event time whose pane is
 * still open as far as its own partition's watermark (before the manifest) tells. Never in the past, so never late.
 */
export function generationBoundary(
  eventMs: number,
  watermarkMs: number,
  paneMs: number,
  latenessMs: number,
): number {
  const atOrAfter = Math.ceil(eventMs / paneMs) * paneMs;
  const closed = closedThrough(watermarkMs, paneMs, latenessMs);
  return closed === NO_WATERMARK ? atOrAfter : Math.max(atOrAfter, closed + paneMs);
}
