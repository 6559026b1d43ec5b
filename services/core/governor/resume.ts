/** Who may resume what, and when. */
import type { LanePolicy } from "../policy.ts";
import type { CommandRecord } from "../records.ts";
import { isOfWebhook } from "../webhook-command.ts";
import type { LaneState } from "./lane-state.ts";

/** Why a resume was refused, in words the person who asked can act on. */
export type Refusal = string;

/** null when the resume is granted. */
export function mayResume(command: CommandRecord, lane: LaneState, policy: LanePolicy): Refusal | null {
  const gate = lane.gates.get(command.subject);
  if (gate === undefined || gate.state !== "frozen") return "the subject is not frozen";
  // Before the approvers: no list of names may let a program open what was closed (law 7).
  if (isOfWebhook(command)) return "a webhook can only tighten";
  if (!policy.approvers.includes(command.actor)) {
    return `${command.actor} is not among the approvers of the lane's policy`;
  }
  if (lane.authors.get(command.subject) === command.actor) return "who froze the subject may not resume it";
  if (command.reason.trim() === "") return "a resume needs a reason";
  if (lane.streaks.clean < policy.resumeCleanWindows) {
    return `${lane.streaks.clean} of ${policy.resumeCleanWindows} clean decision windows so far`;
  }
  return null;
}
