/** What a console needs, over a store of a test or over nothing. */
import { createCodec } from "../../services/adapters/avro/codec.ts";
import { loadSchemas } from "../../services/adapters/avro/schemas.ts";
import { openClock } from "../../services/adapters/clock.ts";
import type { ConsoleDependencies } from "../../services/console/dependencies.ts";
import { openSqlQuery, type SqlQuery } from "../../services/console/sql-query.ts";
import { METRICS } from "../../services/core/catalogue.generated.ts";
import { Catalogue } from "../../services/core/catalogue.ts";
import { Policies } from "../../services/core/policy.ts";
import type { Reference } from "../../services/core/reference.ts";
import { labPolicy } from "../../services/lab/lab-setup.ts";
import type { Log } from "../../services/ports.ts";
import { TopicNames } from "../../services/runtime/topics.ts";
import { KeptLogger } from "./kafka-broker.ts";

export interface ConsoleParts {
  /** Of the door, or of nothing that answers. */
  readonly sqlUrl?: string;
  readonly log?: Log;
  readonly prefix?: string;
  readonly home?: string;
  readonly readOnly?: boolean;
  /** Default: no lane has one. */
  readonly referenceOf?: (lane: string) => Reference | null;
}

export interface TestConsoleDependencies extends ConsoleDependencies {
  readonly sql: SqlQuery;
  readonly logger: KeptLogger;
  /** Ends what the parts hold open. */
  close(): Promise<void>;
}

/** A port of the loopback where nobody listens. */
const NOBODY = "http://127.0.0.1:9";

export function consoleDeps({
  sqlUrl = NOBODY,
  log,
  prefix = "",
  home = "/nowhere",
  readOnly = false,
  referenceOf = () => null,
}: ConsoleParts): TestConsoleDependencies {
  const catalogue = new Catalogue(METRICS);
  const controller = new AbortController();
  const sql = openSqlQuery(sqlUrl, true);
  const content = labPolicy(catalogue);
  return {
    sql,
    log: log ?? noLog(),
    codec: createCodec({ schemas: loadSchemas() }),
    names: new TopicNames(prefix),
    catalogue,
    published: { policies: new Policies(content.policy), rules: content.rules, referenceOf },
    clock: openClock(),
    logger: new KeptLogger(),
    gauges: { set() {}, count() {}, drop() {} },
    home,
    readOnly,
    webhooks: { tokenFile: null, secretFile: null, openOnLoopback: false },
    signal: controller.signal,
    async close(): Promise<void> {
      controller.abort();
      await sql.close();
    },
  };
}

/** Says no to everything: a page that only reads the history asks nothing of it. */
function noLog(): Log {
  return new Proxy({} as Log, {
    get: (_target, name) => () => Promise.reject(new Error(`no log here: ${String(name)}`)),
  });
}
