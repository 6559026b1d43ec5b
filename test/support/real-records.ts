/** Records as a run of the product leaves them on its topics: what fuzzing starts from. */
import { METRICS } from "../../services/core/catalogue.generated.ts";
import { Catalogue } from "../../services/core/catalogue.ts";
import { Random } from "../../services/core/random.ts";
import { buildReference } from "../../services/core/reference/build-reference.ts";
import type { Reference } from "../../services/core/reference.ts";
import type { Rule } from "../../services/core/rule.ts";
import { TOPIC_NAMES, type TopicName } from "../../services/core/topics.ts";
import { policyDirectory } from "../../services/runtime/policy-directory.ts";
import { loadPolicyFiles } from "../../services/runtime/policy-files.ts";
import { publishPolicy, publishReference } from "../../services/runtime/policy-topic.ts";
import { MemoryRun } from "./memory-run.ts";
import { testPolicy } from "./policy.ts";
import { commandOf, evaluationOf, interactionOf, manifestOf, outcomeOf, sampleOf } from "./producers.ts";
import { SyntheticTexts } from "./synthetic-texts.ts";
import { RECORDS } from "./wire-records.ts";

export interface RealRecord {
  readonly value: Uint8Array | null;
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface RealRecords {
  /** At least one of each topic; none is empty. */
  readonly byTopic: ReadonlyMap<TopicName, readonly RealRecord[]>;
  readonly reference: Reference;
  readonly rules: readonly Rule[];
}

const GENERATIONS = 3;
const SAMPLES_A_GENERATION = 60;
/** Records kept of one topic: a mutator that has a thousand of one kind sees little of each. */
const KEPT_MAX = 40;

export function productRules(): readonly Rule[] {
  const loaded = loadPolicyFiles({
    rulesPath: `${policyDirectory()}/rules.yaml`,
    lanesPath: `${policyDirectory()}/lanes.yaml`,
    catalogue: new Catalogue(METRICS),
  });
  if (!loaded.ok) throw new Error("the shipped policy has problems");
  return loaded.rules;
}

export function smallReference(texts: SyntheticTexts): Reference {
  return buildReference({
    lane: "*",
    texts: Array.from({ length: 600 }, (_, i) => ({
      id: `r${i}`,
      text: texts.text(200),
      bucket: `b${i % 5}`,
    })),
    seed: 1,
    nullDraws: 10,
    metrics: METRICS,
  });
}

/** Three generations of a lane that grows narrow, with replies, outcomes, evaluations, a freeze and garbage in between. */
export async function realRecords(seed: string): Promise<RealRecords> {
  const random = new Random(seed);
  const texts = new SyntheticTexts(random);
  const reference = smallReference(texts);
  const rules = productRules();
  const policy = testPolicy({}, { decisionTextsMin: 20 });
  const run = new MemoryRun({ policy, rules, reference });
  try {
    const writer = await run.dependencies.log.writer();
    await publishPolicy(writer, run.codec, run.names.prefix, { policy, rules, rulesVersion: "v" });
    await publishReference(writer, run.codec, run.names.prefix, reference);
    for (let generation = 0; generation < GENERATIONS; generation += 1) {
      const id = (i: number): string => `g${generation}-${i}`;
      const eventTime = run.nowMs;
      await run.send(
        "samples",
        Array.from({ length: SAMPLES_A_GENERATION }, (_, i) =>
          sampleOf(id(i), {
            eventTime,
            bucket: `b${random.below(3)}`,
            templateId: `t${random.below(3)}`,
            judgeScore: random.below(8) === 0 ? Number.NaN : random.nextFloat(),
            output: generation === 0 ? texts.text(200) : `Short and much the same ${random.below(9)}.`,
          }),
        ),
      );
      await run.write("samples", [Buffer.from("no record"), null]);
      await run.send(
        "interactions",
        [0, 1, 2, 3].map((i) => interactionOf(id(i), { eventTime, response: texts.text(150) })),
      );
      await run.send(
        "outcomes",
        [0, 1, 2].map((i) => outcomeOf(id(i), { eventTime, resolved: i === 1 ? null : i === 0 })),
      );
      await run.send("evaluations", [
        evaluationOf(id(0), { eventTime }),
        evaluationOf(id(1), { eventTime, suite: "long_tail", value: 0.5, successes: null, trials: null }),
      ]);
      await run.send("training", [manifestOf(id(0), { eventTime: eventTime + 1 })]);
      await run.send("commands", [commandOf(id(0)), commandOf(id(1), { kind: "resume", actor: "bob" })]);
      await run.passTime(20_000);
      const done = generation + 1;
      await run.until("the generation", () => run.windows("generation", "candidate", "all").length >= done);
    }
    await run.until("a verdict", () => run.values("verdicts").length > 0);
    await run.until("a decision", () => run.values("decisions").length > 0);
  } finally {
    await run.kill();
  }
  const decoder = new TextDecoder();
  const byTopic = new Map<TopicName, readonly RealRecord[]>();
  for (const topic of TOPIC_NAMES) {
    const at = { topic: run.names.full(topic), partition: 0 };
    const found = run.broker.read(at, 0, 100_000).records.map(({ value, key, headers }) => ({
      value,
      key: key === null ? "" : decoder.decode(key),
      headers,
    }));
    // No service writes reviews and changes: those are of the wire's own examples.
    if (found.length === 0)
      found.push({ value: run.codec.encode(topic, RECORDS[topic]), key: "", headers: {} });
    byTopic.set(topic, random.shuffle(found).slice(0, KEPT_MAX));
  }
  return { byTopic, reference, rules };
}
