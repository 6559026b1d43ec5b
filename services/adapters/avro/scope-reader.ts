/** Reads what a text is about off a walked record: product, region and channel. Most records say nothing of it. */
import type { TextScope } from "../../core/sample.ts";
import { hasText, nameAt, nameBetween } from "./field-reader.ts";
import { entryRanges } from "./string-items.ts";
import type { WalkedRow, Walker } from "./walker.ts";

/** null where the record says nothing of its scope. */
export type ScopeReader = (bytes: Buffer, row: WalkedRow) => TextScope | null;

/** Of interactions, which have fields of their own for it. */
export function createScopeReader(walker: Walker): ScopeReader {
  const product = walker.indexOf("product");
  const region = walker.indexOf("region");
  const channel = walker.indexOf("channel");
  return (bytes, row) => {
    if (!hasText(row, product) && !hasText(row, region) && !hasText(row, channel)) return null;
    return {
      product: nameAt(bytes, row, product),
      region: nameAt(bytes, row, region),
      channel: nameAt(bytes, row, channel),
    };
  };
}

const KEYS = (["product", "region", "channel"] as const).map((key) => ({ key, bytes: Buffer.from(key) }));

/** Of samples, where they are among the named fields. Linear in the bytes of those. */
export function createNamedScopeReader(walker: Walker): ScopeReader {
  const fields = walker.indexOf("fields");
  const ranges: number[] = [];
  return (bytes, row) => {
    if (row.numbers[fields] === 0) return null;
    entryRanges(bytes, row.starts[fields]!, ranges);
    const scope = { product: "", region: "", channel: "" };
    let known = false;
    for (let i = 0; i < ranges.length; i += 4) {
      const [start, end, from, to] = [ranges[i]!, ranges[i + 1]!, ranges[i + 2]!, ranges[i + 3]!];
      for (const { key, bytes: word } of KEYS) {
        if (end - start !== word.length || bytes.compare(word, 0, word.length, start, end) !== 0) continue;
        scope[key] = nameBetween(bytes, from, to);
        known ||= scope[key] !== "";
      }
    }
    return known ? scope : null;
  };
}
