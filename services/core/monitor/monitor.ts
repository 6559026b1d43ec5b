/**
 * The monitor of one partition number: judged samples, online traffic, evaluations and manifests in; closed panes and
 * windows out. A pane yields one final value (law 1); nothing depends on how the topics interleaved.
 */
import { type Catalogue, GENERATED } from "../catalogue.ts";
import type { Effect } from "../effect.ts";
import type { Input } from "../input.ts";
import { OTHER, type Policies } from "../policy.ts";
import type { PaneRecord } from "../records.ts";
import type { Reference } from "../reference.ts";
import { rejectEffect } from "../reject-effect.ts";
import type { Rule } from "../rule.ts";
import { STAGES, type Stage } from "../sample.ts";
import { NO_WATERMARK } from "../time.ts";
import { Alignment, OPEN_PANES_MAX } from "./alignment.ts";
import { Changelog } from "./changelog.ts";
import { encodeMonitorCheckpoint, MONITOR_CHECKPOINT, type MonitorCheckpoint } from "./checkpoint.ts";
import { MONITOR_TOPICS, type MonitorTopic, slowestStage, stageClosedThrough } from "./feeds.ts";
import { Intake, REJECTED_PENDING_MAX, REPLY_STAGES, SAMPLE_STAGES } from "./intake.ts";
import { type FinishedWindow, LaneWindows } from "./lane-windows.ts";
import type { MonitorStatus } from "./monitor-status.ts";
import { OpenPanes } from "./open-panes.ts";
import { decodeSegment, type SampleEncodings } from "./pane-codec.ts";
import { windowRow, windowRows } from "./window-row.ts";

export interface MonitorConfig {
  readonly partition: number;
  readonly catalogue: Catalogue;
  readonly policies: Policies;
  readonly rules: readonly Rule[];
  /** The lane's frozen reference; null where it has none. */
  readonly referenceOf: (lane: string) => Reference | null;
  /** What cuts call the references; absent where they were not published. */
  readonly referencesVersion?: string;
  /** Default `OPEN_PANES_MAX`; a replay, whose streams nobody pauses, has no bound. */
  readonly openPanesMax?: number;
  /** A replay closes nothing beyond what its transactions closed before another policy counted. */
  readonly closeThroughMax?: Readonly<Record<Stage, number>>;
}

/** What a restart starts from. */
export interface MonitorRestored {
  readonly checkpoint: MonitorCheckpoint;
  readonly panes: readonly PaneRecord[];
}

interface LaneState {
  readonly windows: LaneWindows;
  readonly changelog: Changelog;
}

