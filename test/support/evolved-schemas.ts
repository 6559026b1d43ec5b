/** A directory of schemas as the released ones may be after some more releases, or as a mistake would leave them. */
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findSchemasDirectory, releasedHash, type SchemaJson } from "../../services/adapters/avro/schemas.ts";

export interface FieldJson {
  readonly name: string;
  readonly type: SchemaJson;
  readonly default?: unknown;
  readonly doc: string;
}

/** Turns the fields of the newest released version into those of the next. */
export type Evolution = (fields: readonly FieldJson[]) => readonly FieldJson[];

interface IdEntry {
  readonly id: number;
  readonly topic: string;
  readonly version: number;
  readonly file: string;
  readonly sha256: string;
}

interface IdsJson {
  readonly ids: readonly IdEntry[];
  readonly sameAs: Readonly<Record<string, string>>;
}

/** Copies the released schemas into `directory`, which must not exist. */
export function copySchemas(directory: string): void {
  cpSync(findSchemasDirectory(), directory, { recursive: true });
}

/** Releases a topic's next version in `directory`, as schemas/README.md says: the old text is kept under another name. */
export function releaseNext(directory: string, topic: string, evolve: Evolution): void {
  const idsFile = join(directory, "ids.json");
  const ids = JSON.parse(readFileSync(idsFile, "utf8")) as IdsJson;
  const last = ids.ids.filter((entry) => entry.topic === topic).at(-1)!;
  const released = readFileSync(join(directory, last.file), "utf8");
  const kept = `${topic}.v${last.version}.avsc`;
  const schema = JSON.parse(released) as { readonly fields: readonly FieldJson[] };
  const next = { ...schema, fields: evolve(schema.fields) };
  writeFileSync(join(directory, kept), released);
  writeFileSync(join(directory, `${topic}.avsc`), JSON.stringify(next));
  const entry = {
    ...last,
    id: last.id + 1,
    version: last.version + 1,
    file: `${topic}.avsc`,
    sha256: releasedHash(next as unknown as SchemaJson),
  };
  const others = ids.ids.map((one) => (one === last ? { ...one, file: kept } : one));
  writeFileSync(idsFile, JSON.stringify({ ...ids, ids: [...others, entry] }));
}

/** Changes a released text and leaves its id. */
export function editReleased(directory: string, topic: string, from: string, to: string): void {
  const file = join(directory, `${topic}.avsc`);
  const text = readFileSync(file, "utf8");
  if (!text.includes(from)) throw new Error(`${topic}.avsc has no ${from}`);
  writeFileSync(file, text.replace(from, to));
}
