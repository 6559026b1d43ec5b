/** The webhooks over lanes, a clock and a log of a test. */
import type { Hono } from "hono";
import type { Sender } from "../../services/console/webhook/notification.ts";
import type { WebhookTrust } from "../../services/console/webhook/trust.ts";
import { type WebhookDependencies, webhookRoutes } from "../../services/console/webhook/webhook-routes.ts";
import { isLaneName } from "../../services/core/lane-name.ts";
import { KeptLogger } from "./kafka-broker.ts";

export const NOW_MS = Date.parse("2026-03-01T12:00:00Z");
export const OPEN: WebhookTrust = { tokenFile: null, secretFile: null, openOnLoopback: true };

type Command = Parameters<WebhookDependencies["send"]>[0][number];

export interface WebhookDesk {
  readonly app: Hono;
  readonly sent: Command[];
  /** By name and labels. */
  readonly counts: Map<string, number>;
  readonly logger: KeptLogger;
  /** As a program on this machine, unless `peer` says otherwise. */
  post(
    sender: Sender,
    body: string | Uint8Array,
    headers?: Record<string, string>,
    peer?: string,
  ): Promise<Response>;
}

export function openWebhookDesk(
  trust: WebhookTrust = OPEN,
  lanes: ReadonlySet<string> = new Set(["support"]),
  more: Partial<WebhookDependencies> = {},
): WebhookDesk {
  const sent: Command[] = [];
  const counts = new Map<string, number>();
  const logger = new KeptLogger();
  const app = webhookRoutes({
    trust,
    lanes: { has: (lane) => Promise.resolve(isLaneName(lane) && lanes.has(lane)) },
    send: (commands) => {
      sent.push(...commands);
      return Promise.resolve();
    },
    clock: { nowMs: () => NOW_MS, sleep: () => Promise.resolve() },
    logger,
    gauges: {
      set() {},
      drop() {},
      count(name, labels, by) {
        const key = `${name} ${Object.values(labels).join(" ")}`;
        counts.set(key, (counts.get(key) ?? 0) + by);
      },
    },
    ...more,
  });
  return {
    app,
    sent,
    counts,
    logger,
    async post(sender, body, headers = {}, peer = "127.0.0.1") {
      const all = { "content-type": "application/json", ...headers };
      const env = { incoming: { socket: { remoteAddress: peer } } };
      const init: RequestInit = { method: "POST", headers: all, body: body as string };
      return await app.request(`/webhooks/${sender}`, init, env);
    },
  };
}

export interface TestAlert {
  readonly status: string;
  readonly labels: Readonly<Record<string, unknown>>;
  readonly annotations?: Readonly<Record<string, unknown>>;
  readonly startsAt: string;
  readonly fingerprint: string;
}

/** As Alertmanager 0.25 sends it, fields that nobody reads included. */
export function notificationOf(...alerts: readonly TestAlert[]): Record<string, unknown> {
  return {
    receiver: "plumbline",
    status: "firing",
    alerts: alerts.map((alert) => ({
      ...alert,
      endsAt: "0001-01-01T00:00:00Z",
      generatorURL: "http://prometheus:9090/graph",
    })),
    groupLabels: { lane: "support" },
    commonLabels: {},
    commonAnnotations: {},
    externalURL: "http://alertmanager:9093",
    version: "4",
    groupKey: '{}/{action="freeze"}:{lane="support"}',
    truncatedAlerts: 0,
  };
}

export function alertOf(
  labels: Readonly<Record<string, unknown>> = {},
  over: Partial<TestAlert> = {},
): TestAlert {
  return {
    status: "firing",
    labels: {
      alertname: "PlumblineWordDivergence",
      action: "freeze",
      lane: "support",
      rule: "word_divergence",
      ...labels,
    },
    annotations: { summary: "Words are used at other rates (lane support)" },
    startsAt: "2026-03-01T11:58:30.123Z",
    fingerprint: "c5e6b7a8f9d01234",
    ...over,
  };
}
