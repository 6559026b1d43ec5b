/** The gates one partition knows, found by lane and then by subject without making a string for each sample. */
import type { GateRecord } from "../records.ts";
import type { SampleView } from "../sample.ts";

/** Kinds of subjects that one sample names, in the order its gates are looked at. */
const KINDS = ["template", "teacher", "judge", "source"] as const;

/** Gates of one lane: its own, and those of its subjects by name. */
export class LaneGates {
  #lane: GateRecord | null = null;
  readonly #subjects = KINDS.map((kind) => ({ kind, gates: new Map<string, GateRecord>() }));

  /** A subject of a kind that no sample names holds nothing. */
  set(gate: GateRecord): void {
    const colon = gate.subject.indexOf(":");
    const kind = gate.subject.slice(0, colon);
    const name = gate.subject.slice(colon + 1);
    // A lane is held by its own gate only; a sample that names no template is none of a template's.
    if (kind === "lane" && name === gate.lane) this.#lane = gate;
    else if (name !== "") this.#subjects.find((subject) => subject.kind === kind)?.gates.set(name, gate);
  }

  /** Appends the gates of a sample's lane and subjects to `found`. */
  find(sample: SampleView, found: GateRecord[]): void {
    if (this.#lane !== null) found.push(this.#lane);
    for (const { kind, gates } of this.#subjects) {
      if (gates.size === 0) continue;
      const gate = gates.get(sample[kind]);
      if (gate !== undefined) found.push(gate);
    }
  }
}
