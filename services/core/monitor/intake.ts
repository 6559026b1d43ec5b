/** What comes in: each record is dated, judged late or not, and put into the open panes of its stages. */
import { TextAnalyser } from "../analysis.ts";
import { ALL, CONTROL, GENERATED, REAL, suiteSegment, TRAINING, userSegment } from "../catalogue.ts";
import { CellKeys } from "../cell.ts";
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
import { EMPTY_REGISTRY } from "../pattern/pattern-registry.ts";
import { type TextWatch, TextWatches } from "../pattern/text-watch.ts";
import { OTHER, type Policies } from "../policy.ts";
import { ReplyReader } from "../reply/reply-reader.ts";
import { isSuite, type Origin, type Position, type Stage } from "../sample.ts";
import { advanced, generationBoundary, isLate, paneStart } from "../time.ts";
import { type Feed, isMonitorTopic, type MonitorTopic, newFeeds, TICKED_TOPICS } from "./feeds.ts";
import type { LanePane } from "./lane-pane.ts";
import type { Hold, OpenPanes } from "./open-panes.ts";

/** Unreadable records kept until a transaction sets them aside. */
export const REJECTED_PENDING_MAX = 1_000;

/** What the intake asks of the partition it belongs to. */
export interface IntakeHost {
  readonly policies: Policies;
  /** Panes of the stages that take judged samples, in the order of `SAMPLE_STAGES`, … */
  readonly samplePanes: OpenPanes;
  /** … and of the stage `reply`. */
  readonly replyPanes: OpenPanes;
  readonly closedThrough: Readonly<Record<Stage, number>>;
  foldedThroughMs(): number;
  /** The lane's own name, or `__other__` beyond the bound. */
  laneName(lane: string): string;
  endGeneration(lane: string, boundaryMs: number): void;
  /** A manifest waits for the pane that starts here to be folded. */
  awaitsPane(startMs: number): void;
}

/** Stages a judged sample can be in, and their bits: what is admitted was a candidate first. */
export const SAMPLE_STAGES: readonly Stage[] = ["candidate", "admitted"];
const CANDIDATE = 1;
const ADMITTED = 2;
export const REPLY_STAGES: readonly Stage[] = ["reply"];
const REPLY = 1;

/** What is the same for all samples of a lane. */
interface LaneDoor {
  readonly lane: string;
  readonly realOrigins: readonly Origin[];
  readonly userSegments: readonly string[];
  readonly controlSegments: readonly string[];
  /** null where it watches for nothing. */
  readonly watch: TextWatch | null;
}

interface PendingManifest {
  readonly boundaryMs: number;
  readonly hold: Hold;
}

export class Intake {
  readonly feeds = newFeeds();
  readonly #host: IntakeHost;
  readonly #analyser = new TextAnalyser();
  readonly #replies = new ReplyReader();
  readonly #watches: TextWatches;
  readonly #cellKeys = new CellKeys();
  /** Of lanes that go by their own name: as many as the partition has. */
  readonly #doors = new Map<string, LaneDoor>();
  #manifests: PendingManifest[] = [];
  #rejected: UnreadableInput[] = [];

  constructor(host: IntakeHost) {
    this.#host = host;
    this.#watches = new TextWatches(host.policies.policy.registry ?? EMPTY_REGISTRY);
  }

  /** Start of the pane a record would count in now, and a manifest waits for; null where it needs none. */
  paneOf(input: Input): number | null {
    const { topic } = input.at;
    const eventMs = input.kind === "judged" ? input.sample.eventMs : eventTimeOf(input);
    if (eventMs === null || !isMonitorTopic(topic)) return null;
    const { watermarkMs } = this.feeds[topic];
    const { paneMs, latenessMs } = this.#host.policies.policy;
    const isManifest = input.kind === "training" && input.training.kind === "manifest";
    if (!isManifest) return paneOfRecord(eventMs, watermarkMs, paneMs, latenessMs);
    return generationBoundary(eventMs, watermarkMs, paneMs, latenessMs) - paneMs;
  }

