/**
 * What producers write, printed from `schemas/*.avsc` by `make generate`; not edited by hand.
 * An optional field left out gets the schema's default. Times are epoch ms.
 */

export type WireOrigin =
  | "human_direct"
  | "licensed"
  | "web_crawl"
  | "simulation"
  | "model_generated"
  | "human_edited"
  | "preference_label"
  | "benchmark"
  | "unknown";

export type WireMakerKind =
  | "model"
  | "rules"
  | "simulator"
  | "template"
  | "privacy_transform"
  | "person"
  | "unknown";

export type WireUsage = "adds" | "replaces" | "unknown";

/** One earlier turn of the conversation. */
export interface WireTurn {
  /** Who spoke: user, assistant, system or tool. */
  readonly role: string;
  /** What was said. */
  readonly text: string;
}

/** One call of a tool. */
export interface WireToolCall {
  /** Tool name. */
  readonly name: string;
  /** Arguments as the producer wrote them, usually JSON. */
  readonly arguments?: string | undefined;
  /** Whether the call succeeded; null when not known. */
  readonly ok?: null | boolean | undefined;
}

/** A candidate training example with its provenance. Topics admitted and quarantined carry the same bytes, with the gatekeeper's decision in headers. */
export interface WireSample {
  /** Unique id of the sample, 1 to 256 characters. A repeated id is dropped within its pane. */
  readonly id: string;
  /** Event time, epoch ms, in [1970, 2100). */
  readonly eventTime: number;
  /** Lane, 1 to 128 characters without control characters, not starting with two underscores. Also the record's Kafka key. */
  readonly lane: string;
  /** Slice of the task: intent, topic, product or language. Empty when the producer has none. */
  readonly bucket?: string | undefined;
  /** Where the sample comes from. An origin this reader does not know reads as unknown. */
  readonly origin?: WireOrigin | undefined;
  /** What made the content, whatever its origin class. */
  readonly makerKind?: WireMakerKind | undefined;
  /** Whether it adds to real data or takes its place. */
  readonly usage?: WireUsage | undefined;
  /** The feed the sample came through, e.g. vendor-a/tickets: what a gate can hold. */
  readonly source?: null | string | undefined;
  /** Id of the model or simulator that generated it. */
  readonly teacherId?: null | string | undefined;
  /** Version of the teacher. */
  readonly teacherVersion?: null | string | undefined;
  /** Id of the prompt template or rule set. */
  readonly templateId?: null | string | undefined;
  /** Version of the template. */
  readonly templateVersion?: null | string | undefined;
  /** Id of the judge that scored it. */
  readonly judgeId?: null | string | undefined;
  /** Version of the judge. */
  readonly judgeVersion?: null | string | undefined;
  /** The judge's score, on the judge's own scale. */
  readonly judgeScore?: null | number | undefined;
  /** The judge's verdict in its own words, e.g. accept. */
  readonly judgeVerdict?: null | string | undefined;
  /** Id of the data set it belongs to. */
  readonly datasetId?: null | string | undefined;
  /** Version of the data set. */
  readonly datasetVersion?: null | string | undefined;
  /** Hash of the full prompt. */
  readonly promptHash?: null | string | undefined;
  /** Seed of the generator as text, so that 64-bit seeds survive; write none where the generator takes no seed. */
  readonly seed?: null | string | undefined;
  /** Licence or terms the content is under. */
  readonly licence?: null | string | undefined;
  /** On what basis the text may be used: consent record, contract, or public-domain note. */
  readonly consent?: null | string | undefined;
  /** Source documents or data sets that influenced it. */
  readonly sources?: readonly string[] | undefined;
  /** Filters it passed, in order, as name@version. */
  readonly filters?: readonly string[] | undefined;
  /** Ids of the samples it was made from. */
  readonly parents?: readonly string[] | undefined;
  /** Generations of model output behind it: 0 for real data, 1 for output of a model trained on real data. */
  readonly generationDepth?: null | number | undefined;
  /** What it is for, e.g. fine_tuning, preference, red_team, evaluation; purposes are never pooled. */
  readonly purpose?: null | string | undefined;
  /** What part of reality it stands for, and the failure it aims at. */
  readonly represents?: null | string | undefined;
  /** Kind of outside check: execution, rule, retrieval, model or human. */
  readonly verifierKind?: null | string | undefined;
  /** Who or what checked; never the generator. */
  readonly verifierId?: null | string | undefined;
  /** Outcome of the check: pass, fail or unsure. Null: unproven. */
  readonly verifierVerdict?: null | string | undefined;
  /** Confidence of the check, 0 to 1. */
  readonly verifierConfidence?: null | number | undefined;
  /** Person who reviewed it. */
  readonly reviewer?: null | string | undefined;
  /** Who speaks: the authenticated producer this record was written by. */
  readonly principal?: null | string | undefined;
  /** Labels that travel with it: ai_generated, ai_assisted, watermark:<scheme>, credential:<id> (a content credential that names a generator). */
  readonly labels?: readonly string[] | undefined;
  /** Version of the written principles its generation was held to. */
  readonly principlesVersion?: null | string | undefined;
  /** Id of the schema the output must fit. */
  readonly outputSchema?: null | string | undefined;
  /** Language tag, BCP 47. */
  readonly language?: null | string | undefined;
  /** Difficulty class on the producer's scale. */
  readonly difficulty?: null | string | undefined;
  /** Form of the input: standard, fragmented, noisy, perturbed, templated, cross_domain. */
  readonly inputForm?: null | string | undefined;
  /** Whether the user cut in or broke off; null when not known. */
  readonly interrupted?: null | boolean | undefined;
  /** Emotion of the user as labelled by the producer. */
  readonly emotion?: null | string | undefined;
  /** The input or prompt text. */
  readonly input?: null | string | undefined;
  /** The text that would be trained on: what text metrics measure. */
  readonly output: string;
  /** Earlier turns of the conversation, oldest first. */
  readonly context?: readonly WireTurn[] | undefined;
  /** Named parts of the text, e.g. stem, explanation, distractor, reasoning step, region. */
  readonly fields?: Readonly<Record<string, string>> | undefined;
  /** Tool calls in order. */
  readonly toolCalls?: readonly WireToolCall[] | undefined;
  /** Model and version behind the embedding. */
  readonly embeddingModel?: null | string | undefined;
  /** Embedding of the output, one signed byte a dimension. */
  readonly embedding?: null | Uint8Array | undefined;
  /** Log-probability of each output token under its teacher, nats. */
  readonly tokenLogprobs?: readonly number[] | undefined;
}

