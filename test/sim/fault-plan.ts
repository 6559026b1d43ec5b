/** What goes wrong in one seed, decided beforehand: rates for every call, and events on a timeline. */
import { Random } from "../../services/core/random.ts";

/** Kinds of faults; a run may leave any of them out, which is how a failing seed is shrunk. */
export const FAULT_KINDS = [
  /** Single calls and fetches that take seconds. */
  "delay",
  /** Calls that fail before they took effect. */
  "refuse",
  /** Calls that took effect and whose answer is lost: a committed transaction, too. */
  "lose-reply",
  /** A process dies between two effects. */
  "crash",
  /** A process is asked to stop, and started again. */
  "stop",
  /** A process does not run for a while; beyond its session, and beyond a lease. */
  "stall",
  /** A second process of the same name starts while the first still lives. */
  "twin",
  /** The coordinator ends a live member's session. */
  "expire",
  /** The broker answers nobody for a while. */
  "broker-down",
  "store-down",
  /** Inserts that were stored and reported as failed, or refused, or late. */
  "store-lies",
  /** The clock of one process steps. */
  "clock-step",
  /** Compacted topics are compacted. */
  "compact",
  /** Producers: what they send again, late, in disorder, with clocks of their own, unreadable, or not at all. */
  "duplicate",
  "disorder",
  "late",
  "skew",
  "poison",
  "silence",
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];
export type FaultKinds = ReadonlySet<FaultKind>;

export const SERVICES = ["gatekeeper", "monitor", "governor", "recorder"] as const;
export type ServiceKind = (typeof SERVICES)[number];

export interface FaultRates {
  /** Usual latency is 1..this, ms. */
  latencyMs: number;
  slowShare: number;
  slowMs: number;
  refusedShare: number;
  replyLostShare: number;
  storeLieShare: number;
}

export interface FaultEvent {
  readonly atMs: number;
  readonly kind: FaultKind;
  readonly service: ServiceKind;
  readonly instance: number;
  readonly durationMs: number;
}

export interface FaultPlan {
  readonly rates: FaultRates;
  /** Ascending by time since the start. */
  readonly events: readonly FaultEvent[];
}

const HAMMER_BLOWS = 12;

const TIMED: readonly FaultKind[] = [
  "crash",
  "crash",
  "crash",
  "stop",
  "stall",
  "stall",
  "twin",
  "expire",
  "broker-down",
  "store-down",
  "clock-step",
  "compact",
];

export function faultPlan(seed: number, kinds: FaultKinds, spanMs: number, eventsMax: number): FaultPlan {
  const random = new Random(`sim/${seed}/faults`);
  const share = (kind: FaultKind, most: number): number => {
    const drawn = random.below(3) === 0 ? random.nextFloat() * most : 0;
    return kinds.has(kind) ? drawn : 0;
  };
  const rates: FaultRates = {
    latencyMs: 4 + random.below(30),
    slowShare: share("delay", 0.02),
    slowMs: 200 + random.below(3_000),
    refusedShare: share("refuse", 0.002),
    replyLostShare: share("lose-reply", 0.002),
    storeLieShare: share("store-lies", 0.3),
  };
  const count = 2 + random.below(9);
  const events: FaultEvent[] = [];
  for (let i = 0; i < count; i += 1) {
    const event: FaultEvent = {
      atMs: 500 + random.below(spanMs),
      kind: TIMED[random.below(TIMED.length)]!,
      service: SERVICES[random.below(SERVICES.length)]!,
      instance: random.below(2),
      durationMs: random.below(4) === 0 ? 8_000 + random.below(25_000) : 200 + random.below(6_000),
    };
    if (i < eventsMax && kinds.has(event.kind)) events.push(event);
  }
  return { rates, events: events.sort((a, b) => a.atMs - b.atMs) };
}

/** The same fault on one service again and again: what a bug in that place cannot hide from. */
export function hammer(seed: number, service: ServiceKind, kind: FaultKind, spanMs: number): FaultEvent[] {
  const random = new Random(`sim/${seed}/hammer`);
  return Array.from({ length: HAMMER_BLOWS }, () => ({
    atMs: 1_000 + random.below(spanMs),
    kind,
    service,
    instance: random.below(2),
    durationMs: 100 + random.below(400),
  }));
}

/** Rates of a world in which nothing goes wrong any more. */
export function heal(rates: FaultRates): void {
  rates.slowShare = 0;
  rates.refusedShare = 0;
  rates.replyLostShare = 0;
  rates.storeLieShare = 0;
  rates.latencyMs = Math.min(rates.latencyMs, 8);
}
