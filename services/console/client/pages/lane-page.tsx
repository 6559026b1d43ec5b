/** One lane's whole story on one time axis. */
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import type { StoryAnswer } from "../../answers/story-answer.ts";
import { useAnswer } from "../answer.ts";
import { ago, moment, percent, span } from "../format.ts";
import { useNews } from "../live.ts";
import type { PageProps } from "../pages.ts";
import { go, hrefOf, Link, laneHref } from "../router.tsx";
import { Answered } from "../widgets/answered.tsx";
import { Chip } from "../widgets/chip.tsx";
import { GateStrip, gateSpans } from "../widgets/gate-strip.tsx";
import { ScrollBox } from "../widgets/scroll-box.tsx";
import { StoryCharts } from "../widgets/story-charts.tsx";

const HOUR_MS = 3_600_000;
const RANGES = [
  ["1 h", HOUR_MS],
  ["6 h", 6 * HOUR_MS],
  ["24 h", 24 * HOUR_MS],
  ["7 d", 168 * HOUR_MS],
  ["30 d", 720 * HOUR_MS],
] as const;

export function LanePage({ params, query }: PageProps): JSX.Element {
  const lane = params.lane ?? "";
  const news = useNews((event) => event.lane === lane);
  const asked = { window: query.get("window"), from: query.get("from"), to: query.get("to") };
  const answer = useAnswer<StoryAnswer>("/api/lane", { lane, ...asked }, news);
  const show = (change: Partial<Record<keyof typeof asked, string | number | null>>): void =>
    go(hrefOf(laneHref(lane), { ...asked, ...change }), true);
  return (
    <>
      <div class="page-head">
        <h1 class="foreign">{lane}</h1>
      </div>
      <Answered answer={answer} what="the lane">
        {(story) => <Story story={story} show={show} />}
      </Answered>
    </>
  );
}

interface StoryProps {
  readonly story: StoryAnswer;
  readonly show: (change: Readonly<Record<string, string | number | null>>) => void;
}

function Story({ story, show }: StoryProps): JSX.Element {
  const { lane, gate, held, fromMs, toMs, nowMs, window } = story;
  const spans = useMemo(() => gateSpans(story), [story]);
  const openWindow = (endMs: number): void => go(hrefOf("/window", { lane, window, end: endMs }));
  return (
    <>
      <section class="card story-now" aria-label="The gate now">
        <p class="lane-gate">
          <Chip word={gate?.state ?? "no gate yet"} />
          {gate?.stale === true && <Chip word="stale" />}
          {gate !== null && (
            <span class="small">
              {percent(gate.share)} of generated arrivals let through, since {moment(gate.sinceMs)} (
              {span(nowMs - gate.sinceMs)}); lease {gate.stale ? "ended" : "ends"}{" "}
              {ago(gate.validUntilMs, nowMs)}
            </span>
          )}
        </p>
        {gate !== null && gate.cause !== "" && <p class="small muted foreign">{gate.cause}</p>}
        {held.length > 0 && (
          <p class="small foreign">
            Held beside it: {held.map(({ subject, state }) => `${subject} (${state})`).join(", ")}
          </p>
        )}
      </section>

      <div class="story-controls">
        <label>
          Windows{" "}
          <select
            value={window}
            onChange={(event) =>
              show({ window: (event.target as HTMLSelectElement).value, from: null, to: null })
            }
          >
            {(story.windows.length === 0 ? [window] : story.windows).map((kind) => (
              <option key={kind} value={kind}>
                {kind}
              </option>
            ))}
          </select>
        </label>
        <fieldset class="ranges">
          <legend class="hidden">Time shown</legend>
          {RANGES.map(([name, ms]) => (
            <button
              key={name}
              type="button"
              onClick={() => show({ from: Math.floor(story.endMs - ms), to: null })}
            >
              {name}
            </button>
          ))}
          <button type="button" onClick={() => show({ from: story.beginMs, to: null })}>
            All
          </button>
        </fieldset>
        <p class="muted small">
          {moment(fromMs)} to {moment(toMs)} UTC. Drag over a chart to look closer, click a point for its
          window.
        </p>
      </div>

      <GateStrip story={story} spans={spans} />
      <StoryCharts
        story={story}
        spans={spans}
        onRange={(from, to) => show({ from, to })}
        onPick={openWindow}
      />

      <div class="story-lists">
        <Verdicts story={story} />
        <Moves story={story} />
      </div>
    </>
  );
}

function Verdicts({ story: { verdicts, lane } }: { readonly story: StoryAnswer }): JSX.Element {
  return (
    <section class="card">
      <h2>Windows and their verdicts</h2>
      {verdicts.length === 0 ? (
        <p class="muted">No window was judged in the time shown.</p>
      ) : (
        <ScrollBox tall label="Windows and their verdicts">
          <table>
            <thead>
              <tr>
                <th>Ended</th>
                <th>Window</th>
                <th>Verdict</th>
                <th>Rules</th>
              </tr>
            </thead>
            <tbody>
              {verdicts.map((row) => (
                <tr key={`${row.window} ${row.startMs} ${row.endMs}`}>
                  <td>
                    <Link href={hrefOf("/window", { lane, window: row.window, end: row.endMs })}>
                      {moment(row.endMs)}
                    </Link>
                  </td>
                  <td>{row.window}</td>
                  <td>
                    <Chip word={row.verdict} {...(row.warn ? { more: "warns" } : {})} />
                  </td>
                  <td class="small foreign">{row.rules.join(", ")}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollBox>
      )}
    </section>
  );
}

function Moves({ story: { transitions, changes } }: { readonly story: StoryAnswer }): JSX.Element {
  const rows = [
    ...transitions.map((row) => ({ ...row, what: `${row.from} → ${row.to}`, why: row.cause || row.reason })),
    ...changes.map((row) => ({ ...row, what: row.kind, why: row.reason })),
  ].sort((a, b) => b.atMs - a.atMs);
  return (
    <section class="card">
      <h2>Moves of gates, and changes</h2>
      {rows.length === 0 ? (
        <p class="muted">Nothing was moved or changed in the time shown.</p>
      ) : (
        <ScrollBox tall label="Moves of gates, and changes">
          <table>
            <thead>
              <tr>
                <th>When</th>
                <th>What</th>
                <th>Who</th>
                <th>Why</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row, i) => (
                <tr key={`${row.atMs} ${i}`}>
                  <td>{moment(row.atMs)}</td>
                  <td class="foreign">
                    {row.what}
                    <br />
                    <span class="muted small">{row.subject}</span>
                  </td>
                  <td class="foreign">{row.actor}</td>
                  <td class="small foreign">{row.why}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollBox>
      )}
    </section>
  );
}
