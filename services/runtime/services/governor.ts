/**
 * The governor's shell. One is active: the owner of `commands` partition 0. Opening its transactions fences a predecessor;
 * only then does it read what was committed and assign itself all of `windows`. A standby waits for the partition.
 */
import { Governor, type GovernorConfig } from "../../core/governor/governor.ts";
import { restoreGovernor } from "../../core/governor/restore-governor.ts";
import type { CutRange, Input } from "../../core/input.ts";
import type { DecisionRecord, StateRecord } from "../../core/records.ts";
import { decodeUtf8, encodeUtf8 } from "../../core/utf8.ts";
import type {
  GroupReader,
  LogRecord,
  OutgoingRecord,
  Reader,
  TopicOffset,
  TransactionalWriter,
  Writer,
} from "../../ports.ts";
import { APPEND_TIME, tickRecord } from "../control-records.ts";
import { CHAIN_START, HashChain } from "../decision-chain.ts";
import { decodeOwnState } from "../own-state.ts";
import { recordsOf } from "../perform.ts";
import { readCompacted, readPartition } from "../read-partition.ts";
import { startOffset } from "../start-offset.ts";
import type { ServiceDependencies } from "./dependencies.ts";

/** Rows and commands of one transaction: gates need not wait until every lane whose windows end together is judged. */
const POLL_RECORDS_MAX = 500;
const WINDOWS_POLL_MS = 20;
const STANDBY_POLL_MS = 500;
const TICK_MS = 1_000;
/** Name of the checkpoint that holds the last decision's hash. */
const GOVERNOR_CHAIN = "chain";

/** What the owner of the partition works with. */
interface Active {
  readonly governor: Governor;
  readonly chain: HashChain;
  readonly windows: Reader;
  readonly writer: TransactionalWriter;
  /** Hash of the last decision as it was checkpointed. */
  keptHash: string;
  /** Next offset to read, by `<topic>/<partition>`. */
  readonly next: Map<string, CutRange>;
}

export async function runGovernor(deps: ServiceDependencies): Promise<void> {
  const { log, names, clock, logger, signal } = deps;
  const commands = await log.groupReader({
    group: `${names.prefix}governor`,
    instance: deps.instance,
    topics: [names.full("commands")],
  });
  const ticks = await log.writer();
  let active: Active | null = null;
  let tickDueMs = 0;
  try {
    while (!signal.aborted) {
      const polled = await commands.poll(POLL_RECORDS_MAX, active === null ? STANDBY_POLL_MS : 0);
      if (polled.kind === "assigned") {
        if (active !== null) await standDown(deps, active);
        active = polled.partitions.includes(0) ? await activate(deps, commands) : null;
        logger.info({ active: active !== null }, active === null ? "governor on standby" : "governor active");
      } else if (polled.kind === "revoked") {
        if (active !== null) await standDown(deps, active);
        active = null;
      } else if (active !== null) {
        const windows = await active.windows.poll(POLL_RECORDS_MAX, WINDOWS_POLL_MS);
        const records = [...polled.records, ...windows];
        if (records.length > 0) await govern(deps, active, commands, records);
        if (clock.nowMs() >= tickDueMs) {
          tickDueMs = clock.nowMs() + TICK_MS;
          await tick(ticks, names.full("commands"));
        }
      }
      deps.gauges.set("governor_active", {}, active === null ? 0 : 1);
    }
  } finally {
    if (active !== null) await closeActive(active);
    await Promise.allSettled([commands.close(), ticks.close()]);
  }
}

async function tick(writer: Writer, topic: string): Promise<void> {
  await writer.write([tickRecord(topic, 0, APPEND_TIME)]);
}

