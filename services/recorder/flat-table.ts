/**
 * From a walked record to one row of a table: fields go from the record's bytes into the columns, and no object is made.
 * Which field a column takes is told by its name, or by a `Source`; that the two fit is found out at the start.
 */
import {
  ARRAY,
  BOOLEAN,
  DOUBLE,
  ENUM,
  INT,
  LONG,
  type SchemaNode,
  STRING,
} from "../adapters/avro/schema-node.ts";
import { stringRanges } from "../adapters/avro/string-items.ts";
import type { WalkedRow, Walker } from "../adapters/avro/walker.ts";
import type { Column, NameColumn, NumberColumn, TextColumn } from "./native-columns.ts";
import type { ListColumn, NullableColumn } from "./native-composites.ts";
import { ORIGIN_COLUMNS, type RowOrigin } from "./row-origin.ts";
import type { TableBlock, TableColumn } from "./table-block.ts";

/** A decoded record: fields by their names in the schema. */
export type Fields = Readonly<Record<string, unknown>>;
export type Headers = Readonly<Record<string, string>>;

/** Where a column's value comes from. Without one it is the field of its name: `event_time` takes `eventTime`. */
export type Source =
  | { readonly from: "field"; readonly field: string }
  /** How many items a list or map has. */
  | { readonly from: "items"; readonly field: string }
  /** How many bytes a text has. */
  | { readonly from: "size"; readonly field: string }
  /** Bytes, as text. */
  | { readonly from: "base64"; readonly field: string }
  /** Made of one field's decoded items; the column's empty value where there are none. */
  | { readonly from: "decoded"; readonly field: string; readonly make: (items: unknown) => unknown }
  /** Made of the record's headers. */
  | { readonly from: "headers"; readonly make: (headers: Headers) => unknown };

export type Sources = Readonly<Record<string, Source>>;

const TEXT = 0;
const NAME = 1;
const SYMBOL = 2;
const NUMBER = 3;
const NUMBER_OR_NULL = 4;
const REAL_OR_NULL = 5;
const TEXTS = 6;
const ITEMS = 7;
const SIZE = 8;
const BASE64 = 9;
const DECODED = 10;
const HEADERS = 11;

interface Step {
  readonly op: number;
  /** Index of the column in the table. */
  readonly column: number;
  /** Index of the field in the schema; -1 for none. */
  readonly field: number;
  readonly name: string;
  readonly symbols: readonly string[];
  readonly make: (value: never) => unknown;
}

/** What one record gives to its rows. */
export interface WalkedRecord {
  readonly bytes: Buffer;
  readonly row: WalkedRow;
  readonly headers: Headers;
  /** The record decoded whole; null where no `decoded` field has items. */
  readonly decoded: Fields | null;
}

export class FlatTable {
  readonly table: string;
  /** Names of the fields that are stored. */
  readonly fields: ReadonlySet<string>;
  readonly #steps: readonly Step[];
  readonly #decodedFields: readonly number[];
  readonly #originColumns: readonly number[];
  readonly #ranges: number[] = [];

