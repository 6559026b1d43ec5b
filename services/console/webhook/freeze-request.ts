/** Which alerts become a freeze, of what, and under which id. */
import { createHash } from "node:crypto";
import { laneSubject } from "../../core/gate.ts";
import type { CommandRecord } from "../../core/records.ts";
import { WEBHOOK_ACTOR_PREFIX } from "../../core/webhook-command.ts";
import type { Alert, Sender } from "./notification.ts";
import { plainText } from "./plain-text.ts";

/** Why an alert becomes no command: over; it asks for nothing; its lane or its subject is none. */
export type Ignored = "resolved" | "no_action" | "unknown_lane" | "unknown_subject";

export type FreezeRequest = Pick<
  CommandRecord,
  "commandId" | "kind" | "subject" | "lane" | "actor" | "reason"
>;

const SUBJECT = /^(?:template|teacher|judge|model|source|dataset|mixture):[^\p{Cc}\p{Cs}]{1,256}$/u;
const NAME_CHARS_MAX = 96;
const SUMMARY_CHARS_MAX = 300;
const ID_DIGITS = 32;

/** The alert's lane where it fires and asks for a freeze; whether there is such a lane is still open. */
export function askedLane(alert: Alert): { readonly lane: string } | Ignored {
  if (alert.status !== "firing") return "resolved";
  if (label(alert, "action") !== "freeze") return "no_action";
  const lane = label(alert, "lane");
  return lane === "" ? "unknown_lane" : { lane };
}

/**
 * The command of a firing alert in a lane that exists: a freeze, whatever the alert says. Its subject is the label `subject`, or the
 * lane without one.
 *
 * The id is made of what names the alert and its beginning. So the alert gives one id for as long as it fires, over repeated
 * deliveries, groups, receivers, and restarts of whoever sends or takes it.
 */
export function freezeRequest(
  sender: Sender,
  receiver: string,
  alert: Alert,
  lane: string,
): FreezeRequest | Ignored {
  const subject = label(alert, "subject") || laneSubject(lane);
  if (subject !== laneSubject(lane) && !SUBJECT.test(subject)) return "unknown_subject";
  const startedMs = Date.parse(alert.startsAt);
  const key = JSON.stringify([sender, alert.fingerprint, startedMs, alert.status, lane, subject]);
  const id = createHash("sha256").update(key).digest("hex").slice(0, ID_DIGITS);
  const name = plainText(label(alert, "alertname"), NAME_CHARS_MAX) || "without a name";
  const from = plainText(receiver, NAME_CHARS_MAX);
  return {
    commandId: `webhook-${id}`,
    kind: "freeze",
    subject,
    lane,
    actor: `${WEBHOOK_ACTOR_PREFIX}${sender}/${from}/${name}`,
    reason: reasonOf(alert, name),
  };
}

/** E.g. `alert PlumblineTailCoverageCollapseWarns of rule tail_coverage_collapse: Rare words are disappearing (lane support)`. */
function reasonOf(alert: Alert, name: string): string {
  const rule = plainText(label(alert, "rule"), NAME_CHARS_MAX);
  const summary = plainText(own(alert.annotations ?? {}, "summary"), SUMMARY_CHARS_MAX);
  return `alert ${name}${rule === "" ? "" : ` of rule ${rule}`}${summary === "" ? "" : `: ${summary}`}`;
}

function label({ labels }: Alert, name: string): string {
  return own(labels, name);
}

function own(texts: Readonly<Record<string, string>>, name: string): string {
  return Object.hasOwn(texts, name) ? texts[name]! : "";
}