async function activate(deps: ServiceDependencies, commands: GroupReader): Promise<Active> {
  const { log, names, published, catalogue } = deps;
  const count = await log.partitionCount(names.full("windows"));
  const partitions = [
    { topic: names.full("commands"), partition: 0 },
    ...Array.from({ length: count }, (_, partition) => ({ topic: names.full("windows"), partition })),
  ];
  const windows = await log.reader();
  // 1. The transactional id first: once it is ours, a predecessor can commit nothing more.
  const writer = await log.transactionalWriter(`${names.prefix}governor`);
  // 2. Then what was committed, which therefore is final.
  const committed = await commands.committed(partitions);
  const marks = await log.watermarks(partitions);
  const config: GovernorConfig = {
    catalogue,
    policies: published.policies,
    rules: published.rules,
    rulesVersion: published.rulesVersion,
  };
  const states = await readGovernorState(deps);
  const governor = new Governor(config, restoreGovernor(states));
  const positions = partitions.map(({ topic, partition }) => {
    const same = (at: { topic: string; partition: number }) =>
      at.topic === topic && at.partition === partition;
    const recorded = governor.nextOffset(names.short(topic), partition);
    const offset = startOffset(committed.find(same)?.offset, recorded, marks.find(same));
    return { topic, partition, offset };
  });
  const kept = states.find(({ name }) => name === GOVERNOR_CHAIN);
  const chain = new HashChain(kept === undefined ? await lastDecisionHash(deps) : decodeUtf8(kept.body));
  await commands.resume(positions.filter(({ topic }) => topic === names.full("commands")));
  await windows.assign(positions.filter(({ topic }) => topic === names.full("windows")));
  const next = new Map<string, CutRange>();
  for (const { topic, partition, offset } of positions) {
    next.set(`${topic}/${partition}`, { topic: names.short(topic), partition, from: offset, to: offset });
  }
  return { governor, chain, windows, writer, keptHash: chain.last, next };
}

/** Another governor speaks for the lanes from now on: what this one last said of them must not stand beside it. */
async function standDown({ gauges }: ServiceDependencies, active: Active): Promise<void> {
  for (const lane of new Set(active.governor.gates().map((gate) => gate.lane))) gauges.drop({ lane });
  await closeActive(active);
}

async function closeActive(active: Active): Promise<void> {
  await Promise.allSettled([active.windows.close(), active.writer.close()]);
}

/** One cut, one transaction. */
async function govern(
  deps: ServiceDependencies,
  active: Active,
  commands: GroupReader,
  records: readonly LogRecord[],
): Promise<void> {
  const { names, codec, published } = deps;
  const inputs: Input[] = [];
  for (const record of records) {
    inputs.push(deps.decode(record));
    const key = `${record.topic}/${record.partition}`;
    const range = active.next.get(key)!;
    active.next.set(key, { ...range, to: record.offset + 1 });
  }
  const ranges = [...active.next.values()].filter((range) => range.to > range.from);
  const effects = active.governor.absorb(inputs, {
    ranges,
    revisions: { policy: published.policies.policy.version, rules: published.rulesVersion },
  });
  const offsets: TopicOffset[] = ranges.map((range) => ({
    topic: names.full(range.topic as "windows" | "commands"),
    partition: range.partition,
    offset: active.governor.nextOffset(range.topic, range.partition) ?? range.to,
  }));
  const made = recordsOf(effects, names, codec, active.chain);
  const { last } = active.chain;
  if (last !== active.keptHash) made.push(chainRecord(deps, last));
  await active.writer.transact(made, offsets, commands);
  active.keptHash = last;
  deps.gauges.count("transactions", {}, 1);
  deps.observe(effects);
  for (const [key, range] of active.next) active.next.set(key, { ...range, from: range.to });
}

async function readGovernorState(deps: ServiceDependencies): Promise<StateRecord[]> {
  const states: StateRecord[] = [];
  for (const [key, value] of await readCompacted(deps.log, deps.names.full("state"), 0)) {
    if (!key.startsWith("governor/0/")) continue;
    states.push(decodeOwnState(deps.codec, "state", key, value) as StateRecord);
  }
  return states;
}

/** The last decision's hash as a checkpoint, committed with the decision: a start need not read all of them. */
function chainRecord({ names, codec }: ServiceDependencies, hash: string): OutgoingRecord {
  const record = { service: "governor", partition: 0, name: GOVERNOR_CHAIN, body: encodeUtf8(hash) };
  const value = codec.encode("state", record);
  return { topic: names.full("state"), partition: 0, key: `governor/0/${GOVERNOR_CHAIN}`, value };
}

/** Where that checkpoint is missing: the hash of the log's last decision, `CHAIN_START` for an empty log. */
async function lastDecisionHash(deps: ServiceDependencies): Promise<string> {
  let last: DecisionRecord | null = null;
  await readPartition(deps.log, deps.names.full("decisions"), 0, 0, (record) => {
    if (record.value === null) return;
    const decoded = deps.codec.decodeGeneric("decisions", record.value);
    if (!decoded.ok) throw new Error(`a decision cannot be read: ${decoded.detail}`);
    last = decoded.record as DecisionRecord;
  });
  return (last as DecisionRecord | null)?.hash ?? CHAIN_START;
}
