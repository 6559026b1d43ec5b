/** JavaScript values as the Avro library writes them faithfully. */

/** The same memory as a Buffer. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** No schema of ours nests deeper. A value that does is left as it is: the library says that it does not fit. */
const DEPTH_MAX = 16;

/**
 * A record as the library writes it faithfully: bytes as Buffers, and text without lone surrogates, which it would
 * write as bytes that are no UTF-8. Only what must change is copied. Values may come from outside, nested at will.
 */
export function writable(value: unknown, depth = 0): unknown {
  if (typeof value === "string") return value.isWellFormed() ? value : value.toWellFormed();
  if (typeof value !== "object" || value === null || depth > DEPTH_MAX) return value;
  if (value instanceof Uint8Array) return asBuffer(value);
  if (Array.isArray(value)) {
    const items = value as readonly unknown[];
    let copied: unknown[] | null = null;
    for (let i = 0; i < items.length; i += 1) {
      const changed = writable(items[i], depth + 1);
      if (changed === items[i]) continue;
      copied ??= [...items];
      copied[i] = changed;
    }
    return copied ?? items;
  }
  let copy: Record<string, unknown> | null = null;
  for (const key of Object.keys(value)) {
    const part = (value as Record<string, unknown>)[key];
    const changed = writable(part, depth + 1);
    if (changed === part) continue;
    copy ??= { ...value };
    copy[key] = changed;
  }
  return copy ?? value;
}
