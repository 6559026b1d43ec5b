/** The console's addresses: one sub-app an area, the page for everything else. */
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { csrf } from "hono/csrf";
import { secureHeaders } from "hono/secure-headers";
import { assetRoutes, type ClientFiles } from "./client-files.ts";
import { compareRoutes } from "./compare/compare-routes.ts";
import type { ConsoleDependencies } from "./dependencies.ts";
import { gatesRoutes } from "./gates/gates-routes.ts";
import { liveRoutes } from "./live/live-routes.ts";
import { overviewRoutes } from "./overview/overview-routes.ts";
import { sqlRoutes } from "./people-sql/sql-routes.ts";
import { SqlError } from "./sql-query.ts";
import { storyRoutes } from "./story/story-routes.ts";
import { timelineRoutes } from "./timeline/timeline-routes.ts";
import { webhookDependencies } from "./webhook/webhook-dependencies.ts";
import { webhookRoutes } from "./webhook/webhook-routes.ts";
import { windowRoutes } from "./window/window-routes.ts";

const BODY_BYTES_MAX = 262_144;
const LOCAL_NAMES = ["localhost", "127.0.0.1", "[::1]"];

export interface ConsoleAppOptions {
  readonly deps: ConsoleDependencies;
  readonly files: ClientFiles;
  /** Host names browsers may use beside localhost. */
  readonly hostNames: readonly string[];
}

/**
 * Guarantee  nothing of a foreign page: no script, style or frame from elsewhere (CSP), no request under a name that is not ours
 *            (DNS rebinding), no form posted from elsewhere (CSRF).
 * Bound      `BODY_BYTES_MAX` a request's body; statements by `SqlQuery`.
 * Status     API failures are JSON `{ error }`: 400 what was asked, 403 refused, 404, 413, 503 the history does not answer.
 */
export function consoleApp({ deps, files, hostNames }: ConsoleAppOptions): Hono {
  const app = new Hono();
  const names = new Set([...LOCAL_NAMES, ...hostNames]);

  app.use(async (context, next) => {
    const host = (context.req.header("host") ?? "").toLowerCase().replace(/:\d+$/, "");
    if (!names.has(host)) {
      const how = "set PLUMBLINE_CONSOLE_NAMES to the names the console may be reached by";
      return context.json({ error: `unknown host name; ${how}` }, 403);
    }
    return await next();
  });
  app.use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        objectSrc: ["'none'"],
      },
      // Plain HTTP on the loopback: what would force TLS would lock people out of other services of this host.
      strictTransportSecurity: false,
      referrerPolicy: "same-origin",
      xFrameOptions: "DENY",
    }),
  );
  app.use("/api/*", csrf());
  app.use(
    "/api/*",
    bodyLimit({
      maxSize: BODY_BYTES_MAX,
      onError: (context) => context.json({ error: `a request has at most ${BODY_BYTES_MAX} bytes` }, 413),
    }),
  );
  app.use("/api/*", async (context, next) => {
    await next();
    context.res.headers.set("cache-control", "no-store");
  });
  app.onError((error, context) => {
    if (error instanceof SqlError) return context.json({ error: error.message, code: error.code }, 503);
    if ("getResponse" in error) return (error as { getResponse(): Response }).getResponse();
    deps.logger.error({ error, path: context.req.path }, "a request failed");
    return context.json({ error: "this could not be answered; the console's log says why" }, 500);
  });

  app.route("/", overviewRoutes(deps));
  app.route("/", webhookRoutes(webhookDependencies(deps)));
  app.route("/", gatesRoutes(deps));
  app.route("/", timelineRoutes(deps));
  app.route("/", compareRoutes(deps));
  app.route("/", sqlRoutes(deps));
  app.route("/", liveRoutes(deps));
  app.route("/", storyRoutes(deps));
  app.route("/", windowRoutes(deps));
  app.all("/api/*", (context) => context.json({ error: "no such address" }, 404));
  app.route("/", assetRoutes(files));
  return app;
}
