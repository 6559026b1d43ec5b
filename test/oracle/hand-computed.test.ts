/** The oracle itself, on streams small enough to work out on paper. Panes of 10 ms, lateness 5 ms. */
import { expect, it } from "vitest";
import type { TopicName } from "../../services/core/topics.ts";
import { testPolicy } from "../support/policy.ts";
import { expectedDispositions } from "./dispositions.ts";
import { jaccard, naiveText, naiveTokens, shinglesOf } from "./naive-tokens.ts";
import type { Fields, OracleRecord } from "./oracle-record.ts";
import { type ExpectedPane, expectedPanes, oracleOptions } from "./pane-oracle.ts";

const options = oracleOptions(
  testPolicy({ paneMs: 10, latenessMs: 5 }, { decisionTextsMin: 3, decisionMs: 20, decisionMsMax: 40 }),
);

/** Appends records to topics; offsets count up, and every record is appended when it happened unless said otherwise. */
class Topics {
  readonly records: OracleRecord[] = [];

  add(topic: TopicName, eventTime: number, over: Fields = {}, note = "0 0 1 ", appendMs = eventTime): this {
    const value = { id: `${topic}${this.records.length}`, lane: "l", bucket: "", eventTime, ...over };
    return this.#push(
      topic,
      value,
      appendMs,
      topic === "admitted" || topic === "quarantined" ? { plumbline: note } : {},
    );
  }

  sample(eventTime: number, over: Fields = {}, note = "0 0 1 "): this {
    const origin = "model_generated";
    return this.add("admitted", eventTime, { origin, output: "one two", ...over }, note);
  }

  tick(ms: number, ...topics: TopicName[]): this {
    for (const topic of topics) this.#push(topic, null, ms, { "plumbline-tick": "append" });
    return this;
  }

  tickAll(ms: number): this {
    return this.tick(ms, "admitted", "quarantined", "interactions", "outcomes", "evaluations", "training");
  }

  #push(topic: TopicName, value: Fields | null, appendMs: number, headers: Record<string, string>): this {
    const offset = this.records.filter((record) => record.topic === topic).length;
    this.records.push({ topic, partition: 0, offset, appendMs, value, headers });
    return this;
  }
}

const shown = (panes: readonly ExpectedPane[], window = "pane") =>
  panes
    .filter((pane) => pane.window === window)
    .map((pane) =>
      [pane.stage, pane.segment, `${pane.startMs}-${pane.endMs}`, pane.n, pane.late, pane.repeated].join(" "),
    )
    .sort();

it("counts a record in the pane of its event time, once every feed has passed its end by 5 ms", () => {
  const topics = new Topics().sample(3).sample(9).sample(10);
  expect(shown(expectedPanes(topics.records, options))).toEqual([]);
  // Samples do not move the watermark of admitted, only ticks do: at 14 the first pane is one ms short.
  topics.tickAll(14);
  expect(shown(expectedPanes(topics.records, options))).toEqual([]);
  topics.tick(15, "admitted", "quarantined");
  // The manifests' topic feeds every stage.
  expect(shown(expectedPanes(topics.records, options))).toEqual([]);
  topics.tick(15, "training");
  expect(shown(expectedPanes(topics.records, options))).toEqual([
    "admitted all 0-10 2 0 0",
    "admitted generated 0-10 2 0 0",
    "candidate all 0-10 2 0 0",
    "candidate generated 0-10 2 0 0",
  ]);
});

it("counts a late record where its own partition stands", () => {
  const topics = new Topics()
    .add("interactions", 8)
    .add("interactions", 27)
    // 27 - 5 = 22: this one is in time, though its pane is not the last …
    .add("interactions", 22)
    // … and this one is late, and counts in the pane of 27.
    .add("interactions", 21)
    // The outcomes' own watermark stands at 21: in time.
    .add("outcomes", 21, { resolved: true, interactionTime: 1 })
    .tickAll(50);
  expect(shown(expectedPanes(topics.records, options))).toEqual([
    "reply all 0-10 1 0 0",
    "reply all 20-30 3 1 0",
    "reply generated 0-10 1 0 0",
    "reply generated 20-30 2 0 0",
  ]);
});

it("takes the smaller of event and append time, so that a clock ahead moves nothing", () => {
  const topics = new Topics()
    .add("interactions", 45, {}, "", 12)
    .add("interactions", 8, {}, "", 13)
    .tickAll(60);
  expect(shown(expectedPanes(topics.records, options))).toEqual([
    "reply all 0-10 1 0 0",
    "reply all 40-50 1 0 0",
    "reply generated 0-10 1 0 0",
    "reply generated 40-50 1 0 0",
  ]);
});

