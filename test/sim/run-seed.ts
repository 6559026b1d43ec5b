/**
 * One seed from start to end: producers send while faults happen; then everything heals, what is left is read through,
 * the services are killed, and the laws are held against what is in the log and the store.
 */

import { Random } from "../../services/core/random.ts";
import type { GateRecord } from "../../services/core/records.ts";
import type { TopicName } from "../../services/core/topics.ts";
import { RECORDED_TOPICS } from "../../services/recorder/rows-by-topic.ts";
import { APPEND_TIME, tickRecord } from "../../services/runtime/control-records.ts";
import {
  FAULT_KINDS,
  type FaultEvent,
  type FaultKind,
  type FaultKinds,
  faultPlan,
  hammer,
  heal,
  type ServiceKind,
} from "./fault-plan.ts";
import { checkLaws, costlyLawsOf } from "./laws.ts";
import { NO_PLANT, type Plant } from "./plant.ts";
import { APPROVER, SPAN_MS, START_MS, scenarioOf } from "./scenario.ts";
import { type Sending, workload } from "./workload.ts";
import { World } from "./world.ts";

export interface SeedOptions {
  readonly seed: number;
  readonly events: number;
  /** Default: all. */
  readonly kinds?: FaultKinds;
  /** How many of the timeline's events may happen. */
  readonly faultsMax?: number;
  readonly plant?: Plant;
  /** One fault on one service, again and again, beside the plan. */
  readonly hammer?: { readonly service: ServiceKind; readonly kind: FaultKind };
  /** How long producers send. Default: what the seed draws. */
  readonly spanMs?: number;
  /** One of a long row of seeds: the costly laws are taken in turns. Default: all are checked. */
  readonly oneOfMany?: boolean;
}

export interface SeedResult {
  readonly seed: number;
  /** Broken laws, each `law: what`; empty where all hold. */
  readonly violations: readonly string[];
  /** Hash of the whole history. */
  readonly trace: number;
  readonly operations: number;
  readonly deaths: number;
}

/** Topics that producers write and that feed panes. */
const PRODUCED: readonly TopicName[] = ["samples", "interactions", "outcomes", "evaluations", "training"];
/**
 * How long producers send. The same records in less time come in larger batches with fewer idle polls between them; the longest
 * time has room for leases and sessions that run out one after the other.
 */
const SPANS_MS = [15_000, 20_000, 30_000, SPAN_MS] as const;
/** Producers send what is due after a pause of this much, drawn each time: a few events, or some hundred. */
const SEND_PAUSE_MS_MIN = 20;
const SEND_PAUSE_MS_MAX = 600;
/** After the healing everything must be read through within this much virtual time. */
const DRAIN_MS_MAX = 300_000;

export async function runSeed(options: SeedOptions): Promise<SeedResult> {
  const { seed, events } = options;
  const kinds = options.kinds ?? new Set(FAULT_KINDS);
  const scenario = scenarioOf(seed);
  const spanMs = options.spanMs ?? SPANS_MS[new Random(`sim/${seed}/span`).below(SPANS_MS.length)]!;
  const plan = faultPlan(seed, kinds, spanMs, options.faultsMax ?? Number.POSITIVE_INFINITY);
  const world = new World(seed, scenario, plan.rates, options.plant ?? NO_PLANT);
  const { scheduler } = world;
  const sendings = workload(seed, events, kinds, scenario, world.codec, spanMs);
  const isSent = sendAll(world, sendings, new Random(`sim/${seed}/pauses`));
  approve(world, new Random(`sim/${seed}/approver`));
  if (scenario.policy.defaults.idleMs === null) tickOn(world);
  const blows =
    options.hammer === undefined ? [] : hammer(seed, options.hammer.service, options.hammer.kind, spanMs);
  for (const event of [...plan.events, ...blows]) scheduler.at(event.atMs, () => inflict(world, event));
  const healMs = START_MS + spanMs + 12_000;
  await scheduler.run(() => scheduler.nowMs >= healMs && isSent());
  const sentMs = scheduler.nowMs;
  heal(plan.rates);
  if (scenario.policy.defaults.idleMs !== null) tickOn(world);
  await windUp(world, sentMs);
  // Before the laws are looked into: a replay is no part of the history.
  const { trace, performed } = scheduler;
  await checkLaws(world, options.oneOfMany === true ? costlyLawsOf(seed) : undefined);
  return {
    seed,
    violations: world.violations,
    trace,
    operations: performed,
    deaths: world.deaths,
  };
}

/** Producers wait while the broker is away, and keep their order. The function returned says whether all is sent. */
function sendAll(world: World, sendings: readonly Sending[], random: Random): () => boolean {
  let next = 0;
  const turn = (): void => {
    if (world.broker.downUntilMs <= world.scheduler.nowMs) {
      const due: Sending[] = [];
      const now = world.scheduler.nowMs - START_MS;
      while (next < sendings.length && sendings[next]!.atMs <= now) {
        due.push(sendings[next]!);
        next += 1;
      }
      if (due.length > 0) {
        world.broker.append(
          due.map(({ topic, key, value }) => ({
            topic: world.names.full(topic),
            partition: null,
            key,
            value,
          })),
        );
      }
    }
    const pauseMs = SEND_PAUSE_MS_MIN + random.below(SEND_PAUSE_MS_MAX - SEND_PAUSE_MS_MIN);
    if (next < sendings.length) world.scheduler.at(pauseMs, turn);
  };
  turn();
  return () => next >= sendings.length;
}

