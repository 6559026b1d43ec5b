/** Numbers and times as people read them. Times are UTC, as everything in the history. */

/** Three significant digits; "–" where there is none. */
export function figure(value: number | null): string {
  if (value === null) return "–";
  if (Number.isInteger(value) && Math.abs(value) < 1e6) return String(value);
  const size = Math.abs(value);
  if (size >= 1e6) return `${(value / 1e6).toPrecision(3)} M`;
  return size >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}

export function percent(value: number | null): string {
  return value === null ? "–" : `${(100 * value).toFixed(Math.abs(value) >= 0.1 || value === 0 ? 0 : 1)} %`;
}

/** A value in its metric's own unit. */
export function inUnit(value: number | null, unit: string): string {
  return unit === "ratio" || unit === "count" || unit === "" ? figure(value) : `${figure(value)} ${unit}`;
}

function part(value: number): string {
  return String(value).padStart(2, "0");
}

/** `2026-01-31` */
export function day(ms: number): string {
  const date = new Date(ms);
  return `${date.getUTCFullYear()}-${part(date.getUTCMonth() + 1)}-${part(date.getUTCDate())}`;
}

/** `14:05`, with seconds where they say something. */
export function clock(ms: number): string {
  const date = new Date(ms);
  const seconds = date.getUTCSeconds();
  const minutes = `${part(date.getUTCHours())}:${part(date.getUTCMinutes())}`;
  return seconds === 0 ? minutes : `${minutes}:${part(seconds)}`;
}

/** `2026-01-31 14:05` */
export function moment(ms: number): string {
  return `${day(ms)} ${clock(ms)}`;
}

/** `3 min`, `2 h`, `5 d`: how long something takes or lies back. */
export function span(ms: number): string {
  const size = Math.abs(ms);
  if (size < 1_000) return `${Math.round(size)} ms`;
  if (size < 60_000) return `${Math.round(size / 1_000)} s`;
  if (size < 3_600_000) return `${Math.round(size / 60_000)} min`;
  if (size < 172_800_000) return `${Math.round(size / 3_600_000)} h`;
  return `${Math.round(size / 86_400_000)} d`;
}

export function ago(ms: number, nowMs: number): string {
  return ms > nowMs ? `in ${span(ms - nowMs)}` : `${span(nowMs - ms)} ago`;
}
