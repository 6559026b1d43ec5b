/** What a command comes to, before anything is written about it. */
import { laneSubject } from "../gate.ts";
import type { LanePolicy } from "../policy.ts";
import type { CommandRecord, GateState } from "../records.ts";
import { isOfWebhook } from "../webhook-command.ts";
import { hasRoom, LANE_ANSWERED_MAX, type LaneState } from "./lane-state.ts";
import { mayResume } from "./resume.ts";

export type Answer =
  /** It changes nothing and needs no word: frozen already, or answered before. */
  | { readonly kind: "nothing" }
  /** The lane has as many gates as it may. */
  | { readonly kind: "no_room" }
  | { readonly kind: "refuse"; readonly cause: string }
  | { readonly kind: "move"; readonly to: GateState; readonly cause: string };

/**
 * A webhook's freeze counts once by its id: an alert that is delivered again, also after a person resumed what it froze, changes
 * nothing. What is remembered is `lane.answered`, which this call mutates: the id counts as answered once the subject is frozen, by it
 * or by another, and as heard of again each time it comes. A freeze for which there was no room is not answered; it may come again.
 */
export function answerCommand(command: CommandRecord, lane: LaneState, policy: LanePolicy): Answer {
  if (command.kind !== "freeze") {
    const cause = mayResume(command, lane, policy);
    if (cause !== null) return { kind: "refuse", cause };
    const to = command.subject === laneSubject(lane.lane) ? "probation" : "open";
    return { kind: "move", to, cause: "resumed by a named person" };
  }
  const ofWebhook = isOfWebhook(command);
  const known = ofWebhook && lane.answered.has(command.commandId);
  const state = lane.gates.get(command.subject)?.state;
  // What was rolled back is held as well, and nobody may resume it: to a webhook it is no step up.
  const frozen = state === "frozen" || (ofWebhook && state === "rolled_back");
  if (!known && !frozen && !hasRoom(lane, command.subject)) return { kind: "no_room" };
  if (ofWebhook) remember(lane.answered, command.commandId);
  if (known || frozen) return { kind: "nothing" };
  const cause = ofWebhook ? `frozen on ${command.reason}` : "frozen by a person";
  return { kind: "move", to: "frozen", cause };
}

/** At the end, as the one heard of last. What an alert that still fires repeats stays longest. */
function remember(answered: Set<string>, id: string): void {
  answered.delete(id);
  answered.add(id);
  if (answered.size > LANE_ANSWERED_MAX) answered.delete(answered.values().next().value!);
}
