/**
 * The monitor of one partition number, again: the recorded `admitted` … `training` up to where its input cuts say that it
 * had read. Its rows do not depend on how the topics interleaved, so they are merged by append time and not along the
 * cuts: that shows it, and keeps few panes open.
 */
import type { Effect } from "../../core/effect.ts";
import type { Input, InputCut } from "../../core/input.ts";
import { paneKey } from "../../core/monitor/changelog.ts";
import { decodeMonitorCheckpoint, MONITOR_CHECKPOINT } from "../../core/monitor/checkpoint.ts";
import { MonitorPartition, type MonitorRestored } from "../../core/monitor/monitor.ts";
import type { PaneRecord } from "../../core/records.ts";
import { rejectEffect } from "../../core/reject-effect.ts";
import { STAGES, type Stage } from "../../core/sample.ts";
import { NO_WATERMARK } from "../../core/time.ts";
import type { Published } from "../services/dependencies.ts";
import { mergeByAppendTime, type RecordStream } from "./record-streams.ts";
import { cutOf, openRecorded, openStream, placeOf, type ReplayPart } from "./replay-part.ts";
import type { RejectedReplay } from "./replay-rejected.ts";
import { publishedKey } from "./revisions.ts";
import type { RowSet } from "./row-set.ts";

const BATCH_RECORDS = 1_000;
/** Times one partition changed to another policy or other references. */
const EPOCHS_MAX = 10_000;

/** Transactions in a row whose cuts name the same policy and references. */
interface Epoch {
  readonly key: string;
  readonly published: Published;
  /** Offset in `windows` of the first cut. */
  readonly from: number;
  /** Per topic, of all cuts up to the last of the epoch: where reading began, and the next offset after it. */
  readonly read: Map<string, { readonly from: number; readonly to: number }>;
  /** Where the last transaction left panes to the next one: through where it had closed each stage. */
  closedThrough: InputCut["closedThrough"];
}

/** Compares the rows of one partition of `windows`, and what was set aside. Returns the records that were absorbed. */
export async function replayMonitor(
  part: ReplayPart,
  partition: number,
  rows: RowSet,
  rejected: RejectedReplay,
): Promise<number> {
  const epochs = await readEpochs(part, partition);
  const windows = await openRecorded(part, "windows", partition);
  const { end } = windows;
  let absorbed = 0;
  let restored: MonitorRestored | null = null;
  const unread = new Unread(partition, rejected);
  for (const [index, epoch] of epochs.entries()) {
    const next = epochs[index + 1];
    windows.endAt(next?.from ?? end);
    const life: MonitorLife = new MonitorLife(
      part,
      partition,
      epoch,
      restored,
      rows,
      unread,
      next !== undefined,
    );
    absorbed += await life.run(epoch.read, windows);
    restored = life.left();
  }
  return absorbed;
}

/**
 * Records set aside, once each though a life reads again what the one before had read. When the monitor writes them depends on
 * how its topics interleaved, up to the transaction whose cut they are in: so all that the cuts name are, and no other.
 */
class Unread {
  readonly #partition: number;
  readonly #rejected: RejectedReplay;
  /** Offset behind the last one, by topic. */
  readonly #to = new Map<string, number>();

  constructor(partition: number, rejected: RejectedReplay) {
    this.#partition = partition;
    this.#rejected = rejected;
  }

