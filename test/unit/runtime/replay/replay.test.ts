import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RecordOf } from "../../../../services/adapters/avro/codec.ts";
import { METRICS } from "../../../../services/core/catalogue.generated.ts";
import { Catalogue } from "../../../../services/core/catalogue.ts";
import type { LanePolicy } from "../../../../services/core/policy.ts";
import { Random } from "../../../../services/core/random.ts";
import { buildReference } from "../../../../services/core/reference/build-reference.ts";
import type { Reference } from "../../../../services/core/reference.ts";
import { labPolicy } from "../../../../services/lab/lab-setup.ts";
import { type PolicyContent, versioned } from "../../../../services/runtime/policy-files.ts";
import {
  publishedPolicy,
  publishPolicy,
  publishReference,
  readReferencesTopic,
} from "../../../../services/runtime/policy-topic.ts";
import { replay } from "../../../../services/runtime/replay/replay.ts";
import { readPublishedVersions } from "../../../../services/runtime/replay/revisions.ts";
import { type Comparison, equal } from "../../../../services/runtime/replay/row-set.ts";
import { MemoryRun } from "../../../support/memory-run.ts";
import { testPolicy } from "../../../support/policy.ts";
import { commandOf, interactionOf, sampleOf } from "../../../support/producers.ts";
import { SyntheticTexts } from "../../../support/synthetic-texts.ts";

let run: MemoryRun;
beforeEach(() => {
  const { policy, rules } = content({});
  run = new MemoryRun({ policy, rules });
});
afterEach(() => run.kill());

function content(lane: Partial<LanePolicy>): PolicyContent {
  const { version: _, ...lanes } = testPolicy({ windows: ["5m"] }, { decisionTextsMin: 8, ...lane });
  return versioned(lanes, labPolicy(new Catalogue(METRICS)).rules);
}

/** Stops the services; those that come after have what is published now. */
async function restartWith(policy: PolicyContent, reference: Reference): Promise<void> {
  await run.kill();
  const { log } = run.dependencies;
  const writer = await log.writer();
  await publishReference(writer, run.codec, run.names.prefix, reference);
  await publishPolicy(writer, run.codec, run.names.prefix, policy);
  const published = publishedPolicy((await readReferencesTopic(log, run.codec, run.names.prefix))!);
  // What a process reads once when it starts.
  Object.assign(run.dependencies, { published });
  run.restart();
}

function referenceOf(seed: string): Reference {
  const texts = new SyntheticTexts(new Random(seed));
  const real = Array.from({ length: 60 }, (_, i) => ({ id: `${i}`, text: texts.text(100), bucket: "" }));
  return buildReference({ lane: "*", texts: real, seed: 1, nullDraws: 2, metrics: METRICS });
}
const one = referenceOf("one");
const two = referenceOf("two");

/** What nobody can read: a sample for the gatekeeper, use and a manifest for the monitor, a command for the governor. */
async function poison(): Promise<void> {
  const before = rejectedSamples();
  for (const topic of ["interactions", "training", "commands", "samples"] as const) {
    await run.write(topic, [new Uint8Array([1, 2, 3])]);
  }
  await run.until("the sample is set aside", () => rejectedSamples() > before);
}

function rejectedSamples(): number {
  return run.read("rejected").filter(({ topic }) => topic === run.names.full("samples")).length;
}

let made = 0;
/** Traffic of two panes, of which the second stays open. */
async function traffic(): Promise<void> {
  for (let pane = 0; pane < 2; pane += 1) {
    const judged = run.values("admitted").length + run.values("quarantined").length + rejectedSamples();
    const samples = Array.from({ length: 10 }, () => {
      made += 1;
      const origin = made % 3 === 0 ? ("licensed" as const) : ("model_generated" as const);
      return sampleOf(`r${made}`, { eventTime: run.nowMs, origin });
    });
    await run.send("samples", samples);
    await run.send("interactions", [interactionOf(`i${made}`, { eventTime: run.nowMs })]);
    await run.untilJudged(judged + 10);
    await run.passTime(5_000);
  }
}

async function compare(): Promise<readonly Comparison[]> {
  const find = await readPublishedVersions(run.dependencies.log, run.codec, run.names.prefix);
  return replay({ ...run.dependencies, find: find! }, () => {});
}

