/** An Avro schema compiled to the few facts the walker asks of it. */
import type { SchemaJson } from "./schemas.ts";

export const NULL = 0;
export const BOOLEAN = 1;
export const INT = 2;
export const LONG = 3;
export const FLOAT = 4;
export const DOUBLE = 5;
export const BYTES = 6;
export const STRING = 7;
export const ENUM = 8;
export const FIXED = 9;
export const ARRAY = 10;
export const MAP = 11;
export const RECORD = 12;
export const NULLABLE = 13;

/** One compiled type. `children`: items of an array, values of a map, fields of a record, the branch of a union. */
export interface SchemaNode {
  readonly op: number;
  /** Symbols of an enum; bytes of a fixed. */
  readonly size: number;
  readonly children: readonly SchemaNode[];
}

const PRIMITIVES: ReadonlyMap<string, number> = new Map([
  ["null", NULL],
  ["boolean", BOOLEAN],
  ["int", INT],
  ["long", LONG],
  ["float", FLOAT],
  ["double", DOUBLE],
  ["bytes", BYTES],
  ["string", STRING],
]);

/** Compiles a schema. Throws for recursion, unions other than `[null, T]`, and array items of no width. */
export function compileNode(schema: SchemaJson, named: Map<string, SchemaNode>): SchemaNode {
  if (typeof schema === "string") {
    const op = PRIMITIVES.get(schema);
    if (op !== undefined) return { op, size: 0, children: [] };
    const node = named.get(schema);
    if (node === undefined) throw new Error(`type ${schema} is not defined before its use`);
    return node;
  }
  if (Array.isArray(schema)) {
    if (schema.length !== 2 || schema[0] !== "null") throw new Error("a union must be [null, T]");
    return { op: NULLABLE, size: 0, children: [compileNode(schema[1] as SchemaJson, named)] };
  }
  const json = schema as {
    readonly type: SchemaJson;
    readonly name?: string;
    readonly items?: SchemaJson;
    readonly values?: SchemaJson;
    readonly size?: number;
    readonly symbols?: readonly string[];
    readonly fields?: readonly { readonly type: SchemaJson }[];
  };
  if (json.type === "array" || json.type === "map") {
    const child = compileNode((json.items ?? json.values)!, named);
    if (json.type === "array" && widthMin(child) === 0)
      throw new Error("array items must be a byte wide or more");
    return { op: json.type === "array" ? ARRAY : MAP, size: 0, children: [child] };
  }
  let node: SchemaNode;
  if (json.type === "enum") node = { op: ENUM, size: json.symbols!.length, children: [] };
  else if (json.type === "fixed") node = { op: FIXED, size: json.size!, children: [] };
  else if (json.type === "record") {
    node = { op: RECORD, size: 0, children: json.fields!.map((f) => compileNode(f.type, named)) };
  } else return compileNode(json.type, named);
  named.set(json.name!, node);
  return node;
}

/** Fewest bytes a value can take. */
function widthMin(node: SchemaNode): number {
  if (node.op === NULL) return 0;
  if (node.op === FLOAT) return 4;
  if (node.op === DOUBLE) return 8;
  if (node.op === FIXED) return node.size;
  if (node.op === RECORD) return node.children.reduce((sum, child) => sum + widthMin(child), 0);
  return 1;
}

/** Symbols of an enum or nullable enum, in schema order; empty for other types. */
export function symbolsOf(type: SchemaJson): readonly string[] {
  if (typeof type === "string") return [];
  if (Array.isArray(type)) return symbolsOf(type[1] as SchemaJson);
  return (type as { readonly symbols?: readonly string[] }).symbols ?? [];
}
