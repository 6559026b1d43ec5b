/** Every lane at a glance, the one that needs somebody first. */
import type { JSX } from "preact";
import type { LaneFigure, LaneOverview, OverviewAnswer } from "../../answers/overview-answer.ts";
import { useAnswer } from "../answer.ts";
import { ago, figure, percent, span } from "../format.ts";
import { useNews } from "../live.ts";
import { hrefOf, Link, laneHref } from "../router.tsx";
import { Answered } from "../widgets/answered.tsx";
import { Chip } from "../widgets/chip.tsx";
import { EmptyState } from "../widgets/empty-state.tsx";
import { Sparkline } from "../widgets/sparkline.tsx";

/** From here on nobody needs to look. */
const WELL = 6;

export function OverviewPage(): JSX.Element {
  const news = useNews(() => true);
  const answer = useAnswer<OverviewAnswer>("/api/overview", {}, news);
  return (
    <>
      <div class="page-head">
        <h1>Lanes</h1>
        {answer.state === "there" && <Summary answer={answer.value} />}
      </div>
      <Answered answer={answer} what="the lanes">
        {({ lanes, lanesTotal, nowMs }) =>
          lanes.length === 0 ? (
            <EmptyState
              title="No lane has been measured yet"
              hint="Send it samples; the first verdict comes when a window of them has closed. Or watch a collapse:"
              command="npx plumbline ingest FILE"
            >
              <p>
                <code class="command">make demo</code>
              </p>
            </EmptyState>
          ) : (
            <>
              <ul class="lanes">
                {lanes.map((lane) => (
                  <LaneRow key={lane.lane} lane={lane} nowMs={nowMs} />
                ))}
              </ul>
              {lanesTotal > lanes.length && (
                <p class="muted small">
                  The {lanes.length} of {lanesTotal} lanes that need attention first.
                </p>
              )}
            </>
          )
        }
      </Answered>
    </>
  );
}

function Summary({ answer: { lanes } }: { readonly answer: OverviewAnswer }): JSX.Element | null {
  if (lanes.length === 0) return null;
  const urgent = lanes.filter(({ urgency }) => urgency < WELL).length;
  return (
    <p class="muted">
      {urgent === 0
        ? "All are well."
        : `${urgent} of ${lanes.length} need${urgent === 1 ? "s" : ""} somebody to look.`}
    </p>
  );
}

function LaneRow({ lane, nowMs }: { readonly lane: LaneOverview; readonly nowMs: number }): JSX.Element {
  const { gate, verdict } = lane;
  return (
    <li class={`card lane ${lane.urgency === 0 ? "lane-urgent" : ""}`}>
      <div class="lane-name">
        <h2 class="foreign">
          <Link href={laneHref(lane.lane)}>{lane.lane}</Link>
        </h2>
        <p class="lane-gate">
          <Chip word={gate?.state ?? "no gate yet"} />
          {gate?.stale === true && <Chip word="stale" />}
          {gate !== null && gate.state !== "open" && (
            <span class="muted small">
              {percent(gate.share)} let through, since {span(nowMs - gate.sinceMs)}
            </span>
          )}
        </p>
        <p class="small">{lane.attention}</p>
        {lane.held.length > 0 && (
          <p class="small muted foreign">
            {lane.held
              .slice(0, 3)
              .map(({ subject, state }) => `${subject} ${state}`)
              .join(", ")}
            {lane.held.length > 3 ? ` and ${lane.held.length - 3} more` : ""}
          </p>
        )}
      </div>
      <Figure
        title="Tail coverage"
        of={lane.tail}
        text={figure}
        line={1}
        says="of what real text of this size has; 1 is healthy"
      />
      <Figure title="Online success" of={lane.online} text={percent} says="of users whose outcome says" />
      <div class="lane-verdict">
        <h3 class="muted">Last verdict</h3>
        {verdict === null ? (
          <p class="muted small">No window has closed yet.</p>
        ) : (
          <>
            <p>
              <Chip word={verdict.verdict} {...(verdict.warn ? { more: "warns" } : {})} />{" "}
              <Link
                class="small"
                href={hrefOf("/window", { lane: lane.lane, window: verdict.window, end: verdict.endMs })}
              >
                {verdict.window} window, {ago(verdict.endMs, nowMs)}
              </Link>
            </p>
            {verdict.families.length > 0 && <p class="small">{verdict.families.join(", ")}</p>}
            {verdict.reason !== "" && <p class="small muted mono foreign">{verdict.reason}</p>}
          </>
        )}
      </div>
    </li>
  );
}

interface FigureProps {
  readonly title: string;
  readonly of: LaneFigure | null;
  readonly text: (value: number | null) => string;
  readonly says: string;
  readonly line?: number;
}

function Figure({ title, of, text, says, line }: FigureProps): JSX.Element {
  return (
    <div class="lane-figure">
      <h3 class="muted">{title}</h3>
      {of === null ? (
        <p class="muted small">Not measured yet</p>
      ) : (
        <>
          <p class="figure" title={says}>
            {text(of.value)}
            {of.lo !== null && of.hi !== null && (
              <span class="muted small">
                {" "}
                {text(of.lo)} to {text(of.hi)}
              </span>
            )}
          </p>
          <Sparkline
            values={of.points.map(({ value }) => value)}
            label={`${title} over the last ${of.points.length} windows, now ${text(of.value)}`}
            {...(line === undefined ? {} : { line })}
          />
          <p class="muted small">n = {figure(of.n)}</p>
        </>
      )}
    </div>
  );
}
