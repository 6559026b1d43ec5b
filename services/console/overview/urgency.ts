/** In which order lanes need somebody to look, and why. */
import type { LaneGate, LaneVerdict } from "../answers/overview-answer.ts";

export interface Urgency {
  /** 0 first. */
  readonly urgency: number;
  readonly attention: string;
}

/**
 * A frozen lane comes before one whose lease ran out, since the second is held where it is and the first waits for a person. A
 * verdict that could not tell is never "well".
 */
export function urgencyOf(
  gate: LaneGate | null,
  held: readonly { readonly subject: string; readonly state: string }[],
  verdict: LaneVerdict | null,
): Urgency {
  if (gate?.state === "frozen" || gate?.state === "rolled_back")
    return { urgency: 0, attention: "frozen: a named person resumes it" };
  if (gate?.stale === true) return { urgency: 1, attention: "the lease ran out: nobody decides now" };
  if (held.some(({ state }) => state === "frozen"))
    return { urgency: 2, attention: `${held.length === 1 ? "a subject is" : "subjects are"} held` };
  if (verdict?.verdict === "breach") return { urgency: 3, attention: "the last window breached" };
  if (gate !== null && gate.state !== "open")
    return {
      urgency: 4,
      attention: gate.state === "probation" ? "on probation" : `the gate is at ${gate.state}`,
    };
  if (verdict === null) return { urgency: 5, attention: "no verdict yet" };
  if (verdict.verdict !== "pass") return { urgency: 5, attention: "the last window could not tell" };
  if (verdict.warn) return { urgency: 5, attention: "passes with a warning" };
  return { urgency: 6, attention: "well" };
}