it("does not read a record more than five minutes ahead of its append time", () => {
  const topics = new Topics()
    .add("interactions", 300_001, {}, "", 1)
    .add("interactions", 300_002, {}, "", 1)
    .tickAll(300_020);
  expect(shown(expectedPanes(topics.records, options))).toEqual([
    "reply all 300000-300010 1 0 0",
    "reply generated 300000-300010 1 0 0",
  ]);
});

it("counts an id once a pane and lane, and one that the gatekeeper caught never as a candidate", () => {
  const topics = new Topics()
    .sample(1, { id: "a" })
    .sample(2, { id: "a" })
    .sample(3, { id: "a", lane: "other" })
    .sample(12, { id: "a" })
    .add("quarantined", 13, { id: "b", origin: "human_direct", output: "x" }, "4 0 1 duplicate_id")
    .tickAll(40);
  expect(shown(expectedPanes(topics.records, options)).filter((row) => row.includes(" all "))).toEqual([
    "admitted all 0-10 1 0 0",
    "admitted all 0-10 1 0 1",
    "admitted all 10-20 1 0 0",
    "candidate all 0-10 1 0 0",
    "candidate all 0-10 1 0 1",
    "candidate all 10-20 1 0 1",
  ]);
});

it("ends a generation at the first boundary at or after the manifest that is still open", () => {
  const topics = new Topics()
    .sample(1)
    .sample(12)
    .sample(25)
    .add("training", 10, { kind: "manifest" })
    .add("training", 28, { kind: "run" })
    // 28 - 5 = 23: the panes up to 20 are closed, so this one ends the generation at 30 and not at 20.
    .add("training", 15, { kind: "manifest" })
    .tickAll(60);
  const panes = expectedPanes(topics.records, options);
  expect(shown(panes, "generation").filter((row) => row.startsWith("admitted all"))).toEqual([
    "admitted all 0-10 1 0 0",
    "admitted all 10-30 2 0 0",
  ]);
  const generations = panes.filter(
    (pane) => pane.window === "pane" && pane.segment === "all" && pane.stage === "admitted",
  );
  expect(generations.map(({ startMs, generation }) => [startMs, generation])).toEqual([
    [0, 1],
    [10, 2],
    [20, 2],
  ]);
});

it("fills decision windows with panes until texts and time suffice, or the time is up, never across generations", () => {
  const topics = new Topics();
  // Three texts in the first pane, but 20 ms only with the second.
  for (const ms of [1, 2, 3, 12]) topics.sample(ms);
  // One text, and nothing for 40 ms: ended by age, at the end of its own pane.
  topics.sample(21);
  // Two texts, cut short by a manifest.
  topics.sample(72).sample(73).add("training", 80, { kind: "manifest" }).sample(81);
  topics.tickAll(200);
  const panes = expectedPanes(topics.records, options);
  expect(shown(panes, "decision").filter((row) => row.startsWith("candidate generated"))).toEqual([
    "candidate generated 0-20 4 0 0",
    "candidate generated 20-30 1 0 0",
    "candidate generated 70-80 2 0 0",
    "candidate generated 80-90 1 0 0",
  ]);
  expect(panes.filter(({ window }) => window === "decision").every(({ rowCount }) => rowCount === 4)).toBe(
    true,
  );
});

