/** Whether the page is kept live. */
import type { JSX } from "preact";
import { type LiveState, useLiveState } from "../live.ts";

const WORDS: Readonly<Record<LiveState, string>> = {
  live: "live",
  connecting: "connecting",
  paused: "paused",
};

export function LiveMark(): JSX.Element {
  const state = useLiveState();
  return (
    <span class={`live live-${state}`} role="status">
      {WORDS[state]}
    </span>
  );
}
