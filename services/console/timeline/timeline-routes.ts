/** `/api/timeline`: what happened, newest first; `/api/timeline/held`: when gates held something back. */
import { Hono } from "hono";
import {
  type HeldSpansAnswer,
  TIMELINE_KINDS,
  TIMELINE_PAGE_MAX,
  type TimelineAnswer,
  type TimelineEntry,
  type TimelineKind,
} from "../answers/timeline-answer.ts";
import type { ConsoleDependencies } from "../dependencies.ts";
import { TIME_MS_MAX, timeOf } from "../time-of.ts";
import { HELD_SPANS_SQL, timelineSql, topicOf } from "./timeline-sql.ts";

const CURSOR = /^(\d{1,14})\|([a-z]{1,16}\/[0-9/]{1,64})$/;

interface EntryRow {
  readonly entry_kind: TimelineKind;
  readonly at_ms: number;
  readonly key: string;
  readonly lane_name: string;
  readonly about: string;
  readonly title: string;
  readonly detail: string;
  readonly who: string;
  readonly state: string;
  readonly window_kind: string;
  readonly window_end_ms: number;
}

interface SpanRow {
  readonly lane_name: string;
  readonly subject: string;
  readonly state: string;
  readonly from_at_ms: number;
  readonly to_at_ms: number;
}

interface Range {
  /** "" for every lane. */
  readonly lane: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * Query: `lane`, `from`, `to` (epoch ms, half-open), `kinds` (with commas between them; absent: all), `before` (an answer's `next`).
 * 400 for what none of these can be.
 */
export function timelineRoutes({ sql, names, clock }: ConsoleDependencies): Hono {
  const app = new Hono();

  app.get("/api/timeline", async (context) => {
    const range = rangeOf((name) => context.req.query(name));
    const kinds = kindsOf(context.req.query("kinds"));
    const before = CURSOR.exec(context.req.query("before") ?? `${TIME_MS_MAX}|end/0`);
    if (typeof range === "string") return context.json({ error: range }, 400);
    if (kinds === null) return context.json({ error: `kinds are ${TIMELINE_KINDS.join(", ")}` }, 400);
    if (before === null) return context.json({ error: "`before` is what an answer calls `next`" }, 400);
    const rows = await sql.rows<EntryRow>(timelineSql(kinds), {
      lane: range.lane,
      from_ms: range.fromMs,
      to_ms: range.toMs,
      before_ms: Number(before[1]),
      before_key: before[2]!,
      // One more tells whether there are more.
      page: TIMELINE_PAGE_MAX + 1,
      ...Object.fromEntries(kinds.map((kind) => [`topic_${kind}`, names.full(topicOf(kind))])),
    });
    const shown = rows.slice(0, TIMELINE_PAGE_MAX);
    const last = shown.at(-1);
    const more = rows.length > shown.length && last !== undefined;
    return context.json({
      entries: shown.map(entryOf),
      next: more ? `${last.at_ms}|${last.key}` : null,
    } satisfies TimelineAnswer);
  });

  app.get("/api/timeline/held", async (context) => {
    const range = rangeOf((name) => context.req.query(name));
    if (typeof range === "string") return context.json({ error: range }, 400);
    const rows = await sql.rows<SpanRow>(HELD_SPANS_SQL, {
      topic: names.full("decisions"),
      lane: range.lane,
      from_ms: range.fromMs,
      to_ms: range.toMs,
    });
    return context.json({
      nowMs: clock.nowMs(),
      spans: rows.map((row) => ({
        lane: row.lane_name,
        subject: row.subject,
        state: row.state,
        fromMs: row.from_at_ms,
        toMs: row.to_at_ms === 0 ? null : row.to_at_ms,
      })),
    } satisfies HeldSpansAnswer);
  });
  return app;
}

function entryOf(row: EntryRow): TimelineEntry {
  return {
    kind: row.entry_kind,
    key: row.key,
    atMs: row.at_ms,
    lane: row.lane_name,
    subject: row.about,
    title: row.title,
    detail: row.detail,
    actor: row.who,
    state: row.state,
    window: row.window_kind === "" ? null : { kind: row.window_kind, endMs: row.window_end_ms },
  };
}

/** The range, or what is wrong with it. */
function rangeOf(query: (name: string) => string | undefined): Range | string {
  const [from, to] = [timeOf(query("from")), timeOf(query("to"))];
  if (from === "unreadable" || to === "unreadable") return "`from` and `to` are epoch ms";
  return { lane: query("lane") ?? "", fromMs: from ?? 0, toMs: to ?? TIME_MS_MAX };
}

function kindsOf(text: string | undefined): readonly TimelineKind[] | null {
  if (text === undefined || text === "") return TIMELINE_KINDS;
  const asked = text.split(",");
  const known = TIMELINE_KINDS.filter((kind) => asked.includes(kind));
  return known.length === new Set(asked).size ? known : null;
}
