/** `GET /api/lane?lane=&window=&from=&to=`: one lane's whole story. */
import { Hono } from "hono";
import type { ConsoleDependencies } from "../dependencies.ts";
import { timeOf } from "../time-of.ts";
import { storyOf } from "./story-history.ts";

export function storyRoutes(deps: ConsoleDependencies): Hono {
  const app = new Hono();
  app.get("/api/lane", async (context) => {
    const { lane, window, from, to } = context.req.query();
    if (lane === undefined || lane === "") return context.json({ error: "which lane? ?lane=" }, 400);
    const fromMs = timeOf(from);
    const toMs = timeOf(to);
    if (fromMs === "unreadable" || toMs === "unreadable")
      return context.json({ error: "from and to are epoch milliseconds" }, 400);
    const story = await storyOf(deps, { lane, window: window ?? null, fromMs, toMs }, deps.clock.nowMs());
    if (story === null) return context.json({ error: "the history has nothing of this lane" }, 404);
    return context.json(story);
  });
  return app;
}
