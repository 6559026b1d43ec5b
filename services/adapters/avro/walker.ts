/**
 * Walks the bytes of an Avro record without making objects: checks that they fit their schema, and notes where each
 * top-level field lies. Nothing is decoded by the Avro library that was not walked before.
 *
 * Why: five bytes can announce an array of 50 million items (ops.md 3.3), and making a string of every field costs
 * more than all text metrics together (hotpath.md section 2).
 *
 * Guarantee: time is linear in the bytes and memory constant, whatever they say. Every item is at least one byte
 * wide (`compileWalker` refuses schemas where it is not), so a count above the bytes that remain is refused at once.
 *
 * Grammar (Avro 1.11 specification, "Binary Encoding"):
 *   varint  = little-endian groups of 7 bits, high bit set on all but the last; zigzag. int <= 5 bytes, long <= 10
 *   string, bytes = varint length, then that many bytes
 *   union   = varint branch, then the branch       enum = varint index
 *   array, map = blocks, closed by a count of 0;   block = varint count > 0, items
 *                                                        | varint -count, varint byte size, items
 */
import {
  ARRAY,
  BOOLEAN,
  BYTES,
  compileNode,
  DOUBLE,
  ENUM,
  FIXED,
  FLOAT,
  INT,
  LONG,
  MAP,
  NULL,
  NULLABLE,
  RECORD,
  type SchemaNode,
  STRING,
  symbolsOf,
} from "./schema-node.ts";
import type { SchemaJson } from "./schemas.ts";

/** Items of all arrays and maps of one record together; beyond it the record is refused. */
export const ITEMS_MAX = 100_000;

/** The library doubles while decoding, so negatives are exact to 2^52; of positives it refuses 2^53 - 1 itself. */
const LONG_MAX = 2 ** 53 - 2;
const LONG_MIN = -(2 ** 52);
const LONG_BYTES_MAX = 10;
const ENDS_INSIDE = "bytes end inside the field";

export interface WalkField {
  readonly name: string;
  /** Of an enum, in schema order; empty for other types. */
  readonly symbols: readonly string[];
  /** Its type, that of the value where it is nullable. */
  readonly node: SchemaNode;
}

/** What one walk found, by field index. Reused from record to record; valid until the next walk. */
export interface WalkedRow {
  /**
   * First byte of the field's content: of the text for strings and bytes, of the first block for arrays and maps,
   * of the number for float and double. -1 where a nullable field is null.
   */
  readonly starts: Int32Array;
  /** Byte after the content. */
  readonly ends: Int32Array;
  /** Value of int, long, boolean (0 or 1) and enum (index); number of items of an array or map. */
  readonly numbers: Float64Array;
  /** Why the last walk failed, in words; "" after a good one. */
  problem: string;
}

export interface Walker {
  readonly fields: readonly WalkField[];
  /** Index of a field; throws for a name the schema does not have. */
  indexOf(name: string): number;
  newRow(): WalkedRow;
  /** Walks `bytes[start, end)`, which must be one record and nothing more. False, with `row.problem`, otherwise. */
  walk(bytes: Uint8Array, start: number, row: WalkedRow): boolean;
}

/** Where a nested walk stands. */
interface Cursor {
  pos: number;
  end: number;
  value: number;
  items: number;
  problem: string;
}

