/** From decoded fields to what a column takes. A field may be absent (an older writer) and is then its column's empty value. */

/** Decoded record: fields by their names in the schema; longs may be bigint. */
export type Fields = Readonly<Record<string, unknown>>;

/** ClickHouse's DateTime64(3) holds 1900 to 2299; event times outside are moved to its ends, kept rather than refused. */
const TIME_MS_MIN = -2_208_988_800_000;
const TIME_MS_MAX = 10_413_791_999_999;

export function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

export function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

/** A finite number, else null: NaN and infinity are not values, and null is not zero. */
export function real(value: unknown): number | null {
  if (typeof value === "bigint") return Number(value);
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

/** A count for an unsigned column: absent, negative or not finite is 0; a bigint stays exact as decimal digits. */
export function count(value: unknown): number | string {
  if (typeof value === "bigint") return value < 0n ? 0 : value.toString();
  return typeof value === "number" && Number.isFinite(value) && value > 0 ? Math.floor(value) : 0;
}

export function countOrNull(value: unknown): number | string | null {
  return value === null || value === undefined ? null : count(value);
}

/** Epoch ms for a DateTime64(3) column. */
export function time(value: unknown): number {
  const ms = real(value) ?? 0;
  return Math.min(TIME_MS_MAX, Math.max(TIME_MS_MIN, Math.trunc(ms)));
}

export function timeOrNull(value: unknown): number | null {
  return value === null || value === undefined ? null : time(value);
}

export function flag(value: unknown): boolean {
  return value === true;
}

export function flagOrNull(value: unknown): boolean | null {
  return typeof value === "boolean" ? value : null;
}

export function base64(value: unknown): string {
  if (!(value instanceof Uint8Array)) return "";
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64");
}

export function fieldsList(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "object" && item !== null) : [];
}

/** UTC day of an epoch time as ClickHouse's Date reads it. */
export function day(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
