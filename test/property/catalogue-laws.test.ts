/** The laws of the metric contract, over the whole catalogue: a new metric is tested before anyone writes a test for it. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TextAnalyser } from "../../services/core/analysis.ts";
import { METRICS } from "../../services/core/catalogue.generated.ts";
import { rankOfId } from "../../services/core/hash.ts";
import type {
  CountsInputKind,
  CountsItems,
  CountsMetric,
  Json,
  SampleMetric,
} from "../../services/core/metric.ts";
import { JUDGED_TEXTS_MIN, judge } from "../../services/core/null.ts";
import type { WatchFindings } from "../../services/core/pattern/text-watch.ts";
import { OTHER } from "../../services/core/policy.ts";
import { Random } from "../../services/core/random.ts";
import { buildReference } from "../../services/core/reference/build-reference.ts";
import type { Reference } from "../../services/core/reference.ts";
import { ReplyReader } from "../../services/core/reply/reply-reader.ts";
import type { MetricResult } from "../../services/core/result.ts";
import { type InteractionView, ORIGINS, STAGES } from "../../services/core/sample.ts";
import { type TextSample, TextSampleBuilder } from "../../services/core/sketches/text-sample.ts";
import { HOSTILE_NAMES } from "../support/hostile-names.ts";
import { SyntheticTexts } from "../support/synthetic-texts.ts";

const METRICS_DIR = join(import.meta.dirname, "../../services/core/metrics");
const COUNTS = METRICS.filter((metric) => metric.kind === "counts") as CountsMetric[];
const SAMPLES = METRICS.filter((metric) => metric.kind === "sample");
const RUNS = { numRuns: 40 };

const analyser = new TextAnalyser();
const replies = new ReplyReader();

function realReference(): Reference {
  const texts = new SyntheticTexts(new Random("catalogue laws"));
  return buildReference({
    lane: "l",
    texts: Array.from({ length: 700 }, (_, i) => ({
      id: `r${i}`,
      text: texts.text(300),
      bucket: `b${i % 7}`,
    })),
    seed: 1,
    nullDraws: 8,
    metrics: METRICS,
  });
}
const REFERENCE = realReference();
const REFERENCES = [null, REFERENCE];

// Few names, so that they collide, and bad ones; "subtract" is exact only below the bound on buckets.
const bucket = fc.constantFrom("", "b1", "b2", OTHER, ...HOSTILE_NAMES.slice(-20));
const text = fc.oneof(
  fc.array(fc.constantFrom(..."the red tail of rare words is 7 longer than 退款 , x".split(" ")), {
    maxLength: 60,
  }),
  fc.array(fc.string({ unit: "binary", maxLength: 9 }), { maxLength: 12 }),
  fc.constantFrom([], ["one"], ["\u0000"], ["\ud800"], new Array<string>(300).fill("again")),
);
const strange = fc.constantFrom(null, 0, 1, -1, 0.5, 40, 2 ** 53, Number.NaN, 1 / 0, -1 / 0);
const head = fc.record({
  id: fc.string(),
  eventMs: fc.nat(),
  lane: fc.constant("l"),
  bucket,
  segment: bucket,
  model: bucket,
});

/** What one `add` is made of. Texts stand as strings: their analysis is valid during the call only. */
type Item = { readonly [key: string]: unknown };
const findings = fc.constantFrom(
  null,
  { patterns: null, cited: ["f1"], outOfScope: [] },
  { patterns: [], cited: [], outOfScope: [] },
  { patterns: ["p1", "p2"], cited: ["f1", "f2"], outOfScope: ["f2"] },
  { patterns: ["p2"], cited: [], outOfScope: [] },
);
const ITEMS: { readonly [K in CountsInputKind]: fc.Arbitrary<Item> } = {
  text: fc.record({ words: text, bucket, findings, cell: fc.constantFrom("", "t@1\u001fm@1\u001f\u001f") }),
  arrival: fc.record({
    generated: fc.boolean(),
    tokens: fc.nat(700),
    findings,
    sample: fc
      .record({
        origin: fc.constantFrom(...ORIGINS),
        judge: fc.constantFrom("", "m@1", "m@2", "strict@1"),
        teacher: fc.constantFrom("", "m@1", "t@1"),
        judgeVerdict: fc.constantFrom("", "accept", "reject", " Pass", "FAILED", "who knows"),
        source: fc.constantFrom("", "feed/1", "feed/2"),
        marks: fc.constantFrom([], ["teacher"], ["watermark", "depth"]),
      })
      .chain((own) => head.map((h) => ({ ...h, ...own }))),
  }),
  interaction: fc.record({
    request: fc.constantFrom("", "When will the 42 red parcels come?", "退款"),
    response: fc.constantFrom(
      "",
      "🙂 !",
      "Yes. According to the manual, 42 parcels.",
      "Which one? I apologize.",
      "I can't help.",
      "退款在这里。",
    ),
    interaction: head.map((h) => ({
      ...h,
      refused: h.eventMs % 7 === 0,
      turn: [null, 0, 1, -1][h.eventMs % 4],
      interrupted: [null, true, false][h.eventMs % 3],
    })),
  }),
  outcome: fc.record({
    outcome: head.chain((h) =>
      fc
        .constantFrom(true, false, null)
        .map((resolved) => ({ ...h, resolved, interactionId: h.id, interactionMs: h.eventMs })),
    ),
  }),
  evaluation: fc.record({
    evaluation: fc
      .tuple(
        head,
        strange,
        strange,
        fc.oneof(strange, fc.double({ min: 0, max: 1, noNaN: true })),
        fc.boolean(),
      )
      .map(([h, successes, trials, value, good]) => ({
        ...h,
        suite: h.eventMs % 2 === 0 ? "main" : "under_informed",
        metric: ["accuracy", "f1"][h.eventMs % 2],
        suiteMs: [null, 0, h.eventMs - 10_000_000, h.eventMs + 1, Number.NaN, -1e300][h.eventMs % 6],
        itemOrigin: ORIGINS[h.eventMs % ORIGINS.length],
        judge: ["", "j@1", "j@2"][h.eventMs % 3],
        successes: good ? 31 : successes,
        trials: good ? 40 : trials,
        value,
        perplexity: value,
        perplexityModel: h.segment,
        tokenizer: h.model,
      })),
  }),
  training: fc.record({
    training: fc.tuple(head, strange, strange, strange).map(([h, loss, lossVariance, heldOut]) => ({
      ...h,
      kind: "run",
      run: h.model,
      loss,
      lossVariance,
      holdoutLoss: heldOut,
    })),
  }),
};