  /** Throws, naming table and column, where a column has no field or one of a type that does not go into it. */
  constructor(table: string, columns: readonly TableColumn[], walker: Walker, sources: Sources) {
    this.table = table;
    const names = columns.map((column) => column.name);
    this.#originColumns = ORIGIN_COLUMNS.map((name) => indexIn(names, table, name));
    for (const name of Object.keys(sources)) indexIn(names, table, name);
    this.#steps = columns.flatMap(({ name, type }, column) => {
      if ((ORIGIN_COLUMNS as readonly string[]).includes(name)) return [];
      const source = sources[name] ?? { from: "field", field: camelCase(name) };
      try {
        return [stepOf(column, type, source, walker)];
      } catch (error) {
        throw new Error(`${table}.${name}: ${(error as Error).message}`);
      }
    });
    this.#decodedFields = this.#steps.filter((step) => step.op === DECODED).map((step) => step.field);
    this.fields = new Set(
      this.#steps.filter((step) => step.field >= 0).map((step) => walker.fields[step.field]!.name),
    );
  }

  /** Whether the row needs fields that are only had by decoding the record. */
  needsDecoding(row: WalkedRow): boolean {
    for (const field of this.#decodedFields) if (row.numbers[field]! > 0) return true;
    return false;
  }

  /** Adds the record's row to a block of this table. */
  append(block: TableBlock, record: WalkedRecord, origin: RowOrigin): void {
    const { columns } = block;
    const { bytes, row } = record;
    const { starts, ends, numbers } = row;
    for (const step of this.#steps) {
      const column = columns[step.column]!;
      const { field } = step;
      const start = field < 0 ? 0 : starts[field]!;
      switch (step.op) {
        case TEXT:
          if (start < 0) (column as TextColumn).appendBytes(bytes, 0, 0);
          else (column as TextColumn).appendBytes(bytes, start, ends[field]!);
          break;
        case NAME:
          if (start < 0) (column as NameColumn).appendBytes(bytes, 0, 0);
          else (column as NameColumn).appendBytes(bytes, start, ends[field]!);
          break;
        case SYMBOL:
          (column as NameColumn).appendText(start < 0 ? "" : step.symbols[numbers[field]!]!);
          break;
        case NUMBER:
          (column as NumberColumn).append(start < 0 ? 0 : numbers[field]!);
          break;
        case NUMBER_OR_NULL:
          (column as NullableColumn).appendValue(start < 0 ? null : numbers[field]!);
          break;
        case REAL_OR_NULL:
          column.appendValue(start < 0 ? undefined : bytes.readDoubleLE(start));
          break;
        case TEXTS:
          if (numbers[field]! > 0) this.#appendTexts(column as ListColumn, bytes, start);
          else (column as ListColumn).closeRow();
          break;
        case ITEMS:
          (column as NumberColumn).append(numbers[field]!);
          break;
        case SIZE:
          (column as NumberColumn).append(start < 0 ? 0 : ends[field]! - start);
          break;
        case BASE64:
          column.appendValue(start < 0 ? undefined : bytes.toString("base64", start, ends[field]!));
          break;
        case DECODED: {
          const items = numbers[field]! > 0 ? record.decoded![step.name] : undefined;
          column.appendValue(items === undefined ? undefined : step.make(items as never));
          break;
        }
        default:
          column.appendValue(step.make(record.headers as never));
      }
    }
    this.#appendOrigin(columns, origin);
  }

  #appendTexts(column: ListColumn, bytes: Buffer, start: number): void {
    const ranges = this.#ranges;
    const items = column.items as TextColumn | NameColumn;
    stringRanges(bytes, start, ranges);
    for (let i = 0; i < ranges.length; i += 2) items.appendBytes(bytes, ranges[i]!, ranges[i + 1]!);
    column.closeRow();
  }

  #appendOrigin(columns: readonly Column[], origin: RowOrigin): void {
    const at = this.#originColumns;
    (columns[at[0]!] as NameColumn).appendText(origin._cluster);
    (columns[at[1]!] as NameColumn).appendText(origin._topic);
    (columns[at[2]!] as NumberColumn).append(origin._epoch);
    (columns[at[3]!] as NumberColumn).append(origin._partition);
    (columns[at[4]!] as NumberColumn).append(origin._offset);
    (columns[at[5]!] as NumberColumn).append(origin._append_time);
    (columns[at[6]!] as NumberColumn).append(origin._day);
  }
}

function indexIn(names: readonly string[], table: string, name: string): number {
  const index = names.indexOf(name);
  if (index < 0) throw new Error(`table ${table} has no column ${name}`);
  return index;
}

function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());
}

function stepOf(column: number, type: string, source: Source, walker: Walker): Step {
  const step = { column, field: -1, name: "", symbols: [], make: () => undefined };
  if (source.from === "headers") return { ...step, op: HEADERS, make: source.make };
  const field = walker.indexOf(source.field);
  const { name, node, symbols } = walker.fields[field]!;
  const own = { ...step, field, name, symbols };
  switch (source.from) {
    case "items":
      return { ...own, op: ITEMS };
    case "size":
      return { ...own, op: SIZE };
    case "base64":
      return { ...own, op: BASE64 };
    case "decoded":
      return { ...own, op: DECODED, make: source.make };
    default:
      return { ...own, op: opOf(type, node, name) };
  }
}

const WHOLE_NUMBER = /^(Nullable\()?(UInt32|UInt64|DateTime64)/;

/** How a field's value goes into a column. */
function opOf(type: string, node: SchemaNode, field: string): number {
  const nullable = type.startsWith("Nullable(");
  if (node.op === STRING && type === "String") return TEXT;
  if (node.op === STRING && type === "LowCardinality(String)") return NAME;
  if (node.op === ENUM && type === "LowCardinality(String)") return SYMBOL;
  if ((node.op === INT || node.op === LONG) && WHOLE_NUMBER.test(type))
    return nullable ? NUMBER_OR_NULL : NUMBER;
  if (node.op === BOOLEAN && type === "Bool") return NUMBER;
  if (node.op === BOOLEAN && type === "Nullable(Bool)") return NUMBER_OR_NULL;
  if (node.op === DOUBLE && (type === "Float64" || type === "Nullable(Float64)")) return REAL_OR_NULL;
  const items = node.op === ARRAY ? node.children[0]!.op : -1;
  if (items === STRING && (type === "Array(String)" || type === "Array(LowCardinality(String))"))
    return TEXTS;
  throw new Error(`field ${field} does not go into ${type}`);
}
