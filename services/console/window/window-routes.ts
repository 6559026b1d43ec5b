/** `GET /api/window` and `/api/window/samples`, both with `?lane=&window=&end=`: one window and the texts behind it. */
import { type Context, Hono } from "hono";
import type { ConsoleDependencies } from "../dependencies.ts";
import { timeOf } from "../time-of.ts";
import { type WindowQuestion, windowOf } from "./window-history.ts";
import { windowSamples } from "./window-samples.ts";

const NONE = "no such window is recorded";

export function windowRoutes(deps: ConsoleDependencies): Hono {
  const app = new Hono();
  app.get("/api/window", async (context) => {
    const question = questionOf(context);
    if (typeof question === "string") return context.json({ error: question }, 400);
    const answer = await windowOf(deps, question, deps.clock.nowMs());
    return answer === null ? context.json({ error: NONE }, 404) : context.json(answer);
  });
  app.get("/api/window/samples", async (context) => {
    const question = questionOf(context);
    if (typeof question === "string") return context.json({ error: question }, 400);
    const answer = await windowSamples(deps, question);
    return answer === null ? context.json({ error: NONE }, 404) : context.json(answer);
  });
  return app;
}

/** The window asked for, or what is missing. */
function questionOf(context: Context): WindowQuestion | string {
  const { lane, window, end } = context.req.query();
  if (lane === undefined || lane === "") return "which lane? ?lane=";
  if (window === undefined || window === "") return "which kind of window? &window=decision";
  const endMs = timeOf(end);
  if (endMs === null || endMs === "unreadable") return "when did it end? &end= in epoch milliseconds";
  return { lane, window, endMs };
}
