/** The page's files, in memory: bundled from sources in development, read from the build otherwise. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { Hono } from "hono";

export interface ClientFile {
  readonly type: string;
  readonly etag: string;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly gzip: Uint8Array<ArrayBuffer>;
}

/** By name, without folder. */
export type ClientFiles = ReadonlyMap<string, ClientFile>;

const PAGE = "page.html";
/** What a path of the page looks like; a missing file must not be answered with the page. */
const FILE_LIKE = /\.[a-z0-9]{1,5}$/i;
const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=UTF-8",
  ".js": "text/javascript; charset=UTF-8",
  ".css": "text/css; charset=UTF-8",
  ".svg": "image/svg+xml",
  ".map": "application/json",
};

/** Throws, saying what to do, where there is neither a build nor the means to make one. */
export async function loadClientFiles(): Promise<ClientFiles> {
  const built = join(import.meta.dirname, "client-files");
  const sources = join(import.meta.dirname, "client");
  if (import.meta.filename.endsWith(".ts")) {
    // Only where the sources are: a release has no bundler.
    const { bundleClient } = await import("./bundle-client.ts");
    const files = await bundleClient(sources);
    return new Map(files.map(({ name, body }) => [name, clientFile(name, body)]));
  }
  if (!existsSync(join(built, PAGE))) throw new Error(`${built} has no page: run \`make setup\``);
  return new Map(readdirSync(built).map((name) => [name, clientFile(name, readFileSync(join(built, name)))]));
}

/** `/assets/<file>`; every other path of a browser is the page, which finds its way itself. */
export function assetRoutes(files: ClientFiles): Hono {
  const app = new Hono();
  app.get("*", (context) => {
    const { path } = context.req;
    const name = path.startsWith("/assets/") ? path.slice("/assets/".length) : PAGE;
    const file = path !== "/" && name === PAGE && FILE_LIKE.test(path) ? undefined : files.get(name);
    if (file === undefined) return context.text("there is no such file\n", 404);
    const headers: Record<string, string> = {
      "content-type": file.type,
      // Asked again each time, answered with 304: a new release is seen at once.
      "cache-control": "no-cache",
      etag: file.etag,
      vary: "accept-encoding",
    };
    if (context.req.header("if-none-match") === file.etag) return context.body(null, 304, headers);
    const gzip = /\bgzip\b/.test(context.req.header("accept-encoding") ?? "");
    if (gzip) headers["content-encoding"] = "gzip";
    return context.body(gzip ? file.gzip : file.body, 200, headers);
  });
  return app;
}

function clientFile(name: string, bytes: Uint8Array): ClientFile {
  const body = new Uint8Array(bytes);
  return {
    type: TYPES[extname(name)] ?? "application/octet-stream",
    etag: `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`,
    body,
    gzip: new Uint8Array(gzipSync(body)),
  };
}
