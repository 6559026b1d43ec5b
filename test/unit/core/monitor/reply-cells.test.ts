/** A reply is counted in the cell of its model version, so that leaving one out can clear the others. */
import { describe, expect, it } from "vitest";
import { METRICS } from "../../../../services/core/catalogue.generated.ts";
import { Catalogue } from "../../../../services/core/catalogue.ts";
import { CellKeys, cellKey, modelCellKey, subjectsOf } from "../../../../services/core/cell.ts";
import type { Input } from "../../../../services/core/input.ts";
import { JsonShape } from "../../../../services/core/json-shape.ts";
import { MONITOR_TOPICS } from "../../../../services/core/monitor/feeds.ts";
import { MonitorPartition } from "../../../../services/core/monitor/monitor.ts";
import { ClosedSegment, decodeCells } from "../../../../services/core/monitor/segment.ts";
import { Policies } from "../../../../services/core/policy.ts";
import type { WindowRecord } from "../../../../services/core/records.ts";
import type { Rule } from "../../../../services/core/rule.ts";
import type { SampleView } from "../../../../services/core/sample.ts";
import { encodeUtf8 } from "../../../../services/core/utf8.ts";
import { testPolicy } from "../../../support/policy.ts";

const LOOPING: Rule = {
  id: "looping_replies",
  title: "Replies repeat themselves",
  metric: "seq_rep_4",
  stage: "reply",
  segment: "generated",
  bucket: "",
  breach: [{ field: "value", op: "gt", threshold: 0.2 }],
  warn: [],
  severity: "page",
  owner: "o",
  page: "p",
  source: "s",
};
const REFUSING: Rule = {
  ...LOOPING,
  id: "refusals",
  metric: "refusal_share",
  segment: "all",
  bucket: "refund",
  breach: [{ field: "value", op: "gt", threshold: 0.2 }],
};

/** Replies of one pane, two thirds of them by m@1 and sound, and what the pane's decision window says. */
function decisionRows(rules: readonly Rule[]): WindowRecord[] {
  const policies = new Policies(
    testPolicy({ paneMs: 5_000, latenessMs: 1_000 }, { decisionTextsMin: 1, decisionMs: 1 }),
  );
  const core = new MonitorPartition(
    { partition: 0, catalogue: new Catalogue(METRICS), policies, rules, referenceOf: () => null },
    null,
  );
  const inputs: Input[] = [];
  for (let i = 0; i < 300; i += 1) {
    const bad = i % 3 === 2;
    const words = bad
      ? "I cannot help you now. ".repeat(5)
      : `Order ${i} left our house number ${i % 7} on day ${i % 5}.`;
    const bytes = encodeUtf8(words);
    inputs.push({
      kind: "interaction",
      at: { topic: "interactions", partition: 0, offset: i, appendMs: 1_000 },
      interaction: {
        id: `i${i}`,
        eventMs: 1_000,
        lane: "l",
        bucket: i % 2 === 0 ? "refund" : "delay",
        segment: "",
        model: bad ? "m@2" : "m@1",
        request: { bytes, start: 0, end: 0 },
        response: { bytes, start: 0, end: bytes.length },
        refused: false,
        turn: null,
        interrupted: null,
      },
    });
  }
  const rows: WindowRecord[] = [];
  const ticks = MONITOR_TOPICS.map(
    (topic): Input => ({
      kind: "tick",
      at: { topic, partition: 0, offset: 1_000, appendMs: 60_000 },
      watermarkMs: 60_000,
    }),
  );
  for (const effect of [...core.absorb(inputs), ...core.absorb(ticks)]) {
    if (effect.type === "publish" && effect.topic === "windows") rows.push(effect.record);
  }
  return rows.filter(({ window, stage }) => window === "decision" && stage === "reply");
}

describe("leaving a model version out", () => {
  const rows = decisionRows([LOOPING, REFUSING]);
  const row = (segment: string) => rows.find((one) => one.segment === segment)!;

  it("names the one whose replies repeat themselves", () => {
    const { leftOut, results } = row("generated");
    expect(results.find(({ metric }) => metric === "seq_rep_4")!.value).toBeGreaterThan(0.2);
    expect(leftOut.map(({ subject, n }) => [subject, n])).toEqual([
      ["model:m@1", 100],
      ["model:m@2", 200],
    ]);
    const [withoutFirst, withoutSecond] = leftOut.map(({ results: [value] }) => value!.value!);
    expect(withoutFirst).toBeGreaterThan(0.5);
    expect(withoutSecond).toBe(0);
  });

  it("tells the bucket of the rule and the total, and no other bucket", () => {
    const { leftOut, results } = row("all");
    const share = results.filter(({ metric }) => metric === "refusal_share");
    expect(share.map(({ bucket }) => bucket)).toEqual(["", "delay", "refund"]);
    expect(leftOut.map(({ results: left }) => left.map(({ bucket, value }) => [bucket, value]))).toEqual([
      [
        ["", 1],
        ["refund", 1],
      ],
      [
        ["", 0],
        ["refund", 0],
      ],
    ]);
  });
});

describe("the cell of a model version", () => {
  it("has the one subject, and none where no model is named", () => {
    expect(subjectsOf(modelCellKey("m@1"))).toEqual(["model:m@1"]);
    expect(modelCellKey("")).toBe("");
    expect(subjectsOf("")).toEqual([]);
    const keys = new CellKeys();
    expect(keys.ofModel("m@1")).toBe(modelCellKey("m@1"));
    expect(keys.ofModel("m@1")).toBe(keys.ofModel("m@1"));
  });

  it("is never that of a sample", () => {
    const sample = { template: "", teacher: "", judge: "", source: "m@1" } as SampleView;
    expect(cellKey(sample)).not.toBe(modelCellKey("m@1"));
    expect(subjectsOf(cellKey(sample))).toEqual(["source:m@1"]);
  });

  it("stands beside the cell that panes written before it had for all replies", () => {
    const plan = new Catalogue(METRICS).plan("reply", "generated");
    const read = new ClosedSegment(plan);
    const shape = new JsonShape((message) => new Error(message));
    decodeCells(read, [["", 40, [[0, 0, 0, 40]]]], ["seq_rep_4"], shape);
    const window = new ClosedSegment(plan);
    window.merge(read);
    expect([window.n, [...window.cells.keys()]]).toEqual([40, [""]]);
  });
});
