/**
 * A service's `/metrics` for Prometheus and `/healthz` for whoever keeps it running.
 *
 * Loopback by default: the door has no users. Bounded in connections and time; series are bounded by the registry.
 */
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Gauges } from "../../ports.ts";
import { SeriesRegistry, type SeriesRegistryOptions } from "./series-registry.ts";

const CONNECTIONS_MAX = 32;
const REQUEST_MS_MAX = 5_000;

export interface GaugesOptions extends SeriesRegistryOptions {
  readonly service: string;
  readonly version: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Why the service is not well, or null; asked at every `/healthz`. Absent: it is well while it answers. */
  readonly problem?: () => string | null;
}

export interface OpenGauges extends Gauges {
  /** `http://127.0.0.1:<port>`; the series are under `/metrics`. */
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

/** Throws when the port cannot be had, saying which. */
export async function openGauges(options: GaugesOptions): Promise<OpenGauges> {
  const { service, version, port, host = "127.0.0.1", problem = () => null } = options;
  const registry = new SeriesRegistry({ processMetrics: true, ...options });
  registry.set("plumbline_build_info", { service, version }, 1);
  const server = createServer(
    { requestTimeout: REQUEST_MS_MAX, headersTimeout: REQUEST_MS_MAX },
    (request, response) => {
      const pathname = (request.url ?? "/").split("?", 1)[0];
      if (request.method !== "GET" && request.method !== "HEAD")
        answer(response, 405, "text/plain", "GET only\n");
      else if (pathname === "/metrics") void scrape(registry, response);
      else if (pathname === "/healthz") health(problem(), service, response);
      else answer(response, 404, "text/plain", "here are /metrics and /healthz\n");
    },
  );
  server.maxConnections = CONNECTIONS_MAX;
  await listen(server, port, host);
  const bound = (server.address() as AddressInfo).port;
  return {
    set: (name, labels, value) => registry.set(name, labels, value),
    count: (name, labels, by) => registry.count(name, labels, by),
    drop: (labels) => registry.drop(labels),
    url: `http://${host.includes(":") ? `[${host}]` : host}:${bound}`,
    port: bound,
    close: () => close(server, registry),
  };
}

async function scrape(registry: SeriesRegistry, response: ServerResponse): Promise<void> {
  try {
    answer(response, 200, registry.contentType, await registry.text());
  } catch {
    answer(response, 500, "text/plain", "the series could not be read\n");
  }
}

function health(problem: string | null, service: string, response: ServerResponse): void {
  const body = problem === null ? { status: "ok", service } : { status: "failing", service, problem };
  answer(response, problem === null ? 200 : 503, "application/json", `${JSON.stringify(body)}\n`);
}

function answer(response: ServerResponse, status: number, contentType: string, body: string): void {
  if (response.destroyed || response.headersSent) return;
  response.writeHead(status, { "content-type": contentType, "content-length": Buffer.byteLength(body) });
  response.end(response.req.method === "HEAD" ? "" : body);
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(
        new Error(`/metrics cannot listen on ${host}:${port} (${error.code ?? "unknown error"})`, {
          cause: error,
        }),
      );
    });
    server.listen(port, host, () => resolve());
  });
}

function close(server: Server, registry: SeriesRegistry): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      registry.clear();
      resolve();
    });
    server.closeAllConnections();
  });
}
