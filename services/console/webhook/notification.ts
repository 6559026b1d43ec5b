/** What Alertmanager (webhook version 4) and Grafana send, checked. Fields that nobody reads here are ignored. */
import { Ajv, type ErrorObject } from "ajv";
import { plainText } from "./plain-text.ts";

export const SENDERS = ["alertmanager", "grafana"] as const;
export type Sender = (typeof SENDERS)[number];

/** Alerts of one notification. Alertmanager sends as many as `max_alerts` of its receiver says. */
export const NOTIFICATION_ALERTS_MAX = 1_000;
const PROBLEMS_SHOWN_MAX = 3;
const PROBLEM_CHARS_MAX = 200;

export interface Alert {
  readonly status: "firing" | "resolved";
  /** Whoever may send may put any name and any text here. */
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** RFC 3339; the same for as long as the alert fires. */
  readonly startsAt: string;
  /** Hash of the labels, in hex. */
  readonly fingerprint: string;
}

export interface Notification {
  /** Name of the sender's receiver or contact point. */
  readonly receiver: string;
  readonly alerts: readonly Alert[];
  /** Alerts that the sender left out, Alertmanager by its `max_alerts`. */
  readonly truncatedAlerts?: number;
}

export type ReadNotification =
  | { readonly ok: true; readonly notification: Notification }
  /** What is wrong and where; never a value. */
  | { readonly ok: false; readonly problem: string };

const TEXTS = { type: "object", additionalProperties: { type: "string" } } as const;
const NOTIFICATION = {
  type: "object",
  required: ["receiver", "alerts"],
  properties: {
    receiver: { type: "string" },
    truncatedAlerts: { type: "integer", minimum: 0 },
    alerts: {
      type: "array",
      maxItems: NOTIFICATION_ALERTS_MAX,
      items: {
        type: "object",
        required: ["status", "labels", "startsAt", "fingerprint"],
        properties: {
          status: { enum: ["firing", "resolved"] },
          labels: TEXTS,
          annotations: TEXTS,
          startsAt: { type: "string", format: "time" },
          fingerprint: { type: "string", pattern: "^[0-9a-f]{1,64}$" },
        },
      },
    },
  },
} as const;

const RFC_3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;
const ajv = new Ajv();
ajv.addFormat("time", (text) => RFC_3339.test(text) && Number.isFinite(Date.parse(text)));
const CHECKS = {
  // The version says what the rest means: another one must not be guessed at.
  alertmanager: ajv.compile<Notification>({
    ...NOTIFICATION,
    required: ["version", ...NOTIFICATION.required],
    properties: { ...NOTIFICATION.properties, version: { const: "4" } },
  }),
  grafana: ajv.compile<Notification>(NOTIFICATION),
};

/** Never throws, whatever the bytes. */
export function readNotification(sender: Sender, bytes: Uint8Array): ReadNotification {
  let body: unknown;
  try {
    body = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return { ok: false, problem: "the body is not JSON in UTF-8" };
  }
  const check = CHECKS[sender];
  if (check(body)) return { ok: true, notification: body };
  const problems = (check.errors ?? []).slice(0, PROBLEMS_SHOWN_MAX).map(problemText);
  return { ok: false, problem: problems.join("; ") };
}

/** E.g. `alerts/0/labels must be object`. Paths hold names that the sender chose. */
function problemText({ instancePath, message }: ErrorObject): string {
  const at = plainText(instancePath.slice(1), PROBLEM_CHARS_MAX);
  return `${at === "" ? "the body" : at} ${message ?? "is wrong"}`;
}