/** Compiles a record schema. Throws for recursion, unions other than `[null, T]`, and items of no width. */
export function compileWalker(schema: SchemaJson): Walker {
  const named = new Map<string, SchemaNode>();
  const root = compileNode(schema, named);
  if (root.op !== RECORD) throw new Error("a wire schema must be a record");
  const json = schema as { readonly fields: readonly { readonly name: string; readonly type: SchemaJson }[] };
  const indexes = new Map(json.fields.map((f, i) => [f.name, i]));
  const count = json.fields.length;
  // One byte a field: what it is, and whether a branch index stands before it.
  const ops = new Uint8Array(count);
  const nullable = new Uint8Array(count);
  const nodes: SchemaNode[] = [];
  root.children.forEach((node, i) => {
    nullable[i] = node.op === NULLABLE ? 1 : 0;
    const inner = node.op === NULLABLE ? node.children[0]! : node;
    ops[i] = inner.op;
    nodes.push(inner);
  });
  const fields = json.fields.map((f, i) => ({
    name: f.name,
    symbols: symbolsOf(f.type),
    node: nodes[i]!,
  }));
  const cursor: Cursor = { pos: 0, end: 0, value: 0, items: 0, problem: "" };

  function fail(row: WalkedRow, field: number): false {
    row.problem = `field ${fields[field]!.name}: ${cursor.problem}`;
    return false;
  }

  return {
    fields,
    indexOf(name) {
      const index = indexes.get(name);
      if (index === undefined) throw new Error(`the schema has no field ${name}`);
      return index;
    },
    newRow: () => ({
      starts: new Int32Array(count),
      ends: new Int32Array(count),
      numbers: new Float64Array(count),
      problem: "",
    }),
    walk(bytes, start, row) {
      const { starts, ends, numbers } = row;
      const end = bytes.length;
      cursor.end = end;
      cursor.items = 0;
      cursor.problem = "";
      row.problem = "";
      let pos = start;
      for (let i = 0; i < count; i += 1) {
        if (nullable[i] === 1) {
          if (pos >= end) return fail(row, truncated(cursor, i));
          const branch = bytes[pos]!;
          pos += 1;
          if (branch === 0) {
            starts[i] = -1;
            ends[i] = -1;
            continue;
          }
          if (branch !== 2) {
            cursor.problem = "no such union branch";
            return fail(row, i);
          }
        }
        const op = ops[i]!;
        if (op === STRING || op === BYTES) {
          // The common case, a length of one byte, inline.
          if (pos < end && bytes[pos]! < 0x80 && (bytes[pos]! & 1) === 0) {
            cursor.value = bytes[pos]! >> 1;
            pos += 1;
          } else {
            cursor.pos = pos;
            if (!readLength(bytes, cursor)) return fail(row, i);
            pos = cursor.pos;
          }
          starts[i] = pos;
          pos += cursor.value;
          if (pos > end) return fail(row, truncated(cursor, i));
          ends[i] = pos;
          continue;
        }
        starts[i] = pos;
        if (op === DOUBLE) {
          pos += 8;
          if (pos > end) return fail(row, truncated(cursor, i));
          ends[i] = pos;
          continue;
        }
        if ((op === ARRAY || op === MAP) && pos < end && bytes[pos] === 0) {
          // Empty collections are most of them.
          pos += 1;
          numbers[i] = 0;
          ends[i] = pos;
          continue;
        }
        cursor.pos = pos;
        cursor.value = 0;
        if (!skip(nodes[i]!, bytes, cursor)) return fail(row, i);
        numbers[i] = cursor.value;
        pos = cursor.pos;
        ends[i] = pos;
      }
      if (pos !== end) {
        row.problem = `${end - pos} bytes after the end of the record`;
        return false;
      }
      return true;
    },
  };
}

function truncated(cursor: Cursor, field: number): number {
  cursor.problem = ENDS_INSIDE;
  return field;
}

function refuse(cursor: Cursor, problem: string): false {
  cursor.problem = problem;
  return false;
}

/** Reads a zigzag varint into `cursor.value`. Refuses what the Avro library would not read exactly. */
function readLong(bytes: Uint8Array, cursor: Cursor): boolean {
  // The lowest bit is the sign; the rest is summed without it, so that the sum is exact up to 2^53.
  let negative = false;
  let half = 0;
  let scale = 0.5;
  for (let i = 0; i < LONG_BYTES_MAX; i += 1) {
    if (cursor.pos >= cursor.end) return refuse(cursor, ENDS_INSIDE);
    const byte = bytes[cursor.pos]!;
    cursor.pos += 1;
    if (i === 0) {
      negative = (byte & 1) === 1;
      half = (byte & 0x7e) * scale;
    } else {
      half += (byte & 0x7f) * scale;
    }
    if (byte < 0x80) {
      const value = negative ? -half - 1 : half;
      if (value > LONG_MAX || value < LONG_MIN) return refuse(cursor, "integer beyond 2^53");
      cursor.value = value;
      return true;
    }
    scale *= 128;
  }
  return refuse(cursor, "integer of more than 10 bytes");
}

