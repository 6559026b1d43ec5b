import type { YamlField, YamlFile } from "./yaml-file.ts";

/** A list without repetitions; what cannot be read is left out. undefined where there is no list. */
export function listOf<T>(
  file: YamlFile,
  field: YamlField | undefined,
  itemsMax: number,
  read: (item: YamlField) => T | undefined,
): readonly T[] | undefined {
  const items = file.items(field, itemsMax);
  if (items === undefined) return undefined;
  const values: T[] = [];
  for (const item of items) {
    const value = read(item);
    if (value === undefined) continue;
    if (values.includes(value)) file.report(item.line, `${item.name}: ${String(value)} is listed twice`);
    values.push(value);
  }
  return values;
}
