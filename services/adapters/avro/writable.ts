/** JavaScript values as the Avro library writes them faithfully. */

/** The same memory as a Buffer. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * A record as the library writes it faithfully: bytes as Buffers, and text without lone surrogates, which it would
 * write as bytes that are no UTF-8. Only what must change is copied.
 */
export function writable(value: unknown): unknown {
  if (typeof value === "string")
    return LONE_SURROGATE.test(value) ? value.replace(LONE_SURROGATES, "\ufffd") : value;
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Uint8Array) return asBuffer(value);
  if (Array.isArray(value)) {
    const items = value as readonly unknown[];
    for (let i = 0; i < items.length; i += 1) if (writable(items[i]) !== items[i]) return items.map(writable);
    return items;
  }
  let copy: Record<string, unknown> | null = null;
  for (const [key, part] of Object.entries(value)) {
    const changed = writable(part);
    if (changed === part) continue;
    copy ??= { ...value };
    copy[key] = changed;
  }
  return copy ?? value;
}

const LONE_SURROGATE = /\p{Cs}/u;
const LONE_SURROGATES = /\p{Cs}/gu;
