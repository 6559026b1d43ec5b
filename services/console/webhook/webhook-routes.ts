/**
 * The way back: an alert that asks for it becomes a command of the log, which can only tighten, and counts once (law 7).
 *
 *   POST /webhooks/alertmanager   Alertmanager's webhook, version 4
 *   POST /webhooks/grafana        the same from Grafana's own alerting
 *
 * Guarantee  200 says that every freeze asked for is in the log. Whatever else happens, sending the same again is safe: the governor
 *            knows a command by its id. Who sends is checked before what is sent (ADR 0024).
 * Bound      `BODY_BYTES_MAX` and `BODY_MS_MAX` a body, `NOTIFICATION_ALERTS_MAX` alerts, `AT_ONCE_MAX` requests at a time.
 * Status     200 with counts; 401 not believed; 408 too slow; 413 too large; 415 no JSON; 422 not what such a sender sends; 503 try
 *            again: busy, the log is away, or a secret's file cannot be used (Alertmanager tries again after a 5xx).
 */
import type { IncomingMessage } from "node:http";
import { type Context, Hono } from "hono";
import type { CommandRecord } from "../../core/records.ts";
import type { Clock, Gauges, Logger } from "../../ports.ts";
import { askedLane, type FreezeRequest, freezeRequest, type Ignored } from "./freeze-request.ts";
import type { KnownLanes } from "./known-lanes.ts";
import { type Notification, readNotification, SENDERS, type Sender } from "./notification.ts";
import { plainText } from "./plain-text.ts";
import { readBody } from "./read-body.ts";
import { type Distrust, distrustsBody, distrustsHead, type Shown, type WebhookTrust } from "./trust.ts";

export const BODY_BYTES_MAX = 1_048_576;
/** Less than the server gives a whole request, so that what is too slow is told so. */
export const BODY_MS_MAX = 8_000;
const AT_ONCE_MAX = 8;
const SHOWN_CHARS_MAX = 128;

export interface WebhookDependencies {
  readonly trust: WebhookTrust;
  readonly lanes: Pick<KnownLanes, "has">;
  /** Signs and writes to the log; resolves when all are acknowledged. */
  readonly send: (commands: readonly Omit<CommandRecord, "keyId" | "signature">[]) => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly gauges: Gauges;
  /** Default `BODY_MS_MAX`. */
  readonly bodyMsMax?: number;
}

type RefusedStatus = 401 | 408 | 413 | 415 | 422 | 503;

class Refused extends Error {
  override readonly name = "Refused";
  readonly status: RefusedStatus;
  constructor(status: RefusedStatus, message: string) {
    super(message);
    this.status = status;
  }
}

/** What became of the alerts of one notification. */
type Outcomes = Partial<Record<Ignored | "asked", number>>;

export function webhookRoutes(deps: WebhookDependencies): Hono {
  const app = new Hono();
  let running = 0;

  async function receive(sender: Sender, context: Context): Promise<Response> {
    if (running >= AT_ONCE_MAX) return refuse(deps, sender, context, new Refused(503, "too many at once"));
    running += 1;
    try {
      const notification = await accept(deps, sender, context);
      return context.json({ alerts: await ask(deps, sender, notification) });
    } catch (error) {
      if (error instanceof Refused) return refuse(deps, sender, context, error);
      deps.logger.error({ error, sender }, "a webhook could not be answered");
      return refuse(deps, sender, context, new Refused(503, "not now; the console's log says why"));
    } finally {
      running -= 1;
    }
  }

  for (const sender of SENDERS) {
    app.post(`/webhooks/${sender}`, (context) => receive(sender, context));
    app.all(`/webhooks/${sender}`, (context) => context.json({ error: "send it with POST" }, 405));
  }
  return app;
}

/** Reads a request to its end, checking on the way. Throws `Refused`. */
async function accept(deps: WebhookDependencies, sender: Sender, context: Context): Promise<Notification> {
  const shown: Shown = { header: (name) => context.req.header(name), peer: peerOf(context) };
  // 1. Who, as far as the head says: a stranger's body is not read.
  believe(await distrustsHead(sender, deps.trust, shown));
  // 2. What it claims to be. A browser asks before it sends this type to another site, and gets no leave.
  const type = context.req.header("content-type") ?? "";
  if (!/^application\/json\s*(;|$)/i.test(type)) throw new Refused(415, "send application/json");
  // 3. The body, within bounds.
  const body = await readBody(context.req.raw, BODY_BYTES_MAX, deps.bodyMsMax ?? BODY_MS_MAX);
  if (!body.ok) {
    const why =
      body.status === 413 ? `a body has at most ${BODY_BYTES_MAX} bytes` : "the body came too slowly";
    throw new Refused(body.status, why);
  }
  // 4. Who, as far as only the body shows.
  believe(await distrustsBody(sender, deps.trust, shown, body.bytes, deps.clock.nowMs()));
  // 5. What.
  const read = readNotification(sender, body.bytes);
  if (!read.ok) throw new Refused(422, read.problem);
  return read.notification;
}

function believe(distrust: Distrust | null): void {
  if (distrust !== null) throw new Refused(401, distrust);
}

/** Turns alerts into commands and sends those; one command where several alerts are the same. */
async function ask(
  deps: WebhookDependencies,
  sender: Sender,
  { receiver, alerts, truncatedAlerts = 0 }: Notification,
): Promise<Outcomes> {
  const outcomes: Outcomes = {};
  const requests = new Map<string, FreezeRequest>();
  for (const alert of alerts) {
    const asked = askedLane(alert);
    let outcome: FreezeRequest | Ignored;
    if (typeof asked === "string") outcome = asked;
    else if (await deps.lanes.has(asked.lane)) outcome = freezeRequest(sender, receiver, alert, asked.lane);
    else outcome = "unknown_lane";
    const name = typeof outcome === "string" ? outcome : "asked";
    outcomes[name] = (outcomes[name] ?? 0) + 1;
    if (typeof outcome !== "string") requests.set(outcome.commandId, outcome);
  }
  if (requests.size > 0) {
    const issuedMs = deps.clock.nowMs();
    await deps.send([...requests.values()].map((request) => ({ ...request, issuedMs })));
  }
  // Counted once they are in the log: what was not is sent again.
  for (const [outcome, by] of Object.entries(outcomes)) {
    deps.gauges.count("webhook_alerts", { sender, outcome }, by);
  }
  const from = plainText(receiver, SHOWN_CHARS_MAX);
  if (requests.size > 0)
    deps.logger.info({ sender, receiver: from, ...outcomes }, "alerts asked for freezes");
  if (truncatedAlerts > 0) {
    const said = "a sender left alerts out: raise its max_alerts, or group by lane";
    deps.logger.warn({ sender, receiver: from, truncatedAlerts }, said);
  }
  return outcomes;
}

function refuse(deps: WebhookDependencies, sender: Sender, context: Context, refused: Refused): Response {
  const { status, message } = refused;
  deps.gauges.count("webhooks_refused", { sender, status: String(status) }, 1);
  if (status === 401) context.header("www-authenticate", "Bearer");
  if (status === 503) context.header("retry-after", "5");
  // A request that is refused half-read leaves a connection nobody can use again.
  if (status === 408 || status === 413) context.header("connection", "close");
  return context.json({ error: message }, status);
}

/** As the server that carries the app hands it on; "" without one. */
function peerOf(context: Context): string {
  const { incoming } = (context.env ?? {}) as { readonly incoming?: IncomingMessage };
  return incoming?.socket.remoteAddress ?? "";
}
