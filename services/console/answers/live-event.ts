/** What `/api/live` sends as the data of each event: that there is something new, never what it says. */

/**
 * `window`: a window closed. `verdict`: it was judged. `gate`: state or lease of a gate. `decision`: it was moved. `change`,
 * `review`: somebody did or said something. `all`: more than can be told; ask for everything again.
 */
export type LiveKind = "window" | "verdict" | "gate" | "decision" | "change" | "review" | "all";

export interface LiveEvent {
  readonly kind: LiveKind;
  /** "" where it concerns every lane. */
  readonly lane: string;
}
