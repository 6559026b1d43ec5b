import { afterEach, describe, expect, it } from "vitest";
import { MemoryBroker } from "../../../../services/adapters/memory/memory-broker.ts";
import type { LiveEvent } from "../../../../services/console/answers/live-event.ts";
import type { ConsoleDependencies } from "../../../../services/console/dependencies.ts";
import { LIVE_READERS_MAX, liveRoutes } from "../../../../services/console/live/live-routes.ts";
import type { SqlQuery } from "../../../../services/console/sql-query.ts";
import { tickRecord } from "../../../../services/runtime/control-records.ts";
import { consoleDeps } from "../../../support/console-deps.ts";

/** A log in memory, and a history that has what `recorded` says of each topic-partition. */
function liveConsole(recorded: Map<string, number>) {
  const broker = new MemoryBroker({ nowMs: () => Date.now() });
  broker.createDeclaredTopics("", 2);
  const base = consoleDeps({ log: broker.open() });
  const controller = new AbortController();
  const sql: SqlQuery = {
    ...base.sql,
    rows: <T>() => Promise.resolve([...recorded].map(([at, next]) => ({ at, next })) as T[]),
  };
  let readers = 0;
  const deps: ConsoleDependencies = {
    ...base,
    sql,
    signal: controller.signal,
    gauges: {
      ...base.gauges,
      set: (_name, _labels, value) => {
        readers = value;
      },
    },
  };
  const app = liveRoutes(deps);
  const log = broker.open();
  return {
    app,
    readers: () => readers,
    stop: async () => {
      controller.abort();
      await base.close();
    },
    async gate(lane: string): Promise<void> {
      const value = deps.codec.encode("gates", {
        subject: `lane:${lane}`,
        lane,
        state: "watch",
        share: 1,
        sinceMs: 1,
        validUntilMs: 2,
        revision: 3,
        rule: "r",
        cause: "c",
        decisionId: "d",
        cleanWindows: 0,
      });
      const writer = await log.writer();
      await writer.write([{ topic: "gates.v1", partition: 0, key: `lane:${lane}`, value }]);
      await writer.close();
    },
    async tick(): Promise<void> {
      const writer = await log.writer();
      await writer.write([tickRecord("windows.v1", 0, 1)]);
      await writer.close();
    },
  };
}

/** News as it comes; `next` waits for the next piece. */
function newsOf(response: Response) {
  const reader = response.body!.getReader();
  const text = new TextDecoder();
  let rest = "";
  const block = async (): Promise<string> => {
    for (;;) {
      const end = rest.indexOf("\n\n");
      if (end >= 0) {
        const own = rest.slice(0, end);
        rest = rest.slice(end + 2);
        return own;
      }
      const { done, value } = await reader.read();
      if (done) return "";
      rest += text.decode(value, { stream: true });
    }
  };
  return {
    block,
    next: async (): Promise<LiveEvent> => JSON.parse(/^data: (.*)$/m.exec(await block())![1]!) as LiveEvent,
    close: () => reader.cancel(),
  };
}

describe("live news", () => {
  let stop: () => Promise<void> = () => Promise.resolve();
  afterEach(() => stop());

  it("tells what is new once the history has it, and ticks are no news", async () => {
    const recorded = new Map<string, number>();
    const live = liveConsole(recorded);
    stop = live.stop;
    const news = newsOf(await live.app.request("/api/live"));
    expect(await news.block()).toContain("event: hello");
    await live.tick();
    // The feed reads from the end it finds when it starts, which is not told: write until it is heard.
    let heard: LiveEvent | null = null;
    const next = news.next().then((event) => {
      heard = event;
    });
    await expect
      .poll(
        async () => {
          await live.gate("support");
          return heard;
        },
        { timeout: 3_000 },
      )
      .toBe(null);
    recorded.set("gates.v1/0", Number.MAX_SAFE_INTEGER);
    await live.gate("support");
    await next;
    expect(heard).toEqual({ kind: "gate", lane: "support" });
    await news.close();
  });

  it("has a bound for readers, and lets go of those that leave", async () => {
    const live = liveConsole(new Map());
    stop = live.stop;
    const open = await Promise.all(
      Array.from({ length: LIVE_READERS_MAX }, async () => newsOf(await live.app.request("/api/live"))),
    );
    for (const news of open) await news.block();
    const refused = await live.app.request("/api/live");
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "10"]);
    for (const news of open) await news.close();
    await expect.poll(live.readers).toBe(0);
    const again = newsOf(await live.app.request("/api/live"));
    expect(await again.block()).toContain("hello");
    await again.close();
  });

  it("ends its streams with the console", async () => {
    const live = liveConsole(new Map());
    const news = newsOf(await live.app.request("/api/live"));
    await news.block();
    await live.stop();
    expect(await news.block()).toBe("");
  });
});
