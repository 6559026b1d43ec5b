/** Names on the broker and names in the core. */
import { TOPIC_NAMES, type TopicName, topicName } from "../core/topics.ts";

/** Translates between the core's short topic names and one run's names on the broker. */
export class TopicNames {
  readonly prefix: string;
  readonly #short: ReadonlyMap<string, TopicName>;
  /** Made once: it is asked for with every record that is written. */
  readonly #full: ReadonlyMap<TopicName, string>;

  constructor(prefix: string) {
    this.prefix = prefix;
    this.#full = new Map(TOPIC_NAMES.map((name) => [name, topicName(prefix, name)]));
    this.#short = new Map(TOPIC_NAMES.map((name) => [topicName(prefix, name), name]));
  }

  full(name: TopicName): string {
    return this.#full.get(name)!;
  }

  /** Throws on a topic of somebody else's: nothing subscribes to one. */
  short(full: string): TopicName {
    const name = this.#short.get(full);
    if (name === undefined) throw new Error(`${full} is not a topic of this run`);
    return name;
  }
}
