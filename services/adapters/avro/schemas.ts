/**
 * The committed schemas and their wire ids: what `schemas/*.avsc` and `schemas/ids.json` say, read once at start.
 *
 * Guarantee: a released schema cannot change unnoticed. `ids.json` holds a hash of every released schema, and
 * loading fails when a file no longer has it. To change a schema: keep the old text under a new file name, point the
 * old id at that file, and give the new text an id and version of its own.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { TOPIC_NAMES, type TopicName } from "../../core/topics.ts";

/** An Avro schema as JSON: a record, or a part of one. */
export type SchemaJson = string | readonly SchemaJson[] | { readonly [key: string]: unknown };

/** One released writer schema. */
export interface WriterSchema {
  readonly id: number;
  /** The topic whose schema it is; `admitted` and `quarantined` share that of `samples`. */
  readonly topic: TopicName;
  readonly version: number;
  readonly file: string;
  readonly schema: SchemaJson;
}

export interface SchemaTable {
  /** Every released schema by wire id. */
  readonly byId: ReadonlyMap<number, WriterSchema>;
  /** The newest schema of each topic: what we write, and what everything is read as. Topics may share one. */
  readonly current: ReadonlyMap<TopicName, WriterSchema>;
}

interface IdsFile {
  readonly ids: readonly {
    readonly id: number;
    readonly topic: string;
    readonly version: number;
    readonly file: string;
    readonly sha256: string;
  }[];
  /** Topics that carry another topic's bytes unchanged. */
  readonly sameAs: Readonly<Record<string, string>>;
}

/**
 * Hash of what a schema means to a reader and a writer: everything but documentation, keys in file order.
 * 64 hexadecimal digits.
 */
export function releasedHash(schema: SchemaJson): string {
  const text = JSON.stringify(schema, (key, value: unknown) => (key === "doc" ? undefined : value));
  return createHash("sha256").update(text).digest("hex");
}

/** The `schemas` directory beside the nearest enclosing package. Throws where there is none. */
export function findSchemasDirectory(): string {
  let directory = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const candidate = join(directory, "schemas");
    if (existsSync(join(candidate, "ids.json"))) return candidate;
    const parent = dirname(directory);
    if (parent === directory)
      throw new Error("schemas/ids.json not found; reinstall, or run from the checkout");
    directory = parent;
  }
}

/**
 * Reads `ids.json` and the files it names, in `from` or, for null, in the package's own directory. Throws, naming file and id,
 * when a released schema was edited, an id or
 * version is used twice, or a topic has no schema.
 */
export function loadSchemas(from: string | null = null): SchemaTable {
  const directory = from ?? findSchemasDirectory();
  const ids = JSON.parse(readFileSync(join(directory, "ids.json"), "utf8")) as IdsFile;
  const byId = new Map<number, WriterSchema>();
  const current = new Map<TopicName, WriterSchema>();
  for (const entry of ids.ids) {
    const topic = asTopic(entry.topic);
    const schema = JSON.parse(readFileSync(join(directory, entry.file), "utf8")) as SchemaJson;
    const hash = releasedHash(schema);
    if (hash !== entry.sha256) {
      throw new Error(
        `${entry.file} is released as id ${entry.id} with hash ${entry.sha256} and now has ${hash}: ` +
          "keep the released text under another file name and give the new one a new id and version",
      );
    }
    if (byId.has(entry.id)) throw new Error(`ids.json gives id ${entry.id} twice`);
    const writer: WriterSchema = { id: entry.id, topic, version: entry.version, file: entry.file, schema };
    byId.set(entry.id, writer);
    const newest = current.get(topic);
    if (newest?.version === entry.version) throw new Error(`ids.json gives ${topic} v${entry.version} twice`);
    if (newest === undefined || newest.version < entry.version) current.set(topic, writer);
  }
  for (const [topic, as] of Object.entries(ids.sameAs)) {
    const writer = current.get(asTopic(as));
    if (writer !== undefined) current.set(asTopic(topic), writer);
  }
  for (const topic of TOPIC_NAMES) {
    if (!current.has(topic)) throw new Error(`ids.json has no schema for topic ${topic}`);
  }
  return { byId, current };
}

function asTopic(name: string): TopicName {
  const topic = TOPIC_NAMES.find((t) => t === name);
  if (topic === undefined)
    throw new Error(`ids.json names ${name}, which is not one of ${TOPIC_NAMES.join(", ")}`);
  return topic;
}
