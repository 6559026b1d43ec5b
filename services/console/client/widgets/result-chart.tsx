/** Curves of a result over time. */
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { figure } from "../format.ts";
import type { ResultCurves } from "../result-curves.ts";
import { type ChartCurve, chartLabel, TimeChart } from "./time-chart.tsx";

const COLOURS = 6;
const HEIGHT = 260;

export function ResultChart({ curves: found }: { readonly curves: ResultCurves }): JSX.Element {
  const curves = useMemo(
    () =>
      found.curves.map(
        ({ name, points }, i): ChartCurve => ({
          name,
          colour: (i % COLOURS) + 1,
          dashed: i >= COLOURS,
          points: points.map(([ms, value]) => [ms, value, null, null]),
        }),
      ),
    [found],
  );
  return (
    <figure class="card stack">
      <TimeChart
        label={chartLabel("The result over time", curves, figure)}
        curves={curves}
        fromMs={found.fromMs}
        toMs={found.toMs}
        text={figure}
        height={HEIGHT}
      />
      <figcaption class="muted small">
        {found.more ? `The first ${curves.length} curves. ` : ""}The table has every value.
      </figcaption>
    </figure>
  );
}
