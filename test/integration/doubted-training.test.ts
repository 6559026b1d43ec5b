/** Curves and marks through the services, by the shipped rules: from producers' records to a gate. */
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { METRICS } from "../../services/core/catalogue.generated.ts";
import { Catalogue } from "../../services/core/catalogue.ts";
import type { Rule } from "../../services/core/rule.ts";
import { loadPolicyFiles } from "../../services/runtime/policy-files.ts";
import { MemoryRun } from "../support/memory-run.ts";
import { testPolicy } from "../support/policy.ts";
import { evaluationOf, LANE, reportOf, sampleOf } from "../support/producers.ts";

const POLICY_DIR = join(import.meta.dirname, "../../infra/policy");
const TEXTS = 40;
const WINDOW_MS = 10_000;

function shippedRule(id: string): Rule {
  const loaded = loadPolicyFiles({
    rulesPath: join(POLICY_DIR, "rules.yaml"),
    lanesPath: join(POLICY_DIR, "lanes.yaml"),
    catalogue: new Catalogue(METRICS),
  });
  if (!loaded.ok) throw new Error("the shipped policy files are not valid");
  return loaded.rules.find((rule) => rule.id === id)!;
}

let run: MemoryRun;
afterEach(() => run.kill());

function start(rule: string): MemoryRun {
  const policy = testPolicy({}, { decisionTextsMin: TEXTS });
  run = new MemoryRun({ policy, rules: [shippedRule(rule)] });
  return run;
}

const gate = () => run.read("gates").findLast(({ subject }) => subject === `lane:${LANE}`)?.state;
const becomes = (state: string) => run.until(`the gate is ${state}`, () => gate() === state);
let samples = 0;

/** One decision window: generated texts, what `more` sends beside them, and time for it to be judged. */
async function window(more: (eventTime: number) => Promise<void>): Promise<void> {
  const verdicts = run.values("verdicts").length;
  const eventTime = run.nowMs;
  const texts = Array.from({ length: TEXTS }, () => sampleOf(`s${samples++}`, { eventTime }));
  await run.send("samples", texts);
  await more(eventTime);
  await run.passTime(WINDOW_MS);
  await run.until("the verdict", () => run.values("verdicts").length > verdicts);
}

it("training that grows calm while the tail stands still is watched, then throttled, also across a restart", async () => {
  start("training_calm_stall");
  const calmer = (t: number) => (eventTime: number) =>
    Promise.all([
      run.send("training", [
        reportOf(`a${t}`, {
          eventTime,
          loss: 2 - 0.01 * t,
          lossVariance: (0.1 * 0.9 ** t) ** 2,
          holdoutLoss: null,
        }),
      ]),
      run.send("evaluations", [
        evaluationOf(`p${t}`, {
          eventTime,
          suite: "house",
          itemOrigin: "model_generated",
          perplexity: 20 * 0.96 ** t,
          perplexityModel: "lm@1",
          tokenizerId: "bpe",
        }),
        evaluationOf(`e${t}`, { eventTime, suite: "long_tail", successes: 700 + (t % 3), trials: 1_000 }),
      ]),
    ]).then(() => {});
  for (let t = 0; t < 6; t += 1) await window(calmer(t));
  await becomes("open");
  await run.kill();
  run.restart();
  for (let t = 6; t < 11; t += 1) await window(calmer(t));
  const stalls = run
    .read("series")
    .filter(({ segment }) => segment === "curves")
    .map(({ results }) => results.find(({ metric, bucket }) => metric === "calm_stall" && bucket === ""));
  // Seven windows are too few to say anything; from the eighth on each one counts.
  expect(stalls.map((result) => result?.value ?? null)).toEqual([
    ...new Array<null>(7).fill(null),
    1,
    2,
    3,
    4,
  ]);
  expect(run.read("verdicts").at(-1)).toMatchObject({ verdict: "breach", families: ["perplexity"] });
  await becomes("throttled");
});

it("marks on what is called real are watched, and laid on the source that sent them", async () => {
  start("hidden_synthetic");
  const real = (eventTime: number, marked: number) => {
    const of = (i: number, source: string, labels: string[]) =>
      sampleOf(`r${samples++}`, {
        eventTime,
        origin: "human_direct",
        makerKind: "person",
        ...{ teacherId: null, templateId: null, judgeId: null, source, labels },
        output: `Text ${i} of ${source} that somebody wrote about parcels.`,
      });
    const own = Array.from({ length: 120 }, (_, i) => of(i, "people/forum", []));
    const sold = Array.from({ length: 20 }, (_, i) => of(i, "vendor-b", i < marked ? ["watermark:w1"] : []));
    return run.send("samples", [...own, ...sold]);
  };
  await window((eventTime) => real(eventTime, 0));
  await becomes("open");
  await window((eventTime) => real(eventTime, 16));
  const verdict = run.read("verdicts").at(-1)!;
  expect(verdict).toMatchObject({ verdict: "breach", families: ["provenance"], blamed: ["source:vendor-b"] });
  await becomes("watch");
  const shares = run.windows("decision", "candidate", "all").at(-1)!.results;
  expect(shares.find(({ bucket }) => bucket === "watermark")).toMatchObject({
    metric: "hidden_synthetic_share",
    n: 140,
    value: 16 / 140,
  });
});

it("more than a tenth of unknown origin is watched", async () => {
  start("unknown_origin_cap");
  const unknown = (count: number) => (eventTime: number) =>
    run.send(
      "samples",
      Array.from({ length: count }, () => sampleOf(`u${samples++}`, { eventTime, origin: "unknown" })),
    );
  await window(unknown(4));
  await becomes("open");
  await window(unknown(20));
  await becomes("watch");
});
