import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { openClickHouseStore } from "../../../services/adapters/store/clickhouse-store.ts";
import { openStore } from "../../../services/adapters/store/open-store.ts";
import { blockOf, insertRows } from "../../support/table-rows.ts";

interface Seen {
  readonly query: string;
  readonly settings: URLSearchParams;
  /** One character a byte. */
  readonly body: string;
}

let server: Server | null = null;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = null;
});

interface Reply {
  readonly status: number;
  readonly code?: number;
  readonly body: string;
}

/** Stands in for a server: notes each request and answers with `reply`, or with null never. */
async function fakeServer(reply: (seen: Seen) => Reply | null): Promise<{ url: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  const own = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const settings = new URL(request.url ?? "/", "http://fake").searchParams;
      const text = Buffer.concat(chunks).toString("latin1");
      const inUrl = settings.get("query");
      const one = { query: inUrl ?? text, settings, body: inUrl === null ? "" : text };
      seen.push(one);
      const answer = reply(one);
      if (answer === null) return;
      const headers: Record<string, string> = {};
      if (answer.code !== undefined) headers["x-clickhouse-exception-code"] = String(answer.code);
      response.writeHead(answer.status, headers);
      response.end(answer.body);
    });
  });
  server = own;
  await new Promise<void>((resolve) => own.listen(0, "127.0.0.1", resolve));
  return { url: `http://user:hidden@127.0.0.1:${(own.address() as AddressInfo).port}`, seen };
}

describe("a store on a server", () => {
  it("sends an insert as one block, with its token and never asynchronously", async () => {
    const { url, seen } = await fakeServer((own) => ({
      status: 200,
      body: own.query.includes("system.databases") ? '{"name":"p"}\n' : "",
    }));
    const store = await openStore({ url, dataDir: "", database: "p" });
    const block = blockOf("gates", [{ lane: "a'b" }, { lane: "é" }]);
    await store.insert("gates", block, "token-1");
    await insertRows(store, "gates", [{ lane: "d" }]);
    await store.close();
    const [first, second] = seen.filter((own) => own.query.startsWith("INSERT"));
    expect(first).toMatchObject({
      query: "INSERT INTO gates FORMAT Native",
      body: Buffer.from(block.bytes).toString("latin1"),
    });
    expect(first!.settings.get("insert_deduplication_token")).toBe("token-1");
    expect(first!.settings.get("async_insert")).toBe("0");
    expect(first!.settings.get("input_format_parallel_parsing")).toBe("0");
    expect(first!.settings.get("database")).toBe("p");
    expect(second!.settings.get("insert_deduplication_token")).toBeNull();
  });

  it("goes to the database that the address names, as readers of the same address do", async () => {
    const { url, seen } = await fakeServer(() => ({ status: 200, body: "" }));
    const store = await openStore({ url: `${url}/?database=own`, dataDir: "" });
    await store.query("SELECT 1");
    await store.close();
    expect(seen.map((own) => own.query)).toContainEqual(
      expect.stringContaining("CREATE DATABASE IF NOT EXISTS own"),
    );
    expect(seen.at(-1)!.settings.get("database")).toBe("own");
    await expect(openStore({ url: "here", dataDir: "" })).rejects.toThrow("CLICKHOUSE_URL is not a URL");
  });

  it("makes the database only where it is missing", async () => {
    const { url, seen } = await fakeServer(() => ({ status: 200, body: "" }));
    const store = await openStore({ url, dataDir: "", database: "p" });
    await store.close();
    expect(seen.map((own) => own.query)).toContainEqual(
      expect.stringContaining("CREATE DATABASE IF NOT EXISTS p"),
    );
  });

  it("tells what may be tried again from what may not, by code, without the password", async () => {
    const codes = new Map([
      [252, true],
      [243, true],
      [62, false],
      [516, false],
    ]);
    for (const [code, transient] of codes) {
      const { url } = await fakeServer((own) =>
        own.query.includes("system.databases")
          ? { status: 200, body: '{"name":"p"}\n' }
          : { status: 500, code, body: `Code: ${code}. DB::Exception: planted. (PLANTED)` },
      );
      const store = await openStore({ url, dataDir: "", database: "p" });
      const error = await insertRows(store, "gates", [{ lane: "a" }]).catch((caught: unknown) => caught);
      expect(error).toMatchObject({ name: "StoreError", code, transient });
      expect(String(error)).not.toContain("hidden");
      await store.close();
      server?.close();
    }
  });

  it("tries again what a proxy answered in the server's place", async () => {
    const { url } = await fakeServer((own) =>
      own.query.includes("system.databases")
        ? { status: 200, body: '{"name":"p"}\n' }
        : { status: 502, body: "<h1>Bad gateway</h1>" },
    );
    const store = await openStore({ url, dataDir: "", database: "p" });
    await expect(insertRows(store, "gates", [{ lane: "a" }])).rejects.toMatchObject({
      name: "StoreError",
      transient: true,
      code: null,
    });
    await store.close();
  });

  it("tries again what was not answered in time", async () => {
    const { url } = await fakeServer((own) =>
      own.query.includes("system.databases") ? { status: 200, body: '{"name":"p"}\n' } : null,
    );
    const store = await openClickHouseStore(new URL(url), "p", 50);
    await expect(store.query("SELECT 1")).rejects.toMatchObject({ name: "StoreError", transient: true });
    await store.close();
  });

  it("says that it cannot be reached, and that this may pass", async () => {
    const { url } = await fakeServer(() => ({ status: 200, body: "" }));
    server?.closeAllConnections();
    await new Promise((resolve) => server?.close(resolve));
    server = null;
    await expect(openStore({ url, dataDir: "" })).rejects.toMatchObject({ transient: true, code: null });
  });

  it("refuses names and addresses that are none", async () => {
    await expect(openStore({ url: "nonsense", dataDir: "" })).rejects.toThrow(/not a URL/);
    await expect(openStore({ url: "http://127.0.0.1:1", dataDir: "", database: "a; DROP" })).rejects.toThrow(
      /letters/,
    );
  });
});