/** Ticks as an import writes them: where nobody ticks a silent partition on. */
function tickOn(world: World): void {
  const turn = (): void => {
    const { names, broker, scheduler } = world;
    const all = PRODUCED.flatMap((topic) => broker.partitions(names.full(topic)));
    if (broker.downUntilMs <= scheduler.nowMs) {
      broker.append(all.map(({ topic, number }) => tickRecord(topic, number, APPEND_TIME)));
    }
    scheduler.at(2_000, turn);
  };
  world.scheduler.at(1_000, turn);
}

/** A person who resumes what is frozen, now and then, as long as anybody would do it: what comes later nobody waits for. */
function approve(world: World, random: Random): void {
  let serial = 0;
  const turn = (): void => {
    const { names, codec, scheduler, broker } = world;
    if (world.unit("governor", 0).retired) return;
    const latest = new Map<string, GateRecord>();
    for (const record of world.records("gates")) {
      const input = world.decode(record);
      if (input.kind === "gate") latest.set(`${input.gate.lane} ${input.gate.subject}`, input.gate);
    }
    const frozen = [...latest.values()].filter((gate) => gate.state === "frozen");
    const gate = frozen[random.below(Math.max(1, frozen.length))];
    if (gate !== undefined && random.below(2) === 0 && broker.downUntilMs <= scheduler.nowMs) {
      serial += 1;
      const value = codec.encode("commands", {
        commandId: `r${serial}`,
        kind: "resume",
        subject: gate.subject,
        lane: gate.lane,
        actor: APPROVER,
        reason: "looked at it",
        issuedMs: scheduler.nowMs,
        keyId: "",
        signature: "",
      });
      broker.append([{ topic: names.full("commands"), partition: 0, key: gate.subject, value }]);
    }
    scheduler.at(6_000, turn);
  };
  world.scheduler.at(6_000, turn);
}

function inflict(world: World, event: FaultEvent): void {
  const unit = world.unit(event.service, event.instance);
  const untilMs = world.scheduler.nowMs + event.durationMs;
  world.scheduler.note(`${event.kind} ${event.service}`);
  switch (event.kind) {
    case "crash":
      world.crash(unit, event.durationMs);
      break;
    case "stop":
      world.stop(unit);
      break;
    case "refuse":
      unit.process?.refuseNext();
      break;
    case "stall":
      world.stall(unit, event.durationMs);
      break;
    case "twin":
      // The embedded engine locks its directory: a second recorder does not start.
      if (unit.kind !== "recorder") world.startTwin(unit);
      break;
    case "expire":
      world.expire(unit);
      break;
    case "broker-down":
      world.broker.downUntilMs = Math.max(world.broker.downUntilMs, untilMs);
      break;
    case "store-down":
      world.tables.downUntilMs = Math.max(world.tables.downUntilMs, untilMs);
      break;
    case "clock-step":
      if (unit.process !== null)
        unit.process.skewMs += event.durationMs % 2 === 0 ? event.durationMs : -event.durationMs;
      break;
    case "compact":
      world.broker.compact();
      break;
    default:
      throw new Error(`${event.kind} does not happen at one moment`);
  }
}

/**
 * Lets everything that was sent come through, service by service in the direction of the stream, and stops each when nothing
 * more can come to it; so that in the end the log is whole and the store has all of it.
 */
async function windUp(world: World, sentMs: number): Promise<void> {
  await waitFor(world, "every pane of the producers' time is closed", () => isClosed(world, sentMs));
  await world.shutDown(["gatekeeper", "monitor"]);
  await waitFor(world, "the governor has read every window", () => isGoverned(world));
  await world.shutDown(["governor"]);
  await waitFor(world, "the recorder has stored every record", () => isStored(world));
  await world.shutDown(["recorder"]);
}

async function waitFor(world: World, what: string, holds: () => boolean): Promise<void> {
  const { scheduler } = world;
  const untilMs = scheduler.nowMs + DRAIN_MS_MAX;
  let askedMs = 0;
  let held = false;
  await scheduler.run(() => {
    if (scheduler.nowMs - askedMs >= 500) {
      askedMs = scheduler.nowMs;
      held = holds();
    }
    return held || scheduler.nowMs > untilMs;
  });
  if (!held) world.violate("everything comes to an end", `in vain: ${what}`);
}

function isClosed(world: World, throughMs: number): boolean {
  return world.partitions("windows").every(({ topic, number }) => {
    const tick = world.broker.last(topic, number, (record) => world.decode(record).kind === "tick");
    const input = tick === null ? null : world.decode(tick);
    return input?.kind === "tick" && input.watermarkMs >= throughMs;
  });
}

function isGoverned(world: World): boolean {
  const cuts = world.cuts("decisions", 0);
  return world.partitions("windows").every(({ topic, number }) => {
    const last = world.broker.last(topic, number, () => true);
    const read = cuts.findLast(({ ranges }) =>
      ranges.some((r) => r.topic === "windows" && r.partition === number),
    );
    const to = read?.ranges.find((r) => r.topic === "windows" && r.partition === number)?.to ?? 0;
    return last === null || to > last.offset;
  });
}

function isStored(world: World): boolean {
  return RECORDED_TOPICS.every((topic) =>
    world.partitions(topic).every(({ topic: full, number }) => {
      const last = world.broker.last(full, number, (record) => record.value !== null);
      return last === null || world.recordedTo(full, number) > last.offset;
    }),
  );
}
