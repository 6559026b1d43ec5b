/**
 * Kafka's range assignor for one topic: consecutive partitions, the first members get the remainder. `index` is the member's
 * place among `sharers` members in the order of their names.
 */
export function rangeOf(index: number, sharers: number, partitions: number): readonly number[] {
  const each = Math.floor(partitions / sharers);
  const extra = partitions % sharers;
  const from = index * each + Math.min(index, extra);
  return Array.from({ length: each + (index < extra ? 1 : 0) }, (_, i) => from + i);
}