/** One real use of the deployed model. */
export interface WireInteraction {
  /** Unique id of the interaction, 1 to 256 characters. A repeated id is dropped within its pane. */
  readonly id: string;
  /** Event time, epoch ms, in [1970, 2100). */
  readonly eventTime: number;
  /** Lane, 1 to 128 characters without control characters, not starting with two underscores. Also the record's Kafka key. */
  readonly lane: string;
  /** Slice of the task: intent, topic, product or language. Empty when the producer has none. */
  readonly bucket?: string | undefined;
  /** User group or market segment. Empty when there is none. */
  readonly segment?: string | undefined;
  /** Id of the model. */
  readonly modelId: string;
  /** Version of the model. */
  readonly modelVersion: string;
  /** Whether the model refused. */
  readonly refused?: boolean | undefined;
  /** Conversation the turn belongs to. */
  readonly sessionId?: null | string | undefined;
  /** Number of the turn in its session; the first is 0. */
  readonly turn?: null | number | undefined;
  /** What the user asked. */
  readonly request?: null | string | undefined;
  /** What the model answered: measured as stage reply. */
  readonly response: string;
  /** Earlier turns of the conversation, oldest first. */
  readonly context?: readonly WireTurn[] | undefined;
  /** Tool calls in order. */
  readonly toolCalls?: readonly WireToolCall[] | undefined;
  /** Time to the full answer, ms. */
  readonly latencyMs?: null | number | undefined;
  /** Language tag, BCP 47. */
  readonly language?: null | string | undefined;
  /** Product the use belongs to. */
  readonly product?: null | string | undefined;
  /** Region of the user. */
  readonly region?: null | string | undefined;
  /** Channel: app, phone, mail. */
  readonly channel?: null | string | undefined;
  /** Form of the input: standard, fragmented, noisy, perturbed, templated, cross_domain. */
  readonly inputForm?: null | string | undefined;
  /** Whether the user cut in or broke off; null when not known. */
  readonly interrupted?: null | boolean | undefined;
  /** Emotion of the user as labelled by the producer. */
  readonly emotion?: null | string | undefined;
  /** On what basis the text may be used: consent record, contract, or public-domain note. */
  readonly consent?: null | string | undefined;
  /** Who speaks: the authenticated producer this record was written by. */
  readonly principal?: null | string | undefined;
  /** Named parts of the text, e.g. stem, explanation, distractor, reasoning step, region. */
  readonly fields?: Readonly<Record<string, string>> | undefined;
}