  take(input: Input): void {
    const { topic } = input.at;
    if (!isMonitorTopic(topic)) return;
    const feed = this.feeds[topic];
    // A log may begin later than at 0; the first cut says where reading began.
    if (feed.nextOffset === 0) feed.cutFrom = Math.max(feed.cutFrom, input.at.offset);
    switch (input.kind) {
      case "judged":
        this.#takeJudged(input, feed);
        break;
      case "interaction":
        this.#takeInteraction(input, feed);
        break;
      case "outcome":
        this.#takeOutcome(input, feed);
        break;
      case "evaluation":
        this.#takeEvaluation(input, feed);
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

  #takeJudged(input: JudgedInput, feed: Feed): void {
    const { sample, admitted } = input;
    const { paneMs, latenessMs } = this.#host.policies.policy;
    const { closedThrough } = this.#host;
    const { lane, realOrigins, watch } = this.#doors.get(sample.lane) ?? this.#door(sample.lane);
    const late = isLate(sample.eventMs, feed.watermarkMs, latenessMs);
    const start = paneOfRecord(sample.eventMs, feed.watermarkMs, paneMs, latenessMs);
    const generated = !realOrigins.includes(sample.origin);
    const segment = generated ? GENERATED : REAL;
    // A pane is closed here only after a restart: the record was counted before it.
    let stages = start + paneMs > closedThrough.candidate ? CANDIDATE : 0;
    if (admitted && start + paneMs > closedThrough.admitted) stages |= ADMITTED;
    if (stages === 0) return;
    const pane = this.#host.samplePanes.pane(stages, start, lane, input.at.offset, feed);
    if (late) {
      pane.late(stages, ALL);
      pane.late(stages, segment);
      return;
    }
    // A repeat that the gatekeeper caught is the other record's copy: which of the two came first here must not matter.
    if (input.reasons.length > 0 && (stages & CANDIDATE) !== 0 && input.reasons.includes("duplicate_id")) {
      pane.repeated(CANDIDATE, ALL);
      stages &= ~CANDIDATE;
      if (stages === 0) return;
    }
    const rank = rankOfId(sample.id);
    const fresh = pane.claim(rank, stages, ALL);
    if (fresh === 0) return;
    const text = this.#analyser.analyse(sample.output);
    const cell = this.#cellKeys.of(sample);
    const findings = watch === null ? null : watch.read(text, sample.eventMs, sample.scope ?? null);
    pane.add(fresh, ALL, cell, "arrival", { sample, generated, tokens: text.tokenCount, findings });
    pane.addText(fresh, segment, cell, rank, sample.id, sample.bucket, text, findings);
  }

  #door(lane: string): LaneDoor {
    const name = this.#host.laneName(lane);
    const { realOrigins, userSegments = [], controlSegments = [] } = this.#host.policies.of(name);
    const door = { lane: name, realOrigins, userSegments, controlSegments, watch: this.#watches.of(name) };
    if (name === lane) this.#doors.set(lane, door);
    return door;
  }

  #takeInteraction(input: InteractionInput, feed: Feed): void {
    const { interaction } = input;
    const pane = this.#replyPane(interaction, feed, input.at);
    if (pane === null) return;
    const rank = rankOfId(interaction.id);
    if (pane.claim(rank, REPLY, ALL) === 0) return;
    const text = this.#analyser.analyse(interaction.response);
    const cell = this.#cellKeys.ofModel(interaction.model);
    pane.add(REPLY, ALL, cell, "interaction", { interaction, traits: this.#replies.read(interaction, text) });
    const { watch } = this.#doors.get(interaction.lane) ?? this.#door(interaction.lane);
    const findings = watch === null ? null : watch.read(text, interaction.eventMs, interaction.scope ?? null);
    pane.addText(REPLY, GENERATED, cell, rank, interaction.id, interaction.bucket, text, findings);
  }

  #takeOutcome(input: OutcomeInput, feed: Feed): void {
    const { outcome } = input;
    const pane = this.#replyPane(outcome, feed, input.at);
    // An outcome carries its interaction's id; the two must not pass for repeats of each other.
    if (pane === null || pane.claim(rankOfId(`outcome\u001f${outcome.id}`), REPLY, ALL) === 0) return;
    const { userSegments, controlSegments } = this.#doors.get(outcome.lane) ?? this.#door(outcome.lane);
    if (controlSegments.includes(outcome.segment)) {
      pane.add(REPLY, CONTROL, "", "outcome", { outcome });
      return;
    }
    const segments = userSegments.includes(outcome.segment) ? [ALL, userSegment(outcome.segment)] : [ALL];
    for (const segment of segments) {
      pane.add(REPLY, segment, "", "outcome", { outcome });
      if (outcome.resolved === false) pane.addFailed(REPLY, segment, outcome.bucket, outcome.interactionId);
    }
  }

  #takeEvaluation(input: EvaluationInput, feed: Feed): void {
    const { evaluation } = input;
    const segment = suiteSegment(isSuite(evaluation.suite) ? evaluation.suite : OTHER);
    const pane = this.#replyPane(evaluation, feed, input.at);
    const rank = rankOfId(`evaluation\u001f${evaluation.id}`);
    if (pane === null || pane.claim(rank, REPLY, segment) === 0) return;
    pane.add(REPLY, segment, "", "evaluation", { evaluation });
  }

