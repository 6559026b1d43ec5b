/** One pane with enough replies and judged candidates for every metric of theirs to have a value: services against oracle. */
import { afterEach, expect, it } from "vitest";
import type { PatternRegistry } from "../../services/core/pattern/pattern-registry.ts";
import { Random } from "../../services/core/random.ts";
import { MemoryRun } from "../support/memory-run.ts";
import { testPolicy } from "../support/policy.ts";
import { evaluationOf, interactionOf, sampleOf } from "../support/producers.ts";
import { factOf, patternOf } from "../support/registry.ts";
import { compareWindows } from "./compare-windows.ts";
import { memoryRecords } from "./memory-records.ts";
import { expectedPanes, oracleOptions } from "./pane-oracle.ts";

const REGISTRY: PatternRegistry = {
  patterns: [
    patternOf("kettle-money", "kettle money", "smell"),
    patternOf("not-covered", "17.5 late"),
    patternOf("never", "nobody says this"),
  ],
  facts: [
    factOf("two-years", ["refund", "7 rules"], { products: ["Kettle"], channels: ["app"] }),
    factOf("conditional", ["boiler", "gemäß"], { fromMs: 0, conditions: ["noise", "don't label"] }),
    factOf("over", ["money back"], { untilMs: 1_000 }),
  ],
  costs: [],
};
const POLICY = testPolicy({ paneMs: 5_000, latenessMs: 1_000, registry: REGISTRY });
const METRICS = [
  "acceptance_balance",
  "acceptance_hill_ratio",
  "acceptance_narrowing",
  "caution_gap",
  "confident_gap_share",
  "context_fit",
  "empty_reply_share",
  "error_pattern_accepted",
  "error_pattern_share",
  "error_pattern_survival",
  "fact_out_of_scope_share",
  "follow_up_share",
  "interrupted_share",
  "judge_acceptance",
  "judge_concentration",
  "judge_self_preference",
  "refusal_share",
  "reply_act_entropy",
  "reply_act_mix",
  "reply_length_bits",
  "reply_shape_bits",
  "stock_phrase_share",
  "survival_by_length",
];
const WORDS =
  "parcel boiler 17.5 late E42 money back refund kettle order 7 noise smell lamp 1,200 label".split(" ");
const SAYINGS = [
  "Yes, of course.",
  "Which one do you mean?",
  "According to the 7 rules it may vary.",
  "I can\u2019t help with that.",
  "I AM UNABLE TO do so!",
  "Feel free to ask.",
  "We apologize; please contact customer service.",
  "Siehe Abschnitt 3.",
  "Non, merci.",
  "Das ist gemäß Vertrag so.",
  "…",
  "🙂",
  "",
];

let run: MemoryRun | null = null;
afterEach(() => run?.kill());

it("replies and judged candidates have the values that the oracle counts", async () => {
  const own = new MemoryRun({ policy: POLICY });
  run = own;
  const random = new Random("replies and judges");
  const pick = <T>(some: readonly T[]): T => some[random.below(some.length)]!;
  const words = (most: number) => Array.from({ length: random.below(most) }, () => pick(WORDS)).join(" ");
  const times = () => ({ eventTime: own.nowMs - random.below(50) });
  const interactions = Array.from({ length: 900 }, (_, i) => {
    const usual = pick(["", "refund", "delay", "a bucket whose name is longer than is kept of it"]);
    const bucket = random.below(14) === 0 ? "rare" : usual;
    // Requests for refunds are asked back, the others are not: forms tell of requests.
    const opening = bucket === "refund" && random.below(2) === 0 ? "Which order?" : pick(SAYINGS);
    return interactionOf(`i${i}`, {
      ...times(),
      bucket,
      modelVersion: pick(["1", "2", "3"]),
      request: random.below(8) === 0 ? null : `Please help, why is the ${words(9)} so?`,
      response: `${opening} ${words(bucket === "delay" ? 60 : 9)}. ${pick(SAYINGS)}`,
      refused: random.below(30) === 0,
      turn: pick([null, 0, 1, 2]),
      interrupted: pick([null, true, false]),
      product: pick([null, "kettle", "Kettle", "lamp"]),
      channel: pick([null, "app", "phone"]),
    });
  });
  const samples = Array.from({ length: 700 }, (_, i) => {
    const bucket = pick(["refund", "delay", "odd", ""]);
    const accepted = random.below(bucket === "odd" ? 4 : 2) === 0 ? "accept" : "reject";
    return sampleOf(`s${i}`, {
      ...times(),
      bucket,
      origin: random.below(5) === 0 ? "human_direct" : "model_generated",
      judgeId: pick(["gen", "strict"]),
      judgeVerdict: pick([accepted, accepted, accepted.toUpperCase(), "cannot tell", null]),
      output: words(40),
      fields: pick<Record<string, string>>([
        {},
        { stem: "x", product: "kettle", channel: "APP" },
        { channel: "app", product: "" },
        { region: "eu", product: "lamp" },
      ]),
    });
  });
  await own.send("samples", samples);
  await own.send("interactions", interactions);
  await own.send(
    "evaluations",
    Array.from({ length: 3 }, (_, i) =>
      evaluationOf(`e${i}`, { ...times(), suite: "under_informed", bucket: pick(["", "odd"]) }),
    ),
  );
  await own.untilJudged(samples.length);
  await own.passTime(20_000);
  const expected = expectedPanes(memoryRecords(own), { ...oracleOptions(POLICY), reference: false });
  await own.until("all windows", () => own.values("windows").length >= expected.length);
  expect(compareWindows(expected, own.read("windows"))).toEqual([]);
  const told = expected.flatMap(({ values }) => values ?? []).filter(({ status }) => status === "ok");
  expect(METRICS.filter((id) => !told.some(({ metric }) => metric === id))).toEqual([]);
});
