/** Next offset of every partition that a consumer reads. */
import type { TopicOffset, TopicPartition } from "../../ports.ts";

export class ReadPositions {
  readonly #positions = new Map<string, TopicOffset>();

  /** Where the reading of a partition starts, or goes on. */
  set(start: TopicOffset): void {
    this.#positions.set(`${start.topic}/${start.partition}`, start);
  }

  /**
   * Moves a partition that is being read on; never back: its end may be told before the records that lead to it are returned,
   * not the other way round.
   */
  advance(topic: string, partition: number, offset: number): void {
    const at = `${topic}/${partition}`;
    const position = this.#positions.get(at);
    if (position !== undefined && position.offset < offset)
      this.#positions.set(at, { topic, partition, offset });
  }

  has({ topic, partition }: TopicPartition): boolean {
    return this.#positions.has(`${topic}/${partition}`);
  }

  clear(): void {
    this.#positions.clear();
  }

  list(): TopicOffset[] {
    return [...this.#positions.values()];
  }
}
