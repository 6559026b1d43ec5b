/**
 * A consumer group as the broker's coordinator sees it: static members, range assignment, eager rebalances, generations.
 * A member whose session ended learns of it at its next poll, as a revocation, and joins again.
 */
import { rangeOf } from "../../services/adapters/memory/range-assignor.ts";
import type { Polled, TopicOffset, TopicPartition } from "../../services/ports.ts";

type Rebalance = Extract<Polled, { kind: "assigned" | "revoked" }>;

/** What a group reader holds of its group. */
export interface Member {
  readonly instance: string;
  readonly topics: readonly string[];
  /** News not taken yet, oldest first. */
  news: Rebalance[];
  /** `lost`: the session ended; the member may join again. `fenced`: another process has its name. */
  state: "member" | "lost" | "fenced";
  /** What it believes it owns, until it takes other news. */
  holds: readonly number[];
}

interface Seat {
  member: Member;
  assigned: readonly number[];
  /** Its partitions were withdrawn, and it has not taken the news yet. */
  mustRevoke: boolean;
}

export class SimGroup {
  readonly name: string;
  readonly #partitionCount: (topic: string) => number;
  readonly #changed: () => void;
  readonly #seats = new Map<string, Seat>();
  readonly #committed = new Map<string, TopicOffset>();
  #rebalancing = false;

  constructor(name: string, partitionCount: (topic: string) => number, changed: () => void) {
    this.name = name;
    this.#partitionCount = partitionCount;
    this.#changed = changed;
  }

  /** A known instance takes its old seat and partitions at once, and whoever held it is fenced. */
  join(instance: string, topics: readonly string[]): Member {
    const member: Member = { instance, topics, news: [], state: "member", holds: [] };
    this.#sit(member);
    return member;
  }

  /** The member takes its oldest news. Taking a revocation is what lets a rebalance go on. */
  take(member: Member): Rebalance | null {
    if (member.state === "lost") {
      const partitions = member.holds;
      if (this.#seats.has(member.instance)) {
        member.state = "fenced";
        return null;
      }
      member.news = [];
      member.holds = [];
      this.#sit(member);
      if (partitions.length > 0) return { kind: "revoked", partitions };
    }
    const event = member.news.shift() ?? null;
    if (event === null) return null;
    member.holds = event.kind === "assigned" ? event.partitions : [];
    const seat = this.#seats.get(member.instance);
    if (event.kind === "revoked" && seat?.member === member) {
      seat.mustRevoke = false;
      this.#settle();
    }
    return event;
  }

  /** The reader closed: it answers no more, but its seat stays, as a static member's does. */
  leaveQuietly(member: Member): void {
    const seat = this.#seats.get(member.instance);
    if (seat?.member !== member) return;
    seat.mustRevoke = false;
    member.news = [];
    this.#settle();
  }

  /** True while this member, and no later one of its name, has the seat. */
  sits(member: Member): boolean {
    return this.#seats.get(member.instance)?.member === member;
  }

  /** Ends a session: nothing was heard of the instance for too long. Its partitions go to the others. */
  expire(instance: string): void {
    const seat = this.#seats.get(instance);
    if (seat === undefined) return;
    seat.member.state = "lost";
    this.#seats.delete(instance);
    this.#rebalance();
  }

  /** Whether what a member read may be committed in its name. */
  mayCommit(member: Member): boolean {
    const seat = this.#seats.get(member.instance);
    return member.state === "member" && seat?.member === member && member.holds.length > 0;
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

  #sit(member: Member): void {
    member.state = "member";
    const seat = this.#seats.get(member.instance);
    if (seat === undefined) {
      this.#seats.set(member.instance, { member, assigned: [], mustRevoke: false });
      this.#rebalance();
      return;
    }
    seat.member.state = "fenced";
    seat.member = member;
    seat.mustRevoke = false;
    if (this.#rebalancing) this.#settle();
    else member.news.push({ kind: "assigned", partitions: seat.assigned });
    this.#changed();
  }

  #rebalance(): void {
    this.#rebalancing = true;
    for (const seat of this.#seats.values()) {
      if (seat.assigned.length === 0) continue;
      seat.member.news.push({ kind: "revoked", partitions: seat.assigned });
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
      seat.assigned = this.#rangeOf(instance, instances, seat.member.topics);
      seat.member.news.push({ kind: "assigned", partitions: seat.assigned });
    }
    this.#changed();
  }

  /** Partition numbers of any of the topics. */
  #rangeOf(instance: string, instances: readonly string[], topics: readonly string[]): readonly number[] {
    const numbers = new Set<number>();
    const index = instances.indexOf(instance);
    for (const topic of topics) {
      const partitions = this.#partitionCount(topic);
      for (const number of rangeOf(index, instances.length, partitions)) numbers.add(number);
    }
    return [...numbers].sort((a, b) => a - b);
  }
}
