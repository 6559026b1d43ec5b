import { rankOfId } from "../hash.ts";

/** UTF-16 units of a name that is kept as it is. */
const NAME_UNITS_MAX = 24;

/**
 * The name of a bucket where only its counts matter and it is never shown: a long one is replaced by its 53-bit hash, so
 * that a state of many buckets stays small whatever producers call them. "" stays "".
 */
export function shortName(name: string): string {
  return name.length <= NAME_UNITS_MAX ? name : `~${rankOfId(name).toString(36)}`;
}
