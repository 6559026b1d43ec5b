/** A lane whose history is erased while its page is open: the page says so, and nothing fails. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadClientFiles } from "../../services/console/client-files.ts";
import { consoleApp } from "../../services/console/console-app.ts";
import { type OpenConsole, openConsole } from "../../services/console/open-console.ts";
import { chromiumMissing, openChromium, openPage } from "../support/chromium.ts";
import { consoleDeps, type TestConsoleDependencies } from "../support/console-deps.ts";
import { FALLEN, insertStories, WELL } from "../support/story-history.ts";
import { openTestDoor, type TestDoor } from "../support/test-door.ts";

const TABLES = ["windows", "verdicts", "decisions", "gates", "texts"];
const NOTHING = "the history has nothing of this lane";

describe.runIf(chromiumMissing() === null)("the page of a lane that is erased", () => {
  let door: TestDoor;
  let deps: TestConsoleDependencies;
  let open: OpenConsole;
  let browser: Browser;

  beforeAll(async () => {
    door = await openTestDoor("plumbline_erased");
    await insertStories(door.store);
    deps = consoleDeps({ sqlUrl: door.url });
    open = await openConsole(
      consoleApp({ deps, files: await loadClientFiles(), hostNames: [] }),
      "127.0.0.1",
      0,
    );
    browser = await openChromium();
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await open?.close();
    await deps?.close();
    await door?.close();
  }, 60_000);

  it("says that nothing is there any more, and the others go on", async () => {
    const { page, complaints, close } = await openPage(
      browser,
      `${open.url}/lanes/${encodeURIComponent(FALLEN)}`,
    );
    await page.getByRole("heading", { name: "How much of the tail is left" }).waitFor();
    const window = await page.locator('a[href^="/window?"]').first().getAttribute("href");
    for (const table of TABLES) {
      const sql = `ALTER TABLE ${table} DELETE WHERE lane = {lane:String} SETTINGS mutations_sync = 1`;
      await door.store.command(sql, { lane: FALLEN });
    }
    await page.getByRole("button", { name: "24 h" }).click();
    await page.getByText(NOTHING).waitFor();
    await page.goto(`${open.url}${window}`);
    await page.getByText(/^No (such window|answer about)/).waitFor();
    await page.goto(open.url);
    await page.getByRole("link", { name: WELL }).waitFor();
    expect(await page.getByRole("link", { name: FALLEN }).count()).toBe(0);
    expect(complaints).toEqual([]);
    await close();
  }, 120_000);
});
