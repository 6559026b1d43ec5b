/** Failed interactions in the real engine: each once, with its words; and whether a gap closed, asked for through the SQL door. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exportId, exportRecord } from "../../services/cli/misses/export-record.ts";
import { sideOf } from "../../services/core/misses/miss.ts";
import { type MissExport, parseMissExport } from "../../services/core/misses/miss-export.ts";
import type { Row } from "../../services/ports.ts";
import { makeTempDir, runCommand } from "../support/run-command.ts";
import { insertRows, originAt } from "../support/table-rows.ts";
import { openTestDoor, type TestDoor } from "../support/test-door.ts";

const HOUR_MS = 3_600_000;
const START_MS = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - 20 * 24 * HOUR_MS;
const dir = makeTempDir();
let test: TestDoor;
let offset = 0;

function origin(topic: string): Row {
  offset += 1;
  return originAt(topic, offset);
}

interface Told {
  readonly resolved?: boolean | null;
  readonly escalated?: boolean | null;
  readonly bucket?: string;
  readonly version?: string;
  readonly correction?: string;
  readonly topic?: string;
  readonly segment?: string;
}

function outcome(interaction: string, hour: number, delayHours: number, told: Told): Row {
  const interactionMs = START_MS + hour * HOUR_MS + 60_000;
  return {
    id: `o-${offset}`,
    lane: "a",
    bucket: told.bucket ?? "refund",
    segment: told.segment ?? "eu",
    model_id: "m",
    model_version: told.version ?? "1",
    interaction_id: interaction,
    interaction_time: interactionMs,
    event_time: interactionMs + delayHours * HOUR_MS,
    resolved: told.resolved ?? null,
    escalated: told.escalated ?? null,
    correction: told.correction ?? "",
    ...origin(told.topic ?? "outcomes.v1"),
  };
}

const words = (id: string, topic = "interactions.v1"): Row => ({
  id,
  kind: "interaction",
  lane: "a",
  input: `ask ${id}`,
  output: `say ${id}`,
  ...origin(topic),
});

const misses = async (...args: string[]) => {
  const env = { CLICKHOUSE_URL: test.url, PLUMBLINE_LANES: "lanes.yaml" };
  const run = await runCommand(["misses", ...args], { cwd: dir.path, env });
  return { ...run, json: () => JSON.parse(run.stdout) };
};

beforeAll(async () => {
  test = await openTestDoor("plumbline_misses");
  const lanes = readFileSync(join(import.meta.dirname, "../../infra/policy/lanes.yaml"), "utf8");
  const own = lanes.replace("lanes: []", `lanes: [{ lane: a, controlSegments: ["it's \\\\ agents"] }]`);
  writeFileSync(join(dir.path, "lanes.yaml"), own);
});
afterAll(async () => {
  await test.close();
  dir.remove();
});

/** Of the outcomes of one hour that were known by then. */
const OF_HOUR_1 = `SELECT resolved_1h, resolved_1d, resolved_7d FROM outcome_cohorts
  WHERE _topic = 'outcomes.v1' AND lane = 'a' AND bucket = 'refund' AND cohort = fromUnixTimestamp64Milli(${START_MS + HOUR_MS})`;

