/** What comes in: each record is dated, judged late or not, and put into the open panes of its stages. */
import { TextAnalyser } from "../analysis.ts";
import { ALL, GENERATED, REAL, suiteSegment } from "../catalogue.ts";
import { cellKey } from "../cell.ts";
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
import { isSuite, type Position, type Stage } from "../sample.ts";
import { advanced, generationBoundary, isLate, paneStart } from "../time.ts";
import { type Feed, isMonitorTopic, type MonitorTopic, newFeeds, TICKED_TOPICS } from "./feeds.ts";
import type { Hold, OpenPane, OpenPanes } from "./open-panes.ts";

/** Unreadable records kept until a transaction sets them aside. */
export const REJECTED_PENDING_MAX = 1_000;

/** What the intake asks of the partition it belongs to. */
export interface IntakeHost {
  readonly policies: Policies;
  readonly panes: OpenPanes;
  readonly closedThrough: Readonly<Record<Stage, number>>;
  foldedThroughMs(): number;
  /** The lane's own name, or `__other__` beyond the bound. */
  laneName(lane: string): string;
  endGeneration(lane: string, boundaryMs: number): void;
}

interface PendingManifest {
  readonly boundaryMs: number;
  readonly hold: Hold;
}

export class Intake {
  readonly feeds = newFeeds();
  readonly #host: IntakeHost;
  readonly #analyser = new TextAnalyser();
  #manifests: PendingManifest[] = [];
  #rejected: UnreadableInput[] = [];

  constructor(host: IntakeHost) {
    this.#host = host;
  }

  take(input: Input): void {
    const { topic } = input.at;
    if (!isMonitorTopic(topic)) return;
    const feed = this.feeds[topic];
    // A log may begin later than at 0; the first cut says where reading began.
    if (feed.nextOffset === 0) feed.cutFrom = Math.max(feed.cutFrom, input.at.offset);
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
    const lane = this.#host.laneName(sample.lane);
    const late = isLate(sample.eventMs, feed.watermarkMs, this.#host.policies.policy.latenessMs);
    const generated = !this.#host.policies.of(lane).realOrigins.includes(sample.origin);
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
    const segment = suiteSegment(isSuite(evaluation.suite) ? evaluation.suite : OTHER);
    const pane = this.#replyPane(evaluation, topic, feed, input.at);
    if (pane?.isNew(rankOfId(`evaluation\u001f${evaluation.id}`), segment) !== true) return;
    pane.add(segment, "", "evaluation", { evaluation });
  }

  #takeTraining(input: TrainingInput, feed: Feed): void {
    if (input.training.kind !== "manifest") return;
    const { paneMs, latenessMs } = this.#host.policies.policy;
    const boundaryMs = generationBoundary(input.training.eventMs, feed.watermarkMs, paneMs, latenessMs);
    if (boundaryMs <= this.#host.foldedThroughMs()) return;
    const lane = this.#host.laneName(input.training.lane);
    const hold = { offset: input.at.offset, watermarkMs: feed.watermarkMs };
    this.#manifests.push({ boundaryMs, hold });
    this.#host.endGeneration(lane, boundaryMs);
  }

  #replyPane(
    record: { readonly lane: string; readonly eventMs: number },
    topic: MonitorTopic,
    feed: Feed,
    at: Position,
  ): OpenPane | null {
    const lane = this.#host.laneName(record.lane);
    const late = isLate(record.eventMs, feed.watermarkMs, this.#host.policies.policy.latenessMs);
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
    const { paneMs } = this.#host.policies.policy;
    const start = paneStart(late ? feed.watermarkMs : eventMs, paneMs);
    // Only after a restart: the record was counted before it, in a pane that is closed.
    if (start + paneMs <= this.#host.closedThrough[stage]) return null;
    return this.#host.panes.pane(stage, start, lane, topic, at.offset, feed);
  }

  /** Where a restart must begin to read a topic: the lowest record an open pane or a pending manifest needs. */
  hold(topic: MonitorTopic): Hold {
    const feed = this.feeds[topic];
    let lowest: Hold = { offset: feed.nextOffset, watermarkMs: feed.watermarkMs };
    const open = this.#host.panes.hold(topic);
    if (open !== null && open.offset < lowest.offset) lowest = open;
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
