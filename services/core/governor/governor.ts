/**
 * The governor: windows in, verdicts, decisions and gates out; commands of people; leases. One is active.
 *
 * Its clock is the append time of its own ticks in `commands`, so a replay sees the same one (law 1). One call of
 * `absorb` is one cut: what it does depends on the cut's records, not on the order they were polled in.
 */
import type { Catalogue } from "../catalogue.ts";
import type { Effect } from "../effect.ts";
import { climb, gateKey, laneSubject, NO_STREAKS, type Streaks, shareOf } from "../gate.ts";
import type { CommandInput, Input, InputCut, UnreadableInput, WindowInput } from "../input.ts";
import type { Policies } from "../policy.ts";
import type { CommandRecord, GateRecord, GateState, VerdictRecord } from "../records.ts";
import { rejectEffect } from "../reject-effect.ts";
import type { Rule } from "../rule.ts";
import { answerCommand } from "./answer-command.ts";
import { blamedSubject, deployedModel, families, isAnswered } from "./blamed-subject.ts";
import type { JudgedWindow } from "./judge-window.ts";
import { judgeWithSeries } from "./judge-with-series.ts";
import { encodeGovernorJson, encodeLaneState, hasRoom, type LaneState, newLaneState } from "./lane-state.ts";
import { GOVERNOR_CLOCK, type GovernorRestored, LANE_PREFIX } from "./restore-governor.ts";
import { SeriesBook } from "./series-book.ts";
import { compareGroups, type WindowGroup, WindowGroups } from "./window-groups.ts";

/** A lease is renewed only while the monitor of the lane's partition ticked this recently, by append time (law 7). */
export const SIGN_OF_LIFE_MS_MAX = 10_000;
/** Name of automatic decisions' actor. */
export const GOVERNOR_ACTOR = "plumbline";

export interface GovernorConfig {
  readonly catalogue: Catalogue;
  readonly policies: Policies;
  readonly rules: readonly Rule[];
  readonly rulesVersion: string;
}

/** Lanes the governor keeps state for; a command for one more is refused. */
export const GOVERNOR_LANES_MAX = 10_000;

interface Transition {
  readonly subject: string;
  readonly to: GateState;
  readonly rule: string;
  readonly cause: string;
  readonly actor: string;
  readonly reason: string;
  readonly verdict: VerdictRecord | null;
}

export class Governor {
  readonly #config: GovernorConfig;
  readonly #lanes = new Map<string, LaneState>();
  readonly #series: SeriesBook;
  readonly #groups = new WindowGroups();
  readonly #signs = new Map<number, number>();
  readonly #rejectedTo = new Map<number, number>();
  readonly #read = new Map<string, number>();
  #revision = 0;
  #clockMs = 0;
  #cutName = "";

  /** `restored` is null for a governor that never committed. */
  constructor(config: GovernorConfig, restored: GovernorRestored | null) {
    this.#config = config;
    this.#series = new SeriesBook(restored?.series ?? []);
    if (restored === null) return;
    this.#revision = restored.revision;
    this.#clockMs = restored.clockMs;
    for (const [partition, appendMs] of restored.signs) this.#signs.set(partition, appendMs);
    for (const [partition, offset] of restored.rejectedTo) this.#rejectedTo.set(partition, offset);
    for (const [at, offset] of restored.read) this.#read.set(at, offset);
    for (const lane of restored.lanes) this.#lanes.set(lane.lane, lane);
  }

