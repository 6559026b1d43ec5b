/** The page *Loop* and a report, looked at in a real browser: they say what history says, dark, and light on a phone. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { DiagnosisAnswer } from "../../services/console/answers/diagnosis-answer.ts";
import { loadClientFiles } from "../../services/console/client-files.ts";
import { consoleApp } from "../../services/console/console-app.ts";
import { type OpenConsole, openConsole } from "../../services/console/open-console.ts";
import {
  axeProblems,
  chromiumMissing,
  isWiderThanItsPlace,
  openChromium,
  openPage,
} from "../support/chromium.ts";
import { consoleDeps, type TestConsoleDependencies } from "../support/console-deps.ts";
import { insertLaneHistory, WINDOW_MS } from "../support/lane-history.ts";
import { makeTempDir, runCommand } from "../support/run-command.ts";
import { openTestDoor, type TestDoor } from "../support/test-door.ts";

const missing = chromiumMissing();
const END_MS = Math.floor(Date.now() / WINDOW_MS) * WINDOW_MS;
const LANE = "support/after-sales";
const HOSTILE = `<script>alert('lane')</script> "&`;
const LOOKS = [{ dark: true }, { width: 390 }] as const;
const dir = makeTempDir();
let test: TestDoor;
let deps: TestConsoleDependencies;
let opened: OpenConsole;
let browser: Browser | null = null;

beforeAll(async () => {
  test = await openTestDoor("plumbline_loop");
  await insertLaneHistory(test.store, { lane: LANE, endMs: END_MS });
  await insertLaneHistory(test.store, { lane: HOSTILE, endMs: END_MS });
  deps = consoleDeps({ sqlUrl: test.url });
  const app = consoleApp({ deps, files: await loadClientFiles(), hostNames: [] });
  opened = await openConsole(app, "127.0.0.1", 0);
  if (missing === null) browser = await openChromium();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await opened.close();
  await deps.close();
  await test.close();
  dir.remove();
});

describe("/api/diagnosis", () => {
  const ask = async (query: string): Promise<Response> => await fetch(`${opened.url}/api/diagnosis${query}`);

  it("answers with causes, the loop and the stage of loss, the lane standing in each statement", async () => {
    for (const lane of [LANE, HOSTILE]) {
      const response = await ask(`?lane=${encodeURIComponent(lane)}`);
      expect(response.status).toBe(200);
      const answer = (await response.json()) as DiagnosisAnswer;
      expect(answer).toMatchObject({ lane, closed: { value: 0.75, n: 200 }, inOrder: true });
      expect(answer.causes[0]).toMatchObject({ id: "template_rigid", standing: "likely" });
      const rows = await deps.sql.rows<{ readonly name: string }>(answer.causes[0]!.look[0]!.sql);
      expect(rows.map(({ name }) => name)).toContain("qa@3");
    }
  });

  it("knows nothing of a time or a lane without records, and refuses what it cannot read", async () => {
    const early = (await (
      await ask(`?lane=${encodeURIComponent(LANE)}&from=0&to=1000`)
    ).json()) as DiagnosisAnswer;
    expect(early).toMatchObject({ signals: [], causes: [], closed: { value: null } });
    expect((await ask("?lane=none")).status).toBe(200);
    expect((await ask("")).status).toBe(400);
    expect((await ask("?lane=a&from=yesterday")).status).toBe(400);
  });
});

describe("the page Loop", () => {
  beforeEach((ctx) => {
    if (missing !== null) ctx.skip(missing);
  });

  it("draws the loop, says how far the loss has come and where to look first", async () => {
    for (const look of LOOKS) {
      const { page, complaints, close } = await openPage(
        browser!,
        `${opened.url}/loop?lane=${encodeURIComponent(LANE)}`,
        look,
      );
      await page.getByText("The loop is 75 % closed").waitFor();
      const main = await page.locator("main").textContent();
      for (const part of [
        "A template has grown rigid",
        "Rare events",
        "lost, first at",
        "qa@3",
        "So it went here.",
      ]) {
        expect(main).toContain(part);
      }
      expect(await page.locator(".loop-edge-closed").count()).toBeGreaterThan(0);
      expect(await axeProblems(page)).toEqual([]);
      expect(await isWiderThanItsPlace(page)).toBe(false);
      expect(complaints).toEqual([]);
      await close();
    }
  }, 120_000);

  it("shows another lane by its picker, whatever its name holds", async () => {
    const { page, complaints, close } = await openPage(browser!, `${opened.url}/loop`);
    await page.getByLabel("Lane").selectOption(HOSTILE);
    await page.getByText("The loop is 75 % closed").waitFor();
    expect(new URL(page.url()).searchParams.get("lane")).toBe(HOSTILE);
    expect(complaints).toEqual([]);
    await close();
  }, 60_000);
});

describe("the page of a window that breaches", () => {
  beforeEach((ctx) => {
    if (missing !== null) ctx.skip(missing);
  });

  it("names likely causes, with their breakdowns as statements of the page SQL, and leads to the loop", async () => {
    const query = new URLSearchParams({ lane: LANE, window: "decision", end: String(END_MS) });
    const { page, complaints, close } = await openPage(browser!, `${opened.url}/window?${query}`);
    const causes = page.getByRole("region", { name: "Likely causes" });
    await causes.getByText("A template has grown rigid").waitFor();
    expect(await axeProblems(page)).toEqual([]);
    await causes.getByRole("link", { name: "Who makes the lane's samples" }).first().click();
    await page.getByText("qa@3").or(page.getByRole("textbox")).first().waitFor();
    expect(await page.getByRole("textbox").first().inputValue()).toContain(`WHERE lane = '${LANE}'`);
    await page.goBack();
    await causes.getByRole("link", { name: "All of them" }).click();
    await page.getByText("The loop is 75 % closed").waitFor();
    expect(complaints).toEqual([]);
    await close();
  }, 60_000);
});

describe("a report in the browser", () => {
  beforeEach((ctx) => {
    if (missing !== null) ctx.skip(missing);
  });

  it("loads nothing, runs nothing, and is readable dark, and light on a phone", async () => {
    const { stdout: html } = await runCommand(["report", "--lane", HOSTILE, "-o", "-"], {
      cwd: dir.path,
      env: { CLICKHOUSE_URL: test.url },
    });
    const server: Server = createServer((request, response) => {
      response.writeHead(request.url === "/" ? 200 : 204, { "content-type": "text/html; charset=UTF-8" });
      response.end(request.url === "/" ? html : "");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    try {
      for (const look of LOOKS) {
        const { page, complaints, close } = await openPage(browser!, url, look);
        expect(await page.title()).toBe(`Lane ${HOSTILE}`);
        expect(await page.locator("script, img, iframe, link, object").count()).toBe(0);
        expect(await page.locator("figure svg").count()).toBeGreaterThanOrEqual(8);
        expect(await axeProblems(page)).toEqual([]);
        expect(await isWiderThanItsPlace(page)).toBe(false);
        expect(complaints).toEqual([]);
        await close();
      }
    } finally {
      server.close();
      server.closeAllConnections();
    }
  }, 120_000);
});
