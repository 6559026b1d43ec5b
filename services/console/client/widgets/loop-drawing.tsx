/** The loop as a drawing: who feeds whom, each edge with its state and the number it has in the table below. */
import type { JSX } from "preact";
import type { DiagnosisEdge } from "../../answers/diagnosis-answer.ts";

const WIDTH = 720;
const HEIGHT = 330;
const BOX = { width: 128, height: 40 };

/** Middles of the boxes by the names the API uses. */
const PLACES: Readonly<Record<string, readonly [number, number]>> = {
  Templates: [84, 60],
  Generator: [268, 60],
  Judge: [452, 60],
  Suites: [636, 60],
  "Real world": [636, 170],
  "Training mix": [452, 170],
  Trainer: [268, 270],
  Users: [636, 270],
};

export function LoopDrawing({ edges }: { readonly edges: readonly DiagnosisEdge[] }): JSX.Element {
  return (
    <figure class="loop">
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label="Who feeds whom in the loop; the table below says the same"
      >
        <defs>
          {(["open", "narrowing", "closed", "not_measured"] as const).map((state) => (
            <marker
              key={state}
              id={`loop-tip-${state}`}
              viewBox="0 0 8 8"
              refX="7"
              refY="4"
              markerUnits="userSpaceOnUse"
              markerWidth="12"
              markerHeight="12"
              orient="auto-start-reverse"
            >
              <path d="M0 0 L8 4 L0 8 z" class={`loop-tip loop-tip-${state}`} />
            </marker>
          ))}
        </defs>
        {edges.map((edge, i) => (
          <Edge key={`${edge.from} ${edge.to}`} edge={edge} number={i + 1} />
        ))}
        {Object.entries(PLACES).map(([name, [x, y]]) => (
          <g key={name}>
            <rect
              class="loop-box"
              x={x - BOX.width / 2}
              y={y - BOX.height / 2}
              width={BOX.width}
              height={BOX.height}
              rx="8"
            />
            <text class="loop-name" x={x} y={y + 5} text-anchor="middle">
              {name}
            </text>
          </g>
        ))}
      </svg>
      <figcaption class="muted small">
        Solid and thin: open. Dashed: narrowing. Thick: closed, only the loop's own taste passes. Dotted: not
        measured. Numbers are those of the table.
      </figcaption>
    </figure>
  );
}

function Edge({
  edge,
  number,
}: {
  readonly edge: DiagnosisEdge;
  readonly number: number;
}): JSX.Element | null {
  const from = PLACES[edge.from];
  const to = PLACES[edge.to];
  if (from === undefined || to === undefined) return null;
  const [x1, y1] = border(from, to);
  const [x2, y2] = border(to, from);
  const [x, y] = [(x1 + x2) / 2, (y1 + y2) / 2];
  return (
    <g>
      <line
        class={`loop-edge loop-edge-${edge.state}`}
        x1={x1}
        y1={y1}
        x2={x2}
        y2={y2}
        marker-end={`url(#loop-tip-${edge.state})`}
      >
        <title>
          {edge.from} to {edge.to}: {edge.title}
        </title>
      </line>
      <circle class="loop-number-ground" cx={x} cy={y} r="10" />
      <text class="loop-number" x={x} y={y + 4} text-anchor="middle">
        {number}
      </text>
    </g>
  );
}

/** Where the straight line to the other box leaves this one. */
function border(
  [x, y]: readonly [number, number],
  [toX, toY]: readonly [number, number],
): readonly [number, number] {
  const [dx, dy] = [toX - x, toY - y];
  const across = dx === 0 ? Number.POSITIVE_INFINITY : (BOX.width / 2 + 3) / Math.abs(dx);
  const down = dy === 0 ? Number.POSITIVE_INFINITY : (BOX.height / 2 + 3) / Math.abs(dy);
  const part = Math.min(across, down);
  return [x + dx * part, y + dy * part];
}