  /** One cut: everything polled since the last transaction. The effects are one transaction, the cut first. */
  absorb(inputs: readonly Input[], cut: InputCut): Effect[] {
    this.#cutName = cut.ranges.map((r) => `${r.topic}/${r.partition}:${r.from}-${r.to}`).join(" ");
    const effects: Effect[] = [];
    const touched = new Set<LaneState>();
    const groups: WindowGroup[] = [];
    const commands: CommandInput[] = [];
    for (const input of inputs) {
      if (input.kind === "tick") this.#takeTick(input.at.topic, input.at.partition, input.at.appendMs);
      else if (input.kind === "window") this.#takeRow(input, groups);
      else if (input.kind === "command") commands.push(input);
      else if (input.kind === "unreadable") this.#reject(input, effects);
    }
    for (const group of groups.sort(compareGroups)) this.#judge(group, touched, effects);
    for (const input of commands.sort((a, b) => a.at.offset - b.at.offset)) {
      this.#command(input.command, touched, effects);
    }
    this.#renewLeases(touched, effects);
    for (const { topic, partition, to } of cut.ranges) {
      this.#read.set(`${topic}/${partition}`, (topic === "windows" ? this.hold(partition) : null) ?? to);
    }
    return [{ type: "cut", topic: "decisions", partition: 0, cut }, ...effects, ...this.#checkpoint(touched)];
  }

  /** Offset of the first row of a window still incomplete in a partition of `windows`; null when there is none. */
  hold(partition: number): number | null {
    return this.#groups.hold(partition);
  }

  /** Where reading goes on after a restart: behind the last cut, or at the first row of a window under way; null before a cut. */
  nextOffset(topic: string, partition: number): number | null {
    return this.#read.get(`${topic}/${partition}`) ?? null;
  }

  /** The governor's clock: append time of its last tick, 0 before the first. */
  get clockMs(): number {
    return this.#clockMs;
  }

  gates(): readonly GateRecord[] {
    return [...this.#lanes.values()].flatMap((lane) => [...lane.gates.values()]);
  }

  #takeTick(topic: string, partition: number, appendMs: number): void {
    if (topic === "commands") this.#clockMs = Math.max(this.#clockMs, appendMs);
    else this.#signs.set(partition, Math.max(this.#signs.get(partition) ?? 0, appendMs));
  }

  /** Rows of a window under way are read again after a restart; what was unreadable among them is set aside once. */
  #reject(input: UnreadableInput, effects: Effect[]): void {
    const { topic, partition, offset } = input.at;
    if (topic === "windows") {
      if (offset < (this.#rejectedTo.get(partition) ?? 0)) return;
      this.#rejectedTo.set(partition, offset + 1);
    }
    effects.push(rejectEffect(input, 0));
  }

  #takeRow(input: WindowInput, groups: WindowGroup[]): void {
    const group = this.#groups.add(input);
    if (group !== null) groups.push(group);
  }

  #lane(lane: string, partition: number): LaneState {
    let state = this.#lanes.get(lane);
    if (state === undefined) {
      state = newLaneState(lane, partition);
      this.#lanes.set(lane, state);
    }
    return state;
  }

  #judge(group: WindowGroup, touched: Set<LaneState>, effects: Effect[]): void {
    const lane = this.#lane(group.lane, group.partition);
    lane.partition = group.partition;
    touched.add(lane);
    const judged = judgeWithSeries(this.#series, group, this.#config, lane.anchors, effects);
    for (const [key, anchor] of judged.anchors) lane.anchors.set(key, anchor);
    effects.push({
      type: "publish",
      topic: "verdicts",
      partition: group.partition,
      key: group.lane,
      record: judged.verdict,
    });
    this.#hold(lane, group, judged.verdict, effects);
    this.#climb(lane, judged, effects);
  }