/** What became of an interaction, hours or days later; carries the interaction's own bucket, segment, model and time, so that no join is needed. */
export interface WireOutcome {
  /** Unique id of the outcome, 1 to 256 characters. A repeated id is dropped within its pane. */
  readonly id: string;
  /** Event time, epoch ms, in [1970, 2100). */
  readonly eventTime: number;
  /** Lane, 1 to 128 characters without control characters, not starting with two underscores. Also the record's Kafka key. */
  readonly lane: string;
  /** Slice of the task: intent, topic, product or language. Empty when the producer has none. */
  readonly bucket?: string | undefined;
  /** Segment of the interaction. */
  readonly segment?: string | undefined;
  /** Id of the model. */
  readonly modelId: string;
  /** Version of the model. */
  readonly modelVersion: string;
  /** Id of the interaction. */
  readonly interactionId: string;
  /** Event time of the interaction, epoch ms. */
  readonly interactionTime: number;
  /** Whether the request was resolved; null when not known. */
  readonly resolved?: null | boolean | undefined;
  /** Satisfaction, 0 to 1. */
  readonly satisfaction?: null | number | undefined;
  /** Whether a person had to take over. */
  readonly escalated?: null | boolean | undefined;
  /** Kind of complaint, null for none. */
  readonly complaintType?: null | string | undefined;
  /** What the right answer would have been. */
  readonly correction?: null | string | undefined;
  /** Cost the interaction caused, in costCurrency. */
  readonly cost?: null | number | undefined;
  /** ISO 4217 code. */
  readonly costCurrency?: null | string | undefined;
  /** Free text. */
  readonly note?: null | string | undefined;
  /** Who speaks: the authenticated producer this record was written by. */
  readonly principal?: null | string | undefined;
}

/** One offline result: successes of trials, or a value. */
export interface WireEvaluation {
  /** Unique id of the result, 1 to 256 characters. A repeated id is dropped within its pane. */
  readonly id: string;
  /** Event time, epoch ms, in [1970, 2100). */
  readonly eventTime: number;
  /** Lane, 1 to 128 characters without control characters, not starting with two underscores. Also the record's Kafka key. */
  readonly lane: string;
  /** Slice of the task: intent, topic, product or language. Empty when the producer has none. */
  readonly bucket?: string | undefined;
  /** Evaluation run. */
  readonly runId: string;
  /** Id of the model. */
  readonly modelId: string;
  /** Version of the model. */
  readonly modelVersion: string;
  /** Suite: main, long_tail, cross_domain, hard, low_quality, robustness, paraphrase, shadow, temporal_holdout, external, or one of your own. */
  readonly suite: string;
  /** Version of the suite. */
  readonly suiteVersion?: null | string | undefined;
  /** When the suite's items were made, epoch ms: its age. */
  readonly suiteTime?: null | number | undefined;
  /** Who owns the suite. */
  readonly suiteOwner?: null | string | undefined;
  /** Where the suite's items come from. */
  readonly itemOrigin?: WireOrigin | undefined;
  /** The item, where one result is one item. */
  readonly itemId?: null | string | undefined;
  /** The item this one paraphrases or perturbs. */
  readonly pairId?: null | string | undefined;
  /** Id of the judge that scored the answers. */
  readonly judgeId?: null | string | undefined;
  /** Version of the judge. */
  readonly judgeVersion?: null | string | undefined;
  /** What was measured, e.g. accuracy. */
  readonly metric?: string | undefined;
  /** Successes, with trials. */
  readonly successes?: null | number | undefined;
  /** Trials, at least 1. */
  readonly trials?: null | number | undefined;
  /** A value where there are no trials. */
  readonly value?: null | number | undefined;
  /** Planned experiment the run belongs to. */
  readonly experimentId?: null | string | undefined;
  /** Arm of the experiment. */
  readonly arm?: null | string | undefined;
  /** Share of generated data in the arm's training set, 0 to 1. */
  readonly syntheticShare?: null | number | undefined;
  /** Hash of the evaluation's settings. */
  readonly settingsHash?: null | string | undefined;
  /** Seed as text. */
  readonly seed?: null | string | undefined;
  /** Perplexity on the suite. */
  readonly perplexity?: null | number | undefined;
  /** Model the perplexity was measured with. */
  readonly perplexityModel?: null | string | undefined;
  /** Tokenizer the perplexity counts by. */
  readonly tokenizerId?: null | string | undefined;
  /** Free text. */
  readonly note?: null | string | undefined;
  /** Who speaks: the authenticated producer this record was written by. */
  readonly principal?: null | string | undefined;
}

