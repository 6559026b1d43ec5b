/** `GET /api/diagnosis?lane=&from=&to=`: likely causes, the loop, the stage of loss. The last seven days where no time is named. */
import { Hono } from "hono";
import { readDiagnosis } from "../../diagnosis/read-diagnosis.ts";
import type { ConsoleDependencies } from "../dependencies.ts";
import { timeOf } from "../time-of.ts";
import { diagnosisAnswer } from "./diagnosis-answer.ts";

const SPAN_DEFAULT_MS = 7 * 86_400_000;

export function diagnosisRoutes(deps: ConsoleDependencies): Hono {
  const app = new Hono();
  app.get("/api/diagnosis", async (context) => {
    const { lane, from, to } = context.req.query();
    if (lane === undefined || lane === "") return context.json({ error: "which lane? ?lane=" }, 400);
    const [fromMs, toMs] = [timeOf(from), timeOf(to)];
    if (fromMs === "unreadable" || toMs === "unreadable") {
      return context.json({ error: "from and to are epoch milliseconds" }, 400);
    }
    const untilMs = toMs ?? deps.clock.nowMs();
    const sinceMs = fromMs ?? Math.max(0, untilMs - SPAN_DEFAULT_MS);
    const span = {
      lane,
      prefix: deps.names.prefix,
      sinceMs,
      untilMs,
      realOrigins: deps.published.policies.of(lane).realOrigins,
    };
    const { signal } = context.req.raw;
    const found = await readDiagnosis((sql, parameters) => deps.sql.rows(sql, parameters, signal), span);
    return context.json(diagnosisAnswer(found));
  });
  return app;
}
