/** What `/api/diagnosis` says: how a lane's loop hangs together, how far a loss has come, and where to look. Times are epoch ms. */

export interface DiagnosisMeasure {
  readonly title: string;
  /** null: not measured. */
  readonly value: number | null;
  readonly n: number;
  /** Whom it is about; "" for nobody in particular. */
  readonly of: string;
  readonly state: "open" | "narrowing" | "closed" | "not_measured";
}

export interface DiagnosisEdge {
  readonly from: string;
  readonly to: string;
  readonly title: string;
  readonly state: DiagnosisMeasure["state"];
  readonly measures: readonly DiagnosisMeasure[];
}

export interface DiagnosisCheck {
  readonly title: string;
  /** "at least 0.5". */
  readonly bound: string;
  readonly seen: "holds" | "fails" | "unknown";
  readonly value: number | null;
  readonly n: number;
  readonly of: string;
}

export interface DiagnosisLook {
  readonly question: string;
  /** With the lane in it, as a literal. */
  readonly sql: string;
  /** Of Grafana, by its title. */
  readonly dashboard: string;
}

export interface DiagnosisCause {
  readonly id: string;
  readonly title: string;
  readonly how: string;
  readonly act: string;
  readonly standing: "likely" | "mixed" | "possible" | "unlikely";
  /** Titles of the signals that name it. */
  readonly signals: readonly string[];
  readonly confirmedBy: readonly DiagnosisCheck[];
  readonly ruledOutBy: readonly DiagnosisCheck[];
  readonly look: readonly DiagnosisLook[];
}

export interface DiagnosisSignal {
  readonly title: string;
  readonly shows: string;
  readonly sinceMs: number;
  readonly rules: readonly string[];
}

export interface DiagnosisStage {
  readonly stage: "rare_events" | "variance" | "quality";
  readonly state: "lost" | "was_lost" | "holds" | "not_measured";
  readonly sinceMs: number | null;
}

export interface DiagnosisAnswer {
  readonly lane: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly signals: readonly DiagnosisSignal[];
  /** The place to look first, first. */
  readonly causes: readonly DiagnosisCause[];
  readonly edges: readonly DiagnosisEdge[];
  /** Share of admitted samples that a model made and no person, execution or retrieval checked. */
  readonly closed: { readonly value: number | null; readonly n: number };
  readonly stages: readonly DiagnosisStage[];
  /** Whether quality was lost after what goes first in a collapse; null where that cannot be told. */
  readonly inOrder: boolean | null;
}