export type WireTrainingKind = "run" | "manifest";

/** One data version in the mixture. */
export interface WireDataUse {
  /** Data set. */
  readonly datasetId: string;
  /** Version. */
  readonly datasetVersion: string;
  /** Origin class of the data. */
  readonly origin?: WireOrigin | undefined;
  /** Sampling weight. */
  readonly weight?: number | undefined;
  /** Passes over the data. */
  readonly epochs?: number | undefined;
  /** Number of samples. */
  readonly samples?: null | number | undefined;
  /** Number of tokens. */
  readonly tokens?: null | number | undefined;
}

/** A training run, or the manifest that closes a generation of the lane. */
export interface WireTraining {
  /** Unique id of the record, 1 to 256 characters. A repeated id is dropped within its pane. */
  readonly id: string;
  /** Event time, epoch ms, in [1970, 2100). */
  readonly eventTime: number;
  /** Lane, 1 to 128 characters without control characters, not starting with two underscores. Also the record's Kafka key. */
  readonly lane: string;
  /** Slice of the task: intent, topic, product or language. Empty when the producer has none. */
  readonly bucket?: string | undefined;
  /** A manifest closes the generation; a kind this reader does not know closes nothing. */
  readonly kind?: WireTrainingKind | undefined;
  /** Training run. */
  readonly runId: string;
  /** Run whose model this one started from. */
  readonly parentRunId?: null | string | undefined;
  /** Id of the model. */
  readonly modelId: string;
  /** Version of the model. */
  readonly modelVersion: string;
  /** Generation by the producer's own count. */
  readonly generation?: null | number | undefined;
  /** What was trained on. */
  readonly data?: readonly WireDataUse[] | undefined;
  /** Id of the mixture. */
  readonly mixtureId?: null | string | undefined;
  /** Version of the mixture. */
  readonly mixtureVersion?: null | string | undefined;
  /** Optimiser step. */
  readonly step?: null | number | undefined;
  /** Training loss, nats. */
  readonly loss?: null | number | undefined;
  /** Variance of the loss over the interval reported. */
  readonly lossVariance?: null | number | undefined;
  /** Holdout set. */
  readonly holdoutId?: null | string | undefined;
  /** Loss on the holdout, nats. */
  readonly holdoutLoss?: null | number | undefined;
  /** Tokenizer. */
  readonly tokenizerId?: null | string | undefined;
  /** Hash of the run's settings. */
  readonly settingsHash?: null | string | undefined;
  /** Seed as text. */
  readonly seed?: null | string | undefined;
  /** Planned experiment the run belongs to. */
  readonly experimentId?: null | string | undefined;
  /** Arm of the experiment. */
  readonly arm?: null | string | undefined;
  /** Free text. */
  readonly note?: null | string | undefined;
  /** Who speaks: the authenticated producer this record was written by. */
  readonly principal?: null | string | undefined;
}