  #takeTraining(input: TrainingInput, feed: Feed): void {
    if (input.training.kind === "manifest") this.#takeManifest(input, feed);
    else this.#takeReport(input, feed);
  }

  #takeReport({ training, at }: TrainingInput, feed: Feed): void {
    const pane = this.#replyPane(training, feed, at);
    const rank = rankOfId(`training\u001f${training.id}`);
    if (pane === null || pane.claim(rank, REPLY, TRAINING) === 0) return;
    pane.add(REPLY, TRAINING, "", "training", { training });
  }

  #takeManifest(input: TrainingInput, feed: Feed): void {
    const { paneMs, latenessMs } = this.#host.policies.policy;
    const boundaryMs = generationBoundary(input.training.eventMs, feed.watermarkMs, paneMs, latenessMs);
    if (boundaryMs <= this.#host.foldedThroughMs()) return;
    const lane = this.#host.laneName(input.training.lane);
    // The first of those that wait for one boundary is read again with all others.
    if (!this.#manifests.some((manifest) => manifest.boundaryMs === boundaryMs)) {
      const hold = { offset: input.at.offset, watermarkMs: feed.watermarkMs };
      this.#manifests.push({ boundaryMs, hold });
      this.#host.awaitsPane(boundaryMs - paneMs);
    }
    this.#host.endGeneration(lane, boundaryMs);
  }

  /** The pane a record counts in; a late one counts in the pane of its partition's watermark. null where it is late or closed. */
  #replyPane(
    record: { readonly lane: string; readonly eventMs: number },
    feed: Feed,
    at: Position,
  ): LanePane | null {
    const { paneMs, latenessMs } = this.#host.policies.policy;
    const late = isLate(record.eventMs, feed.watermarkMs, latenessMs);
    const start = paneOfRecord(record.eventMs, feed.watermarkMs, paneMs, latenessMs);
    const lane = this.#host.laneName(record.lane);
    // Only after a restart: the record was counted before it, in a pane that is closed.
    if (start + paneMs <= this.#host.closedThrough.reply) return null;
    const pane = this.#host.replyPanes.pane(REPLY, start, lane, at.offset, feed);
    if (!late) return pane;
    pane.late(REPLY, ALL);
    return null;
  }

  /** Where a restart must begin to read a topic: the lowest record an open pane or a pending manifest needs. */
  hold(topic: MonitorTopic): Hold {
    const feed = this.feeds[topic];
    let lowest: Hold = { offset: feed.nextOffset, watermarkMs: feed.watermarkMs };
    for (const panes of [this.#host.samplePanes, this.#host.replyPanes]) {
      const open = panes.hold(topic);
      if (open !== null && open.offset < lowest.offset) lowest = open;
    }
    if (topic === "training") {
      for (const { hold } of this.#manifests) if (hold.offset < lowest.offset) lowest = hold;
    }
    return lowest;
  }

  /** Manifests whose boundary every stage has passed hold nothing back any more. */
  passed(throughMs: number): void {
    this.#manifests = this.#manifests.filter((manifest) => manifest.boundaryMs > throughMs);
  }

  get rejectedCount(): number {
    return this.#rejected.length;
  }

  /** Unreadable records since the last transaction; the caller publishes them in this one. */
  takeRejected(): readonly UnreadableInput[] {
    const rejected = this.#rejected;
    this.#rejected = [];
    return rejected;
  }
}

/** Start of the pane a record counts in: a late one in the pane of its partition's watermark. */
function paneOfRecord(eventMs: number, watermarkMs: number, paneMs: number, latenessMs: number): number {
  return paneStart(isLate(eventMs, watermarkMs, latenessMs) ? watermarkMs : eventMs, paneMs);
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
