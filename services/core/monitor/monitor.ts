/**
 * The monitor of one partition number: judged samples, online traffic, evaluations and manifests in; closed panes and
 * windows out. A pane yields one final value (design law 1); nothing depends on how the topics interleaved.
 */
import { TextAnalyser } from "../analysis.ts";
import { ALL, type Catalogue, GENERATED, REAL, suiteSegment } from "../catalogue.ts";
import { cellKey } from "../cell.ts";
import type { Effect } from "../effect.ts";
import { rankOfId } from "../hash.ts";
import type {
  EvaluationInput,
  Input,
  InteractionInput,
  JudgedInput,
  OutcomeInput,
  TrainingInput,
  UnreadableInput,
} from "../input.ts";
import { OTHER, type Policies } from "../policy.ts";
import type { PaneRecord } from "../records.ts";
import type { Reference } from "../reference.ts";
import type { Rule } from "../rule.ts";
import { type Position, STAGES, type Stage } from "../sample.ts";
import { advanced, generationBoundary, isLate, NO_WATERMARK, paneStart } from "../time.ts";
import { Changelog } from "./changelog.ts";
import { encodeMonitorCheckpoint, MONITOR_CHECKPOINT, type MonitorCheckpoint } from "./checkpoint.ts";
import {
  type Feed,
  isMonitorTopic,
  MONITOR_TOPICS,
  type MonitorTopic,
  newFeeds,
  slowestStage,
  stageClosedThrough,
  TICKED_TOPICS,
} from "./feeds.ts";
import { type FinishedWindow, LaneWindows } from "./lane-windows.ts";
import { type Hold, type OpenPane, OpenPanes } from "./open-panes.ts";
import { decodeSegment } from "./pane-codec.ts";
import { windowRow } from "./window-row.ts";

export interface MonitorConfig {
  readonly partition: number;
  readonly catalogue: Catalogue;
  readonly policies: Policies;
  readonly rules: readonly Rule[];
  /** The lane's frozen reference; null where it has none. */
  readonly referenceOf: (lane: string) => Reference | null;
}

/** What a restart starts from. */
export interface MonitorRestored {
  readonly checkpoint: MonitorCheckpoint;
  readonly panes: readonly PaneRecord[];
}

interface PendingManifest {
  readonly lane: string;
  readonly boundaryMs: number;
  readonly hold: Hold;
}

interface LaneState {
  readonly windows: LaneWindows;
  readonly changelog: Changelog;
}

