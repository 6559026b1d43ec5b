/** What a person asks of a gate, from the key that signs it to what the governor made of it. */
import type { CommandRecord, DecisionRecord, GateRecord } from "../../core/records.ts";
import { personalKey } from "../command-signing.ts";
import { type GateLog, isRefusal, readGates, requestTransition } from "./gate-log.ts";

/** Characters of a name or a reason. */
export const ASKED_CHARS_MAX = 2_000;

export interface Wish {
  readonly kind: CommandRecord["kind"];
  readonly subject: string;
  readonly lane: string;
  /** Who asks; the command is signed with this person's key. */
  readonly actor: string;
  readonly reason: string;
}

/** `unanswered`: the command is in the log and counts once the governor reads it, but no decision came in time. */
export type Answer =
  | { readonly kind: "already_frozen"; readonly gate: GateRecord }
  | { readonly kind: "granted" | "refused"; readonly commandId: string; readonly decision: DecisionRecord }
  | { readonly kind: "unanswered"; readonly commandId: string };

/**
 * Sends the wish, signed with the actor's key under `home` (made at first use), and waits `waitMsMax` for the governor's decision.
 * Whether it is granted is the governor's to say. Nothing is sent where a freeze is asked for of what is frozen.
 */
export async function askGovernor(
  gateLog: GateLog,
  wish: Wish,
  given: { readonly home: string; readonly nowMs: number; readonly waitMsMax: number },
): Promise<Answer> {
  if (wish.kind === "freeze") {
    // The governor says nothing to a freeze of what is frozen: waiting would be in vain.
    const gates = await readGates(gateLog);
    const gate = gates.find(({ subject, lane }) => subject === wish.subject && lane === wish.lane);
    if (gate?.state === "frozen") return { kind: "already_frozen", gate };
  }
  const privateKey = await personalKey(given.home, wish.actor);
  const asked = { ...wish, issuedMs: given.nowMs, privateKey };
  const { commandId, decision } = await requestTransition(gateLog, asked, given.waitMsMax);
  if (decision === null) return { kind: "unanswered", commandId };
  return { kind: isRefusal(decision) ? "refused" : "granted", commandId, decision };
}

/** What is wrong with a name or a reason; null for nothing. */
export function askedProblem(text: string): string | null {
  if (text.trim() !== "" && text.length <= ASKED_CHARS_MAX) return null;
  return `must have 1 to ${ASKED_CHARS_MAX} characters`;
}
