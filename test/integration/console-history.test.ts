import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CompareAnswer, CompareChoicesAnswer } from "../../services/console/answers/compare-answer.ts";
import type { GatesAnswer, GateWishAnswer } from "../../services/console/answers/gates-answer.ts";
import {
  type HeldSpansAnswer,
  TIMELINE_KINDS,
  TIMELINE_PAGE_MAX,
  type TimelineAnswer,
  type TimelineEntry,
} from "../../services/console/answers/timeline-answer.ts";
import { consoleApp } from "../../services/console/console-app.ts";
import type { Row } from "../../services/ports.ts";
import { consoleDeps, type TestConsoleDependencies } from "../support/console-deps.ts";
import { insertConsoleHistory, LANE, LATER_MS, OLD_MS } from "../support/console-history.ts";
import { HOSTILE_NAMES } from "../support/hostile-names.ts";
import { MemoryRun } from "../support/memory-run.ts";
import { insertRows, originAt } from "../support/table-rows.ts";
import { openTestDoor, type TestDoor } from "../support/test-door.ts";

const HOST = { host: "127.0.0.1:8420" };
let door: TestDoor;
let deps: TestConsoleDependencies;
let app: ReturnType<typeof consoleApp>;

beforeAll(async () => {
  door = await openTestDoor("plumbline_console_history");
  await insertConsoleHistory(door.store);
  deps = consoleDeps({ sqlUrl: door.url });
  app = consoleApp({ deps, files: new Map(), hostNames: [] });
});
afterAll(async () => {
  await deps.close();
  await door.close();
});

async function get<T>(path: string, query: Readonly<Record<string, string>> = {}): Promise<T> {
  const response = await app.request(`${path}?${new URLSearchParams(query)}`, { headers: HOST });
  const body: unknown = await response.json();
  expect(response.status, JSON.stringify(body)).toBe(200);
  return body as T;
}

async function statusOf(path: string, query: Readonly<Record<string, string>>): Promise<number> {
  return (await app.request(`${path}?${new URLSearchParams(query)}`, { headers: HOST })).status;
}

describe("the timeline", () => {
  it("has everything that happened to a lane, newest first", async () => {
    const { entries, next } = await get<TimelineAnswer>("/api/timeline", { lane: LANE });
    expect(next).toBeNull();
    expect(entries.map(({ kind, title }) => [kind, title])).toEqual([
      ["decision", "Refused: resume"],
      ["request", "Asked to resume"],
      ["decision", "watch → frozen"],
      ["alarm", "Breach: repetition, support"],
      ["review", "Reviewed: fail"],
      ["policy", "Changed the policy: p1 → p2"],
      ["export", "Exported failures"],
      ["change", "Changed ratio: share 0.2 → 0.5"],
      ["change", "Changed template: 3 → 4"],
      ["training", "Trained m@2"],
    ]);
    const frozen = entries[2]!;
    expect(frozen).toMatchObject({
      subject: `lane:${LANE}`,
      actor: "plumbline",
      state: "frozen",
      window: { kind: "decision", endMs: OLD_MS + 60_000 },
    });
    expect(entries[3]).toMatchObject({ subject: "template:qa@4", window: { kind: "decision" } });
  });

  it("is filtered by kind and time, and knows nothing of another run", async () => {
    const kinds = async (query: Readonly<Record<string, string>>) =>
      (await get<TimelineAnswer>("/api/timeline", { lane: LANE, ...query })).entries.map(({ kind }) => kind);
    expect(await kinds({ kinds: "alarm,training" })).toEqual(["alarm", "training"]);
    expect(await kinds({ kinds: "decision", to: String(LATER_MS) })).toEqual(["decision"]);
    expect(await kinds({ from: String(LATER_MS) })).toEqual(["decision", "request"]);
    for (const kind of TIMELINE_KINDS) expect(await kinds({ kinds: kind })).toContain(kind);
    expect((await get<TimelineAnswer>("/api/timeline", { lane: "other run" })).entries).toEqual([]);
    for (const query of [
      { kinds: "alarm,none" },
      { from: "yesterday" },
      { before: "1|x'/0" },
      { to: "-1" },
    ]) {
      expect(await statusOf("/api/timeline", query)).toBe(400);
    }
  });

  it("comes in pages without a gap or a repeat, also where many have one time", async () => {
    const seen: TimelineEntry[] = [];
    let before: string | null = null;
    do {
      const query: Record<string, string> = before === null ? {} : { before };
      const page: TimelineAnswer = await get<TimelineAnswer>("/api/timeline", { lane: "many", ...query });
      expect(page.entries.length).toBeLessThanOrEqual(TIMELINE_PAGE_MAX);
      seen.push(...page.entries);
      before = page.next;
    } while (before !== null);
    expect(seen).toHaveLength(250);
    expect(new Set(seen.map(({ key }) => key)).size).toBe(250);
    expect(seen.every(({ atMs }, i) => i === 0 || atMs <= seen[i - 1]!.atMs)).toBe(true);
  });

  it("shows when gates held something back, and that they still do", async () => {
    const { spans } = await get<HeldSpansAnswer>("/api/timeline/held", { lane: LANE });
    expect(spans).toEqual([
      { lane: LANE, subject: `lane:${LANE}`, state: "frozen", fromMs: OLD_MS + 62_000, toMs: null },
    ]);
    const early = await get<HeldSpansAnswer>("/api/timeline/held", { lane: LANE, to: String(OLD_MS) });
    expect(early.spans).toEqual([]);
  });

  it("takes hostile names of lanes as data", async () => {
    for (const lane of HOSTILE_NAMES.filter((name) => name.length < 1_000)) {
      const { entries } = await get<TimelineAnswer>("/api/timeline", { lane });
      expect(entries.every((entry) => entry.lane === lane)).toBe(true);
    }
  });
});

