/**
 * Prints `services/core/wire-types.generated.ts` from the newest schemas of the topics producers write.
 *
 *   npx tsx services/print/print-types.ts            writes the file
 *   npx tsx services/print/print-types.ts --check    exits 1 when the file on disk differs
 *   … --schemas DIR                                  the schemas of another directory
 *
 * Before that, every schema must be as it was released, and the newest of each topic must read all before it.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createCodec } from "../adapters/avro/codec.ts";
import { loadSchemas, type SchemaJson, type SchemaTable } from "../adapters/avro/schemas.ts";
import type { TopicName } from "../core/topics.ts";

const PRODUCED: readonly TopicName[] = [
  "samples",
  "interactions",
  "outcomes",
  "evaluations",
  "training",
  "reviews",
  "changes",
];

/** As in biome.json. */
const LINE_WIDTH = 110;

interface RecordSchema {
  readonly name: string;
  readonly doc: string;
  readonly fields: readonly {
    readonly name: string;
    readonly type: SchemaJson;
    readonly doc: string;
    readonly default?: unknown;
  }[];
}

/** The whole text of the generated file. Types shared by several schemas (Turn, Origin) are printed once. */
export function printWireTypes(schemas: SchemaTable): string {
  const printed = new Map<string, string>();
  const topics: string[] = [];
  for (const topic of PRODUCED) {
    const schema = schemas.current.get(topic)!.schema as unknown as RecordSchema;
    printRecord(schema, printed);
    topics.push(`  ${topic}: ${wireName(schema.name)};`);
  }
  return [
    "/**",
    " * What producers write, printed from `schemas/*.avsc` by `make generate`; not edited by hand.",
    " * An optional field left out gets the schema's default. Times are epoch ms.",
    " */",
    "",
    ...[...printed.values()].flatMap((text) => [text, ""]),
    "/** Record type by topic, without prefix and version. */",
    "export interface ProducedRecordByTopic {",
    ...topics,
    `  /** The sample's own bytes, passed on. */`,
    `  admitted: ${wireName("Sample")};`,
    `  quarantined: ${wireName("Sample")};`,
    "}",
    "",
  ].join("\n");
}

function wireName(name: string): string {
  return `Wire${name}`;
}

function define(name: string, text: string, printed: Map<string, string>): void {
  const before = printed.get(name);
  if (before !== undefined && before !== text) throw new Error(`two schemas define ${name} differently`);
  printed.set(name, text);
}

function printRecord(schema: RecordSchema, printed: Map<string, string>): void {
  const fields = schema.fields.flatMap((field) => {
    const type = tsType(field.type, printed);
    const optional = field.default !== undefined;
    return [
      `  /** ${field.doc} */`,
      `  readonly ${field.name}${optional ? "?" : ""}: ${type}${optional ? " | undefined" : ""};`,
    ];
  });
  const text = [`/** ${schema.doc} */`, `export interface ${wireName(schema.name)} {`, ...fields, "}"].join(
    "\n",
  );
  define(schema.name, text, printed);
}

const PRIMITIVES: ReadonlyMap<string, string> = new Map([
  ["null", "null"],
  ["boolean", "boolean"],
  ["int", "number"],
  ["long", "number"],
  ["float", "number"],
  ["double", "number"],
  ["bytes", "Uint8Array"],
  ["string", "string"],
]);

function tsType(type: SchemaJson, printed: Map<string, string>): string {
  if (typeof type === "string") return PRIMITIVES.get(type) ?? wireName(type);
  if (Array.isArray(type)) return type.map((branch) => tsType(branch as SchemaJson, printed)).join(" | ");
  const json = type as {
    readonly type: SchemaJson;
    readonly name?: string;
    readonly symbols?: readonly string[];
    readonly items?: SchemaJson;
    readonly values?: SchemaJson;
  };
  if (json.type === "array") return `readonly ${tsType(json.items!, printed)}[]`;
  if (json.type === "map") return `Readonly<Record<string, ${tsType(json.values!, printed)}>>`;
  if (json.type === "enum") {
    const name = json.name!;
    const symbols = json.symbols!.map((s) => `"${s}"`);
    const line = `export type ${wireName(name)} = ${symbols.join(" | ")};`;
    // The formatter's layout, so that a printed file passes the checks as it is.
    const text =
      line.length <= LINE_WIDTH ? line : `export type ${wireName(name)} =\n  | ${symbols.join("\n  | ")};`;
    define(name, text, printed);
    return wireName(name);
  }
  if (json.type === "record") {
    printRecord(json as unknown as RecordSchema, printed);
    return wireName(json.name!);
  }
  return tsType(json.type, printed);
}

function main(args: readonly string[]): void {
  const at = args.indexOf("--schemas");
  const file = fileURLToPath(new URL("../core/wire-types.generated.ts", import.meta.url));
  let text: string;
  try {
    const schemas = loadSchemas(at < 0 ? null : (args[at + 1] ?? null));
    createCodec({ schemas });
    text = printWireTypes(schemas);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
    return;
  }
  if (!args.includes("--check")) {
    writeFileSync(file, text);
    return;
  }
  if (readFileSync(file, "utf8") !== text) {
    process.stderr.write("wire-types.generated.ts differs from schemas/*.avsc: run `make generate`\n");
    process.exitCode = 1;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main(process.argv.slice(2));