/** A person's judgement on any record. It warns; it never decides alone. */
export interface WireReview {
  /** Unique id of the review, 1 to 256 characters. A repeated id is dropped within its pane. */
  readonly id: string;
  /** Event time, epoch ms, in [1970, 2100). */
  readonly eventTime: number;
  /** Lane, 1 to 128 characters without control characters, not starting with two underscores. Also the record's Kafka key. */
  readonly lane: string;
  /** Slice of the task: intent, topic, product or language. Empty when the producer has none. */
  readonly bucket?: string | undefined;
  /** Topic of the record judged, without prefix and version, e.g. samples. */
  readonly targetTopic: string;
  /** Id of the record judged. */
  readonly targetId: string;
  /** Subject the judgement is about, e.g. template:intro@3. */
  readonly subject?: null | string | undefined;
  /** Who judged. */
  readonly reviewer: string;
  /** Role: reviewer, product, annotator, shadow_user, domain_expert. */
  readonly reviewerRole?: null | string | undefined;
  /** Audit verdict: pass, fail or unsure. */
  readonly verdict?: null | string | undefined;
  /** Phenomenon labels, e.g. template feel, over-cautious. */
  readonly labels?: readonly string[] | undefined;
  /** 0 to 1. */
  readonly confidence?: null | number | undefined;
  /** Entry of the inspection queue this answers. */
  readonly inspectionId?: null | string | undefined;
  /** Free text. */
  readonly note?: null | string | undefined;
  /** Who speaks: the authenticated producer this record was written by. */
  readonly principal?: null | string | undefined;
}

/** What someone does to the pipeline or asks for. */
export interface WireChange {
  /** Unique id of the change, 1 to 256 characters. A repeated id is dropped within its pane. */
  readonly id: string;
  /** Event time, epoch ms, in [1970, 2100). */
  readonly eventTime: number;
  /** Lane, 1 to 128 characters without control characters, not starting with two underscores. Also the record's Kafka key. */
  readonly lane: string;
  /** Slice of the task: intent, topic, product or language. Empty when the producer has none. */
  readonly bucket?: string | undefined;
  /** template, teacher, judge, mixture, suite, policy, ratio, deployment, infusion, bundle, rollback, waiver, experiment, misses, product_event, season_event. An experiment is a plan: details hold it as JSON (plan) and its hash (planHash). Misses are an export of failed interactions: details hold as JSON (export) which gap it is to close. */
  readonly kind: string;
  /** What changes, e.g. template:intro. */
  readonly subject?: null | string | undefined;
  /** Version before. */
  readonly fromVersion?: null | string | undefined;
  /** Version after. */
  readonly toVersion?: null | string | undefined;
  /** Generated share before, 0 to 1. */
  readonly shareFrom?: null | number | undefined;
  /** Generated share after, 0 to 1. */
  readonly shareTo?: null | number | undefined;
  /** Samples of real data infused. */
  readonly samples?: null | number | undefined;
  /** Subjects pinned or rolled back together. */
  readonly bundle?: readonly string[] | undefined;
  /** Who does it. */
  readonly actor: string;
  /** The duty the actor acts in. */
  readonly role?: null | string | undefined;
  /** Who approved; not the actor. */
  readonly approver?: null | string | undefined;
  /** Why. */
  readonly reason?: null | string | undefined;
  /** Experiment that supports it. */
  readonly experimentId?: null | string | undefined;
  /** From when it holds, epoch ms. */
  readonly startTime?: null | number | undefined;
  /** Until when it holds, epoch ms; null for open. */
  readonly endTime?: null | number | undefined;
  /** Anything more. */
  readonly details?: Readonly<Record<string, string>> | undefined;
  /** Who speaks: the authenticated producer this record was written by. */
  readonly principal?: null | string | undefined;
}

/** Record type by topic, without prefix and version. */
export interface ProducedRecordByTopic {
  samples: WireSample;
  interactions: WireInteraction;
  outcomes: WireOutcome;
  evaluations: WireEvaluation;
  training: WireTraining;
  reviews: WireReview;
  changes: WireChange;
  /** The sample's own bytes, passed on. */
  admitted: WireSample;
  quarantined: WireSample;
}
