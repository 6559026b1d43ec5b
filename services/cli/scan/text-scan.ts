/** The monitor's own pane, rows and rules, fed from lines instead of a log. */
import { TextAnalyser } from "../../core/analysis.ts";
import { ALL, type Catalogue, GENERATED, REAL } from "../../core/catalogue.ts";
import { cellKey } from "../../core/cell.ts";
import { judgeWindow } from "../../core/governor/judge-window.ts";
import { rankOfId } from "../../core/hash.ts";
import { LanePane, PANE_IDS_MAX } from "../../core/monitor/lane-pane.ts";
import { windowRow } from "../../core/monitor/window-row.ts";
import type { TextWatch } from "../../core/pattern/text-watch.ts";
import type { LanePolicy } from "../../core/policy.ts";
import type { VerdictRecord, WindowRecord } from "../../core/records.ts";
import type { Reference } from "../../core/reference.ts";
import type { Rule } from "../../core/rule.ts";
import type { SampleView } from "../../core/sample.ts";
import { TextIds } from "../lines/text-ids.ts";
import type { TextLine } from "../lines/text-line.ts";

/** The bit of the pane's only stage. */
const CANDIDATE = 1;

export interface ScanRules {
  readonly rules: readonly Rule[];
  readonly rulesVersion: string;
  readonly policyVersion: string;
}

export interface ScanResult {
  readonly rows: readonly WindowRecord[];
  readonly verdict: VerdictRecord;
  /** Texts that rules judge, and how many of them a verdict needs. */
  readonly judgedTexts: number;
  readonly judgedTextsMin: number;
  /** Lines dropped because their id came before. */
  readonly repeated: number;
  readonly emptyTexts: number;
  /** Lines whose id was not checked for repetition, because a bounded index was full; 0 up to a million lines. */
  readonly beyondIndex: number;
}

/** One file as one decision window of the stage `candidate`. Memory is bounded, however many texts are added. */
export class TextScan {
  readonly #catalogue: Catalogue;
  readonly #policy: LanePolicy;
  readonly #watch: TextWatch | null;
  readonly #analyser = new TextAnalyser();
  readonly #ids = new TextIds();
  readonly #pane: LanePane;
  #texts = 0;
  #repeated = 0;
  #emptyTexts = 0;

  /** `watch`: what the lane watches for in texts; null for nothing. Lines say neither when nor what about a text was made. */
  constructor(catalogue: Catalogue, policy: LanePolicy, watch: TextWatch | null = null) {
    this.#catalogue = catalogue;
    this.#policy = policy;
    this.#watch = watch;
    this.#pane = new LanePane(["candidate"], catalogue);
  }

  /** Lines added so far, repeated ones included. */
  get lines(): number {
    return this.#texts + this.#repeated;
  }

  /** A text without origin counts as made by a model: that is what a scan is for. */
  add(line: TextLine, lineNumber: number): void {
    const id = line.id ?? this.#ids.idOf(line.text, lineNumber);
    const rank = rankOfId(id);
    if (this.#pane.claim(rank, CANDIDATE, ALL) === 0) {
      this.#repeated += 1;
      return;
    }
    this.#texts += 1;
    if (line.text.length === 0) this.#emptyTexts += 1;
    const bytes = Buffer.from(line.text, "utf8");
    const sample = this.#sample(line, id, bytes);
    const generated = !this.#policy.realOrigins.includes(sample.origin);
    const cell = cellKey(sample);
    const text = this.#analyser.analyse(sample.output);
    const findings = this.#watch?.read(text, null, null) ?? null;
    const { tokenCount: tokens } = text;
    this.#pane.add(CANDIDATE, ALL, cell, "arrival", { sample, generated, tokens, findings });
    this.#pane.addText(CANDIDATE, generated ? GENERATED : REAL, cell, rank, id, line.bucket, text, findings);
  }

  /** Closes the window, measures and judges it. To be called once. `reference` is frozen before the first text is judged. */
  finish(reference: Reference, { rules, rulesVersion, policyVersion }: ScanRules): ScanResult {
    const span = { lane: this.#policy.lane, startMs: 0, endMs: 0, generation: 1 };
    const frame = { ...span, window: "decision" as const, policyVersion };
    const segments = this.#pane.close(CANDIDATE);
    const generated = segments.get(GENERATED)?.sample ?? null;
    const rows = [...segments].map(([segment, state]) =>
      windowRow(frame, "candidate", segment, state, reference, rules, generated),
    );
    const group = { ...span, window: "decision" as const, partition: 0, rows };
    const judged = judgeWindow(group, rules, rulesVersion, this.#catalogue, this.#policy, new Map());
    return {
      rows,
      verdict: judged.verdict,
      judgedTexts: rows.find((row) => row.segment === GENERATED)?.n ?? 0,
      judgedTextsMin: this.#policy.decisionTextsMin,
      repeated: this.#repeated,
      emptyTexts: this.#emptyTexts,
      beyondIndex: Math.max(this.#ids.beyond, this.#texts - PANE_IDS_MAX, 0),
    };
  }

  #sample(line: TextLine, id: string, bytes: Uint8Array): SampleView {
    return {
      id,
      eventMs: 0,
      lane: this.#policy.lane,
      bucket: line.bucket,
      origin: line.origin ?? "model_generated",
      template: line.template,
      teacher: line.teacher,
      judge: line.judge,
      source: line.source,
      judgeScore: null,
      output: { bytes, start: 0, end: bytes.length },
      judgeVerdict: "",
      missingProvenance: [],
      marks: line.teacher === "" ? [] : ["teacher"],
    };
  }
}
