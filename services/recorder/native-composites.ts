/** Columns made of columns: NULLs beside values, lists, maps; and from a type's name to its column. */
import { ByteWriter } from "./byte-writer.ts";
import { type Column, NameColumn, NUMBER_KINDS, NumberColumn, TextColumn } from "./native-columns.ts";

const UINT64 = NUMBER_KINDS.find((kind) => kind.type === "UInt64")!;

export class NullableColumn implements Column {
  readonly type: string;
  rows = 0;
  readonly #nulls = new ByteWriter();
  readonly inner: Column;

  constructor(inner: Column) {
    this.inner = inner;
    this.type = `Nullable(${inner.type})`;
  }

  appendNull(): void {
    this.#nulls.byte(1);
    this.inner.appendValue(undefined);
    this.rows += 1;
  }

  /** NaN and infinity are not values, and null is not zero. */
  appendValue(value: unknown): void {
    if (value === null || value === undefined || (typeof value === "number" && !Number.isFinite(value))) {
      this.appendNull();
      return;
    }
    this.inner.appendValue(value);
    this.#nulls.byte(0);
    this.rows += 1;
  }

  size(): number {
    return this.rows + this.inner.size();
  }

  writePrefix(out: ByteWriter): void {
    this.inner.writePrefix(out);
  }

  writeData(out: ByteWriter): void {
    out.copy(this.#nulls.bytes, 0, this.#nulls.length);
    this.inner.writeData(out);
  }

  clear(): void {
    this.rows = 0;
    this.#nulls.clear();
    this.inner.clear();
  }
}

export class ListColumn implements Column {
  readonly type: string;
  rows = 0;
  readonly items: Column;
  readonly #ends = new NumberColumn(UINT64);

  constructor(items: Column) {
    this.items = items;
    this.type = `Array(${items.type})`;
  }

  /** Ends a row: it holds what was appended to `items` since the last one. */
  closeRow(): void {
    this.#ends.append(this.items.rows);
    this.rows += 1;
  }

  appendValue(value: unknown): void {
    if (value !== undefined && !Array.isArray(value)) throw new TypeError(`no list for ${this.type}`);
    for (const item of value ?? []) this.items.appendValue(item);
    this.closeRow();
  }

  size(): number {
    return 8 * this.rows + this.items.size();
  }

  writePrefix(out: ByteWriter): void {
    this.items.writePrefix(out);
  }

  writeData(out: ByteWriter): void {
    this.#ends.writeData(out);
    this.items.writeData(out);
  }

  clear(): void {
    this.rows = 0;
    this.#ends.clear();
    this.items.clear();
  }
}

export class MapColumn implements Column {
  readonly type: string;
  rows = 0;
  readonly #keys: Column;
  readonly #values: Column;
  readonly #ends = new NumberColumn(UINT64);

  constructor(keys: Column, values: Column) {
    this.#keys = keys;
    this.#values = values;
    this.type = `Map(${keys.type}, ${values.type})`;
  }

  appendValue(value: unknown): void {
    if (value !== undefined && (typeof value !== "object" || value === null)) {
      throw new TypeError(`no map for ${this.type}`);
    }
    for (const [key, own] of Object.entries(value ?? {})) {
      this.#keys.appendValue(key);
      this.#values.appendValue(own);
    }
    this.#ends.append(this.#keys.rows);
    this.rows += 1;
  }

  size(): number {
    return 8 * this.rows + this.#keys.size() + this.#values.size();
  }

  writePrefix(out: ByteWriter): void {
    this.#keys.writePrefix(out);
    this.#values.writePrefix(out);
  }

  writeData(out: ByteWriter): void {
    this.#ends.writeData(out);
    this.#keys.writeData(out);
    this.#values.writeData(out);
  }

  clear(): void {
    this.rows = 0;
    this.#ends.clear();
    this.#keys.clear();
    this.#values.clear();
  }
}

const COMPOSITE = /^(Nullable|Array|Map)\((.*)\)$/s;

/** An empty column for a type as ClickHouse writes it. Throws for a type that our tables do not use. */
export function columnOf(type: string): Column {
  if (type === "String") return new TextColumn();
  if (type === "LowCardinality(String)") return new NameColumn();
  const kind = NUMBER_KINDS.find((own) => own.type === type);
  if (kind !== undefined) return new NumberColumn(kind);
  const [, outer, inner] = COMPOSITE.exec(type) ?? [];
  if (outer === "Nullable") return new NullableColumn(columnOf(inner!));
  if (outer === "Array") return new ListColumn(columnOf(inner!));
  if (outer === "Map") {
    // Keys are plain or LowCardinality(String): neither has a comma.
    const comma = inner!.indexOf(", ");
    return new MapColumn(columnOf(inner!.slice(0, comma)), columnOf(inner!.slice(comma + 2)));
  }
  throw new Error(`no column is made for the type ${type}`);
}
