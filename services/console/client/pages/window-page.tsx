/** One window: its verdict's arithmetic, its values, and the samples behind it. */
import type { JSX } from "preact";
import type { SamplesAnswer } from "../../answers/samples-answer.ts";
import type { WindowAnswer, WindowResult, WindowValue } from "../../answers/window-answer.ts";
import { useAnswer } from "../answer.ts";
import { clock, figure, inUnit, moment } from "../format.ts";
import type { PageProps } from "../pages.ts";
import { hrefOf, Link, laneHref } from "../router.tsx";
import { Answered } from "../widgets/answered.tsx";
import { Chip } from "../widgets/chip.tsx";
import { EmptyState } from "../widgets/empty-state.tsx";
import { ScrollBox } from "../widgets/scroll-box.tsx";
import { WindowSamples } from "../widgets/window-samples.tsx";

export function WindowPage({ query }: PageProps): JSX.Element {
  const asked = { lane: query.get("lane"), window: query.get("window"), end: query.get("end") };
  const whole = asked.lane !== null && asked.window !== null && asked.end !== null;
  const answer = useAnswer<WindowAnswer>(whole ? "/api/window" : null, asked);
  const samples = useAnswer<SamplesAnswer>(whole ? "/api/window/samples" : null, asked);
  if (!whole) {
    return (
      <EmptyState
        title="Which window?"
        hint="Open a lane and click a point of a curve, or a window in its list."
      >
        <Link href="/">To the lanes</Link>
      </EmptyState>
    );
  }
  return (
    <Answered answer={answer} what="the window">
      {(window) => (
        <>
          <Head window={window} />
          <Arithmetic window={window} />
          <section class="behind-window">
            <h2>The samples behind it</h2>
            <Answered answer={samples} what="the samples">
              {(found) => <WindowSamples answer={found} />}
            </Answered>
          </section>
          <Values window={window} />
        </>
      )}
    </Answered>
  );
}

function Head({ window }: { readonly window: WindowAnswer }): JSX.Element {
  const { lane, verdict, startMs, endMs, generation, decisions } = window;
  const at = (end: number): string => hrefOf("/window", { lane, window: window.window, end });
  return (
    <>
      <div class="page-head">
        <h1 class="foreign">
          <Link href={laneHref(lane)}>{lane}</Link>
        </h1>
        <p class="window-steps">
          {window.previousEndMs !== null && <Link href={at(window.previousEndMs)}>← before</Link>}
          {window.nextEndMs !== null && <Link href={at(window.nextEndMs)}>after →</Link>}
        </p>
      </div>
      <section class="card story-now" aria-label="The window's verdict">
        <p class="lane-gate">
          {verdict === null ? (
            <Chip word="not judged" />
          ) : (
            <Chip word={verdict.verdict} {...(verdict.warn ? { more: "warns" } : {})} />
          )}
          <span>
            {window.window} window, {moment(startMs)} to {clock(endMs)} UTC, generation {generation}
          </span>
        </p>
        {verdict === null ? (
          <p class="small muted">Rules judge decision and generation windows; others are measured only.</p>
        ) : (
          <dl class="facts">
            <Fact name="Families in breach" value={verdict.families.join(", ") || "none"} />
            <Fact name="Smallest set to blame" value={verdict.blamed.join(", ") || "none"} />
            <Fact name="Rules" value={verdict.rulesVersion} />
            <Fact name="Reference" value={verdict.referenceVersion || "none"} />
          </dl>
        )}
        {decisions.map(({ subject, from, to, cause, actor }) => (
          <p key={`${subject} ${to}`} class="small foreign">
            <Chip word={to} /> {subject}: {from} → {to} by {actor}. {cause}
          </p>
        ))}
      </section>
    </>
  );
}

function Fact({ name, value }: { readonly name: string; readonly value: string }): JSX.Element {
  return (
    <div>
      <dt class="muted small">{name}</dt>
      <dd class="foreign">{value}</dd>
    </div>
  );
}

