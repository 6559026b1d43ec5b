/** Process of the recorder and, with the embedded engine, of the SQL door in front of it: wiring only. */
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { createCodec } from "../adapters/avro/codec.ts";
import { loadSchemas } from "../adapters/avro/schemas.ts";
import { migrate, migrationsDir, readMigrations } from "../adapters/store/migrate.ts";
import { openStore } from "../adapters/store/open-store.ts";
import { openSqlDoor } from "../console/sql-door.ts";
import { serve } from "../runtime/serve.ts";
import { runRecordLoop } from "./record-loop.ts";
import { createRecorder } from "./recorder.ts";
import { readTables } from "./table-block.ts";
import { whenThere } from "./when-there.ts";

/** Records of `rejected` hold another record whole, so they may be twice as large as any other. */
const VALUE_BYTES_MAX = 2_200_000;

await serve("recorder", async (deps, { config, life, ready }) => {
  const { log, names, clock, logger, gauges, signal } = deps;
  const waiting = { clock, logger, signal };
  const openedMs = clock.nowMs();
  const store = await life.start(
    whenThere(
      () => openStore({ url: config.clickhouseUrl, dataDir: join(config.home, "clickhouse") }),
      waiting,
    ),
  );
  await whenThere(() => migrate(store, readMigrations(migrationsDir())), waiting);
  const sql = await store.openReadOnlySql();
  const door = sql === null ? null : await life.start(openSqlDoor({ sql, port: config.sqlPort }));
  logger.info({ store: store.kind, ms: Math.round(clock.nowMs() - openedMs) }, "the store is open");
  const codec = createCodec({
    schemas: loadSchemas(config.schemasDir),
    valueBytesMax: VALUE_BYTES_MAX,
  });
  const recorder = createRecorder({
    store,
    log,
    codec,
    tables: await whenThere(() => readTables(store), waiting),
    prefix: names.prefix,
    clock,
    logger,
    gauges,
    nonce: randomUUID(),
  });
  const reader = await life.start(
    log.groupReader({ group: `${names.prefix}recorder`, instance: deps.instance, topics: recorder.topics }),
  );
  ready({ sqlUrl: door?.url ?? "" });
  await runRecordLoop({ reader, log, recorder, clock, signal });
});