export class MonitorPartition {
  readonly #config: MonitorConfig;
  readonly #analyser = new TextAnalyser();
  readonly #feeds = newFeeds();
  readonly #panes: OpenPanes;
  readonly #closedThrough: Record<Stage, number> = {
    candidate: NO_WATERMARK,
    admitted: NO_WATERMARK,
    reply: NO_WATERMARK,
  };
  #foldedThroughMs = NO_WATERMARK;
  readonly #lanes = new Map<string, LaneState>();
  readonly #manifests: PendingManifest[] = [];
  #rejected: UnreadableInput[] = [];

  /** `restored` is null for a partition that never committed. */
  constructor(config: MonitorConfig, restored: MonitorRestored | null) {
    this.#config = config;
    this.#panes = new OpenPanes(config.catalogue);
    if (restored !== null) this.#restore(restored);
  }

  /**
   * Takes in records of this partition number in log order per topic. Returns the effects of one transaction, or none
   * while no pane closed: what was absorbed then is read again after a restart.
   */
  absorb(inputs: readonly Input[]): Effect[] {
    for (const input of inputs) this.#take(input);
    return this.#advance();
  }

  /** Next offset to commit per topic: the lowest an open pane needs, else the next to read. */
  offsets(): readonly { readonly topic: MonitorTopic; readonly offset: number }[] {
    return MONITOR_TOPICS.map((topic) => ({ topic, offset: this.#hold(topic).offset }));
  }

  /** The once-a-second sign of life in `windows`: while it comes, the governor renews leases (law 7). */
  tick(): Effect {
    const watermarkMs = this.#foldedThroughMs === NO_WATERMARK ? 0 : this.#foldedThroughMs;
    return { type: "tick", topic: "windows", partition: this.#config.partition, watermarkMs };
  }

  /** Event time through which every stage is closed; -Infinity before the first pane. */
  get foldedThroughMs(): number {
    return this.#foldedThroughMs;
  }

  /** Gauges of this partition; provisional, they decide nothing. */
  status(): { readonly openPanes: number; readonly lanes: number; readonly changelogKeys: number } {
    let changelogKeys = 0;
    for (const lane of this.#lanes.values()) changelogKeys += lane.changelog.size;
    return { openPanes: this.#panes.size, lanes: this.#lanes.size, changelogKeys };
  }

  #take(input: Input): void {
    const { topic } = input.at;
    if (!isMonitorTopic(topic)) return;
    const feed = this.#feeds[topic];
    switch (input.kind) {
      case "judged":
        this.#takeJudged(input, topic, feed);
        break;
      case "interaction":
        this.#takeInteraction(input, topic, feed);
        break;
      case "outcome":
        this.#takeOutcome(input, topic, feed);
        break;
      case "evaluation":
        this.#takeEvaluation(input, topic, feed);
        break;
      case "training":
        this.#takeTraining(input, feed);
        break;
      case "tick":
        feed.watermarkMs = advanced(feed.watermarkMs, input.watermarkMs, input.at.appendMs);
        break;
      case "unreadable":
        if (input.at.offset >= feed.rejectedThrough) this.#rejected.push(input);
        break;
      case "sample":
      case "window":
      case "command":
      case "gate":
      case "cut":
        break;
    }
    feed.nextOffset = input.at.offset + 1;
    if (TICKED_TOPICS.has(topic)) return;
    const eventMs = eventTimeOf(input);
    if (eventMs !== null) feed.watermarkMs = advanced(feed.watermarkMs, eventMs, input.at.appendMs);
  }

  #takeJudged(input: JudgedInput, topic: MonitorTopic, feed: Feed): void {
    const { sample, admitted } = input;
    const lane = this.#laneName(sample.lane);
    const late = isLate(sample.eventMs, feed.watermarkMs, this.#config.policies.policy.latenessMs);
    const generated = !this.#config.policies.of(lane).realOrigins.includes(sample.origin);
    const segment = generated ? GENERATED : REAL;
    const rank = rankOfId(sample.id);
    const candidate = this.#paneFor("candidate", sample.eventMs, late, lane, topic, feed, input.at);
    const survivor = admitted
      ? this.#paneFor("admitted", sample.eventMs, late, lane, topic, feed, input.at)
      : null;
    if (late) {
      for (const pane of [candidate, survivor]) {
        pane?.late(ALL);
        pane?.late(segment);
      }
      return;
    }
    // A repeat that the gatekeeper caught is the other record's copy: which of the two came first here must not matter.
    const repeat = input.reasons.includes("duplicate_id");
    if (repeat) candidate?.repeated(ALL);
    const inCandidate = !repeat && candidate?.isNew(rank, ALL) === true ? candidate : null;
    const inAdmitted = survivor?.isNew(rank, ALL) === true ? survivor : null;
    if (inCandidate === null && inAdmitted === null) return;
    const text = this.#analyser.analyse(sample.output);
    const cell = cellKey(sample);
    for (const pane of [inCandidate, inAdmitted]) {
      if (pane === null) continue;
      pane.add(ALL, cell, "arrival", { sample, generated });
      pane.addText(segment, cell, rank, sample.id, sample.bucket, text);
    }
  }

  #takeInteraction(input: InteractionInput, topic: MonitorTopic, feed: Feed): void {
    const { interaction } = input;
    const pane = this.#replyPane(interaction, topic, feed, input.at);
    if (pane === null) return;
    const rank = rankOfId(interaction.id);
    if (!pane.isNew(rank, ALL)) return;
    pane.add(ALL, "", "interaction", { interaction });
    const text = this.#analyser.analyse(interaction.response);
    pane.addText(GENERATED, "", rank, interaction.id, interaction.bucket, text);
  }

  #takeOutcome(input: OutcomeInput, topic: MonitorTopic, feed: Feed): void {
    const { outcome } = input;
    const pane = this.#replyPane(outcome, topic, feed, input.at);
    // An outcome carries its interaction's id; the two must not pass for repeats of each other.
    if (pane?.isNew(rankOfId(`outcome\u001f${outcome.id}`), ALL) !== true) return;
    pane.add(ALL, "", "outcome", { outcome });
  }

  #takeEvaluation(input: EvaluationInput, topic: MonitorTopic, feed: Feed): void {
    const { evaluation } = input;
    const segment = suiteSegment(evaluation.suite);
    const pane = this.#replyPane(evaluation, topic, feed, input.at);
    if (pane?.isNew(rankOfId(`evaluation\u001f${evaluation.id}`), segment) !== true) return;
    pane.add(segment, "", "evaluation", { evaluation });
  }

  #takeTraining(input: TrainingInput, feed: Feed): void {
    if (input.training.kind !== "manifest") return;
    const { paneMs, latenessMs } = this.#config.policies.policy;
    const boundaryMs = generationBoundary(input.training.eventMs, feed.watermarkMs, paneMs, latenessMs);
    if (boundaryMs <= this.#foldedThroughMs) return;
    const lane = this.#laneName(input.training.lane);
    const hold = { offset: input.at.offset, watermarkMs: feed.watermarkMs };
    this.#manifests.push({ lane, boundaryMs, hold });
    this.#lane(lane).windows.endGenerationAt(boundaryMs);
  }

  #replyPane(
    record: { readonly lane: string; readonly eventMs: number },
    topic: MonitorTopic,
    feed: Feed,
    at: Position,
  ): OpenPane | null {
    const lane = this.#laneName(record.lane);
    const late = isLate(record.eventMs, feed.watermarkMs, this.#config.policies.policy.latenessMs);
    const pane = this.#paneFor("reply", record.eventMs, late, lane, topic, feed, at);
    if (!late) return pane;
    pane?.late(ALL);
    return null;
  }

  /** The pane a record counts in; a late one counts in the pane of its partition's watermark. null when it is closed. */
  #paneFor(
    stage: Stage,
    eventMs: number,
    late: boolean,
    lane: string,
    topic: MonitorTopic,
    feed: Feed,
    at: Position,
  ): OpenPane | null {
    const { paneMs } = this.#config.policies.policy;
    const start = paneStart(late ? feed.watermarkMs : eventMs, paneMs);
    // Only after a restart: the record was counted before it, in a pane that is closed.
    if (start + paneMs <= this.#closedThrough[stage]) return null;
    return this.#panes.pane(stage, start, lane, topic, at.offset, feed);
  }

  #laneName(lane: string): string {
    if (this.#lanes.has(lane) || this.#config.policies.declared(lane)) return lane;
    if (this.#lanes.size < this.#config.policies.policy.lanesMax) {
      this.#lane(lane);
      return lane;
    }
    return OTHER;
  }

  #lane(lane: string): LaneState {
    let state = this.#lanes.get(lane);
    if (state === undefined) {
      const { policies, catalogue, partition } = this.#config;
      const { windows, paneMs } = policies.policy;
      state = {
        windows: new LaneWindows(lane, policies.of(lane), windows, catalogue, paneMs),
        changelog: new Changelog(partition),
      };
      this.#lanes.set(lane, state);
    }
    return state;
  }

  #advance(): Effect[] {
    const { policies } = this.#config;
    const { paneMs, latenessMs } = policies.policy;
    const effects: Effect[] = [];
    let closedAny = false;
    for (const stage of STAGES) {
      const through = stageClosedThrough(stage, this.#feeds, paneMs, latenessMs);
      if (!(through > this.#closedThrough[stage])) continue;
      closedAny = true;
      this.#closedThrough[stage] = through;
      for (const pane of this.#panes.close(stage, through, paneMs)) {
        const lane = this.#lane(pane.lane);
        const span = { startMs: pane.startMs, endMs: pane.startMs + paneMs };
        const generation = lane.windows.generationAt(pane.startMs);
        for (const [segment, state] of pane.segments) {
          lane.windows.addPane(pane.startMs, { stage, segment, state });
          lane.changelog.write(pane.lane, stage, segment, "pane", span, generation, state, effects);
          const frame = {
            lane: pane.lane,
            window: "pane" as const,
            ...span,
            generation,
            policyVersion: policies.policy.version,
          };
          const reference = this.#config.referenceOf(pane.lane);
          this.#publishRow(windowRow(frame, stage, segment, state, reference, []), effects);
        }
      }
    }
    if (!closedAny) return [];
    this.#fold(effects);
    return this.#transaction(effects);
  }

  #fold(effects: Effect[]): void {
    const through = slowestStage(this.#closedThrough);
    if (through === NO_WATERMARK || through <= this.#foldedThroughMs) return;
    this.#foldedThroughMs = through;
    for (const name of [...this.#lanes.keys()].sort()) {
      const lane = this.#lanes.get(name)!;
      for (const finished of lane.windows.advance(through)) this.#publishWindow(name, finished, effects);
      lane.changelog.trim(lane.windows, through, effects);
    }
    const reached = this.#manifests.filter((manifest) => manifest.boundaryMs <= through);
    for (const manifest of reached) this.#manifests.splice(this.#manifests.indexOf(manifest), 1);
  }

  #publishWindow(lane: string, finished: FinishedWindow, effects: Effect[]): void {
    const { window, endMs, generation } = finished;
    const frame = {
      lane,
      window: window.kind,
      startMs: window.startMs,
      endMs,
      generation,
      policyVersion: this.#config.policies.policy.version,
    };
    const reference = this.#config.referenceOf(lane);
    const rows = window
      .entries()
      .map(({ key, state }) =>
        windowRow(frame, key.stage, key.segment, state, reference, this.#config.rules),
      );
    rows.forEach((row, rowIndex) => {
      this.#publishRow({ ...row, rowIndex, rowCount: rows.length }, effects);
    });
  }

  #publishRow(record: ReturnType<typeof windowRow>, effects: Effect[]): void {
    effects.push({
      type: "publish",
      topic: "windows",
      partition: this.#config.partition,
      key: record.lane,
      record,
    });
  }

  /** Puts the cut first and the checkpoint last; everything in one transaction with the offsets. */
  #transaction(effects: Effect[]): Effect[] {
    const { partition, policies } = this.#config;
    const ranges = MONITOR_TOPICS.map((topic) => {
      const feed = this.#feeds[topic];
      return { topic, partition, from: feed.cutFrom, to: feed.nextOffset };
    }).filter((range) => range.to > range.from);
    const cut = { ranges, revisions: { policy: policies.policy.version } };
    const checkpoint = this.#checkpoint();
    const rejected = this.#rejected.map((input) => rejectEffect(input, partition));
    this.#rejected = [];
    for (const topic of MONITOR_TOPICS) {
      const feed = this.#feeds[topic];
      feed.cutFrom = feed.nextOffset;
      feed.rejectedThrough = feed.nextOffset;
    }
    return [
      { type: "cut", topic: "windows", partition, cut },
      ...rejected,
      ...effects,
      {
        type: "publish",
        topic: "state",
        partition,
        key: `monitor/${partition}/${MONITOR_CHECKPOINT}`,
        record: {
          service: "monitor",
          partition,
          name: MONITOR_CHECKPOINT,
          body: encodeMonitorCheckpoint(checkpoint),
        },
      },
    ];
  }

  #hold(topic: MonitorTopic): Hold {
    const feed = this.#feeds[topic];
    let lowest: Hold = { offset: feed.nextOffset, watermarkMs: feed.watermarkMs };
    const open = this.#panes.hold(topic);
    if (open !== null && open.offset < lowest.offset) lowest = open;
    if (topic === "training") {
      for (const { hold } of this.#manifests) if (hold.offset < lowest.offset) lowest = hold;
    }
    return lowest;
  }

  #checkpoint(): MonitorCheckpoint {
    return {
      closedThrough: this.#closedThrough,
      foldedThroughMs: this.#foldedThroughMs,
      feeds: MONITOR_TOPICS.map((topic) => ({
        topic,
        ...this.#hold(topic),
        readThrough: this.#feeds[topic].nextOffset,
      })),
      lanes: [...this.#lanes.values()].map((lane) => lane.windows.checkpoint()),
    };
  }

  #restore({ checkpoint, panes }: MonitorRestored): void {
    Object.assign(this.#closedThrough, checkpoint.closedThrough);
    this.#foldedThroughMs = checkpoint.foldedThroughMs;
    for (const saved of checkpoint.feeds) {
      const feed = this.#feeds[saved.topic];
      feed.nextOffset = saved.offset;
      feed.watermarkMs = saved.watermarkMs;
      feed.rejectedThrough = saved.readThrough;
      feed.cutFrom = saved.readThrough;
    }
    for (const lane of checkpoint.lanes) this.#lane(lane.lane).windows.restore(lane);
    const snapshots = panes.filter((record) => record.window !== "pane");
    const closed = panes.filter((record) => record.window === "pane").sort((a, b) => a.startMs - b.startMs);
    for (const record of [...snapshots, ...closed]) this.#restorePane(record);
  }

  #restorePane(record: PaneRecord): void {
    const lane = this.#lane(record.lane);
    lane.changelog.noteRestored(record);
    const state = decodeSegment(this.#config.catalogue.plan(record.stage, record.segment), record.body);
    if (record.window !== "pane") {
      const window = lane.windows.openWindow(record.window);
      if (window?.startMs !== record.startMs) return;
      window.fold(record.stage, record.segment, state);
      window.throughMs = Math.max(window.throughMs, record.endMs);
      window.snapshotThroughMs = window.throughMs;
      return;
    }
    if (record.endMs > this.#foldedThroughMs) {
      lane.windows.addPane(record.startMs, { stage: record.stage, segment: record.segment, state });
      return;
    }
    for (const window of lane.windows.open()) {
      if (record.startMs < Math.max(window.startMs, window.snapshotThroughMs)) continue;
      window.fold(record.stage, record.segment, state);
      window.throughMs = Math.max(window.throughMs, record.endMs);
    }
  }
}

function eventTimeOf(input: Input): number | null {
  switch (input.kind) {
    case "interaction":
      return input.interaction.eventMs;
    case "outcome":
      return input.outcome.eventMs;
    case "evaluation":
      return input.evaluation.eventMs;
    case "training":
      return input.training.eventMs;
    default:
      return null;
  }
}

/** What `rejected` keeps of an unreadable record: everything, so that it can be read once the reason is gone. */
export function rejectEffect(input: UnreadableInput, partition: number): Effect {
  return {
    type: "publish",
    topic: "rejected",
    partition,
    key: "",
    record: {
      topic: input.at.topic,
      partition: input.at.partition,
      offset: input.at.offset,
      appendMs: input.at.appendMs,
      code: input.code,
      detail: input.detail,
      key: input.key,
      bytes: input.raw,
    },
  };
}
