/** `sql` and `status` against a stand-in for ClickHouse's HTTP interface; the real one is in the integration tests. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeTempDir, runCommand } from "../../support/run-command.ts";

const dir = makeTempDir();
const asked: { url: URL; body: string }[] = [];
let server: Server;
let address = "";

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => {
      body += chunk.toString("utf8");
    });
    request.on("end", () => {
      asked.push({ url: new URL(request.url ?? "/", "http://door"), body });
      if (body.includes("nosuch")) {
        response.writeHead(400, { "x-clickhouse-exception-code": "60" });
        response.end("Code: 60. DB::Exception: Table nosuch does not exist. (UNKNOWN_TABLE)");
      } else if (body.includes("FROM gates")) {
        response.end(
          `${JSON.stringify({ lane: "a\u001b[2J", subject: "lane:a\u001b[2J", state: "frozen", share: 0, until: "2026-01-01 00:00:00.000", stale: 1 })}\n`,
        );
      } else if (body.includes("FROM verdicts")) {
        response.end(
          `${JSON.stringify({ lane: "b", verdict: "breach", families: ["support"], window: "decision", ended: "2026-01-01 00:00:00.000", generation: 3 })}\n`,
        );
      } else response.end("answer\n");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  dir.remove();
});

const run = (...args: string[]) => runCommand(args, { cwd: dir.path, env: { CLICKHOUSE_URL: address } });

describe("sql", () => {
  it("passes statement, parameters and format on, and the body through", async () => {
    const hostile = "it's a\\b\tc";
    const result = await run(
      "sql",
      "SELECT {x:String}",
      "--param",
      `x=${hostile}`,
      "--param",
      "y=a=b",
      "--format",
      "CSV",
    );
    expect(result).toEqual({ code: 0, stdout: "answer\n", stderr: "" });
    const { url, body } = asked.at(-1)!;
    expect(body).toContain("SELECT {x:String}");
    expect(url.searchParams.get("param_y")).toBe("a=b");
    expect(url.searchParams.get("param_x")).toBe("it\\'s a\\\\b\\tc");
    expect(url.searchParams.get("default_format")).toBe("CSV");
  });

  it("asks for a table, or for JSON with --json", async () => {
    await run("sql", "SELECT 1");
    expect(asked.at(-1)!.url.searchParams.get("default_format")).toBe("PrettyCompactMonoBlock");
    await run("sql", "SELECT 1", "--json");
    expect(asked.at(-1)!.url.searchParams.get("default_format")).toBe("JSON");
  });

  it("gives ClickHouse's own words and code for a statement it refuses", async () => {
    const { code, stderr } = await run("sql", "SELECT * FROM nosuch");
    expect(code).toBe(2);
    expect(stderr).toContain("ClickHouse says (code 60): ");
    expect(stderr).toContain("nosuch does not exist");
  });
});

describe("status", () => {
  it("joins gates and verdicts by lane; hostile names stay on their line", async () => {
    const { code, stdout } = await run("status");
    expect(code).toBe(0);
    expect(stdout).not.toContain("\u001b");
    expect(stdout).toMatch(/^a\\u\{1b\}\[2J +frozen +0 +stale +- /m);
    expect(stdout).toMatch(/^b +- +- +- +breach +support +3 +2026-01-01 00:00:00.000 \(decision\)/m);
  });

  it("is one document with --json", async () => {
    const { stdout } = await run("status", "--json");
    expect(JSON.parse(stdout)).toMatchObject({
      run: { state: "none" },
      lanes: [
        { lane: "a\u001b[2J", gate: "frozen", lease: "stale", verdict: null },
        { lane: "b", gate: null, verdict: "breach", families: ["support"], generation: 3 },
      ],
      services: [],
    });
  });
});