  saw(input: Input): void {
    if (input.kind !== "unreadable" || input.at.offset < (this.#to.get(input.at.topic) ?? 0)) return;
    this.#to.set(input.at.topic, input.at.offset + 1);
    const effect = rejectEffect(input, this.#partition);
    if (effect.type === "publish" && effect.topic === "rejected") this.#rejected.replayed(effect.record);
  }
}

/** A life of the monitor with one policy. */
class MonitorLife {
  readonly #part: ReplayPart;
  readonly #partition: number;
  readonly #core: MonitorPartition;
  readonly #rows: RowSet;
  readonly #unread: Unread;
  /** The changelog, kept where another life follows; null where none does. */
  readonly #panes: Map<string, PaneRecord> | null;
  #checkpoint: MonitorRestored["checkpoint"] | null = null;

  constructor(
    part: ReplayPart,
    partition: number,
    { published, closedThrough }: Epoch,
    restored: MonitorRestored | null,
    rows: RowSet,
    unread: Unread,
    goesOn: boolean,
  ) {
    this.#part = part;
    this.#partition = partition;
    const { catalogue } = part;
    const { policies, rules, referenceOf } = published;
    this.#core = new MonitorPartition(
      {
        partition,
        catalogue,
        policies,
        rules,
        referenceOf,
        openPanesMax: Number.POSITIVE_INFINITY,
        ...(closedThrough === undefined ? {} : { closeThroughMax: throughByStage(closedThrough) }),
      },
      restored,
    );
    this.#rows = rows;
    this.#unread = unread;
    this.#panes = goesOn ? new Map() : null;
    for (const pane of restored?.panes ?? []) this.#panes?.set(paneKey(pane), pane);
  }

  async run(read: Epoch["read"], windows: RecordStream): Promise<number> {
    const part = this.#part;
    const streams = [windows];
    for (const { topic, offset } of this.#core.offsets()) {
      const live = read.get(topic);
      if (live === undefined) continue;
      const stream = await openStream(part, topic, this.#partition, offset);
      stream.require(Math.max(offset, live.from), live.to);
      stream.endAt(live.to);
      streams.push(stream);
    }
    let batch: Input[] = [];
    let absorbed = 0;
    const flush = (): void => {
      for (const effect of this.#core.absorb(batch)) this.#take(effect);
      while (this.#core.hasMore) for (const effect of this.#core.absorb([])) this.#take(effect);
      absorbed += batch.length;
      batch = [];
      part.at(`monitor ${this.#partition}`);
    };
    await mergeByAppendTime(streams, (record, stream) => {
      if (stream === windows) {
        if (record.value === null) return;
        const input = part.decode(record);
        if (input.kind === "window") this.#rows.recorded(input.window);
        return;
      }
      const input = part.decode(record);
      this.#unread.saw(input);
      batch.push(input);
      if (batch.length >= BATCH_RECORDS) flush();
    });
    flush();
    return absorbed;
  }

  /** What a life after this one starts from. */
  left(): MonitorRestored | null {
    if (this.#panes === null || this.#checkpoint === null) return null;
    return { checkpoint: this.#checkpoint, panes: [...this.#panes.values()] };
  }

  #take(effect: Effect): void {
    if (effect.type === "publish" && effect.topic === "windows") this.#rows.replayed(effect.record);
    if (this.#panes === null) return;
    if (effect.type === "tombstone" && effect.topic === "panes") this.#panes.delete(effect.key);
    else if (effect.type !== "publish") return;
    else if (effect.topic === "panes") this.#panes.set(effect.key, effect.record);
    else if (effect.topic === "state" && effect.record.name === MONITOR_CHECKPOINT) {
      this.#checkpoint = decodeMonitorCheckpoint(effect.record.body);
    }
  }
}

/** First of two readings of `windows`: where each policy began to count, and how far was read with it. */
async function readEpochs(part: ReplayPart, partition: number): Promise<readonly Epoch[]> {
  const epochs: Epoch[] = [];
  const windows = await openRecorded(part, "windows", partition);
  while (await windows.ready()) {
    const record = windows.shift();
    const cut = cutOf(part, record);
    if (cut === null) continue;
    const key = publishedKey(cut.revisions);
    let epoch = epochs.at(-1);
    if (epoch?.key !== key) {
      const published = part.find(cut.revisions, placeOf(record));
      // A life starts with what was read in all lives before it.
      const read = new Map(epoch?.read);
      epoch = { key, published, from: record.offset, read, closedThrough: undefined };
      epochs.push(epoch);
      if (epochs.length > EPOCHS_MAX) throw new Error(`${placeOf(record)}: more than ${EPOCHS_MAX} policies`);
    }
    readFurther(epoch.read, cut);
    epoch.closedThrough = cut.closedThrough;
    part.at(`cuts of monitor ${partition}`);
  }
  return epochs;
}

function throughByStage(closedThrough: readonly (number | null)[]): Record<Stage, number> {
  const through = (stage: Stage): number => closedThrough[STAGES.indexOf(stage)] ?? NO_WATERMARK;
  return { candidate: through("candidate"), admitted: through("admitted"), reply: through("reply") };
}

function readFurther(read: Epoch["read"], cut: InputCut): void {
  for (const { topic, from, to } of cut.ranges) {
    const before = read.get(topic);
    read.set(topic, { from: before?.from ?? from, to: Math.max(before?.to ?? 0, to) });
  }
}
