/** What may be called a lane: one rule for records, the lanes file and commands. */

/** Characters are UTF-16 code units. */
export const LANE_CHARS_MAX = 128;

/**
 * Whether `name` can be a lane: 1 to 128 characters, no control characters, no character that stands for unreadable
 * bytes, and not starting with `__`, which names like `__other__` keep for themselves. Everything else is allowed and
 * stored as it is: quotes, slashes, any script.
 */
export function isLaneName(name: string): boolean {
  if (name.length === 0 || name.length > LANE_CHARS_MAX || name.startsWith("__")) return false;
  return !/[\p{Cc}\p{Cs}\uFFFD]/u.test(name);
}
