/** `/api/gates`: what is held and why; `/api/gates/requests`: freezing and resuming, which the governor decides on. */
import { Hono } from "hono";
import { isLaneName } from "../../core/lane-name.ts";
import { isSubject, laneOfSubject, SUBJECT_KINDS } from "../../core/subject.ts";
import { type Answer, askedProblem, askGovernor, type Wish } from "../../runtime/gates/ask-governor.ts";
import type { GatesAnswer, GateWishAnswer } from "../answers/gates-answer.ts";
import type { ConsoleDependencies } from "../dependencies.ts";
import { jsonBody } from "../json-body.ts";
import { gatesOf } from "./gates-history.ts";

const DECISION_WAIT_MS_MAX = 10_000;
/** Each holds a reader of its own. */
const REQUESTS_MAX = 4;

/**
 * Guarantee  a request is signed with the actor's key of this console's state directory, as `plumbline gate` does; nothing moves but by
 *            the governor's decision, whose words are the answer.
 * Bound      `REQUESTS_MAX` at once, `DECISION_WAIT_MS_MAX` each.
 * Status     200 also for a refusal by the governor; 400 what cannot be asked; 403 read only; 429 too many at once.
 */
export function gatesRoutes(deps: ConsoleDependencies): Hono {
  const { readOnly } = deps;
  const app = new Hono();
  let running = 0;

  app.get("/api/gates", async (context) => {
    const nowMs = deps.clock.nowMs();
    return context.json({ nowMs, readOnly, ...(await gatesOf(deps, nowMs)) } satisfies GatesAnswer);
  });

  app.post("/api/gates/requests", async (context) => {
    if (readOnly) {
      const error =
        "this console only shows; use `plumbline gate`, or start it without PLUMBLINE_CONSOLE_READ_ONLY";
      return context.json({ error }, 403);
    }
    const read = await jsonBody(context);
    if (!read.ok) return read.answer;
    const wish = readWish(read.body);
    if (typeof wish === "string") return context.json({ error: wish }, 400);
    if (running >= REQUESTS_MAX) return context.json({ error: "too many requests at once; try again" }, 429);
    running += 1;
    try {
      const { home, clock } = deps;
      const given = { home, nowMs: clock.nowMs(), waitMsMax: DECISION_WAIT_MS_MAX };
      const answer = await askGovernor(deps, wish, given);
      deps.logger.info({ ...wish, outcome: answer.kind }, "a gate was asked for");
      return context.json(answerOf(answer));
    } finally {
      running -= 1;
    }
  });
  return app;
}

/** The wish, or what is wrong with it in words a person can act on. */
function readWish(body: Readonly<Record<string, unknown>>): Wish | string {
  const { kind, subject, lane, actor, reason } = body;
  if (kind !== "freeze" && kind !== "resume") return "kind must be freeze or resume";
  if (typeof subject !== "string" || !isSubject(subject)) {
    return `subject must be KIND:NAME, with one of ${SUBJECT_KINDS.join(", ")}`;
  }
  if (typeof lane !== "string" || !isLaneName(lane)) return "lane must name a lane";
  const own = laneOfSubject(subject);
  if (own !== null && own !== lane) return "a lane's own gate cannot be meant in another lane";
  for (const [name, text] of [
    ["actor", actor],
    ["reason", reason],
  ] as const) {
    const problem = typeof text === "string" ? askedProblem(text) : "must be a text";
    if (problem !== null) return `${name} ${problem}`;
  }
  return { kind, subject, lane, actor: actor as string, reason: reason as string };
}

function answerOf(answer: Answer): GateWishAnswer {
  switch (answer.kind) {
    case "already_frozen":
      return { outcome: answer.kind, said: answer.gate.cause, decisionId: null, state: answer.gate.state };
    case "unanswered":
      return {
        outcome: answer.kind,
        said: `no decision came within ${DECISION_WAIT_MS_MAX / 1_000} s; the command counts once the governor reads it`,
        decisionId: null,
        state: null,
      };
    case "granted":
    case "refused": {
      const { cause, decisionId, to } = answer.decision;
      return { outcome: answer.kind, said: cause, decisionId, state: to };
    }
  }
}
