/** Names on the broker and names in the core. */
import { TOPIC_NAMES, type TopicName, topicName } from "../core/topics.ts";

/** Translates between the core's short topic names and one run's names on the broker. */
export class TopicNames {
  readonly prefix: string;
  readonly #short: ReadonlyMap<string, TopicName>;

  constructor(prefix: string) {
    this.prefix = prefix;
    this.#short = new Map(TOPIC_NAMES.map((name) => [topicName(prefix, name), name]));
  }

  full(name: TopicName): string {
    return topicName(this.prefix, name);
  }

  /** Throws on a topic of somebody else's: nothing subscribes to one. */
  short(full: string): TopicName {
    const name = this.#short.get(full);
    if (name === undefined) throw new Error(`${full} is not a topic of this run`);
    return name;
  }
}
