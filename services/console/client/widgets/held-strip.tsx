/** When gates held something back: a bar a span, a row a gate, on one axis of time. */
import type { JSX } from "preact";
import type { HeldSpan } from "../../answers/timeline-answer.ts";
import { moment } from "../format.ts";
import { Moment } from "./moment.tsx";
import { ScrollBox } from "./scroll-box.tsx";

const ROWS_MAX = 12;
const WIDTH = 1_000;
const BAR_MIN = 3;

export interface HeldStripProps {
  readonly spans: readonly HeldSpan[];
  readonly nowMs: number;
}

export function HeldStrip({ spans, nowMs }: HeldStripProps): JSX.Element | null {
  const first = Math.min(...spans.map(({ fromMs }) => fromMs));
  const last = Math.max(...spans.map(({ toMs }) => toMs ?? nowMs));
  const rows = new Map<string, HeldSpan[]>();
  for (const span of spans) {
    const key = JSON.stringify([span.lane, span.subject]);
    const row = rows.get(key);
    if (row === undefined) rows.set(key, [span]);
    else row.push(span);
  }
  if (rows.size === 0) return null;
  const at = (ms: number): number => (last === first ? 0 : ((ms - first) / (last - first)) * WIDTH);
  return (
    <section class="card stack" aria-labelledby="held-title">
      <h2 id="held-title">When gates held something back</h2>
      <ScrollBox label="Spans in which gates held something back">
        <table class="dense">
          <tbody>
            {[...rows.values()].slice(0, ROWS_MAX).map((own) => (
              <tr key={`${own[0]?.lane} ${own[0]?.subject}`}>
                <th scope="row" class="foreign">
                  {own[0]?.subject}
                  <span class="muted"> in {own[0]?.lane}</span>
                </th>
                <td class="held-bars">
                  <svg
                    viewBox={`0 0 ${WIDTH} 16`}
                    preserveAspectRatio="none"
                    role="img"
                    aria-label={spoken(own)}
                  >
                    {own.map(({ fromMs, toMs, state }) => (
                      <rect
                        key={fromMs}
                        class={`bar-${state}`}
                        x={at(fromMs)}
                        y="1"
                        height="14"
                        width={Math.max(at(toMs ?? nowMs) - at(fromMs), BAR_MIN)}
                      >
                        <title>{spoken([{ ...own[0]!, fromMs, toMs, state }])}</title>
                      </rect>
                    ))}
                  </svg>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollBox>
      <p class="muted small">
        <Moment ms={first} /> to <Moment ms={last} />
        {rows.size > ROWS_MAX ? `; ${rows.size - ROWS_MAX} more gates` : ""}
      </p>
    </section>
  );
}

function spoken(spans: readonly HeldSpan[]): string {
  return spans
    .map(
      ({ state, fromMs, toMs }) =>
        `${state} from ${moment(fromMs)} ${toMs === null ? "until now" : `to ${moment(toMs)}`}`,
    )
    .join("; ");
}
