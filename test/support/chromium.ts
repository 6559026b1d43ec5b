/** A real browser that looks at the console's pages. */
import { existsSync } from "node:fs";
import { AxeBuilder } from "@axe-core/playwright";
import { type Browser, chromium, type Page } from "playwright-core";

/** Where the system's package puts it; another one is named by CHROMIUM. */
const EXECUTABLE = process.env.CHROMIUM ?? "/usr/bin/chromium";
const ACTION_MS_MAX = 30_000;

/** Why no browser can run here; null when it can. */
export function chromiumMissing(): string | null {
  if (existsSync(EXECUTABLE)) return null;
  const reason = `${EXECUTABLE} not installed (apt-get install chromium)`;
  console.warn(`the console's pages are not looked at: ${reason}`);
  return reason;
}

export async function openChromium(): Promise<Browser> {
  // Tests run as root where the sandbox cannot; the only pages it sees are this run's.
  return await chromium.launch({ executablePath: EXECUTABLE, args: ["--no-sandbox", "--disable-gpu"] });
}

export interface Look {
  readonly dark?: boolean;
  /** CSS pixels. */
  readonly width?: number;
}

export interface WatchedPage {
  readonly page: Page;
  /** What the browser complained of, and every request that left the console. */
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

/** A page in a context of its own, at `url`. What the engine refused (400, by a test's own doing) is no complaint. */
export async function openPage(browser: Browser, url: string, look: Look = {}): Promise<WatchedPage> {
  const context = await browser.newContext({
    colorScheme: look.dark === true ? "dark" : "light",
    viewport: { width: look.width ?? 1280, height: 900 },
    reducedMotion: "reduce",
    acceptDownloads: true,
  });
  context.setDefaultTimeout(ACTION_MS_MAX);
  const page = await context.newPage();
  const complaints: string[] = [];
  const { origin } = new URL(url);
  page.on("console", (message) => {
    if (message.type() !== "error" && message.type() !== "warning") return;
    if (/Failed to load resource.*status of 4\d\d/.test(message.text())) return;
    complaints.push(`${message.text()} (${message.location().url})`);
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("request", (request) => {
    const asked = request.url();
    if (!asked.startsWith(origin) && !asked.startsWith("blob:") && !asked.startsWith("data:"))
      complaints.push(`a request left the console: ${asked}`);
  });
  await page.goto(url);
  return { page, complaints, close: () => context.close() };
}

/** What axe finds wrong with the page as it stands: rule, then the places. */
export async function axeProblems(page: Page): Promise<readonly string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.map(
    ({ id, nodes }) =>
      `${id}: ${nodes.map(({ target, failureSummary }) => `${target.join(" ")} (${failureSummary ?? ""})`).join("; ")}`,
  );
}

/** Whether the page itself scrolls sideways, which a phone's reader would have to. */
export async function isWiderThanItsPlace(page: Page): Promise<boolean> {
  return await page.evaluate<boolean>("document.documentElement.scrollWidth > innerWidth");
}