it("works out values from the records themselves", () => {
  const topics = new Topics();
  for (let i = 0; i < 40; i += 1) {
    const real = i % 4 === 0;
    topics.sample(1, {
      origin: real ? "human_direct" : "model_generated",
      // Thirty generated texts: 27 contents.
      output: i < 4 ? "Again  and AGAIN" : `again and again ${i % 40}`,
    });
    topics.add("outcomes", 1, { bucket: i < 10 ? "rare" : "", resolved: i % 2 === 0, interactionTime: 0 });
    topics.add("evaluations", 1, { suite: i < 20 ? "main" : "odd", successes: 1, trials: 4, value: null });
  }
  topics.tickAll(50);
  const panes = expectedPanes(topics.records, options);
  const value = (stage: string, segment: string, metric: string, bucket = "") => {
    const pane = panes.find(
      (one) => one.window === "pane" && one.stage === stage && one.segment === segment,
    )!;
    const found = pane.values!.find((one) => one.metric === metric && one.bucket === bucket)!;
    return [found.n, found.status, found.between?.[0] ?? null];
  };
  expect(value("candidate", "all", "volume")).toEqual([40, "ok", 40]);
  expect(value("candidate", "all", "volume", "real")).toEqual([10, "ok", 10]);
  expect(value("candidate", "all", "origin_mix")).toEqual([40, "ok", 0.75]);
  expect(value("candidate", "all", "origin_mix", "human_direct")).toEqual([40, "ok", 0.25]);
  // 1, 2 and 3 of the first four are generated: one content, two repeats.
  expect(value("candidate", "generated", "exact_duplicate_share")).toEqual([30, "ok", 2 / 30]);
  expect(value("candidate", "real", "exact_duplicate_share")).toEqual([10, "insufficient", 0]);
  expect(value("reply", "all", "online_success")).toEqual([40, "ok", 0.5]);
  expect(value("reply", "all", "online_success", "rare")).toEqual([10, "insufficient", 0.5]);
  expect(value("reply", "suite:main", "offline_score")).toEqual([80, "ok", 0.25]);
  expect(value("reply", "suite:__other__", "offline_score")).toEqual([80, "ok", 0.25]);
});

it("cuts texts as metrics.md says", () => {
  expect(naiveTokens("To be, or not to be: 3.5%")).toEqual("to be , or not to be : 3.5 %".split(" "));
  expect(naiveText("To  BE")?.content).toBe(naiveText("to be")?.content);
  expect(naiveText("to bee")?.content).not.toBe(naiveText("to be")?.content);
  expect(naiveText("a b c d a b c d")?.repeated).toBeCloseTo(1 - 4 / 5);
  expect(naiveText("a b c")?.repeated).toBeNull();
  expect(naiveText("日本語")).toBeNull();
  expect(jaccard(shinglesOf(["a", "b"]), shinglesOf(["a", "b"]))).toBe(1);
  expect(jaccard(shinglesOf([..."abcdefghijk"]), shinglesOf([..."abcdefghijx"]))).toBeCloseTo(6 / 8);
});

it("wants every sample in exactly one place, for the reasons it has", () => {
  const good = {
    ...{ id: "a", lane: "l", eventTime: 1, origin: "human_direct", output: "x", licence: "c", source: "s" },
    ...{ sources: [], judgeScore: null },
  };
  const at = (topic: TopicName, offset: number, value: Fields | null, header = ""): OracleRecord => ({
    topic,
    partition: 0,
    offset,
    appendMs: 1,
    value,
    headers: header === "" ? {} : { plumbline: header },
  });
  const produced = [
    at("samples", 0, good),
    at("samples", 1, { ...good, output: "y" }),
    at("samples", 2, { ...good, id: "b" }),
    at("samples", 3, { ...good, id: "" }),
    at("samples", 4, { ...good, id: "c", output: "", licence: null }),
  ];
  const judged = [
    at("admitted", 0, good, "0 0 1 "),
    at("quarantined", 0, { ...good, output: "y" }, "1 0 1 duplicate_id"),
    at("quarantined", 1, { ...good, id: "b" }, "2 0 1 duplicate_text"),
    at("rejected", 0, { topic: "run.samples.v1", partition: 0, offset: 3, code: "id_invalid" }),
    at(
      "quarantined",
      2,
      { ...good, id: "c", output: "", licence: null },
      "4 0 1 text_empty,provenance_missing",
    ),
  ];
  const differences = (records: readonly OracleRecord[]) => expectedDispositions(records, options);
  expect(differences([...produced, ...judged])).toEqual([]);
  expect(differences([...produced, ...judged.slice(1)])).toEqual([
    "samples/0/0 came out 0 times, expected once",
  ]);
  expect(differences([...produced, ...judged, at("admitted", 1, good, "0 0 1 ")])).toEqual([
    "samples/0/0 came out 2 times, expected once (admitted, admitted)",
  ]);
  expect(differences([...produced, ...judged.filter(({ topic }) => topic !== "rejected")])).toEqual([
    "samples/0/3 (id_invalid) was set aside 0 times, expected once",
  ]);
  expect(
    differences([...produced, ...judged.with(2, at("admitted", 1, { ...good, id: "b" }, "2 0 1 "))]),
  ).toEqual(["samples/0/2: held for [], expected [duplicate_text]"]);
  expect(
    differences([...produced, ...judged.with(0, at("admitted", 0, { ...good, output: "z" }, "0 0 1 "))]),
  ).toEqual(["samples/0/0 came out changed"]);
});
