/** Reads single fields of a walked record, without decoding the rest. */
import type { Utf8Slice } from "../../core/sample.ts";
import { createInternCache } from "./intern.ts";
import type { WalkedRow } from "./walker.ts";

/** A field's bytes in place; of length 0 where it is null. */
export function sliceAt(bytes: Buffer, row: WalkedRow, field: number): Utf8Slice {
  const start = row.starts[field]!;
  return start < 0 ? { bytes, start: 0, end: 0 } : { bytes, start, end: row.ends[field]! };
}

/** Whether a text field is there and not empty. */
export function hasText(row: WalkedRow, field: number): boolean {
  return row.starts[field]! >= 0 && row.ends[field]! > row.starts[field]!;
}

export function integerOrNull(row: WalkedRow, field: number): number | null {
  return row.starts[field]! < 0 ? null : row.numbers[field]!;
}

export function booleanOrNull(row: WalkedRow, field: number): boolean | null {
  return row.starts[field]! < 0 ? null : row.numbers[field] === 1;
}

/** A field's text as a string of its own; "" where it is null. */
export function textAt(bytes: Buffer, row: WalkedRow, field: number): string {
  const start = row.starts[field]!;
  return start < 0 ? "" : bytes.toString("utf8", start, row.ends[field]!);
}

/** A double; NaN and infinities come back as they are. */
export function doubleOrNull(bytes: Buffer, row: WalkedRow, field: number): number | null {
  const start = row.starts[field]!;
  return start < 0 ? null : bytes.readDoubleLE(start);
}

const names = createInternCache();

/** A field's text as a shared string: "" where it is null; see `InternCache.name` for what becomes `__other__`. */
export function nameAt(bytes: Buffer, row: WalkedRow, field: number): string {
  const start = row.starts[field]!;
  return start < 0 ? "" : names.name(bytes, start, row.ends[field]!, 0, 0);
}

/** A part of the record as a shared string; see `InternCache.name` for what becomes `__other__`. */
export function nameBetween(bytes: Buffer, start: number, end: number): string {
  return names.name(bytes, start, end, 0, 0);
}

/** `id@version` as a shared string; `id` alone where there is no version, "" where there is no id. */
export function subjectAt(bytes: Buffer, row: WalkedRow, id: number, version: number): string {
  if (!hasText(row, id)) return "";
  const start = row.starts[id]!;
  const end = row.ends[id]!;
  if (!hasText(row, version)) return names.name(bytes, start, end, 0, 0);
  return names.name(bytes, start, end, row.starts[version]!, row.ends[version]!);
}