describe("gates", () => {
  it("say what holds, whether their lease ran out, and what a resume takes", async () => {
    const { gates, readOnly } = await get<GatesAnswer>("/api/gates");
    expect(readOnly).toBe(false);
    expect(gates.map(({ subject, state, stale }) => [subject, state, stale])).toEqual([
      ["template:qa@3", "frozen", false],
      [`lane:${LANE}`, "frozen", true],
      ["lane:calm", "open", false],
    ]);
    const [template, lane] = gates;
    expect(lane!.needs[0]!.text).toMatch(/^1 of \d+ clean decision windows$/);
    expect(lane!.needs.map(({ text }) => text)).toContainEqual(expect.stringContaining("approver"));
    expect(lane!.needs.at(-1)).toEqual({ text: "a reason", met: null });
    expect(template!.needs.map(({ text }) => text)).toContain("not ann, who froze it");
    expect(gates[2]!.needs).toEqual([]);
  });

  it("are asked for with a signed command, and the answer is what the governor decided", async () => {
    const home = mkdtempSync(join(tmpdir(), "plumbline-console-"));
    const run = new MemoryRun();
    const { log } = run.dependencies;
    const own = consoleDeps({ sqlUrl: door.url, log, prefix: "run.", home });
    const asked = consoleApp({ deps: own, files: new Map(), hostNames: [] });
    const wish = async (body: unknown): Promise<{ status: number; answer: GateWishAnswer }> => {
      const response = await asked.request("/api/gates/requests", {
        method: "POST",
        headers: { ...HOST, "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      return { status: response.status, answer: (await response.json()) as GateWishAnswer };
    };
    try {
      const subject = "template:qa@3";
      const frozen = await wish({ kind: "freeze", subject, lane: "a", actor: "ben", reason: "it loops" });
      expect(frozen).toMatchObject({ status: 200, answer: { outcome: "granted", state: "frozen" } });
      const again = await wish({ kind: "freeze", subject, lane: "a", actor: "ben", reason: "it loops" });
      expect(again.answer.outcome).toBe("already_frozen");
      const refused = await wish({ kind: "resume", subject, lane: "a", actor: "ben", reason: "well again" });
      expect(refused).toMatchObject({ status: 200, answer: { outcome: "refused", state: "frozen" } });
      expect(refused.answer.said).toContain("ben is not among the approvers");
      const early = await wish({ kind: "resume", subject, lane: "a", actor: "ann", reason: "well again" });
      expect(early.answer.said).toBe("0 of 3 clean decision windows so far");
      expect(readdirSync(join(home, "keys")).sort()).toEqual([
        "ann.pem",
        "ann.pub.pem",
        "ben.pem",
        "ben.pub.pem",
      ]);
      expect(run.read("commands")).toHaveLength(3);

      const good = { kind: "freeze", subject, lane: "a", actor: "ben", reason: "x" };
      for (const wrong of [
        { kind: "open" },
        { subject: "qa" },
        { subject: "lane:b" },
        { lane: "__other__" },
        { lane: "a\u0000" },
        { actor: " " },
        { reason: "y".repeat(2_001) },
        { reason: 5 },
      ]) {
        expect((await wish({ ...good, ...wrong })).status, JSON.stringify(wrong)).toBe(400);
      }
      expect(run.read("commands")).toHaveLength(3);
    } finally {
      await own.close();
      await run.kill();
      rmSync(home, { recursive: true, force: true });
    }
  });

  it("cannot be asked for where the console only shows, nor by another page", async () => {
    const showing = consoleDeps({ sqlUrl: door.url, readOnly: true });
    const shown = consoleApp({ deps: showing, files: new Map(), hostNames: [] });
    const body = JSON.stringify({ kind: "freeze", subject: "lane:a", lane: "a", actor: "ben", reason: "x" });
    const post = (headers: Readonly<Record<string, string>>, on = shown): Promise<Response> =>
      Promise.resolve(
        on.request("/api/gates/requests", { method: "POST", headers: { ...HOST, ...headers }, body }),
      );
    const refused = await post({ "content-type": "application/json" });
    expect(refused.status).toBe(403);
    expect(await refused.json()).toMatchObject({ error: expect.stringContaining("plumbline gate") });
    const read = (await (await shown.request("/api/gates", { headers: HOST })).json()) as GatesAnswer;
    expect(read.readOnly).toBe(true);
    expect((await post({ "content-type": "text/plain", origin: "http://evil.example" }, app)).status).toBe(
      403,
    );
    expect((await post({}, app)).status).toBeGreaterThanOrEqual(400);
    await showing.close();
  });
});

describe("a comparison", () => {
  it("offers windows and model versions", async () => {
    const { windows, models } = await get<CompareChoicesAnswer>("/api/compare/choices", { lane: LANE });
    expect(windows.map(({ side }) => side)).toEqual([`decision/${OLD_MS + 60_000}`, `decision/${OLD_MS}`]);
    expect(models.map(({ side, records }) => [side, records])).toEqual([
      ["model/m@2", 201],
      ["model/m@1", 201],
    ]);
    expect(await statusOf("/api/compare/choices", { lane: "" })).toBe(400);
  });

  it("of two windows says which metrics and buckets moved beyond noise, and in which words", async () => {
    const [a, b] = [`decision/${OLD_MS}`, `decision/${OLD_MS + 60_000}`];
    const { metrics, buckets, texts } = await get<CompareAnswer>("/api/compare", { lane: LANE, a, b });
    const [tail] = metrics;
    expect(tail).toMatchObject({
      metric: "tail_coverage",
      beyondNoise: true,
      worse: true,
      title: "Tail coverage",
    });
    expect(tail!.a!.value).toBe(0.9);
    expect(tail!.difference!.value).toBeCloseTo(-0.5, 12);
    const of = (metric: string) => metrics.find((row) => row.metric === metric)!;
    expect(of("distinct_4")).toMatchObject({ beyondNoise: false, worse: null });
    expect(of("volume")).toMatchObject({ beyondNoise: null, difference: null });
    expect(of("skeleton_distinct_6")).toMatchObject({ a: null, difference: null });
    expect(buckets.map(({ bucket }) => bucket)).toEqual(["returns", "delivery"]);
    expect(texts!.tokens.map(({ item }) => item)).toContain("certainly");
    expect(texts!.textsA).toBe(40);
  });

  it("of two model versions says what became of their answers and how suites rate them", async () => {
    const answer = await get<CompareAnswer>("/api/compare", { lane: LANE, a: "model/m@1", b: "model/m@2" });
    expect(answer.metrics.map(({ metric, segment, beyondNoise }) => [metric, segment, beyondNoise])).toEqual([
      ["online_success", "all", true],
      ["exact_match", "suite:main", false],
    ]);
    expect(answer.metrics[0]!.difference!.value).toBeCloseTo(-0.3, 12);
    expect(answer.buckets[0]).toMatchObject({ metric: "online_success", bucket: "returns" });
    expect(answer.texts).toBeNull();
  });

  it("refuses what cannot be compared, and takes hostile names as data", async () => {
    const a = `decision/${OLD_MS}`;
    for (const b of ["", "x", "decision/", "model/", "model/m@1", `model/${"x".repeat(2_000)}`]) {
      expect(await statusOf("/api/compare", { lane: LANE, a, b }), b).toBe(400);
    }
    expect(await statusOf("/api/compare", { lane: LANE, a, b: "decision/1" })).toBe(404);
    for (const name of HOSTILE_NAMES.filter((own) => own.length < 1_000)) {
      const query = { lane: LANE, a: "model/m@1", b: `model/${name}` };
      expect(await statusOf("/api/compare", query), JSON.stringify(name)).toBe(404);
    }
  });
});

describe("an empty history", () => {
  it("is answered with nothing, not with a failure", async () => {
    const own = consoleDeps({ sqlUrl: door.url, prefix: "nobody." });
    const empty = consoleApp({ deps: own, files: new Map(), hostNames: [] });
    const read = async (path: string): Promise<Row> =>
      (await (await empty.request(path, { headers: HOST })).json()) as Row;
    expect(await read("/api/timeline")).toEqual({ entries: [], next: null });
    expect(await read("/api/gates")).toMatchObject({ gates: [], gatesTotal: 0 });
    expect(await read("/api/compare/choices?lane=a")).toEqual({ windows: [], models: [] });
    await own.close();
  });

  it("ends where a lane is gone in between", async () => {
    await insertRows(door.store, "reviews", [
      {
        id: "gone",
        lane: "gone",
        event_time: OLD_MS,
        labels: [],
        verdict: "pass",
        ...originAt("reviews.v1", 9_000, OLD_MS),
      },
    ]);
    const shown = async () => (await get<TimelineAnswer>("/api/timeline", { lane: "gone" })).entries.length;
    expect(await shown()).toBe(1);
    await door.store.command("DELETE FROM reviews WHERE lane = 'gone'");
    expect(await shown()).toBe(0);
  });
});