interface Ranked {
  readonly item: Item;
  readonly rank: number;
}

function ranked(items: readonly Item[], prefix = "t"): Ranked[] {
  return items.map((item, i) => ({ item, rank: rankOfId(`${prefix}${i}`) }));
}

interface TextItem {
  readonly words: readonly string[];
  readonly bucket: string;
  readonly cell: string;
  readonly findings: WatchFindings | null;
}

/** The state of a closed pane that saw these items. */
function stateOf(metric: CountsMetric, items: readonly Ranked[]): unknown {
  const state = metric.empty();
  const index = metric.openPane?.().open() ?? null;
  for (const { item, rank } of items) {
    if (metric.input === "interaction") {
      metric.add(state, replyItem(item));
      continue;
    }
    if (metric.input !== "text") {
      metric.add(state, item as CountsItems[CountsInputKind]);
      continue;
    }
    const { words, bucket: name, cell, findings: found } = item as unknown as TextItem;
    const analysis = analyser.analyseString(words.join(" "));
    metric.add(state, { text: analysis, bucket: name, findings: found });
    index?.add(1, rank, cell, analysis);
  }
  for (const counts of index?.close(1).values() ?? []) metric.merge(state, counts);
  return state;
}

/** Traits are the reader's own: they are made for one call, as the intake makes them. */
function replyItem(item: Item): CountsItems["interaction"] {
  const {
    request,
    response,
    interaction: head,
  } = item as unknown as {
    readonly request: string;
    readonly response: string;
    readonly interaction: InteractionView;
  };
  const slice = (words: string) => {
    const bytes = Buffer.from(words);
    return { bytes, start: 0, end: bytes.length };
  };
  const interaction = { ...head, request: slice(request), response: slice(response) };
  return { interaction, traits: replies.read(interaction, analyser.analyse(interaction.response)) };
}

