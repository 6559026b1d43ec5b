/** A small stream for one monitor partition, made from a seed: six topics with offsets, ticks, late records, manifests. */
import type { Input } from "../../services/core/input.ts";
import type { MonitorTopic } from "../../services/core/monitor/feeds.ts";
import { MONITOR_TOPICS } from "../../services/core/monitor/feeds.ts";
import { Random } from "../../services/core/random.ts";
import type { Origin, Utf8Slice } from "../../services/core/sample.ts";
import { encodeUtf8 } from "../../services/core/utf8.ts";

export const START_MS = 1_700_000_000_000 - (1_700_000_000_000 % 60_000);
const WORDS =
  "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma".split(" ");

function text(random: Random): Utf8Slice {
  const words = Array.from({ length: 8 + random.below(20) }, () => WORDS[random.below(WORDS.length)]!);
  const bytes = encodeUtf8(words.join(" "));
  return { bytes, start: 0, end: bytes.length };
}

/** Inputs per topic, in offset order; the last record of each is a tick far past everything. */
export function monitorStream(
  seed: string,
  records: number,
  lanes: readonly string[],
): Map<MonitorTopic, Input[]> {
  const random = new Random(seed);
  const streams = new Map<MonitorTopic, Input[]>(MONITOR_TOPICS.map((topic) => [topic, []]));
  const offsets = new Map<MonitorTopic, number>();
  const push = (topic: MonitorTopic, appendMs: number, make: (at: Input["at"]) => Input): void => {
    const offset = offsets.get(topic) ?? 0;
    offsets.set(topic, offset + 1 + random.below(3));
    streams.get(topic)!.push(make({ topic, partition: 0, offset, appendMs }));
  };
  let clock = START_MS;
  let samplesClock = START_MS;
  for (let i = 0; i < records; i += 1) {
    clock += random.below(400);
    const late = random.below(40) === 0;
    const eventMs = late ? clock - 60_000 : clock - random.below(3_000);
    const lane = lanes[random.below(lanes.length)]!;
    const appendMs = clock + 5;
    const origin: Origin = random.below(3) === 0 ? "human_direct" : "model_generated";
    const what = random.below(12);
    if (what < 7) {
      const admitted = random.below(4) !== 0;
      samplesClock = Math.max(samplesClock, Math.min(eventMs, appendMs));
      const topic = admitted ? "admitted" : "quarantined";
      const id = random.below(30) === 0 && i > 5 ? `s${i - 3}` : `s${i}`;
      push(topic, appendMs, (at) => ({
        kind: "judged",
        at,
        admitted,
        reasons: admitted ? [] : ["provenance_missing"],
        sample: {
          id: `${topic}-${id}`,
          eventMs,
          lane,
          bucket: `b${random.below(4)}`,
          origin,
          template: `t${random.below(3)}@1`,
          teacher: "m@1",
          judge: "j@1",
          source: "",
          judgeScore: null,
          judgeVerdict: random.below(3) === 0 ? "reject" : "accept",
          output: text(random),
          missingProvenance: [],
          marks: [],
        },
      }));
    } else if (what < 9) {
      push("interactions", appendMs, (at) => ({
        kind: "interaction",
        at,
        interaction: {
          id: `i${i}`,
          eventMs,
          lane,
          bucket: "b1",
          segment: "",
          model: "m@1",
          request: text(random),
          response: text(random),
          refused: false,
          turn: random.below(3),
          interrupted: null,
        },
      }));
    } else if (what < 10) {
      push("outcomes", appendMs, (at) => ({
        kind: "outcome",
        at,
        outcome: {
          id: `i${i}`,
          eventMs,
          lane,
          bucket: `b${random.below(4)}`,
          segment: "",
          model: "m@1",
          interactionId: `i${i}`,
          interactionMs: eventMs,
          resolved: random.below(2) === 0,
        },
      }));
    } else if (what < 11) {
      push("evaluations", appendMs, (at) => ({
        kind: "evaluation",
        at,
        evaluation: {
          id: `e${i}`,
          eventMs,
          lane,
          bucket: "",
          suite: "main",
          judge: "j@1",
          model: "m@1",
          metric: "accuracy",
          suiteMs: null,
          successes: random.below(10),
          trials: 10,
          value: null,
          itemOrigin: "human_direct",
          perplexity: null,
          perplexityModel: "",
          tokenizer: "",
        },
      }));
    } else if (random.below(8) === 0) {
      push("training", appendMs, (at) => ({
        kind: "training",
        at,
        training: {
          id: `t${i}`,
          eventMs: clock,
          lane,
          kind: "manifest",
          model: "m@2",
          run: "r1",
          loss: null,
          lossVariance: null,
          holdoutLoss: null,
        },
      }));
    }
    if (i % 25 === 0) {
      for (const topic of ["admitted", "quarantined"] as const) {
        const watermarkMs = samplesClock;
        push(topic, appendMs, (at) => ({ kind: "tick", at, watermarkMs }));
      }
      for (const topic of ["training", "evaluations", "outcomes", "interactions"] as const) {
        const watermarkMs = clock - 1_000;
        push(topic, appendMs, (at) => ({ kind: "tick", at, watermarkMs }));
      }
    }
  }
  const endMs = clock + 3_600_000;
  for (const topic of MONITOR_TOPICS) push(topic, endMs, (at) => ({ kind: "tick", at, watermarkMs: endMs }));
  return streams;
}

/** One interleaving of the streams that keeps each topic's order, cut into batches. */
export function interleave(
  streams: ReadonlyMap<MonitorTopic, readonly Input[]>,
  random: Random,
  from: ReadonlyMap<MonitorTopic, number> = new Map(),
): Input[][] {
  const rest = new Map(
    [...streams].map(([topic, list]) => [
      topic,
      list.filter((input) => input.at.offset >= (from.get(topic) ?? 0)),
    ]),
  );
  const batches: Input[][] = [];
  let batch: Input[] = [];
  for (;;) {
    const open = [...rest].filter(([, list]) => list.length > 0);
    if (open.length === 0) break;
    const [, list] = open[random.below(open.length)]!;
    batch.push(...list.splice(0, 1 + random.below(20)));
    if (random.below(3) === 0) {
      batches.push(batch);
      batch = [];
    }
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}
