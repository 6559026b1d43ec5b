/** The console's HTTP server. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import type { Hono } from "hono";

const CONNECTIONS_MAX = 256;
/** A client has this long to send its whole request; answers may take longer. */
const REQUEST_MS_MAX = 10_000;

export interface OpenConsole {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  close(): Promise<void>;
}

/** Listens; throws, naming address and port, where that cannot be had. Closing ends open streams. */
export async function openConsole(app: Hono, host: string, port: number): Promise<OpenConsole> {
  const answer = getRequestListener(app.fetch);
  const server: Server = createServer(
    { requestTimeout: REQUEST_MS_MAX, headersTimeout: REQUEST_MS_MAX, connectionsCheckingInterval: 1_000 },
    (request, response) => {
      // Never rejects: what fails is answered with 500.
      void answer(request, response);
    },
  );
  server.maxConnections = CONNECTIONS_MAX;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(
        new Error(`the console cannot listen on ${host}:${port} (${error.code ?? "unknown error"})`, {
          cause: error,
        }),
      ),
    );
    server.listen(port, host, resolve);
  });
  const { port: bound } = server.address() as AddressInfo;
  // Where it listens on every address, this machine's own is one that works here.
  const shown = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
  return {
    url: `http://${shown.includes(":") ? `[${shown}]` : shown}:${bound}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
