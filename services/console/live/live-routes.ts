/** `GET /api/live`: news by server-sent events. */
import { Hono } from "hono";
import { streamSSE } from "hono/streaming";
import type { LiveEvent } from "../answers/live-event.ts";
import type { ConsoleDependencies } from "../dependencies.ts";
import { LiveFeed } from "./live-feed.ts";

/** Pages that may listen at once; a page that is not looked at does not listen. */
export const LIVE_READERS_MAX = 64;
/** News that waits for a slow reader; beyond it one `all`. */
const WAITING_EVENTS_MAX = 256;
/** Well below the minute after which proxies give up on a silent answer. */
const HEARTBEAT_MS = 15_000;
/** What a browser waits before it comes again. */
const RETRY_MS = 2_000;

/**
 * Bound   `LIVE_READERS_MAX`, the next one gets 503; `WAITING_EVENTS_MAX` each.
 * Order   news of one kind and lane is told once however often it came; nothing is told twice for one record, but an `all` may
 *         repeat what was told.
 */
export function liveRoutes(deps: ConsoleDependencies): Hono {
  const app = new Hono();
  const feed = new LiveFeed(deps);
  app.get("/api/live", (context) => {
    if (feed.listeners >= LIVE_READERS_MAX) {
      context.header("retry-after", "10");
      return context.json({ error: `at most ${LIVE_READERS_MAX} pages are kept live` }, 503);
    }
    return streamSSE(context, async (stream) => {
      const waiting = new Map<string, LiveEvent>();
      let wake: () => void = () => {};
      const end = feed.listen((events) => {
        for (const event of events) waiting.set(`${event.kind} ${event.lane}`, event);
        if (waiting.size > WAITING_EVENTS_MAX) {
          waiting.clear();
          waiting.set("all ", { kind: "all", lane: "" });
        }
        wake();
      });
      deps.gauges.set("console_readers", {}, feed.listeners);
      const stopped = (): void => wake();
      deps.signal.addEventListener("abort", stopped);
      stream.onAbort(() => wake());
      try {
        await stream.writeSSE({ event: "hello", data: "", retry: RETRY_MS });
        while (!stream.aborted && !stream.closed && !deps.signal.aborted) {
          for (const [key, event] of waiting) {
            waiting.delete(key);
            await stream.writeSSE({ event: "news", data: JSON.stringify(event) });
          }
          let timer: NodeJS.Timeout | undefined;
          const woken = await new Promise<boolean>((resolve) => {
            wake = () => resolve(true);
            timer = setTimeout(() => resolve(false), HEARTBEAT_MS);
            if (waiting.size > 0 || stream.aborted || deps.signal.aborted) resolve(true);
          });
          clearTimeout(timer);
          if (!woken) await stream.write(": still here\n\n");
        }
      } finally {
        end();
        deps.signal.removeEventListener("abort", stopped);
        deps.gauges.set("console_readers", {}, feed.listeners);
      }
    });
  });
  return app;
}
