import { afterAll, describe, expect, it } from "vitest";
import { type ClientFiles, loadClientFiles } from "../../../services/console/client-files.ts";
import { consoleApp } from "../../../services/console/console-app.ts";
import { consoleDeps } from "../../support/console-deps.ts";

const HOST = { host: "127.0.0.1:8420" };

describe("the console's addresses", async () => {
  const deps = consoleDeps({});
  const files: ClientFiles = await loadClientFiles();
  const app = consoleApp({ deps, files, hostNames: ["watch.example"] });
  afterAll(() => deps.close());

  it("gives the page for every path of a browser, with a policy that lets nothing foreign in", async () => {
    for (const path of ["/", "/lanes/support%2Fafter-sales", "/nothing/here"]) {
      const response = await app.request(path, { headers: HOST });
      expect(response.status).toBe(200);
      expect(response.headers.get("content-type")).toBe("text/html; charset=UTF-8");
      const policy = response.headers.get("content-security-policy")!;
      expect(policy).toContain("default-src 'self'");
      expect(policy).not.toContain("unsafe");
      expect(await response.text()).not.toMatch(/<script(?![^>]*src="\/assets\/)|<style|style="|https?:/);
    }
  });

  it("gives files by name, packed where the browser takes that, and again only when they changed", async () => {
    const plain = await app.request("/assets/console.js", { headers: HOST });
    expect(plain.headers.get("content-type")).toBe("text/javascript; charset=UTF-8");
    const packed = await app.request("/assets/console.js", {
      headers: { ...HOST, "accept-encoding": "gzip" },
    });
    expect(packed.headers.get("content-encoding")).toBe("gzip");
    const known = { ...HOST, "if-none-match": plain.headers.get("etag")! };
    expect((await app.request("/assets/console.js", { headers: known })).status).toBe(304);
    expect((await app.request("/assets/../../package.json", { headers: HOST })).status).toBe(404);
    expect((await app.request("/favicon.ico", { headers: HOST })).status).toBe(404);
  });

  it("answers only under its own names", async () => {
    for (const host of ["localhost", "LOCALHOST:1", "[::1]:8420", "watch.example"]) {
      expect((await app.request("/", { headers: { host } })).status, host).toBe(200);
    }
    for (const host of ["evil.example", "127.0.0.1.evil.example", "", "localhost@evil.example"]) {
      expect((await app.request("/", { headers: { host } })).status, host).toBe(403);
    }
    expect((await app.request("/")).status).toBe(403);
  });

  it("says that the history does not answer, and what does not exist", async () => {
    const away = await app.request("/api/overview", { headers: HOST });
    expect(away.status).toBe(503);
    expect(await away.json()).toMatchObject({ error: expect.stringMatching(/does not answer/) });
    const none = await app.request("/api/none", { headers: HOST });
    expect([none.status, await none.json()]).toEqual([404, { error: "no such address" }]);
  });

  it("takes webhooks, from nobody before somebody was named", async () => {
    const init = {
      method: "POST",
      headers: { ...HOST, "content-type": "application/json" },
      body: "{}",
    } as const;
    for (const sender of ["alertmanager", "grafana"]) {
      const response = await app.request(`/webhooks/${sender}`, init);
      expect([response.status, await response.json()]).toEqual([
        401,
        { error: expect.stringMatching(/PLUMBLINE_WEBHOOK_TOKEN_FILE/) },
      ]);
    }
  });

  it("takes no form from another page", async () => {
    const response = await app.request("/api/overview", {
      method: "POST",
      headers: {
        ...HOST,
        origin: "http://evil.example",
        "content-type": "application/x-www-form-urlencoded",
      },
      body: "a=b",
    });
    expect(response.status).toBe(403);
  });
});
