/** One pane with enough replies and judged candidates for every metric of theirs to have a value: services against oracle. */
import { afterEach, expect, it } from "vitest";
import { Random } from "../../services/core/random.ts";
import { MemoryRun } from "../support/memory-run.ts";
import { testPolicy } from "../support/policy.ts";
import { interactionOf, sampleOf } from "../support/producers.ts";
import { compareWindows } from "./compare-windows.ts";
import { memoryRecords } from "./memory-records.ts";
import { expectedPanes, oracleOptions } from "./pane-oracle.ts";

const POLICY = testPolicy({ paneMs: 5_000, latenessMs: 1_000 });
const METRICS = [
  "acceptance_balance",
  "acceptance_hill_ratio",
  "acceptance_narrowing",
  "context_fit",
  "empty_reply_share",
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
    const bucket = pick(["", "refund", "delay", "a bucket whose name is longer than is kept of it"]);
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
    });
  });
  await own.send("samples", samples);
  await own.send("interactions", interactions);
  await own.untilJudged(samples.length);
  await own.passTime(20_000);
  const expected = expectedPanes(memoryRecords(own), { ...oracleOptions(POLICY), reference: false });
  await own.until("all windows", () => own.values("windows").length >= expected.length);
  expect(compareWindows(expected, own.read("windows"))).toEqual([]);
  const told = expected.flatMap(({ values }) => values ?? []).filter(({ status }) => status === "ok");
  expect(METRICS.filter((id) => !told.some(({ metric }) => metric === id))).toEqual([]);
});