export class MonitorPartition {
  readonly #config: MonitorConfig;
  readonly #samplePanes: OpenPanes;
  readonly #replyPanes: OpenPanes;
  readonly #closedThrough: Record<Stage, number> = {
    candidate: NO_WATERMARK,
    admitted: NO_WATERMARK,
    reply: NO_WATERMARK,
  };
  #foldedThroughMs = NO_WATERMARK;
  readonly #lanes = new Map<string, LaneState>();
  /** Whose turn came to write snapshots. */
  readonly #snapshotting = new Set<LaneState>();
  readonly #intake: Intake;
  readonly #alignment: Alignment;
  #hasMore = false;

  /** `restored` is null for a partition that never committed. */
  constructor(config: MonitorConfig, restored: MonitorRestored | null) {
    this.#config = config;
    const opened = (startMs: number): void => this.#alignment.opened(startMs);
    this.#samplePanes = new OpenPanes(config.catalogue, SAMPLE_STAGES, opened);
    this.#replyPanes = new OpenPanes(config.catalogue, REPLY_STAGES, opened);
    this.#intake = new Intake({
      policies: config.policies,
      samplePanes: this.#samplePanes,
      replyPanes: this.#replyPanes,
      closedThrough: this.#closedThrough,
      foldedThroughMs: () => this.#foldedThroughMs,
      laneName: (lane) => this.#laneName(lane),
      endGeneration: (lane, boundaryMs) => this.#lane(lane).windows.endGenerationAt(boundaryMs),
      awaitsPane: opened,
    });
    const intake = this.#intake;
    const { paneMs, latenessMs } = config.policies.policy;
    this.#alignment = new Alignment({
      paneMs,
      latenessMs,
      openPanesMax: config.openPanesMax ?? OPEN_PANES_MAX,
      feeds: intake.feeds,
      paneOf: (input) => intake.paneOf(input),
      take: (input) => intake.take(input),
      isDue: () => this.#isDue(),
    });
    if (restored === null) return;
    this.#restore(restored);
    // Its last transaction left steps of which no record is read again.
    this.#hasMore = this.#isDue();
  }

  /**
   * Takes in records of this partition number in log order per topic. Returns the effects of one transaction, or none
   * while no pane closed: what was absorbed then is read again after a restart. A transaction closes the panes of one end,
   * however many are due: while `hasMore`, the next call gives the next of them, also without inputs. Snapshots of open windows
   * come when no pane is due.
   */
  absorb(inputs: readonly Input[]): Effect[] {
    this.#alignment.take(inputs);
    const closed = this.#advance();
    const effects = closed.length > 0 ? closed : this.#writeSnapshots();
    const more = this.#alignment.heldCount > 0 || this.#isDue() || this.#snapshotting.size > 0;
    this.#hasMore = effects.length > 0 && more;
    return effects;
  }

  /** Whether `absorb` has something to do although nothing new came. */
  get hasMore(): boolean {
    return this.#hasMore;
  }

  /** Topics to read no further for now: they are ahead of the others by as many panes as there is room for. */
  heldTopics(): readonly MonitorTopic[] {
    return this.#alignment.heldTopics();
  }

  /** Next offset to commit per topic: the lowest an open pane needs, else the next to read. */
  offsets(): readonly { readonly topic: MonitorTopic; readonly offset: number }[] {
    return MONITOR_TOPICS.map((topic) => ({ topic, offset: this.#intake.hold(topic).offset }));
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

  status(): MonitorStatus {
    let changelogKeys = 0;
    for (const lane of this.#lanes.values()) changelogKeys += lane.changelog.size;
    const heldRecords = this.#alignment.heldCount;
    return {
      openPanes: this.#samplePanes.size + this.#replyPanes.size,
      unfoldedPanes: this.#alignment.unfoldedCount,
      heldRecords,
      waitsFor: heldRecords === 0 ? [] : this.#alignment.slowestTopics(),
      lanes: this.#lanes.size,
      changelogKeys,
    };
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
        changelog: new Changelog(partition, lane, paneMs),
      };
      this.#lanes.set(lane, state);
    }
    return state;
  }

  /** End of the last pane of a stage that may close. */
  #through(stage: Stage): number {
    const { paneMs, latenessMs } = this.#config.policies.policy;
    const through = stageClosedThrough(stage, this.#intake.feeds, paneMs, latenessMs);
    return Math.min(through, this.#config.closeThroughMax?.[stage] ?? Number.POSITIVE_INFINITY);
  }

  #isDue(): boolean {
    return STAGES.some((stage) => this.#through(stage) > this.#closedThrough[stage]);
  }

  #panesOf(stage: Stage): OpenPanes {
    return stage === "reply" ? this.#replyPanes : this.#samplePanes;
  }

  /**
   * Through where one transaction closes and folds: the earliest end that is due in any stage, unless no other is due. A
   * transaction that took them all would, after a long stand, be larger than the broker gives it time for.
   */
  #stepThrough(): number {
    const { paneMs } = this.#config.policies.policy;
    const due = STAGES.flatMap((stage) => this.#panesOf(stage).dueEnds(stage, this.#through(stage), paneMs));
    // Closed before by some stages, and folded as soon as the others, which may have no record there, have passed it.
    const foldsThrough = Math.min(...STAGES.map((stage) => this.#through(stage)));
    for (const end of this.#alignment.unfoldedEnds(foldsThrough)) due.push(end);
    const first = Math.min(...due);
    return due.some((end) => end > first) ? first : Number.POSITIVE_INFINITY;
  }

  #advance(): Effect[] {
    const { policies } = this.#config;
    const { paneMs } = policies.policy;
    const effects: Effect[] = [];
    const encodings: SampleEncodings = new Map();
    let closedAny = false;
    const stepThrough = this.#isDue() ? this.#stepThrough() : Number.POSITIVE_INFINITY;
    for (const stage of STAGES) {
      const through = Math.min(this.#through(stage), stepThrough);
      if (!(through > this.#closedThrough[stage])) continue;
      closedAny = true;
      this.#closedThrough[stage] = through;
      for (const pane of this.#panesOf(stage).close(stage, through, paneMs)) {
        const lane = this.#lane(pane.lane);
        const span = { startMs: pane.startMs, endMs: pane.startMs + paneMs };
        const generation = lane.windows.generationAt(pane.startMs);
        for (const [segment, state] of pane.segments) {
          lane.windows.addPane(pane.startMs, { stage, segment, state });
          lane.changelog.write(
            pane.lane,
            stage,
            segment,
            "pane",
            span,
            generation,
            state,
            effects,
            encodings,
          );
          const frame = {
            lane: pane.lane,
            window: "pane" as const,
            ...span,
            generation,
            policyVersion: policies.policy.version,
          };
          const reference = this.#config.referenceOf(pane.lane);
          const generated = pane.segments.get(GENERATED)?.sample ?? null;
          this.#publishRow(windowRow(frame, stage, segment, state, reference, [], generated), effects);
        }
      }
    }
    // Unreadable records wait for the next pane to close, but not without bound.
    if (!closedAny && this.#intake.rejectedCount < REJECTED_PENDING_MAX) return [];
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
      const due = lane.changelog.snapshotDue(through);
      if (due === "now") lane.changelog.snapshot(lane.windows, through, effects);
      else lane.changelog.trim(lane.windows, through, effects);
      if (due === "now") this.#snapshotting.delete(lane);
      else if (due === "soon") this.#snapshotting.add(lane);
    }
    this.#intake.passed(through);
    this.#alignment.folded(through);
  }

  #writeSnapshots(): Effect[] {
    if (this.#snapshotting.size === 0) return [];
    const effects: Effect[] = [];
    for (const { windows, changelog } of this.#snapshotting) {
      changelog.snapshot(windows, this.#foldedThroughMs, effects);
    }
    this.#snapshotting.clear();
    return this.#transaction(effects);
  }

  #publishWindow(lane: string, finished: FinishedWindow, effects: Effect[]): void {
    const { window, endMs, generation } = finished;
    const { policies, referenceOf, rules } = this.#config;
    const policyVersion = policies.policy.version;
    const frame = { lane, window: window.kind, startMs: window.startMs, endMs, generation, policyVersion };
    for (const row of windowRows(frame, window, referenceOf(lane), rules)) this.#publishRow(row, effects);
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
    const { partition, policies, referencesVersion } = this.#config;
    const ranges = MONITOR_TOPICS.map((topic) => {
      const feed = this.#intake.feeds[topic];
      return { topic, partition, from: feed.cutFrom, to: feed.nextOffset };
    }).filter((range) => range.to > range.from);
    const revisions: Record<string, string> = { policy: policies.policy.version };
    if (referencesVersion !== undefined) revisions.references = referencesVersion;
    const closed = STAGES.map((stage) => this.#closedThrough[stage]);
    const cut = this.#isDue()
      ? { ranges, revisions, closedThrough: closed.map((ms) => (ms === NO_WATERMARK ? null : ms)) }
      : { ranges, revisions };
    const checkpoint = this.#checkpoint();
    const rejected = this.#intake.takeRejected().map((input) => rejectEffect(input, partition));
    for (const topic of MONITOR_TOPICS) {
      const feed = this.#intake.feeds[topic];
      // After a restart a topic may still be read again up to here: neither goes back.
      feed.cutFrom = Math.max(feed.cutFrom, feed.nextOffset);
      feed.rejectedThrough = Math.max(feed.rejectedThrough, feed.nextOffset);
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

  #checkpoint(): MonitorCheckpoint {
    return {
      closedThrough: this.#closedThrough,
      foldedThroughMs: this.#foldedThroughMs,
      feeds: MONITOR_TOPICS.map((topic) => ({
        topic,
        ...this.#intake.hold(topic),
        readThrough: Math.max(
          this.#intake.feeds[topic].rejectedThrough,
          this.#intake.feeds[topic].nextOffset,
        ),
      })),
      lanes: [...this.#lanes.values()].map((lane) => lane.windows.checkpoint()),
    };
  }

  #restore({ checkpoint, panes }: MonitorRestored): void {
    Object.assign(this.#closedThrough, checkpoint.closedThrough);
    this.#foldedThroughMs = checkpoint.foldedThroughMs;
    for (const saved of checkpoint.feeds) {
      const feed = this.#intake.feeds[saved.topic];
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
      this.#alignment.opened(record.startMs);
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
