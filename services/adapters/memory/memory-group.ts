/** A consumer group in memory: static members, range assignment, eager rebalance. */
import type { Polled, TopicOffset, TopicPartition } from "../../ports.ts";
import type { MemoryBroker } from "./memory-broker.ts";
import { rangeOf } from "./range-assignor.ts";

type Rebalance = Extract<Polled, { kind: "assigned" | "revoked" }>;

/** What a group reader holds of its group. */
export interface Membership {
  readonly topics: readonly string[];
  /** News not taken yet, oldest first. */
  readonly news: Rebalance[];
  state: "member" | "fenced" | "expired";
}

interface Seat {
  readonly membership: Membership;
  assigned: readonly number[];
  /** Its partitions were withdrawn, and it has not taken the news yet. */
  mustRevoke: boolean;
}

export class MemoryGroup {
  readonly #broker: MemoryBroker;
  /** By instance. A member that dies keeps its seat until it expires, as a static member does. */
  readonly #seats = new Map<string, Seat>();
  readonly #committed = new Map<string, TopicOffset>();
  #rebalancing = false;

  constructor(broker: MemoryBroker) {
    this.#broker = broker;
  }

  /** A known instance takes its old seat and partitions at once, and whoever held it is fenced. */
  join(instance: string, topics: readonly string[]): Membership {
    const membership: Membership = { topics, news: [], state: "member" };
    const seat = this.#seats.get(instance);
    if (seat !== undefined) {
      seat.membership.state = "fenced";
      this.#seats.set(instance, { membership, assigned: seat.assigned, mustRevoke: false });
      if (this.#rebalancing) this.#settle();
      else membership.news.push({ kind: "assigned", partitions: seat.assigned });
    } else {
      this.#seats.set(instance, { membership, assigned: [], mustRevoke: false });
      this.#rebalance();
    }
    this.#broker.notify();
    return membership;
  }

  /** The member takes its oldest news. Taking a revocation is what lets a rebalance go on. */
  take(membership: Membership): Rebalance | null {
    const event = membership.news.shift() ?? null;
    if (event?.kind === "revoked") {
      for (const seat of this.#seats.values()) {
        if (seat.membership === membership) seat.mustRevoke = false;
      }
      this.#settle();
    }
    return event;
  }

  /** The reader closed: others have its partitions at once. One that was replaced or has expired has no seat to leave. */
  leave(membership: Membership): void {
    for (const [instance, seat] of this.#seats) {
      if (seat.membership !== membership) continue;
      this.#seats.delete(instance);
      this.#rebalance();
    }
    this.#broker.notify();
  }

  expire(instance: string): void {
    const seat = this.#seats.get(instance);
    if (seat === undefined) return;
    seat.membership.state = "expired";
    this.#seats.delete(instance);
    this.#rebalance();
    this.#broker.notify();
  }

  commit(offsets: readonly TopicOffset[]): void {
    for (const offset of offsets) this.#committed.set(`${offset.topic}/${offset.partition}`, offset);
  }

  committed(partitions: readonly TopicPartition[]): TopicOffset[] {
    return partitions.flatMap(({ topic, partition }) => {
      const offset = this.#committed.get(`${topic}/${partition}`);
      return offset === undefined ? [] : [offset];
    });
  }

  #rebalance(): void {
    this.#rebalancing = true;
    for (const seat of this.#seats.values()) {
      if (seat.assigned.length === 0) continue;
      seat.membership.news.push({ kind: "revoked", partitions: seat.assigned });
      seat.mustRevoke = true;
      seat.assigned = [];
    }
    this.#settle();
  }

  /** Assigns once nobody holds anything any more. */
  #settle(): void {
    if (!this.#rebalancing || [...this.#seats.values()].some(({ mustRevoke }) => mustRevoke)) return;
    this.#rebalancing = false;
    const instances = [...this.#seats.keys()].sort();
    for (const instance of instances) {
      const seat = this.#seats.get(instance)!;
      seat.assigned = this.#rangeOf(instance, instances, seat.membership.topics);
      seat.membership.news.push({ kind: "assigned", partitions: seat.assigned });
    }
    this.#broker.notify();
  }

  /** Partition numbers of any of the topics. */
  #rangeOf(instance: string, instances: readonly string[], topics: readonly string[]): readonly number[] {
    const numbers = new Set<number>();
    for (const topic of topics) {
      const sharers = instances.filter((one) => this.#seats.get(one)!.membership.topics.includes(topic));
      const partitions = this.#broker.partitionCount(topic);
      for (const number of rangeOf(sharers.indexOf(instance), sharers.length, partitions))
        numbers.add(number);
    }
    return [...numbers].sort((a, b) => a - b);
  }
}