describe("misses in history", () => {
  it("are interactions whose latest word is a failure, each once", async () => {
    await insertRows(test.store, "outcomes", [
      outcome("fine", 0, 1, { resolved: true }),
      outcome("failed", 0, 1, { resolved: false }),
      outcome("failed", 0, 3, { correction: "the right way" }),
      outcome("handed", 1, 1, { escalated: true, bucket: "hinge" }),
      outcome("mended", 1, 1, { resolved: false }),
      outcome("mended", 1, 2, { resolved: true }),
      outcome("elsewhere", 1, 1, { resolved: false, topic: "demo.outcomes.v1" }),
    ]);
    await insertRows(test.store, "interactions", [
      {
        id: "read",
        lane: "a",
        bucket: "latch",
        model_id: "m",
        model_version: "1",
        event_time: START_MS,
        ...origin("interactions.v1"),
      },
    ]);
    const review = (target: string, verdict: string, hour: number): Row => ({
      id: `r-${offset}`,
      lane: "a",
      event_time: START_MS + hour * HOUR_MS,
      target_topic: "interactions",
      target_id: target,
      reviewer: "ann",
      verdict,
      ...origin("reviews.v1"),
    });
    await insertRows(test.store, "reviews", [
      review("read", "fail", 1),
      review("failed", "fail", 1),
      review("forgiven", "fail", 1),
      review("forgiven", "pass", 2),
    ]);
    const rows = await test.store.query(
      "SELECT run, interaction_id, bucket, model, cause, correction FROM misses WHERE lane = 'a' ORDER BY run, interaction_id",
    );
    expect(rows).toEqual([
      {
        run: "",
        interaction_id: "failed",
        bucket: "refund",
        model: "m@1",
        cause: "unresolved",
        correction: "the right way",
      },
      {
        run: "",
        interaction_id: "handed",
        bucket: "hinge",
        model: "m@1",
        cause: "escalated",
        correction: "",
      },
      { run: "", interaction_id: "read", bucket: "latch", model: "m@1", cause: "review", correction: "" },
      {
        run: "demo.",
        interaction_id: "elsewhere",
        bucket: "refund",
        model: "m@1",
        cause: "unresolved",
        correction: "",
      },
    ]);
  });

  it("count in cohorts that do not change any more", async () => {
    const cohort = async (hour: number) => {
      const [row] = await test.store.query(
        "SELECT trials_1h, failures_1h, trials_1d, failures_1d FROM failure_cohorts WHERE run = '' AND lane = 'a' AND bucket = 'refund' AND cohort = fromUnixTimestamp64Milli({at:Int64})",
        { at: START_MS + hour * HOUR_MS },
      );
      return Object.values(row ?? {}).map((value) => (value === null ? null : Number(value)));
    };
    // "mended" was a failure within the hour; a day is not over.
    expect(await cohort(1)).toEqual([1, 1, null, null]);
    await insertRows(test.store, "outcomes", [outcome("late", 40, 1, { resolved: true, bucket: "hinge" })]);
    expect(await cohort(1)).toEqual([1, 1, 1, 0]);
    expect(await cohort(0)).toEqual([2, 1, 2, 1]);
    const [told] = await test.store.query(OF_HOUR_1);
    expect(told).toMatchObject({ resolved_1h: 0, resolved_1d: 1, resolved_7d: null });
    await insertRows(test.store, "outcomes", [outcome("mended", 1, 30, { resolved: false })]);
    expect(await cohort(1)).toEqual([1, 1, 1, 0]);
    expect((await test.store.query(OF_HOUR_1))[0]).toMatchObject({
      resolved_1h: 0,
      resolved_1d: 1,
      resolved_7d: null,
    });
  });
});

