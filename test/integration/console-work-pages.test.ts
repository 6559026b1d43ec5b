import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { loadClientFiles } from "../../services/console/client-files.ts";
import { consoleApp } from "../../services/console/console-app.ts";
import { type OpenConsole, openConsole } from "../../services/console/open-console.ts";
import {
  axeProblems,
  chromiumMissing,
  isWiderThanItsPlace,
  type Look,
  openChromium,
  openPage,
  type WatchedPage,
} from "../support/chromium.ts";
import { consoleDeps, type TestConsoleDependencies } from "../support/console-deps.ts";
import { insertConsoleHistory, LANE, OLD_MS } from "../support/console-history.ts";
import { MemoryRun } from "../support/memory-run.ts";
import { insertRows, originAt } from "../support/table-rows.ts";
import { openTestDoor, type TestDoor } from "../support/test-door.ts";

const missing = chromiumMissing();
const HOSTILE_LANE =
  '<script>window.hostile=1</script><img src=x onerror="window.hostile=1">\u202e" OR 1=1 --';

let door: TestDoor;
let run: MemoryRun;
let home: string;
let deps: TestConsoleDependencies;
let open: OpenConsole;
let browser: Browser;

describe("the console's pages to work on", () => {
  beforeAll(async () => {
    if (missing !== null) return;
    home = mkdtempSync(join(tmpdir(), "plumbline-pages-"));
    door = await openTestDoor("plumbline_console_pages");
    await insertConsoleHistory(door.store, "run.");
    await insertRows(door.store, "changes", [
      {
        id: "hostile",
        lane: HOSTILE_LANE,
        event_time: OLD_MS,
        kind: "<b>bold</b>",
        subject: "<script>window.hostile=1</script>",
        actor: "<img src=x onerror=alert(1)>",
        reason: `${"x".repeat(5_000)} </textarea><script>window.hostile=1</script>`,
        bundle: [],
        details: {},
        ...originAt("run.changes.v1", 9_999, OLD_MS),
      },
    ]);
    run = new MemoryRun();
    deps = consoleDeps({ sqlUrl: door.url, log: run.dependencies.log, prefix: "run.", home });
    const app = consoleApp({ deps, files: await loadClientFiles(), hostNames: [] });
    open = await openConsole(app, "127.0.0.1", 0);
    browser = await openChromium();
  });
  afterAll(async () => {
    if (missing !== null) return;
    await browser.close();
    await open.close();
    await deps.close();
    await run.kill();
    await door.close();
    rmSync(home, { recursive: true, force: true });
  });
  beforeEach((context) => {
    if (missing !== null) context.skip(missing);
  });

  async function at(path: string, look: Look = {}): Promise<WatchedPage> {
    return await openPage(browser, `${open.url}${path}`, look);
  }

  it("runs a statement by keyboard, shows table and curve, and saves all rows", async () => {
    const { page, complaints, close } = await at("/sql");
    const editor = page.getByLabel("SQL statement");
    await editor.fill(
      "SELECT toDateTime('2026-01-01 00:00:00') + number * 60 AS at, number * number AS squares, if(number = 3, NULL, number) AS n FROM numbers(1200)",
    );
    await editor.press("Control+Enter");
    await page.getByText("1000 rows, and more").waitFor();
    expect(await page.getByRole("region", { name: "Result", exact: true }).locator("tbody tr").count()).toBe(
      1_000,
    );
    expect(await page.getByRole("img", { name: /^The result over time\. squares: .*; n: / }).count()).toBe(1);
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Download CSV" }).click(),
    ]);
    expect(
      readFileSync(await download.path(), "utf8")
        .trim()
        .split("\n"),
    ).toHaveLength(1_201);
    expect(complaints).toEqual([]);
    await close();
  });

  it("says what the engine says, stays alive after it, and offers questions and the schema", async () => {
    const { page, complaints, close } = await at("/sql");
    const editor = page.getByLabel("SQL statement");
    await editor.fill("SELECT nonsense FROM windows");
    await page.getByRole("button", { name: "Run" }).click();
    expect(await page.getByRole("alert").textContent()).toContain("nonsense");
    await page.getByLabel("Start from a question").selectOption({ index: 1 });
    await page.getByText(/^\d+ rows? · /).waitFor();
    expect(await editor.inputValue()).toContain("FROM gate_now");
    await page.getByPlaceholder("Find a column").fill("exclusive");
    await page.getByRole("button", { name: "Look into windows" }).click();
    expect(await editor.inputValue()).toBe("SELECT *\nFROM windows\nLIMIT 100");
    await editor.fill("SELECT '<script>window.hostile=1</script>' AS `<img src=x onerror=window.hostile=1>`");
    await editor.press("Control+Enter");
    await page.getByRole("cell", { name: "<script>window.hostile=1</script>" }).waitFor();
    expect(await page.evaluate("window.hostile")).toBeUndefined();
    expect(complaints).toEqual([]);
    await close();
  });

  it("shows what happened, by lane and kind, with freezes, and goes further back", async () => {
    const { page, complaints, close } = await at("/timeline");
    await page.getByText("watch → frozen").waitFor();
    await page.getByRole("heading", { name: "When gates held something back" }).waitFor();
    await page.getByRole("button", { name: "Older" }).click();
    await page.locator(".timeline").nth(1).waitFor();
    await page.getByLabel("Lane").fill(LANE);
    await page.getByLabel("Lane").press("Tab");
    await page.getByText("Changed ratio: share 0.2 → 0.5").waitFor();
    for (const kind of ["changes", "reviews", "policies", "exports", "training", "requests", "decisions"]) {
      await page.getByLabel(kind, { exact: true }).press("Space");
    }
    await page.getByText("Changed ratio").waitFor({ state: "detached" });
    const link = page.getByRole("link", { name: "The decision window behind it" });
    await link.waitFor();
    expect(await page.locator(".entry").count()).toBe(1);
    expect(await link.getAttribute("href")).toContain(`end=${OLD_MS + 60_000}`);
    expect(complaints).toEqual([]);
    await close();
  });

  it("freezes with a name and a reason, and says why a resume is refused", async () => {
    const { page, complaints, close } = await at("/gates");
    await page.getByText("1 of 3 clean decision windows").waitFor();
    await page.getByText("Freeze something that has no gate yet").click();
    await page.getByLabel("Lane").last().fill("a");
    await page.getByLabel("Subject").fill("template:loops@1");
    const freeze = page.getByRole("form", { name: "freeze template:loops@1" });
    await freeze.getByLabel("Your name").fill("ben");
    await freeze.getByLabel("Reason").fill("it loops");
    await freeze.getByRole("button", { name: "Freeze now" }).click();
    await page.getByText("Granted: ").waitFor();
    const card = page
      .getByRole("listitem")
      .filter({ has: page.getByRole("heading", { name: "template:qa@3" }) });
    await card.getByRole("button", { name: /^Resume/ }).press("Enter");
    await card.getByLabel("Reason").fill("well again");
    expect(await card.getByLabel("Your name").inputValue()).toBe("ben");
    await card.getByRole("button", { name: "Ask to resume" }).click();
    await card.getByText("Refused: the subject is not frozen").waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  it("compares two windows, and two versions", async () => {
    const { page, complaints, close } = await at("/compare");
    await page.getByLabel("Lane").fill(LANE);
    await page.getByLabel("Lane").press("Tab");
    await page.getByLabel("A", { exact: true }).selectOption(`decision/${OLD_MS}`);
    await page.getByLabel("B", { exact: true }).selectOption(`decision/${OLD_MS + 60_000}`);
    await page.getByRole("heading", { name: "Words that differ" }).waitFor();
    expect(await page.getByRole("row", { name: /Tail coverage/ }).textContent()).toContain("worse");
    await page.getByRole("rowheader", { name: "certainly" }).waitFor();
    await page.goto(
      `${open.url}/compare?${new URLSearchParams({ lane: LANE, a: "model/m@1", b: "model/m@2" })}`,
    );
    await page.getByText("The history keeps no texts of both sides").waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  it("shows hostile names as the text they are", async () => {
    for (const path of ["/timeline", "/compare"]) {
      const { page, complaints, close } = await at(`${path}?${new URLSearchParams({ lane: HOSTILE_LANE })}`);
      if (path === "/timeline") await page.getByRole("link", { name: HOSTILE_LANE }).waitFor();
      else await page.getByText("There is nothing to compare yet").waitFor();
      expect(await page.evaluate("window.hostile")).toBeUndefined();
      expect(await isWiderThanItsPlace(page)).toBe(false);
      expect(complaints).toEqual([]);
      await close();
    }
  });

  const query = new URLSearchParams({
    lane: LANE,
    a: `decision/${OLD_MS}`,
    b: `decision/${OLD_MS + 60_000}`,
  });
  const pages = [
    ["/sql", "Look into windows"],
    ["/timeline", "watch → frozen"],
    ["/gates", "What a resume takes"],
    [`/compare?${query}`, "Words that differ"],
  ] as const;
  for (const dark of [true, false]) {
    for (const width of [1280, 390]) {
      it(`can be read by everybody, ${dark ? "dark" : "light"}, ${width} wide`, async () => {
        for (const [path, sign] of pages) {
          const { page, complaints, close } = await at(path, { dark, width });
          if (path === "/sql") {
            await page.getByRole("button", { name: "Run" }).click();
            await page.getByRole("region", { name: "Result" }).waitFor();
            await page.getByText("windows", { exact: true }).click();
          }
          if (path === "/gates")
            await page
              .getByRole("button", { name: /^Resume/ })
              .first()
              .click();
          await page.getByText(sign).first().waitFor();
          expect(await axeProblems(page), path).toEqual([]);
          expect(await isWiderThanItsPlace(page), path).toBe(false);
          expect(complaints, path).toEqual([]);
          await close();
        }
      });
    }
  }
});