function interval({ lo, hi }: { readonly lo: number | null; readonly hi: number | null }): string {
  return lo === null || hi === null ? "" : `${figure(lo)} to ${figure(hi)}`;
}

function place({ stage, segment, bucket }: { stage: string; segment: string; bucket: string }): string {
  return [stage, segment, bucket].filter((part) => part !== "").join(" / ");
}

function Arithmetic({
  window: { results, metrics, verdict },
}: {
  readonly window: WindowAnswer;
}): JSX.Element | null {
  if (verdict === null) return null;
  return (
    <section class="card">
      <h2>The verdict's arithmetic</h2>
      {results.length === 0 ? (
        <p class="muted">No rule had anything to judge here.</p>
      ) : (
        <ScrollBox label="The verdict's arithmetic">
          <table>
            <thead>
              <tr>
                <th>Rule</th>
                <th>Verdict</th>
                <th>Metric</th>
                <th class="number">Value</th>
                <th class="number">95 % interval</th>
                <th class="number">n</th>
                <th>Arithmetic</th>
              </tr>
            </thead>
            <tbody>
              {results.map((row) => (
                <ResultRow
                  key={`${row.rule} ${place(row)}`}
                  row={row}
                  title={metrics[row.metric]?.title ?? row.metric}
                  unit={metrics[row.metric]?.unit ?? ""}
                />
              ))}
            </tbody>
          </table>
        </ScrollBox>
      )}
    </section>
  );
}

interface ResultRowProps {
  readonly row: WindowResult;
  readonly title: string;
  readonly unit: string;
}

function ResultRow({ row, title, unit }: ResultRowProps): JSX.Element {
  return (
    <tr class={`row-${row.verdict}`}>
      <td class="foreign">{row.rule.replaceAll("_", " ")}</td>
      <td>
        <Chip word={row.verdict} {...(row.warn ? { more: "warns" } : {})} />
      </td>
      <td class="foreign">
        {title}
        <br />
        <span class="muted small">{place(row)}</span>
      </td>
      <td class="number">{inUnit(row.value, unit)}</td>
      <td class="number">{interval(row)}</td>
      <td class="number">{figure(row.n)}</td>
      <td class="mono foreign">{row.arithmetic}</td>
    </tr>
  );
}

function Values({
  window: { values, metrics, referenceVersion },
}: {
  readonly window: WindowAnswer;
}): JSX.Element {
  const told = values.filter(({ status }) => status === "ok").length;
  return (
    <details class="card">
      <summary>
        All that was measured: {told} values, and {values.length - told} that could not tell
      </summary>
      <p class="muted small">
        Reference {referenceVersion === "" ? "none" : referenceVersion}. Beside each value: the same on real
        windows of its n.
      </p>
      <ScrollBox label="All values of the window">
        <table>
          <thead>
            <tr>
              <th>Metric</th>
              <th>Of</th>
              <th class="number">Value</th>
              <th class="number">95 % interval</th>
              <th class="number">Real</th>
              <th class="number">z</th>
              <th class="number">n</th>
              <th>Status</th>
            </tr>
          </thead>
          <tbody>
            {values.map((row) => (
              <ValueRow
                key={`${row.metric} ${place(row)}`}
                row={row}
                title={metrics[row.metric]?.title ?? row.metric}
                unit={metrics[row.metric]?.unit ?? ""}
              />
            ))}
          </tbody>
        </table>
      </ScrollBox>
    </details>
  );
}

interface ValueRowProps {
  readonly row: WindowValue;
  readonly title: string;
  readonly unit: string;
}

function ValueRow({ row, title, unit }: ValueRowProps): JSX.Element {
  return (
    <tr>
      <td class="foreign">{title}</td>
      <td class="small foreign">{place(row)}</td>
      <td class="number">{inUnit(row.value, unit)}</td>
      <td class="number">{interval(row)}</td>
      <td class="number">{figure(row.real)}</td>
      <td class="number">{figure(row.z)}</td>
      <td class="number">{figure(row.n)}</td>
      <td>{row.status === "ok" ? "ok" : <Chip word={row.status} />}</td>
    </tr>
  );
}