describe("a history with several published versions", () => {
  it("replays each cut with the policy, the rules and the references that it names", async () => {
    const before = content({});
    const after = content({ realOrigins: ["human_direct"], enforce: false, leaseMs: 30_000 });
    await restartWith(before, one);
    await traffic();
    await run.send("commands", [commandOf("c1")]);
    await poison();
    await traffic();
    await restartWith(after, two);
    await poison();
    await traffic();
    await restartWith(before, two);
    await traffic();
    await run.passTime(20_000);
    await run.until("verdicts of the end", () => run.values("verdicts").length >= 3);
    await run.kill();
    const rows = run.read("windows");
    expect(new Set(rows.map(({ policyVersion }) => policyVersion)).size).toBe(2);
    expect(new Set(rows.map(({ referenceVersion }) => referenceVersion)).size).toBe(2);
    const compared = await compare();
    expect(compared.flatMap(({ examples }) => examples)).toEqual([]);
    expect(compared.every(equal)).toBe(true);
    const empty = compared.filter(({ recorded }) => recorded === 0).map(({ what }) => what);
    // Only lanes with online traffic have series.
    expect(empty).toEqual(["series"]);
  });

  it("is refused, naming it, where a version is gone, and where it was never asked for all of them", async () => {
    const policy = content({});
    await restartWith(policy, one);
    await traffic();
    await run.passTime(20_000);
    await restartWith(content({ enforce: false }), one);
    await run.kill();
    const { version } = policy.policy;
    await expect(replay(run.dependencies, () => {})).rejects.toThrow(`names policy ${version}, but only`);
    await run.write("references", [null], `lanes/*@${version}/chunk/0`);
    await expect(compare()).rejects.toThrow(
      `names policy ${version}, which run.references.v1 no longer holds: what was made with it cannot be replayed`,
    );
  });
});

const COMPARED = ["windows", "verdicts", "decisions", "admitted", "rejected", "gates"] as const;
type Compared = (typeof COMPARED)[number];

describe("a history that was tampered with", () => {
  const tampered = async (topic: Compared): Promise<Comparison> => {
    await run.send("commands", [commandOf("c1")]);
    await poison();
    await traffic();
    await run.passTime(20_000);
    await run.until("a verdict", () => run.values("verdicts").length > 0);
    await run.until("what the monitor set aside", () => run.values("rejected").length >= 4);
    await run.kill();
    const [record] = run.values(topic);
    const writer = await run.dependencies.log.writer();
    await writer.write([{ ...record!, key: "support/after-sales" }]);
    const compared = await replay(run.dependencies, () => {});
    return compared.find((comparison) => !equal(comparison))!;
  };

  it.each(COMPARED)("shows a row twice in %s", async (topic) => {
    const comparison = await tampered(topic);
    expect(comparison.what).toContain(topic);
    expect(comparison).toMatchObject({ onlyRecorded: 1, onlyReplayed: 0 });
    expect(comparison.examples[0]).toMatch(/^- /);
  });

  it.each<[string, (gate: RecordOf<"gates">) => Partial<RecordOf<"gates">>]>([
    ["opened behind the governor's back", () => ({ state: "open", share: 1 })],
    ["given a longer lease", ({ validUntilMs }) => ({ validUntilMs: Number(validUntilMs) + 1 })],
  ])("shows a gate that was %s", async (_, change) => {
    await run.send("commands", [commandOf("c1")]);
    await run.until("the freeze", () => run.values("gates").length > 0);
    await run.kill();
    const last = run.values("gates").at(-1)!;
    const gate = run.read("gates").at(-1)! as RecordOf<"gates">;
    const writer = await run.dependencies.log.writer();
    const value = run.codec.encode("gates", { ...gate, ...change(gate) });
    await writer.write([{ ...last, key: new TextDecoder().decode(last.key!), value }]);
    const compared = await replay(run.dependencies, () => {});
    expect(compared.filter((comparison) => !equal(comparison))).toMatchObject([
      { what: "gates", onlyRecorded: 1, onlyReplayed: 1 },
    ]);
  });

  it("shows what was taken out of rejected", async () => {
    await poison();
    await traffic();
    await run.passTime(20_000);
    await run.until("what the monitor set aside", () => run.values("rejected").length >= 4);
    await run.kill();
    const hidden = run.values("rejected")[1]!;
    const { read } = run.broker;
    run.broker.read = (at, offset, recordsMax) => {
      const { records, next } = read.call(run.broker, at, offset, recordsMax);
      const shown = records.filter((own) => own.topic !== hidden.topic || own.offset !== hidden.offset);
      return { records: shown, next };
    };
    const compared = await replay(run.dependencies, () => {});
    expect(compared.filter((comparison) => !equal(comparison))).toMatchObject([
      { what: "rejected", onlyRecorded: 0, onlyReplayed: 1 },
    ]);
  });
});
