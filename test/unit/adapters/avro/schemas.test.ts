import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Codec, createCodec } from "../../../../services/adapters/avro/codec.ts";
import {
  findSchemasDirectory,
  loadSchemas,
  type SchemaJson,
} from "../../../../services/adapters/avro/schemas.ts";
import { ORIGINS } from "../../../../services/core/sample.ts";
import { TOPIC_NAMES } from "../../../../services/core/topics.ts";
import { printWireTypes } from "../../../../services/print/print-types.ts";
import { copySchemas, releaseNext } from "../../../support/evolved-schemas.ts";
import { outcomeOf } from "../../../support/producers.ts";

interface Field {
  readonly name: string;
  readonly type: SchemaJson;
  readonly doc?: string;
  readonly default?: unknown;
}
interface RecordJson {
  readonly type: string;
  readonly doc?: string;
  readonly fields?: readonly Field[];
}

const schemas = loadSchemas();
const records = [...schemas.byId.values()].map((w) => ({ ...w, json: w.schema as unknown as RecordJson }));

/** Every field of a schema with its path, those of nested records included. */
function fieldsIn(json: RecordJson, path: string): readonly (Field & { readonly path: string })[] {
  return (json.fields ?? []).flatMap((field) => {
    const at = `${path}.${field.name}`;
    return [{ ...field, path: at }, ...nested(field.type, at)];
  });
}

function nested(type: SchemaJson, path: string): ReturnType<typeof fieldsIn> {
  if (typeof type === "string") return [];
  if (Array.isArray(type)) return type.flatMap((branch) => nested(branch as SchemaJson, path));
  const json = type as unknown as RecordJson & { readonly items?: SchemaJson; readonly values?: SchemaJson };
  if (json.type === "record") return fieldsIn(json, path);
  return json.items === undefined && json.values === undefined
    ? []
    : nested((json.items ?? json.values)!, path);
}

const allFields = records.flatMap((r) => fieldsIn(r.json, r.topic));

describe("the schemas", () => {
  it("exist for every topic, each under one id", () => {
    expect([...schemas.current.keys()].sort()).toEqual([...TOPIC_NAMES].sort());
    expect(schemas.current.get("admitted")).toBe(schemas.current.get("samples"));
    expect(schemas.current.get("quarantined")).toBe(schemas.current.get("samples"));
  });

  it("document every record and field", () => {
    expect(records.filter((r) => !r.json.doc)).toEqual([]);
    expect(allFields.filter((f) => !f.doc).map((f) => f.path)).toEqual([]);
  });

  it("use unions only as [null, T], in producers' records with default null", () => {
    const unions = allFields.filter((f) => Array.isArray(f.type));
    expect(
      unions.filter((f) => (f.type as SchemaJson[]).length !== 2 || (f.type as SchemaJson[])[0] !== "null"),
    ).toEqual([]);
    expect(unions.length).toBeGreaterThan(50);
  });

  it("have no nullable arrays or maps: an empty one says the same, and can be spliced into tables", () => {
    const isCollection = (type: SchemaJson) =>
      Array.isArray(type) && ["array", "map"].includes((type[1] as { readonly type?: string }).type ?? "");
    expect(allFields.filter((f) => isCollection(f.type)).map((f) => f.path)).toEqual([]);
  });

  it("name the origins the core knows, in its order", () => {
    const origin = fieldsIn(schemas.current.get("samples")!.schema as unknown as RecordJson, "samples").find(
      (f) => f.name === "origin",
    )!;
    expect((origin.type as { readonly symbols?: readonly string[] }).symbols).toEqual([...ORIGINS]);
  });

  it("are what wire-types.generated.ts was printed from", () => {
    const file = new URL("../../../../services/core/wire-types.generated.ts", import.meta.url);
    expect(readFileSync(file, "utf8")).toBe(printWireTypes(schemas));
  });
});

describe("a released schema", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "schemas-"));
    cpSync(findSchemasDirectory(), directory, { recursive: true });
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  function edit(file: string, from: string, to: string): void {
    const text = readFileSync(join(directory, file), "utf8");
    expect(text).toContain(from);
    writeFileSync(join(directory, file), text.replace(from, to));
  }

  it("cannot be edited under its id", () => {
    edit("gates.avsc", '"name": "share", "type": "double"', '"name": "share", "type": "float"');
    expect(() => loadSchemas(directory)).toThrow(/gates\.avsc is released as id 7014001 .* new id/);
  });

  it("cannot have a default changed: readers of older records would see another value", () => {
    edit("training.avsc", '"default": "run", "doc"', '"default": "manifest", "doc"');
    expect(() => loadSchemas(directory)).toThrow(/training\.avsc is released/);
  });

  it("can have its documentation improved", () => {
    edit("gates.avsc", "Grows by one a record.", "Grows by one with each record.");
    expect(loadSchemas(directory).byId.size).toBe(schemas.byId.size);
  });

  it("stays readable beside its successors, whatever order those give the fields", () => {
    rmSync(directory, { recursive: true });
    copySchemas(directory);
    const [v1, v2, v3] = [0, 1, 2].map((releases) => {
      if (releases > 0) {
        releaseNext(directory, "outcomes", (fields) => [
          { name: `more${releases}`, type: ["null", "string"], default: null, doc: "More." },
          ...fields.toReversed(),
        ]);
      }
      return createCodec({ schemas: loadSchemas(directory) });
    }) as [Codec, Codec, Codec];
    const outcome = outcomeOf("o", { resolved: true });
    const frames = [v1, v2, v3].map((codec) => codec.encode("outcomes", outcome));
    expect(frames.map((frame) => Buffer.from(frame).readUInt32BE(1))).toEqual([7003001, 7003002, 7003003]);
    for (const frame of frames) {
      expect(v3.decodeGeneric("outcomes", frame)).toMatchObject({ ok: true, record: outcome });
    }
    expect(v1.decodeGeneric("outcomes", frames[2]!)).toMatchObject({ ok: false, code: "schema_unknown" });
  });

  it.each([
    ['"id": 7002001', '"id": 7001001', /gives id 7001001 twice/],
    ['"topic": "interactions"', '"topic": "samples"', /gives samples v1 twice/],
    [
      '"topic": "interactions"',
      '"topic": "conversations"',
      /names conversations, which is not one of samples, /,
    ],
    ['"admitted": "samples",', "", /has no schema for topic admitted/],
  ])("ids.json with %s as %s is refused", (from, to, message) => {
    edit("ids.json", from, to);
    expect(() => loadSchemas(directory)).toThrow(message);
  });
});
