/** `GET /api/overview`: every lane at a glance. */
import { Hono } from "hono";
import type { OverviewAnswer } from "../answers/overview-answer.ts";
import type { ConsoleDependencies } from "../dependencies.ts";
import { overviewOf } from "./overview-history.ts";

export function overviewRoutes(deps: ConsoleDependencies): Hono {
  const app = new Hono();
  app.get("/api/overview", async (context) => {
    const nowMs = deps.clock.nowMs();
    return context.json({ nowMs, ...(await overviewOf(deps, nowMs)) } satisfies OverviewAnswer);
  });
  return app;
}
