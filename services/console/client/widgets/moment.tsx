/** A time as a page shows it, with what a machine reads. */
import type { JSX } from "preact";
import { moment } from "../format.ts";

/** What a calendar knows, in ms. */
const CALENDAR_MS_MAX = 8.64e15;

export function Moment({ ms }: { readonly ms: number }): JSX.Element {
  if (!(Math.abs(ms) < CALENDAR_MS_MAX)) return <span>never</span>;
  return (
    <time class="nowrap" dateTime={new Date(ms).toISOString()} title="UTC">
      {moment(ms)}
    </time>
  );
}