  /** What rules hold by themselves. */
  #hold(lane: LaneState, { rows }: WindowGroup, verdict: VerdictRecord, effects: Effect[]): void {
    for (const result of verdict.results) {
      const rule = this.#config.rules.find(({ id }) => id === result.rule);
      if (result.verdict !== "breach" || rule?.holds === undefined || result.bucket !== "") continue;
      const subject = deployedModel(rows);
      if (subject === null || lane.gates.get(subject)?.state === "frozen" || !hasRoom(lane, subject))
        continue;
      const { id, title } = rule;
      const transition = { subject, to: "frozen", rule: id, cause: title, actor: GOVERNOR_ACTOR } as const;
      this.#transit(lane, { ...transition, reason: result.arithmetic, verdict }, effects);
    }
  }

  #climb(lane: LaneState, judged: JudgedWindow, effects: Effect[]): void {
    const policy = this.#config.policies.of(lane.lane);
    const subject = laneSubject(lane.lane);
    const gate = lane.gates.get(subject) ?? null;
    const before = gate?.state ?? "open";
    if (isAnswered(lane, judged.verdict)) {
      // The blamed subject is held already; its texts are still measured as candidates, so the breach will go on for a while.
      lane.streaks = { ...NO_STREAKS, probationStep: lane.streaks.probationStep };
      if (gate === null) this.#publishGate(lane, subject, before, gate, effects);
      return;
    }
    // Windows that began before the resume show what was made before it.
    const early = before === "probation" && judged.verdict.startMs < lane.resumedThroughMs;
    const ladder = early ? { ...judged.ladder, conclusive: false } : judged.ladder;
    lane.judgedThroughMs = Math.max(lane.judgedThroughMs, judged.verdict.endMs);
    const step = climb(before, lane.streaks, ladder, policy);
    const smaller =
      step.state === "frozen" && before !== "frozen" ? this.#smallerSubject(lane, judged.verdict) : null;
    if (smaller !== null) {
      // The subject is held instead of the lane; its absence has to show before the lane is judged for it again.
      lane.streaks = { ...NO_STREAKS };
      this.#transit(
        lane,
        { ...this.#automatic(judged.verdict, step.cause), subject: smaller, to: "frozen" },
        effects,
      );
      return;
    }
    const moved = step.state !== before || step.streaks.probationStep !== lane.streaks.probationStep;
    const counted = step.state === "frozen" && step.streaks.clean !== lane.streaks.clean;
    lane.streaks = step.streaks;
    if (moved) {
      this.#transit(
        lane,
        { ...this.#automatic(judged.verdict, step.cause), subject, to: step.state },
        effects,
      );
    } else if (gate === null || counted) {
      this.#publishGate(lane, subject, before, gate, effects);
    }
  }

  #automatic(verdict: VerdictRecord, cause: string): Omit<Transition, "subject" | "to"> {
    const breach = verdict.results.find((result) => result.verdict === "breach");
    return {
      rule: breach?.rule ?? "",
      cause: breach === undefined ? cause : `${cause}: ${families(verdict)}`,
      actor: GOVERNOR_ACTOR,
      reason: breach?.arithmetic ?? "",
      verdict,
    };
  }

  #command(command: CommandRecord, touched: Set<LaneState>, effects: Effect[]): void {
    if (!this.#lanes.has(command.lane) && this.#lanes.size >= GOVERNOR_LANES_MAX) {
      effects.push({ type: "count", name: "commands_refused", labels: { code: "lanes_max" }, by: 1 });
      return;
    }
    const lane = this.#lane(command.lane, this.#lanes.get(command.lane)?.partition ?? 0);
    touched.add(lane);
    const { subject, actor, reason } = command;
    const before = lane.gates.get(subject)?.state ?? "open";
    const base = { subject, actor, reason, rule: command.kind, verdict: null };
    const answer = answerCommand(command, lane, this.#config.policies.of(lane.lane));
    if (answer.kind === "no_room") {
      effects.push({ type: "count", name: "commands_refused", labels: { code: "subjects_max" }, by: 1 });
    } else if (answer.kind === "refuse") {
      // A decision and nothing else: a refusal renews no lease and makes no gate.
      const rule = `${command.kind}_refused`;
      this.#decide(lane, before, { ...base, to: before, rule, cause: answer.cause }, effects);
    } else if (answer.kind === "move") {
      if (command.kind === "resume" && subject === laneSubject(lane.lane)) {
        lane.streaks = { ...NO_STREAKS };
        lane.resumedThroughMs = lane.judgedThroughMs;
        this.#series.restart(lane.lane);
      }
      this.#transit(lane, { ...base, to: answer.to, cause: answer.cause }, effects);
    }
  }

  #transit(lane: LaneState, transition: Transition, effects: Effect[]): void {
    const gate = lane.gates.get(transition.subject) ?? null;
    const from = gate?.state ?? "open";
    if (transition.to === "frozen" && from !== "frozen") {
      lane.authors.set(transition.subject, transition.actor);
      this.#series.restart(lane.lane);
      // What was clean before the freeze says nothing about what is clean under it.
      lane.streaks = { ...lane.streaks, clean: 0 };
    }
    const decisionId = this.#decide(lane, from, transition, effects);
    this.#publishGate(lane, transition.subject, transition.to, gate, effects, { ...transition, decisionId });
  }

  /** Writes the decision; returns its id. */
  #decide(lane: LaneState, from: GateState, transition: Transition, effects: Effect[]): string {
    const { verdict } = transition;
    this.#revision += 1;
    const revision = this.#revision;
    const decisionId = `d${String(revision).padStart(8, "0")}`;
    effects.push({
      type: "publish",
      topic: "decisions",
      partition: 0,
      key: transition.subject,
      record: {
        decisionId,
        subject: transition.subject,
        lane: lane.lane,
        from,
        to: transition.to,
        rule: transition.rule,
        cause: transition.cause,
        actor: transition.actor,
        reason: transition.reason,
        window: verdict?.window ?? "",
        windowStartMs: verdict?.startMs ?? 0,
        windowEndMs: verdict?.endMs ?? 0,
        generation: verdict?.generation ?? 0,
        evidence: verdict?.evidence ?? [],
        revision,
        atMs: this.#clockMs,
        cut: this.#cutName,
        prevHash: "",
        hash: "",
      },
    });
    return decisionId;
  }

  #publishGate(
    lane: LaneState,
    subject: string,
    state: GateState,
    previous: GateRecord | null,
    effects: Effect[],
    why?: { readonly rule: string; readonly cause: string; readonly decisionId: string },
  ): void {
    const policy = this.#config.policies.of(lane.lane);
    const streaks: Streaks = subject === laneSubject(lane.lane) ? lane.streaks : NO_STREAKS;
    this.#revision += 1;
    const record: GateRecord = {
      subject,
      lane: lane.lane,
      state,
      share: shareOf(state, streaks, policy),
      sinceMs: previous !== null && previous.state === state ? previous.sinceMs : this.#clockMs,
      validUntilMs: this.#isAlive(lane)
        ? this.#clockMs + policy.leaseMs
        : (previous?.validUntilMs ?? this.#clockMs),
      revision: this.#revision,
      rule: why?.rule ?? previous?.rule ?? "",
      cause: why?.cause ?? previous?.cause ?? "",
      decisionId: why?.decisionId ?? previous?.decisionId ?? "",
      cleanWindows: streaks.clean,
    };
    lane.gates.set(subject, record);
    effects.push({ type: "publish", topic: "gates", partition: 0, key: gateKey(record), record });
  }

  /** Whether the monitor of the lane's partition ticked lately: no lease is given without it (law 7). */
  #isAlive(lane: LaneState): boolean {
    return this.#clockMs - (this.#signs.get(lane.partition) ?? 0) < SIGN_OF_LIFE_MS_MAX;
  }

  /** A blamed subject that is smaller than the lane; null where the lane has as many gates as it may. */
  #smallerSubject(lane: LaneState, verdict: VerdictRecord): string | null {
    const subject = blamedSubject(lane, verdict);
    if (subject === null) return null;
    return hasRoom(lane, subject) ? subject : null;
  }

  /** Renews what has less than half its lease left, while the lane's monitor shows that it lives. */
  #renewLeases(touched: Set<LaneState>, effects: Effect[]): void {
    for (const name of [...this.#lanes.keys()].sort()) {
      const lane = this.#lanes.get(name)!;
      if (!this.#isAlive(lane)) continue;
      const { leaseMs } = this.#config.policies.of(name);
      for (const gate of [...lane.gates.values()]) {
        if (gate.validUntilMs - this.#clockMs >= leaseMs / 2) continue;
        this.#publishGate(lane, gate.subject, gate.state, gate, effects);
        touched.add(lane);
      }
    }
  }

  #checkpoint(touched: ReadonlySet<LaneState>): Effect[] {
    const clock = {
      revision: this.#revision,
      clockMs: this.#clockMs,
      signs: [...this.#signs],
      rejectedTo: [...this.#rejectedTo],
      read: [...this.#read],
    };
    const states = [...touched].map((lane) => [`${LANE_PREFIX}${lane.lane}`, encodeLaneState(lane)] as const);
    return [
      [GOVERNOR_CLOCK, encodeGovernorJson(clock)] as const,
      ...states,
      ...this.#series.checkpoint(),
    ].map(([name, body]) => ({
      type: "publish",
      topic: "state",
      partition: 0,
      key: `governor/0/${name}`,
      record: { service: "governor", partition: 0, name, body },
    }));
  }
}
