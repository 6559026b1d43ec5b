/** The curves of a lane, by what they answer. */
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import type { StoryAnswer, StorySeries } from "../../answers/story-answer.ts";
import { figure, percent } from "../format.ts";
import { type ChartCurve, type ChartSpan, chartLabel, TimeChart } from "./time-chart.tsx";

interface Group {
  readonly title: string;
  readonly says: string;
  readonly text: (value: number | null) => string;
  readonly line?: number;
  readonly takes: (series: StorySeries) => boolean;
  readonly name: (series: StorySeries, title: string) => string;
  /** What to do where nothing of it was ever measured. */
  readonly nothing: string;
}

/** Colours there are. */
const COLOURS = 6;
const CURVES_MAX = 12;

function besideReal({ segment, stage }: StorySeries, title: string): string {
  if (stage === "reply") return `${title}, replies`;
  return segment === "real" ? `${title}, real` : title;
}

const REPETITION = ["skeleton_distinct_6", "distinct_4", "near_duplicate_share", "exact_duplicate_share"];
const DIVERGENCE = ["word_jsd", "length_jsd"];

const GROUPS: readonly Group[] = [
  {
    title: "What users get, and what the suites say",
    says: "Online success with its interval beside the offline scores.",
    text: percent,
    takes: ({ metric }) => metric === "online_success" || metric === "offline_score",
    name: ({ metric, segment }) =>
      metric === "offline_score"
        ? `suite ${segment.slice("suite:".length)}`
        : segment === "all"
          ? "users"
          : `users, ${segment}`,
    nothing: "No outcomes and no evaluations yet: send them to the topics outcomes and evaluations.",
  },
  {
    title: "How much of the tail is left",
    says: "Rare words of the real data that still come, over what real text of this size has.",
    text: figure,
    line: 1,
    takes: ({ metric }) => metric === "tail_coverage",
    name: besideReal,
    nothing: "Needs a reference of real data: npx plumbline reference build",
  },
  {
    title: "What repeats",
    says: "Distinct pieces fall and copies rise as texts are filled into fewer templates.",
    text: percent,
    takes: ({ metric }) => REPETITION.includes(metric),
    name: besideReal,
    nothing: "No generated texts in the time shown.",
  },
  {
    title: "How far from real",
    says: "Divergence of words and lengths from the reference, in bits.",
    text: figure,
    takes: ({ metric }) => DIVERGENCE.includes(metric),
    name: besideReal,
    nothing: "Needs a reference of real data: npx plumbline reference build",
  },
  {
    title: "What it is made of",
    says: "Share of generated arrivals, and of each origin.",
    text: percent,
    takes: ({ metric }) => metric === "origin_mix",
    name: ({ bucket }) => (bucket === "" ? "generated" : bucket.replaceAll("_", " ")),
    nothing: "No arrivals in the time shown.",
  },
  {
    title: "How much arrives",
    says: "Candidates in each window.",
    text: figure,
    takes: ({ metric }) => metric === "volume",
    name: ({ segment }) => segment,
    nothing: "No arrivals in the time shown.",
  },
];

export interface StoryChartsProps {
  readonly story: StoryAnswer;
  readonly spans: readonly ChartSpan[];
  readonly onRange: (fromMs: number, toMs: number) => void;
  readonly onPick: (endMs: number) => void;
}

export function StoryCharts({ story, spans, onRange, onPick }: StoryChartsProps): JSX.Element {
  const marks = useMemo(() => story.changes.map(({ atMs }) => atMs), [story]);
  const groups = useMemo(() => GROUPS.map((group) => ({ group, curves: curvesOf(story, group) })), [story]);
  return (
    <div class="charts">
      {groups.map(({ group, curves }) => (
        <figure class="card" key={group.title}>
          <figcaption>
            <h2>{group.title}</h2>
            <p class="muted small">{group.says}</p>
          </figcaption>
          {curves.length === 0 ? (
            <p class="muted chart-nothing">{group.nothing}</p>
          ) : (
            <TimeChart
              label={chartLabel(group.title, curves, group.text)}
              curves={curves}
              fromMs={story.fromMs}
              toMs={story.toMs}
              text={group.text}
              spans={spans}
              marks={marks}
              onRange={onRange}
              onPick={onPick}
              {...(group.line === undefined ? {} : { line: group.line })}
            />
          )}
        </figure>
      ))}
    </div>
  );
}

/** What nothing was ever measured of is left out, and said where all of it is. */
function curvesOf(story: StoryAnswer, group: Group): readonly ChartCurve[] {
  return story.series
    .filter((series) => group.takes(series) && series.points.some(([, value]) => value !== null))
    .slice(0, CURVES_MAX)
    .map((series, i) => ({
      name: group.name(series, story.metrics[series.metric]?.title ?? series.metric),
      colour: 1 + (i % COLOURS),
      dashed: series.segment === "real" || series.segment === "control" || i >= COLOURS,
      band: series.points.some(([, , low]) => low !== null),
      points: series.points,
    }));
}
