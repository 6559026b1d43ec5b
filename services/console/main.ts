/** Process of the console: wiring only. */
import { DEFAULT_SQL_PORT } from "../runtime/config.ts";
import { serve } from "../runtime/serve.ts";
import { loadClientFiles } from "./client-files.ts";
import { consoleApp } from "./console-app.ts";
import { openConsole } from "./open-console.ts";
import { openSqlQuery } from "./sql-query.ts";

await serve("console", async (deps, { config, life, ready }) => {
  const embedded = config.clickhouseUrl === null;
  const door = `http://127.0.0.1:${config.sqlPort === 0 ? DEFAULT_SQL_PORT : config.sqlPort}`;
  const sql = await life.start(Promise.resolve(openSqlQuery(config.clickhouseUrl ?? door, embedded)));
  const app = consoleApp({
    deps: {
      ...deps,
      sql,
      home: config.home,
      readOnly: config.consoleReadOnly,
      webhooks: config.webhooks,
    },
    files: await loadClientFiles(),
    hostNames: config.consoleNames,
  });
  const open = await life.start(openConsole(app, config.consoleHost, config.consolePort));
  ready({ consoleUrl: open.url });
  await new Promise<void>((resolve) => {
    if (deps.signal.aborted) resolve();
    deps.signal.addEventListener("abort", () => resolve(), { once: true });
  });
});
