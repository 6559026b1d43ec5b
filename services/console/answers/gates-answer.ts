/** What `/api/gates` says and is asked. Times are epoch ms. */

export interface ResumeNeed {
  readonly text: string;
  /** null: only the governor can say. */
  readonly met: boolean | null;
}

export interface GateAnswer {
  readonly lane: string;
  readonly subject: string;
  readonly state: string;
  /** Share of generated arrivals let through, 0..1. */
  readonly share: number;
  readonly sinceMs: number;
  readonly validUntilMs: number;
  /** The lease has run out: nobody renews it. */
  readonly stale: boolean;
  /** How the lane's policy treats a stale gate, in words. */
  readonly staleTreatment: string;
  readonly rule: string;
  /** The rule in words; "" where it is not among the published ones (a command). */
  readonly ruleTitle: string;
  readonly cause: string;
  readonly decisionId: string;
  /** False: computed and shown, nothing is held back. */
  readonly enforced: boolean;
  /** What a resume takes; empty unless frozen. */
  readonly needs: readonly ResumeNeed[];
}

export interface GatesAnswer {
  readonly nowMs: number;
  /** Freezing and resuming from this console is switched off. */
  readonly readOnly: boolean;
  /** Those that hold something back first; at most `GATES_SHOWN_MAX`. */
  readonly gates: readonly GateAnswer[];
  readonly gatesTotal: number;
}

export const GATES_SHOWN_MAX = 500;

/** Body of `POST /api/gates/requests`. */
export interface GateWish {
  readonly kind: "freeze" | "resume";
  readonly subject: string;
  readonly lane: string;
  readonly actor: string;
  readonly reason: string;
}

/** What became of it. `unanswered`: it is in the log and counts once the governor reads it. */
export interface GateWishAnswer {
  readonly outcome: "granted" | "refused" | "already_frozen" | "unanswered";
  /** In words. */
  readonly said: string;
  readonly decisionId: string | null;
  readonly state: string | null;
}