/** Reads a length and leaves the cursor on the first byte of content; whether the content is there is not checked. */
function readLength(bytes: Uint8Array, cursor: Cursor): boolean {
  if (!readLong(bytes, cursor)) return false;
  return cursor.value >= 0 ? true : refuse(cursor, "negative length");
}

function advance(cursor: Cursor, by: number): boolean {
  if (by > cursor.end - cursor.pos) return refuse(cursor, ENDS_INSIDE);
  cursor.pos += by;
  return true;
}

/** Walks one value of any type. Depth is that of the schema, never of the data. */
function skip(node: SchemaNode, bytes: Uint8Array, cursor: Cursor): boolean {
  switch (node.op) {
    case NULL:
      return true;
    case BOOLEAN:
      if (!advance(cursor, 1)) return false;
      cursor.value = bytes[cursor.pos - 1]!;
      return cursor.value <= 1 ? true : refuse(cursor, "boolean is neither 0 nor 1");
    case INT:
      if (!readLong(bytes, cursor)) return false;
      return (cursor.value | 0) === cursor.value ? true : refuse(cursor, "int beyond 32 bits");
    case LONG:
      return readLong(bytes, cursor);
    case FLOAT:
      return advance(cursor, 4);
    case DOUBLE:
      return advance(cursor, 8);
    case BYTES:
    case STRING:
      return readLength(bytes, cursor) && advance(cursor, cursor.value);
    case ENUM:
      if (!readLong(bytes, cursor)) return false;
      return cursor.value >= 0 && cursor.value < node.size ? true : refuse(cursor, "no such enum symbol");
    case FIXED:
      return advance(cursor, node.size);
    case NULLABLE: {
      if (!advance(cursor, 1)) return false;
      const branch = bytes[cursor.pos - 1]!;
      if (branch === 0) return true;
      return branch === 2 ? skip(node.children[0]!, bytes, cursor) : refuse(cursor, "no such union branch");
    }
    case RECORD:
      for (const child of node.children) if (!skip(child, bytes, cursor)) return false;
      return true;
    default:
      return skipBlocks(node, bytes, cursor);
  }
}

/** Leaves the number of items, nested ones apart, in `cursor.value`. */
function skipBlocks(node: SchemaNode, bytes: Uint8Array, cursor: Cursor): boolean {
  let items = 0;
  for (;;) {
    if (!readLong(bytes, cursor)) return false;
    let count = cursor.value;
    if (count === 0) {
      cursor.value = items;
      return true;
    }
    let blockEnd = -1;
    if (count < 0) {
      count = -count;
      if (!readLength(bytes, cursor)) return false;
      blockEnd = cursor.pos + cursor.value;
    }
    if (count > cursor.end - cursor.pos) return refuse(cursor, "more items announced than bytes remain");
    items += count;
    cursor.items += count;
    if (cursor.items > ITEMS_MAX) return refuse(cursor, `more than ${ITEMS_MAX} items`);
    for (let i = 0; i < count; i += 1) {
      if (node.op === MAP && !skipKey(bytes, cursor)) return false;
      if (!skip(node.children[0]!, bytes, cursor)) return false;
    }
    // A reader that jumps over blocks must land where one that counts does.
    if (blockEnd !== -1 && blockEnd !== cursor.pos)
      return refuse(cursor, "block size is not that of its items");
  }
}

const PROTO = [..."__proto__"].map((c) => c.charCodeAt(0));

/** The Avro library reads maps into plain objects, where this one key would be lost. */
function skipKey(bytes: Uint8Array, cursor: Cursor): boolean {
  if (!readLength(bytes, cursor)) return false;
  const length = cursor.value;
  const start = cursor.pos;
  if (!advance(cursor, length)) return false;
  if (length === PROTO.length && PROTO.every((c, i) => bytes[start + i] === c)) {
    return refuse(cursor, "map key __proto__");
  }
  return true;
}
