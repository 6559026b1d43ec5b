/** Commands that a webhook asked for: what tells them from those of people. */
import type { CommandRecord } from "./records.ts";

/** What their actors begin with; then come receiver and alert: `webhook:alertmanager/plumbline/PlumblineWordDivergence`. */
export const WEBHOOK_ACTOR_PREFIX = "webhook:";

/** Such a command can only tighten (law 7), and its id is remembered: whoever sends alerts sends them again and again. */
export function isOfWebhook(command: Pick<CommandRecord, "actor">): boolean {
  return command.actor.startsWith(WEBHOOK_ACTOR_PREFIX);
}
