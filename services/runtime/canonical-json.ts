/** One text for equal data, and the version made of it. */
import { createHash } from "node:crypto";

/** JSON with the keys of every object sorted: equal data give equal text, however they were written. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

/** 16 hex digits of the SHA-256 of the canonical JSON. */
export function contentVersion(value: unknown): string {
  return createHash("sha256").update(canonicalJson(value)).digest("hex").slice(0, 16);
}