describe("the way from misses to a closed gap", () => {
  const BEFORE = 400;
  let made: MissExport;

  it("chooses what may be learned from, and names the gap", async () => {
    const rows: Row[] = [];
    const texts: Row[] = [words("failed"), words("handed"), words("failed", "demo.interactions.v1")];
    for (let i = 0; i < BEFORE; i += 1) {
      rows.push(outcome(`h${i}`, 50 + (i % 20), 1, { resolved: i % 10 >= 3, bucket: "hinge" }));
      rows.push(outcome(`p${i}`, 50 + (i % 20), 1, { resolved: i % 10 >= 1, bucket: "plain" }));
      texts.push(words(`h${i}`));
    }
    // People answered these: no model has a part in them.
    for (let i = 0; i < 50; i += 1) {
      rows.push(outcome(`c${i}`, 60, 1, { resolved: false, bucket: "hinge", segment: "it's \\ agents" }));
      texts.push(words(`c${i}`));
    }
    rows.push(outcome("last", 95, 1, { resolved: true, bucket: "plain" }));
    await insertRows(test.store, "outcomes", rows);
    await insertRows(test.store, "texts", texts);
    const options = ["--lane", "a", "-o", "brief.md", "--by", "ann", "--bucket", "hinge", "--json"];
    const brief = await misses("export", ...options, "--as", "brief", "--dry-run");
    expect({ code: brief.code, stderr: brief.stderr }).toEqual({ code: 0, stderr: "" });
    const shadow = (await misses("export", ...options, "--as", "shadow", "--dry-run")).json();
    const { items, left, export: found } = brief.json();
    expect({ items, otherSide: left.otherSide }).toEqual({
      items: shadow.left.otherSide,
      otherSide: shadow.items,
    });
    expect(items + shadow.items).toBe(BEFORE * 0.3 + 1);
    made = parseMissExport(JSON.stringify(found))!;
    expect(made.bucketsOfLane).toBe(3);
    expect(made.gaps).toEqual([
      {
        bucket: "hinge",
        own: { failures: 120, trials: 401 },
        others: { failures: expect.any(Number), trials: expect.any(Number) },
      },
    ]);
  });

  it("says that there is nothing to export", async () => {
    const args = ["--lane", "a", "-o", "f", "--by", "ann", "--as", "corrections", "--bucket", "plain"];
    const { code, stdout } = await misses("export", ...args);
    expect(code).toBe(3);
    expect(stdout).toContain("0 items (corrections) of lane a: nothing to export");
    expect((await misses("export", ...args.with(1, "nobody"))).stderr).toContain(
      "lane nobody has no outcomes",
    );
  });

  it("takes corrections only from the side that may be learned from", async () => {
    const { stdout } = await misses(
      "export",
      "--lane",
      "a",
      "-o",
      "f",
      "--by",
      "ann",
      "--as",
      "corrections",
      "--dry-run",
      "--json",
    );
    const side = sideOf({ request: "ask failed", interactionId: "failed" });
    expect(JSON.parse(stdout).items).toBe(side === "train" ? 1 : 0);
  });

  it("is reported: nothing yet, then closed, by models that first answered since", async () => {
    const change = exportRecord(made, "ann", START_MS);
    await insertRows(test.store, "changes", [
      {
        id: change.id,
        lane: "a",
        kind: change.kind,
        actor: "ann",
        event_time: START_MS,
        details: { export: change.details!.export! },
        ...origin("changes.v1"),
      },
    ]);
    const report = (...more: string[]) =>
      misses("report", "--lane", "a", "--since-export", exportId(made), ...more);
    const early = await report();
    expect(early.code).toBe(3);
    expect(early.stdout).toContain("newer model versions: none");
    const outcomesOf = (failing: number, version: string, hour: number): Row[] =>
      Array.from({ length: 600 }, (_, i) =>
        outcome(`${version}-${i}`, hour, 1, { resolved: i % 100 >= failing, bucket: "hinge", version }),
      );
    await insertRows(test.store, "outcomes", [
      ...outcomesOf(30, "1", 100),
      ...outcomesOf(10, "2", 101),
      outcome("end", 160, 1, { resolved: true, bucket: "plain", version: "2" }),
    ]);
    const closed = await report("--json");
    expect(closed.code).toBe(0);
    expect(closed.json()).toMatchObject({
      state: "closed",
      newModels: ["m@2"],
      findings: [{ bucket: "hinge", after: { failures: 60, trials: 600 } }],
    });
    expect((await report("--any-model", "--json")).json().findings[0].after.trials).toBe(1_200);
    const unknown = await misses("report", "--lane", "a", "--since-export", "misses-0");
    expect(unknown.stderr).toContain(`has no export misses-0; there are ${exportId(made)} (brief)`);
  });
});
