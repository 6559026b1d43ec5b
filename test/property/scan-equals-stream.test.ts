/** A file scanned and the same file streamed as one window: the same rows and the same verdict, to the last bit. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { RecordOf } from "../../services/adapters/avro/codec.ts";
import { readLinesSync } from "../../services/cli/lines/read-lines.ts";
import { DEFAULT_FIELDS, parseTextLine } from "../../services/cli/lines/text-line.ts";
import { TextScan } from "../../services/cli/scan/text-scan.ts";
import { METRICS } from "../../services/core/catalogue.generated.ts";
import { Catalogue } from "../../services/core/catalogue.ts";
import type { PatternRegistry } from "../../services/core/pattern/pattern-registry.ts";
import { TextWatches } from "../../services/core/pattern/text-watch.ts";
import { Random } from "../../services/core/random.ts";
import type { VerdictRecord, WindowRecord } from "../../services/core/records.ts";
import { buildReference } from "../../services/core/reference/build-reference.ts";
import type { Reference } from "../../services/core/reference.ts";
import type { Rule } from "../../services/core/rule.ts";
import { MemoryRun, RUN_START_MS } from "../support/memory-run.ts";
import { testPolicy } from "../support/policy.ts";
import { manifestOf, sampleOf } from "../support/producers.ts";
import { productRules } from "../support/real-records.ts";
import { realTexts } from "../support/real-texts.ts";
import { patternOf } from "../support/registry.ts";
import { SyntheticTexts } from "../support/synthetic-texts.ts";

const LANE = "scan";
const catalogue = new Catalogue(METRICS);
const registry: PatternRegistry = {
  patterns: [patternOf("common", "the"), patternOf("rare", "nobody would say this")],
  facts: [],
  costs: [],
};
const policy = testPolicy({ registry }, { decisionTextsMin: 500 });
/** What a file can decide: it has no past and no evaluations. */
const rules: readonly Rule[] = productRules().filter(({ stage, breach }) => {
  return stage === "candidate" && breach.every(({ field }) => !field.startsWith("anchor"));
});

interface Line {
  readonly id: string;
  readonly text: string;
  readonly bucket: string;
  readonly template: string;
  readonly origin: "model_generated" | "human_direct";
}

const directory = mkdtempSync(join(tmpdir(), "plumbline-scan-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function scanned(lines: readonly Line[], reference: Reference) {
  const path = join(directory, "texts.jsonl");
  writeFileSync(path, `${lines.map((line) => JSON.stringify(line)).join("\n")}\n`);
  const scan = new TextScan(
    catalogue,
    { ...policy.defaults, lane: LANE },
    new TextWatches(registry).of(LANE),
  );
  for (const line of readLinesSync(path)) {
    const parsed = parseTextLine(line, DEFAULT_FIELDS);
    if (!parsed.ok) throw new Error(parsed.bad.detail);
    scan.add(parsed.value, line.number);
  }
  const { rows, verdict } = scan.finish(reference, {
    rules,
    rulesVersion: "test",
    policyVersion: policy.version,
  });
  return { rows: rows.map(comparable), verdict: judgement(verdict) };
}

/** The lines as samples of one pane, which is one decision window. */
async function streamed(lines: readonly Line[], reference: Reference) {
  const run = new MemoryRun({ policy, rules, reference });
  try {
    await run.send("samples", lines.map(sampleOfLine));
    await run.send("training", [manifestOf("end", { lane: LANE, eventTime: RUN_START_MS + 1 })]);
    await run.untilJudged(lines.length);
    await run.passTime(20_000);
    await run.until("the verdict", () => run.read("verdicts").some(({ window }) => window === "decision"));
    const ofDecision = run
      .read("windows")
      .filter(({ window, stage }) => window === "decision" && stage === "candidate");
    const [verdict] = run.read("verdicts").filter(({ window }) => window === "decision");
    return { rows: ofDecision.map(comparable), verdict: judgement(verdict!) };
  } finally {
    await run.kill();
  }
}

function sampleOfLine({ id, text, bucket, template, origin }: Line): RecordOf<"samples"> {
  const [templateId, templateVersion] = template.split("@");
  const unnamed = { teacherId: "", teacherVersion: "", judgeId: null, judgeVersion: null, source: "" };
  return sampleOf(id, {
    ...unnamed,
    lane: LANE,
    output: text,
    bucket,
    templateId: templateId!,
    templateVersion: templateVersion!,
    origin,
  });
}

/** A row without its place in time and in its window. */
function comparable(row: WindowRecord) {
  const { segment, n, repeated, results, leftOut, evidence, referenceVersion } = row;
  return { segment, n, repeated, results, leftOut, evidence, referenceVersion };
}

function judgement({ verdict, warn, families, results, blamed, evidence }: VerdictRecord) {
  return { verdict, warn, families, results, blamed, evidence };
}

function lines(texts: readonly string[], random: Random, repeats: number): Line[] {
  const made = texts.map((text, i): Line => {
    const real = random.below(6) === 0;
    return {
      id: `s${i}`,
      text,
      bucket: `b${random.below(5)}`,
      template: `t${random.below(4)}@1`,
      origin: real ? "human_direct" : "model_generated",
    };
  });
  // Lines that come again, with their id and without it.
  for (let i = 0; i < repeats; i += 1) made.push(made[random.below(texts.length)]!);
  for (let i = 0; i < repeats; i += 1) made.push({ ...made[random.below(texts.length)]!, id: `again${i}` });
  return made;
}

describe("a scan and a stream of the same file", () => {
  it("agree on real texts, and on those of a narrow model, which both refuse", async () => {
    const texts = realTexts();
    const reference = buildReference({
      lane: "*",
      texts: texts.slice(0, 6_000),
      seed: 1,
      nullDraws: 30,
      metrics: METRICS,
    });
    const random = new Random("scan equals stream");
    const sound = lines(
      texts.slice(6_000, 7_200).map(({ text }) => text),
      random,
      0,
    );
    const soundScan = scanned(sound, reference);
    expect(await streamed(sound, reference)).toEqual(soundScan);
    expect(soundScan.rows.map(({ n }) => n).reduce((sum, n) => sum + n, 0)).toBe(2 * sound.length);

    const pool = texts.slice(7_200, 7_230).map(({ text }) => text);
    const narrow = lines(
      Array.from({ length: 900 }, () => pool[random.below(pool.length)]!),
      random,
      0,
    );
    const narrowScan = scanned(narrow, reference);
    expect(narrowScan.verdict.verdict).toBe("breach");
    expect(await streamed(narrow, reference)).toEqual(narrowScan);
  });

  it("agree on made-up texts with repeated ids, repeated texts and odd ones", async () => {
    const random = new Random("scan equals stream, made up");
    const synthetic = new SyntheticTexts(random);
    const made = Array.from({ length: 700 }, () => synthetic.text(50 + random.below(500)));
    const reference = buildReference({
      lane: "*",
      texts: Array.from({ length: 1_500 }, (_, i) => ({
        id: `r${i}`,
        text: synthetic.text(300),
        bucket: `b${i % 5}`,
      })),
      seed: 1,
      nullDraws: 30,
      metrics: METRICS,
    });
    const odd = [
      "",
      " ",
      "one",
      "\u0000",
      "包裹来晚了，所以我们退了款并道歉。",
      "🙂".repeat(300),
      "a b c d ".repeat(2_000),
      "\ufeffbom",
      "line\r\nbreak",
    ];
    const file = lines([...made, ...odd], random, 60);
    expect(await streamed(file, reference)).toEqual(scanned(file, reference));
  });
});
