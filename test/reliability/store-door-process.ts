/**
 * A ClickHouse server as the store's client sees one: HTTP before an embedded engine, in a process of its own, since an engine
 * takes one directory a process. It takes inserts as well as questions, and does harm when told over IPC. Arguments: the
 * engine's directory.
 */
import { EventEmitter, once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { EngineConnection } from "../../services/adapters/store/chdb-connection.ts";
import { openEngine } from "../../services/adapters/store/chdb-engine.ts";
import { toStoreError } from "../../services/adapters/store/store-error.ts";
import { readSqlRequest } from "../../services/console/sql-request.ts";
import type { DoorMessage, DoorOrder, Fault, SeenInsert } from "./store-door.ts";

const STATEMENT_BYTES_MAX = 1_000_000;
const INSERT = /^INSERT INTO (\w+) FORMAT Native$/;
/** What the address says beside settings and `param_`. */
const NO_SETTINGS: ReadonlySet<string> = new Set(["query", "query_id", "database", "default_format"]);
/** Settings of the answer and of HTTP: they change nothing that is stored. */
const OF_THE_ANSWER = /^(wait_end_of_query|enable_http_compression|output_format_|role|session_)/;

const dataDir = process.argv[2]!;
const engine = await openEngine(dataDir, "door");
const writer = await engine.connect({});
const reader = await engine.connect({});
const inserts: SeenInsert[] = [];
const statements: string[] = [];
let fault: Fault = { kind: "none" };
/** Tells of every new fault; what hangs waits for it. */
const faults = new EventEmitter().setMaxListeners(0);
let port = 0;

const server = createServer((request, response) => {
  handle(request, response).catch((error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    response.destroy();
  });
});

async function listen(): Promise<void> {
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  port = (server.address() as AddressInfo).port;
}

async function refuseAll(): Promise<void> {
  const closed = once(server, "close");
  server.close();
  server.closeAllConnections();
  await closed;
}

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const arrivedMs = Date.now();
  const url = new URL(request.url ?? "/", "http://door");
  const table = INSERT.exec(url.searchParams.get("query") ?? "")?.[1];
  const body = table === undefined ? null : await bytesOf(request);
  if (fault.kind === "hang") {
    await once(faults, "change");
    // Whoever no longer waits gets nothing done, as behind a network that swallowed the request.
    if (response.destroyed) return;
  }
  // Another one may have come while it hung.
  const now: Fault = fault;
  if (now.kind === "overloaded") return refuse(response, 500, 202, "planted (TOO_MANY_SIMULTANEOUS_QUERIES)");
  if (now.kind === "gateway") {
    response.writeHead(502, { "content-type": "text/html" }).end("<h1>Bad gateway</h1>");
    return;
  }
  if (now.kind === "slow" && table !== undefined) await delay(now.delayMs);
  try {
    if (table === undefined || body === null) {
      const answer = await ask(request, url);
      response.writeHead(200).end(answer);
      return;
    }
    await insert(table, body, url.searchParams);
  } catch (error) {
    const { code, message } = toStoreError(error, "planted nothing");
    return refuse(response, 500, code ?? 1, message);
  }
  const dropped = now.kind === "drop reply";
  inserts.push({
    table,
    token: url.searchParams.get("insert_deduplication_token") ?? "",
    rows: rowsOf(body),
    bytes: body.length,
    arrivedMs,
    storedMs: Date.now(),
    acknowledged: !dropped,
  });
  if (dropped) response.destroy();
  else response.writeHead(200).end();
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Runs one statement that is no insert of a block; its answer. */
async function ask(request: IncomingMessage, url: URL): Promise<Buffer> {
  const kept = [...url.searchParams].filter(([name]) => NO_SETTINGS.has(name) || name.startsWith("param_"));
  request.url = `/?${new URLSearchParams(kept)}`;
  const read = await readSqlRequest(request, STATEMENT_BYTES_MAX);
  if (!read.ok) throw new Error(read.message);
  if (read.request === "ping") return Buffer.from("Ok.\n");
  const { sql, parameters, format } = read.request;
  statements.push(sql);
  const connection = /^\s*(SELECT|SHOW|EXISTS|DESCRIBE)\b/i.test(sql) ? reader : writer;
  return await inDatabase(connection, url.searchParams.get("database"), async () => {
    const { stream } = await connection.raw.exec({
      query: sql,
      query_params: { ...parameters },
      clickhouse_settings: { default_format: format } as Record<string, string>,
    } as Parameters<EngineConnection["raw"]["exec"]>[0]);
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  });
}

async function insert(table: string, body: Buffer, parameters: URLSearchParams): Promise<void> {
  const settings = [...parameters]
    .filter(([name]) => !NO_SETTINGS.has(name) && !OF_THE_ANSWER.test(name))
    .map(([name, value]) => `${name} = ${/^\d+$/.test(value) ? value : `'${value}'`}`);
  const file = join(dataDir, "door.native");
  await inDatabase(writer, parameters.get("database"), async () => {
    await writeFile(file, body);
    await writer.raw.chdb.queryAsync(
      `INSERT INTO ${table} FROM INFILE '${file}' SETTINGS ${settings.join(", ")} FORMAT Native`,
    );
  });
}

function inDatabase<T>(
  connection: EngineConnection,
  database: string | null,
  work: () => Promise<T>,
): Promise<T> {
  return connection.exclusive(async () => {
    await connection.raw.chdb.queryAsync(`USE ${database ?? "default"}`);
    return await work();
  });
}

/** The second number of a block; the first one says how many columns it has. */
function rowsOf(block: Buffer): number {
  let at = 0;
  let value = 0;
  for (let number = 0; number < 2; number += 1) {
    value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = block[at]!;
      at += 1;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) break;
    }
  }
  return value;
}

function refuse(response: ServerResponse, status: number, code: number, message: string): void {
  response.writeHead(status, { "x-clickhouse-exception-code": String(code) });
  response.end(`Code: ${code}. DB::Exception: ${message} (DOOR)`);
}

async function obey(order: DoorOrder): Promise<void> {
  if (order.kind === "seen") return say({ kind: "seen", inserts, statements });
  const before = fault;
  fault = order.fault;
  faults.emit("change");
  if (fault.kind === "refuse" && before.kind !== "refuse") await refuseAll();
  if (fault.kind !== "refuse" && before.kind === "refuse") await listen();
  say({ kind: "done" });
}

function say(message: DoorMessage): void {
  process.send?.(message);
}

process.on("message", (order: DoorOrder) => {
  obey(order).catch((error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exit(1);
  });
});
/** Also the parent's end. */
process.once("disconnect", () => {
  server.close();
  server.closeAllConnections();
  void engine.close().finally(() => process.exit(0));
});
await listen();
say({ kind: "listening", port });
