/** What happened, newest first: changes, alarms, decisions, requests, reviews. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import {
  type HeldSpansAnswer,
  TIMELINE_KINDS,
  type TimelineAnswer,
  type TimelineEntry,
  type TimelineKind,
} from "../../answers/timeline-answer.ts";
import { type Query, useAnswer } from "../answer.ts";
import { useNews } from "../live.ts";
import type { PageProps } from "../pages.ts";
import { go, hrefOf, Link, laneHref } from "../router.tsx";
import { Answered } from "../widgets/answered.tsx";
import { EmptyState } from "../widgets/empty-state.tsx";
import { HeldStrip } from "../widgets/held-strip.tsx";
import { LaneField } from "../widgets/lane-field.tsx";
import { Moment } from "../widgets/moment.tsx";

const KIND_WORDS: Readonly<Record<TimelineKind, string>> = {
  alarm: "alarms",
  decision: "decisions",
  request: "requests",
  change: "changes",
  review: "reviews",
  export: "exports",
  policy: "policies",
  training: "training",
};

export function TimelinePage({ query }: PageProps): JSX.Element {
  const lane = query.get("lane") ?? "";
  const [from, to] = [query.get("from"), query.get("to")];
  const kinds = TIMELINE_KINDS.filter((kind) => (query.get("kinds") ?? kind).split(",").includes(kind));
  const filter: Query = {
    lane: lane === "" ? null : lane,
    from,
    to,
    kinds: kinds.length === TIMELINE_KINDS.length || kinds.length === 0 ? null : kinds.join(","),
  };
  const change = (changed: Query): void => go(hrefOf("/timeline", { ...filter, ...changed }), true);
  const held = useAnswer<HeldSpansAnswer>("/api/timeline/held", { lane: filter.lane ?? null, from, to });
  return (
    <>
      <div class="page-head">
        <h1>Timeline</h1>
      </div>
      <form class="filters" aria-label="What is shown" onSubmit={(event) => event.preventDefault()}>
        <LaneField
          lane={lane}
          hint="every lane"
          onChange={(value) => change({ lane: value === "" ? null : value })}
        />
        <TimeField label="From" ms={from} onChange={(value) => change({ from: value })} />
        <TimeField label="To" ms={to} onChange={(value) => change({ to: value })} />
        <fieldset>
          <legend>Kinds</legend>
          {TIMELINE_KINDS.map((kind) => (
            <label key={kind}>
              <input
                type="checkbox"
                checked={kinds.includes(kind)}
                onChange={({ currentTarget }) => {
                  const next = TIMELINE_KINDS.filter((own) =>
                    own === kind ? currentTarget.checked : kinds.includes(own),
                  );
                  change({
                    kinds: next.length === TIMELINE_KINDS.length || next.length === 0 ? null : next.join(","),
                  });
                }}
              />{" "}
              {KIND_WORDS[kind]}
            </label>
          ))}
        </fieldset>
      </form>
      {held.state === "there" && <HeldStrip spans={held.value.spans} nowMs={held.value.nowMs} />}
      <Parts key={JSON.stringify(filter)} filter={filter} />
    </>
  );
}

/** A page after the other, each asked for once there is one before it. */
function Parts({ filter }: { readonly filter: Query }): JSX.Element {
  const [cursors, setCursors] = useState<readonly (string | null)[]>([null]);
  const news = useNews(
    ({ kind, lane }) => kind !== "window" && (filter.lane == null || lane === filter.lane),
  );
  return (
    <>
      {cursors.map((before, i) => (
        <Part
          key={before ?? ""}
          query={{ ...filter, before }}
          // With more than one part the first must not move: what it pushed out would be in none.
          version={cursors.length === 1 ? news : 0}
          last={i === cursors.length - 1}
          onOlder={(next) => setCursors([...cursors, next])}
        />
      ))}
    </>
  );
}

interface PartProps {
  readonly query: Query;
  readonly version: number;
  readonly last: boolean;
  readonly onOlder: (next: string) => void;
}

function Part({ query, version, last, onOlder }: PartProps): JSX.Element {
  const answer = useAnswer<TimelineAnswer>("/api/timeline", query, version);
  return (
    <Answered answer={answer} what="what happened">
      {({ entries, next }) => (
        <>
          {entries.length === 0 && query.before === null && (
            <EmptyState
              title="Nothing happened here yet"
              hint="Choose another lane or time. Changes come in as records of the topic `changes`:"
              command="npx plumbline ingest FILE --topic changes"
            />
          )}
          <ol class="timeline">
            {entries.map((entry) => (
              <Entry key={entry.key} entry={entry} />
            ))}
          </ol>
          {last && next !== null && (
            <p>
              <button type="button" onClick={() => onOlder(next)}>
                Older
              </button>
            </p>
          )}
        </>
      )}
    </Answered>
  );
}

function Entry({ entry }: { readonly entry: TimelineEntry }): JSX.Element {
  const { kind, lane, subject, window } = entry;
  return (
    <li class={`entry entry-${kind} ${entry.state === "frozen" ? "entry-frozen" : ""}`}>
      <p class="small">
        <Moment ms={entry.atMs} /> <span class="muted">{kind}</span>{" "}
        <Link class="foreign" href={laneHref(lane)}>
          {lane}
        </Link>
      </p>
      <p>
        <strong class="foreign">{entry.title}</strong>
        {subject !== "" && <span class="foreign mono"> {subject}</span>}
        {entry.actor !== "" && <span class="muted foreign"> by {entry.actor}</span>}
      </p>
      {entry.detail !== "" && <p class="muted foreign">{entry.detail}</p>}
      {window !== null && (
        <p class="small">
          <Link href={hrefOf("/window", { lane, window: window.kind, end: window.endMs })}>
            The {window.kind} window behind it
          </Link>
        </p>
      )}
    </li>
  );
}

interface TimeFieldProps {
  readonly label: string;
  /** Epoch ms as text. */
  readonly ms: string | null;
  readonly onChange: (ms: string | null) => void;
}

/** In UTC, as every time of the console. */
function TimeField({ label, ms, onChange }: TimeFieldProps): JSX.Element {
  const known = ms !== null && /^\d{1,13}$/.test(ms);
  return (
    <label class="field">
      <span>{label} (UTC)</span>
      <input
        type="datetime-local"
        value={known ? new Date(Number(ms)).toISOString().slice(0, 16) : ""}
        onChange={({ currentTarget }) => {
          const at = Date.parse(`${currentTarget.value}:00Z`);
          onChange(Number.isNaN(at) || at < 0 ? null : String(at));
        }}
      />
    </label>
  );
}
