/** One text for equal data, and the version made of it. */
import { createHash } from "node:crypto";

/**
 * JSON with the keys of every object sorted: equal data give equal text, however they were written. Bytes are base64. Numbers
 * print alike after a round trip through Avro's double.
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value) ?? "null";
  if (value instanceof Uint8Array) return `"${Buffer.from(value).toString("base64")}"`;
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  let text = "";
  for (const key of sortedKeys(value)) {
    const held = (value as Readonly<Record<string, unknown>>)[key];
    if (held === undefined) continue;
    text += `${text === "" ? "{" : ","}${JSON.stringify(key)}:${canonicalJson(held)}`;
  }
  return text === "" ? "{}" : `${text}}`;
}

/** Shapes of objects whose sorted keys are remembered; rows have a handful. */
const SHAPES_MAX = 1_000;
const sortedShapes = new Map<string, readonly string[]>();

function sortedKeys(value: object): readonly string[] {
  const keys = Object.keys(value);
  const shape = keys.join("\u0000");
  let sorted = sortedShapes.get(shape);
  if (sorted === undefined) {
    sorted = keys.sort();
    if (sortedShapes.size < SHAPES_MAX) sortedShapes.set(shape, sorted);
  }
  return sorted;
}

/** 16 hex digits of the SHA-256 of the canonical JSON. */
export function contentVersion(value: unknown): string {
  return createHash("sha256").update(canonicalJson(value)).digest("hex").slice(0, 16);
}
