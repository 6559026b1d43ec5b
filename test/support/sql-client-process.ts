/**
 * A process of its own that asks a SQL door with `@clickhouse/client`, as a notebook would: `node --import tsx sql-client-process.ts
 * URL DATABASE`. Prints one line of JSON: what each way of asking gave.
 */
import { createClient } from "@clickhouse/client";

const [url = "", database = ""] = process.argv.slice(2);
const client = createClient({ url, database, compression: { response: true } });

async function failure(query: string): Promise<{ code: string; ms: number }> {
  const fromMs = performance.now();
  try {
    const result = await client.query({ query, format: "JSONEachRow" });
    await result.text();
    return { code: "", ms: performance.now() - fromMs };
  } catch (error) {
    return { code: String((error as { code?: unknown }).code), ms: performance.now() - fromMs };
  }
}

const ping = (await client.ping()).success;
const bound = await client.query({
  query: "SELECT {lane:String} AS lane, {ids:Array(UInt32)} AS ids",
  query_params: { lane: "a'b\n<i>", ids: [1, 2] },
  format: "JSONEachRow",
});
const rows = await bound.json();
const streamed = await client.query({
  query: "SELECT number FROM numbers(200000)",
  format: "JSONCompactEachRow",
});
let count = 0;
for await (const chunk of streamed.stream()) count += chunk.length;
const failures = {
  syntax: await failure("SELEC 1"),
  column: await failure("SELECT nothing"),
  writing: await failure("INSERT INTO windows (lane) VALUES ('x')"),
  file: await failure("SELECT * FROM file('/etc/passwd', 'LineAsString')"),
  time: await failure("SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 1"),
  memory: await failure("SELECT length(groupArray(number)) FROM numbers(1000000000)"),
  rows: await failure("SELECT number FROM numbers(10000000)"),
};
const after = await client.query({ query: "SELECT 1 AS one", format: "JSONEachRow" });
process.stdout.write(`${JSON.stringify({ ping, rows, count, failures, after: await after.json() })}\n`);
await client.close();
