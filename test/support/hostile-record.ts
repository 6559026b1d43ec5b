/** Replaces fields of a decoded record by values that fit its schema and that no sound program writes. */
import { HOSTILE_NAMES } from "./hostile-names.ts";
import type { Mutator } from "./mutator.ts";

const NUMBERS = [
  Number.NaN,
  1 / 0,
  -1 / 0,
  -1,
  -0,
  0,
  0.5,
  1,
  2 ** 31 - 1,
  -(2 ** 31),
  2 ** 52,
  2 ** 53 - 2,
  -(2 ** 52),
  4_102_444_799_999,
  Number.MAX_VALUE,
  5e-324,
];
const TEXTS = [
  "",
  " ",
  "__other__",
  "lane:",
  "lane:support/after-sales",
  "x".repeat(300),
  "y".repeat(20_000),
  "\u0000",
  "a\u001fb",
];
const ITEMS_MAX = 200;

/** A copy with one to three fields changed, at any depth. Types stay, so most fit their schema. */
export function hostileRecord(record: object, mutator: Mutator): object {
  let changed: unknown = record;
  for (let i = mutator.below(3); i >= 0; i -= 1) changed = hostile(changed, mutator);
  return changed as object;
}

function hostile(value: unknown, mutator: Mutator): unknown {
  if (typeof value === "number") return mutator.pick(NUMBERS);
  if (typeof value === "string") return mutator.pick(mutator.chance(2) ? TEXTS : HOSTILE_NAMES);
  if (typeof value === "boolean") return !value;
  if (value instanceof Uint8Array) return mutator.bytes(value, value);
  if (Array.isArray(value)) return hostileItems(value, mutator);
  if (typeof value !== "object" || value === null) return mutator.pick([null, "", 0]);
  const keys = Object.keys(value);
  if (keys.length === 0) return value;
  const key = mutator.pick(keys);
  return { ...value, [key]: hostile((value as Record<string, unknown>)[key], mutator) };
}

function hostileItems(items: readonly unknown[], mutator: Mutator): readonly unknown[] {
  if (items.length === 0 || mutator.chance(5)) return [];
  const at = mutator.below(items.length);
  if (mutator.chance(4)) return Array.from({ length: 1 + mutator.below(ITEMS_MAX) }, () => items[at]);
  return items.map((item, i) => (i === at ? hostile(item, mutator) : item));
}
