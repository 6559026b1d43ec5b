import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createCodec } from "../../../services/adapters/avro/codec.ts";
import { MemoryBroker } from "../../../services/adapters/memory/memory-broker.ts";
import { recordFromLine } from "../../../services/cli/ingest/record-from-line.ts";
import { TextIds } from "../../../services/cli/lines/text-ids.ts";
import { briefPage } from "../../../services/cli/misses/brief-page.ts";
import { correctedSample, shadowItem } from "../../../services/cli/misses/export-lines.ts";
import { exportId, exportOfClaim, exportRecord } from "../../../services/cli/misses/export-record.ts";
import { publishExport, writeExport } from "../../../services/cli/misses/publish-export.ts";
import { briefOf } from "../../../services/core/misses/brief.ts";
import { readPartition } from "../../../services/runtime/read-partition.ts";
import { TopicNames } from "../../../services/runtime/topics.ts";
import { HOSTILE_NAMES } from "../../support/hostile-names.ts";
import { testExport, testMiss } from "../../support/misses.ts";
import { makeTempDir, runCommand } from "../../support/run-command.ts";

const dir = makeTempDir();
afterAll(() => dir.remove());
const codec = createCodec();

describe("files of misses", () => {
  it("are shadow items with their source", () => {
    const context = JSON.stringify([{ role: "user", text: "hello" }]);
    const item = shadowItem("a", testMiss("i1", { correction: "right", context }));
    expect(item).toMatchObject({
      suite: "shadow",
      bucket: "refund",
      request: "ask i1",
      expected: "right",
      context: [{ role: "user", text: "hello" }],
      provenance: "production failure",
      sourceInteraction: "i1",
    });
    expect(shadowItem("a", testMiss("i1")).expected).toBeNull();
    expect(shadowItem("b", testMiss("i1")).id).not.toBe(item.id);
  });

  it("are samples that ingest takes, whatever the interaction is called", () => {
    for (const name of ["i1", "x".repeat(256), ...HOSTILE_NAMES]) {
      const made = correctedSample(
        "a",
        testMiss(name, { correction: "right", language: "en", consent: "c1" }),
      );
      const line = { number: 1, text: JSON.stringify(made) };
      const defaults = { topic: "samples", lane: null, nowMs: 5, eventTimeNow: false } as const;
      const parsed = recordFromLine(line, defaults, new TextIds());
      expect(parsed.ok).toBe(true);
      if (!parsed.ok) continue;
      expect(codec.problemsOf("samples", parsed.value)).toEqual([]);
      expect(parsed.value).toMatchObject({ origin: "human_direct", output: "right", eventTime: 5 });
    }
  });

  it("quote what users wrote in a brief", () => {
    const nasty = testMiss("i1", { request: "`code`\n# Title\n[x](http://e)", bucket: "refund" });
    const made = testExport({ lane: "it's a lane" });
    const page = briefPage(
      briefOf(made, [nasty, ...HOSTILE_NAMES.map((name) => testMiss(name, { request: name }))]),
    );
    expect(page.match(/^# /gm)).toHaveLength(1);
    expect(page).toContain("- asked: `` `code`\\u{a}# Title\\u{a}[x](http://e) ``");
    expect(page).toContain("30 % of its users are not served (120 of 400");
    expect(page).toContain(`--since-export ${exportId(made)}`);
    expect(page).toMatch(/at most 15 %; that can be told after about \d{3} outcomes/);
  });

  it("say in a brief what is not known yet, while no outcome of the others is final", () => {
    const none = { failures: 0, trials: 0 };
    const made = testExport({ gaps: [{ bucket: "refund", own: none, others: none }] });
    const page = briefPage(briefOf(made, [testMiss("i1", { bucket: "refund" })]));
    expect(page).toContain("how often it fails beside the others is not known");
    expect(page).toContain("export again once their outcomes are final");
    expect(page).not.toMatch(/NaN|null/);
  });

  it("are there only once they are recorded, and for their owner only", async () => {
    const path = join(dir.path, "out.jsonl");
    const refused = writeExport(path, "x", () => Promise.reject(new Error("no broker")));
    await expect(refused).rejects.toThrow("no broker");
    expect(readdirSync(dir.path)).toEqual([]);
    await writeExport(path, "x\n", () => {
      expect(existsSync(path)).toBe(false);
      return Promise.resolve();
    });
    expect(readFileSync(path, "utf8")).toBe("x\n");
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });
});

describe("the record of an export", () => {
  it("goes to the log and is believed only as it was made", async () => {
    const broker = new MemoryBroker({ nowMs: () => 5 });
    broker.createDeclaredTopics("t-", 2);
    const log = broker.open();
    const made = testExport();
    await publishExport({ log, codec, names: new TopicNames("t-") }, made, "ann", 7);
    const found: string[] = [];
    for (const partition of [0, 1]) {
      await readPartition(log, "t-changes.v1", partition, 0, ({ value }) => {
        const decoded = codec.decodeGeneric("changes", value!);
        if (decoded.ok) found.push(JSON.stringify(decoded.record));
      });
    }
    expect(found).toHaveLength(1);
    expect(JSON.parse(found[0]!)).toMatchObject({
      id: exportId(made),
      kind: "misses",
      actor: "ann",
      eventTime: 7,
    });
    const claim = {
      id: exportId(made),
      actor: "ann",
      json: exportRecord(made, "ann", 7).details!.export!,
      recordedMs: 5,
    };
    expect(exportOfClaim(claim, "a")?.made).toEqual(made);
    expect(exportOfClaim(claim, "b")).toBeNull();
    const easier = JSON.stringify({ ...made, bucketsOfLane: 1 });
    expect(exportOfClaim({ ...claim, json: easier }, "a")).toBeNull();
  });
});

describe("misses", () => {
  it.each([
    [["export", "--lane", "a", "-o", "f", "--by", "ann"], "required option '--as <kind>'"],
    [["export", "--lane", "a", "--as", "data", "-o", "f", "--by", "ann"], "Allowed choices are shadow"],
    [
      ["export", "--lane", "__x", "--as", "brief", "-o", "f", "--by", "ann"],
      "A lane has 1 to 128 printable characters",
    ],
    [["export", "--lane", "a", "--as", "brief", "-o", "f", "--by", "ann", "--items", "0"], "1..5000"],
    [["export", "--lane", "a", "--as", "brief", "-o", "f", "--by", "ann"], "or set CLICKHOUSE_URL"],
    [["report", "--lane", "a"], "required option '--since-export <id>'"],
  ] as const)("%j ends with 2 and says what to do", async (args, words) => {
    const { code, stdout, stderr } = await runCommand(["misses", ...args], { cwd: dir.path });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(words);
  });
});
