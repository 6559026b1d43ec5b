/** Next offset of every partition that a consumer reads. */
import type { TopicOffset, TopicPartition } from "../../ports.ts";

interface Place {
  readonly topic: string;
  readonly partition: number;
  offset: number;
}

export class ReadPositions {
  readonly #positions = new Map<string, Place>();
  /** The one that moved last: records of one partition come one after the other. */
  #moved: Place | undefined;

  /** Where the reading of a partition starts, or goes on. */
  set({ topic, partition, offset }: TopicOffset): void {
    this.#positions.set(`${topic}/${partition}`, { topic, partition, offset });
    this.#moved = undefined;
  }

  /**
   * Moves a partition that is being read on; never back: its end may be told before the records that lead to it are returned,
   * not the other way round.
   */
  advance(topic: string, partition: number, offset: number): void {
    const moved = this.#moved;
    const position =
      moved?.topic === topic && moved.partition === partition
        ? moved
        : this.#positions.get(`${topic}/${partition}`);
    if (position === undefined) return;
    this.#moved = position;
    if (position.offset < offset) position.offset = offset;
  }

  has({ topic, partition }: TopicPartition): boolean {
    return this.#positions.has(`${topic}/${partition}`);
  }

  clear(): void {
    this.#positions.clear();
    this.#moved = undefined;
  }

  list(): TopicOffset[] {
    return [...this.#positions.values()].map((place) => ({ ...place }));
  }
}
