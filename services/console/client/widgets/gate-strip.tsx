/** States of a lane's gate on a line, with who moved it and why in words below. */
import type { JSX } from "preact";
import type { StoryAnswer } from "../../answers/story-answer.ts";
import { moment } from "../format.ts";
import type { ChartSpan } from "./time-chart.tsx";

/** Spans of the lane's own gate that were not open, between the ends of the story. */
export function gateSpans({
  lane,
  stateBefore,
  transitions,
  fromMs,
  toMs,
}: StoryAnswer): readonly ChartSpan[] {
  const spans: ChartSpan[] = [];
  let state = stateBefore;
  let sinceMs = fromMs;
  for (const { subject, atMs, to } of transitions) {
    if (subject !== `lane:${lane}`) continue;
    if (state !== "open" && atMs > sinceMs)
      spans.push({ fromMs: sinceMs, toMs: Math.min(atMs, toMs), state });
    state = to;
    sinceMs = Math.max(fromMs, atMs);
  }
  if (state !== "open" && toMs > sinceMs) spans.push({ fromMs: sinceMs, toMs, state });
  return spans.filter((span) => span.toMs > span.fromMs);
}

export interface GateStripProps {
  readonly story: StoryAnswer;
  readonly spans: readonly ChartSpan[];
}

export function GateStrip({ story, spans }: GateStripProps): JSX.Element {
  const { fromMs, toMs } = story;
  const percentOf = (ms: number): number => (100 * (ms - fromMs)) / Math.max(1, toMs - fromMs);
  const said =
    spans.length === 0
      ? "The gate was open all the time shown."
      : `Gate: ${spans.map(({ state, fromMs: from, toMs: to }) => `${state} from ${moment(from)} to ${moment(to)}`).join("; ")}; open otherwise.`;
  return (
    <div class="strip" role="img" aria-label={said.slice(0, 2_000)}>
      {spans.map((span) => {
        const width = percentOf(span.toMs) - percentOf(span.fromMs);
        return (
          <span
            key={span.fromMs}
            class="strip-span"
            title={`${span.state}: ${moment(span.fromMs)} to ${moment(span.toMs)}`}
            style={{
              left: `${percentOf(span.fromMs)}%`,
              width: `${width}%`,
              background: `var(--${span.state}, var(--probation))`,
            }}
          >
            {width > 7 ? span.state.replace("_", " ") : ""}
          </span>
        );
      })}
    </div>
  );
}
