/** What every service is given; the mains and the lab's in-process run make one of these. */
import type { Codec } from "../../adapters/avro/codec.ts";
import type { Catalogue } from "../../core/catalogue.ts";
import type { Effect } from "../../core/effect.ts";
import type { Input } from "../../core/input.ts";
import type { Policies } from "../../core/policy.ts";
import type { Reference } from "../../core/reference.ts";
import type { Rule } from "../../core/rule.ts";
import type { Clock, Gauges, Log, Logger, LogRecord } from "../../ports.ts";
import type { TopicNames } from "../topics.ts";

/** Policy, rules and references as published; fixed for the life of a service (law 1). */
export interface Published {
  readonly policies: Policies;
  readonly rules: readonly Rule[];
  readonly rulesVersion: string;
  readonly referenceOf: (lane: string) => Reference | null;
  /** Names the references in cuts: JSON of lane to version. Absent where nothing is published. */
  readonly referencesVersion?: string;
}

/** Room of a monitor, where it is not the usual: a simulation has less. */
export interface MonitorLimits {
  readonly openPanesMax: number;
  /** Records of one poll. */
  readonly batchRecordsMax: number;
}

export interface ServiceDependencies {
  readonly log: Log;
  readonly codec: Codec;
  readonly names: TopicNames;
  readonly catalogue: Catalogue;
  readonly published: Published;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly gauges: Gauges;
  /** Maps any record of our topics to an input; never throws on bytes. */
  readonly decode: (record: LogRecord) => Input;
  /** Derives product series from committed effects. */
  readonly observe: (effects: readonly Effect[]) => void;
  /** Name of this instance: static group member, transactional id. */
  readonly instance: string;
  readonly signal: AbortSignal;
  readonly monitorLimits?: MonitorLimits;
}