function merged(metric: CountsMetric, ...parts: readonly unknown[]): unknown {
  const into = metric.empty();
  for (const part of parts) metric.merge(into, part);
  return into;
}

function jsonOf(metric: CountsMetric, state: unknown): string {
  return JSON.stringify(metric.encode(state));
}

function checkResults(id: string, results: readonly MetricResult[]): void {
  for (const result of results) {
    const { metric, n, value, lo, hi, nullMean, nullSd, ratio, z, status } = result;
    expect(metric).toBe(id);
    expect(Number.isFinite(n) && n >= 0, `n = ${n}`).toBe(true);
    for (const number of [value, lo, hi, nullMean, nullSd, ratio, z]) {
      expect(number === null || Number.isFinite(number), JSON.stringify(result)).toBe(true);
    }
    if (status === "ok") expect(value).not.toBeNull();
    else expect([z, lo, hi]).toEqual([null, null, null]);
    if (lo !== null) expect(lo <= value! && value! <= hi!, JSON.stringify(result)).toBe(true);
  }
  const buckets = results.map((result) => result.bucket);
  expect(new Set(buckets).size).toBe(buckets.length);
}

describe("the catalogue", () => {
  it("has one id a metric, and one file of that name", () => {
    const ids = METRICS.map((metric) => metric.id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.map((id) => `${id.replaceAll("_", "-")}.ts`).sort()).toEqual(readdirSync(METRICS_DIR).sort());
  });

  it.each(METRICS.map((metric) => [metric.id, metric] as const))("%s says what it is", (id, metric) => {
    expect(id).toMatch(/^[a-z][a-z0-9_]{0,62}[a-z0-9]$/);
    for (const words of [metric.title, metric.why, metric.source])
      expect(words.trim().length).toBeGreaterThan(3);
    expect(metric.why).toMatch(/[.]$/);
    expect(metric.stages.length).toBeGreaterThan(0);
    expect(metric.stages.every((stage) => STAGES.includes(stage))).toBe(true);
    expect(new Set(metric.stages).size).toBe(metric.stages.length);
    const source = readFileSync(join(METRICS_DIR, `${id.replaceAll("_", "-")}.ts`), "utf8");
    expect(source).toMatch(/\/\*\*[\s\S]+\*\/\nexport const /);
  });
});

describe.each(COUNTS.map((metric) => [metric.id, metric] as const))("counts: %s", (id, metric) => {
  const items = fc.array(ITEMS[metric.input], { maxLength: 40 });
  const states = items.map((list) => stateOf(metric, ranked(list)));
  const same = (a: unknown, b: unknown): void => {
    expect(jsonOf(metric, a)).toBe(jsonOf(metric, b));
  };

  it("merges in any grouping and order, and empty changes nothing", () => {
    fc.assert(
      fc.property(states, states, states, (a, b, c) => {
        same(merged(metric, merged(metric, a, b), c), merged(metric, a, merged(metric, b, c)));
        same(merged(metric, a, b), merged(metric, b, a));
        same(merged(metric, a, metric.empty()), a);
        same(merged(metric, metric.empty(), a), a);
      }),
      RUNS,
    );
  });

  it("does not change what is merged in", () => {
    fc.assert(
      fc.property(states, states, (a, b) => {
        const before = jsonOf(metric, b);
        metric.merge(a, b);
        metric.merge(a, b);
        expect(jsonOf(metric, b)).toBe(before);
      }),
      RUNS,
    );
  });

  it("takes out what was merged in", () => {
    fc.assert(
      fc.property(states, states, (a, b) => {
        const whole = merged(metric, a, b);
        metric.subtract(whole, b);
        same(whole, a);
      }),
      RUNS,
    );
  });

  it("comes back from JSON as it was, and owns what comes back", () => {
    fc.assert(
      fc.property(states, states, (a, b) => {
        const json = JSON.parse(jsonOf(metric, a)) as Json;
        const back = metric.decode(json);
        same(back, a);
        expect(metric.value(back, REFERENCE)).toEqual(metric.value(a, REFERENCE));
        metric.merge(back, b);
        expect(JSON.stringify(json)).toBe(jsonOf(metric, a));
      }),
      RUNS,
    );
  });

  it("does not depend on the order of add", () => {
    const shuffled = items.chain((list) =>
      fc.tuple(
        fc.constant(ranked(list)),
        fc.shuffledSubarray(ranked(list), { minLength: list.length, maxLength: list.length }),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([list, other]) => same(stateOf(metric, list), stateOf(metric, other))),
      RUNS,
    );
  });

  it("gives numbers that are numbers, twice the same, and leaves the state alone", () => {
    fc.assert(
      fc.property(states, fc.constantFrom(...REFERENCES), (a, reference) => {
        const before = jsonOf(metric, a);
        const results = metric.value(a, reference);
        checkResults(id, results);
        expect(metric.value(a, reference)).toEqual(results);
        expect(jsonOf(metric, a)).toBe(before);
      }),
      RUNS,
    );
  });

  it("has no opinion on an empty window: only a plain count of nothing is zero", () => {
    for (const reference of REFERENCES) {
      for (const { status, value } of metric.value(metric.empty(), reference)) {
        if (metric.unit === "count") expect(value).toBe(0);
        else expect([status, value]).toEqual([expect.not.stringMatching(/^ok$/), null]);
      }
    }
  });
});

