/** What every part of the console is given. Its main makes one of these; tests make their own. */
import type { Codec } from "../adapters/avro/codec.ts";
import type { Catalogue } from "../core/catalogue.ts";
import type { Policies } from "../core/policy.ts";
import type { Reference } from "../core/reference.ts";
import type { Rule } from "../core/rule.ts";
import type { TopicName } from "../core/topics.ts";
import type { Clock, Gauges, Log, Logger } from "../ports.ts";
import type { SqlQuery } from "./sql-query.ts";
import type { WebhookTrust } from "./webhook/trust.ts";

/** Names of one run's topics on the broker. */
export interface ConsoleTopics {
  readonly prefix: string;
  full(name: TopicName): string;
}

export interface ConsoleDependencies {
  /** The history. */
  readonly sql: SqlQuery;
  /** Commands go out here; nothing else is written. */
  readonly log: Log;
  readonly codec: Codec;
  readonly names: ConsoleTopics;
  readonly catalogue: Catalogue;
  readonly published: {
    readonly policies: Policies;
    readonly rules: readonly Rule[];
    readonly referenceOf: (lane: string) => Reference | null;
  };
  readonly clock: Clock;
  readonly logger: Logger;
  readonly gauges: Gauges;
  /** State directory, absolute. */
  readonly home: string;
  readonly webhooks: WebhookTrust;
  /** Gates are shown, and none is frozen or resumed from here. */
  readonly readOnly: boolean;
  /** Aborted when the console is asked to stop: open streams end. */
  readonly signal: AbortSignal;
}
