/** What `/api/overview` says. Times are epoch ms. */

export interface LaneOverview {
  readonly lane: string;
  /** The lane's own gate; null before its first verdict. */
  readonly gate: LaneGate | null;
  /** Subjects of the lane that are not open, by name. */
  readonly held: readonly { readonly subject: string; readonly state: string }[];
  readonly verdict: LaneVerdict | null;
  /** Of generated candidates, newest judged decision window. */
  readonly tail: LaneFigure | null;
  /** Of all users, newest judged decision window. */
  readonly online: LaneFigure | null;
  /** Why it stands where it stands: the lower, the sooner somebody should look. 0 frozen … 6 well. */
  readonly urgency: number;
  /** The urgency in words. */
  readonly attention: string;
}

export interface LaneGate {
  readonly state: string;
  /** Share of generated arrivals let through, 0..1. */
  readonly share: number;
  readonly sinceMs: number;
  readonly validUntilMs: number;
  /** The lease has run out: nobody renews it. */
  readonly stale: boolean;
  readonly cause: string;
  readonly rule: string;
}

export interface LaneVerdict {
  /** pass, inconclusive, error, breach. */
  readonly verdict: string;
  readonly warn: boolean;
  readonly window: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly families: readonly string[];
  /** The arithmetic of the first rule that has this verdict; "" where none has. */
  readonly reason: string;
}

export interface LaneFigure {
  readonly value: number;
  readonly lo: number | null;
  readonly hi: number | null;
  readonly n: number;
  readonly endMs: number;
  /** The last judged windows, oldest first, at most 40. */
  readonly points: readonly { readonly endMs: number; readonly value: number }[];
}

export interface OverviewAnswer {
  readonly nowMs: number;
  /** Those that need attention first; at most 200. */
  readonly lanes: readonly LaneOverview[];
  readonly lanesTotal: number;
}