function sampleOf(texts: readonly (readonly [string, readonly string[]])[]): TextSample {
  const builder = new TextSampleBuilder();
  for (const [name, words] of texts) {
    builder.offer(rankOfId(name), name, "", "", analyser.analyseString(words.join(" ")));
  }
  return builder.toSample();
}

const named = (texts: readonly (readonly string[])[]) => texts.map((words, i) => [`s${i}`, words] as const);

describe.each(SAMPLES.map((metric) => [metric.id, metric as SampleMetric] as const))(
  "sample: %s",
  (id, metric) => {
    const texts = fc.array(text, { maxLength: 90 }).map(named);

    it("is finite or says why not, twice the same, and does not depend on the order of the texts", () => {
      const shuffled = texts.chain((list) =>
        fc.tuple(
          fc.constant(list),
          fc.shuffledSubarray([...list], { minLength: list.length, maxLength: list.length }),
        ),
      );
      fc.assert(
        fc.property(shuffled, fc.constantFrom(...REFERENCES), ([list, other], reference) => {
          const sample = sampleOf(list);
          const raw = metric.measure(sample, reference);
          expect(typeof raw === "string" || Number.isFinite(raw), `${raw}`).toBe(true);
          expect(metric.measure(sample, reference)).toEqual(raw);
          expect(metric.measure(sampleOf(other), reference)).toEqual(raw);
          const result = judge(metric, sample, reference);
          checkResults(id, [result]);
          if (list.length < JUDGED_TEXTS_MIN) expect(result).toMatchObject({ value: null, z: null });
          if (list.length < JUDGED_TEXTS_MIN) expect(result.status).not.toBe("ok");
        }),
        RUNS,
      );
    });

    const degenerate: readonly (readonly [string, readonly (readonly string[])[]])[] = [
      ["no texts", []],
      ["empty texts", new Array<string[]>(80).fill([])],
      ["texts of one token", new Array<string[]>(80).fill(["one"])],
      ["one text again and again", new Array<string[]>(80).fill("the same words in each of them".split(" "))],
      ["one word again and again", new Array<string[]>(80).fill(new Array<string>(400).fill("again"))],
      ["no words, only marks", new Array<string[]>(80).fill(["!", "?", "…", "🙂"])],
    ];
    it.each(degenerate)("bears %s", (_name, list) => {
      for (const reference of REFERENCES) {
        const sample = sampleOf(named(list));
        checkResults(id, [judge(metric, sample, reference)]);
        const raw = metric.measure(sample, reference);
        expect(typeof raw === "string" || Number.isFinite(raw), `${raw}`).toBe(true);
      }
    });

    it("has no opinion without a reference where it needs one", () => {
      if (!metric.needsReference && metric.scale === "absolute") return;
      const sample = sampleOf(
        named(Array.from({ length: 80 }, (_, i) => `the tail of ${i} words`.split(" "))),
      );
      expect(judge(metric, sample, null)).toMatchObject({ status: "no_reference", value: null });
    });
  },
);
