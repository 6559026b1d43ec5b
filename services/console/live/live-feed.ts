/**
 * What is new, told to every open page from one reading of the log.
 *
 * Followed while somebody listens, from the end of each topic at that moment: a page asks for everything when it connects. An event
 * is held until the recorder's progress has passed its record, so that who asks after it finds it in the history.
 *
 * Bound   `HELD_EVENTS_MAX` that wait for the history, beyond it one `all`; listeners by their number (`live-routes.ts`).
 */

import type { TopicName } from "../../core/topics.ts";
import type { LogRecord, Reader, TopicOffset, TopicPartition } from "../../ports.ts";
import type { LiveEvent, LiveKind } from "../answers/live-event.ts";
import type { ConsoleDependencies } from "../dependencies.ts";

const HELD_EVENTS_MAX = 4_096;
const POLL_RECORDS_MAX = 2_000;
const POLL_MS_MAX = 500;
/** After a failure of log or history. */
const AGAIN_MS = 2_000;

const KINDS: readonly (readonly [TopicName, LiveKind])[] = [
  ["windows", "window"],
  ["verdicts", "verdict"],
  ["gates", "gate"],
  ["decisions", "decision"],
  ["changes", "change"],
  ["reviews", "review"],
];

const PROGRESS_SQL = `
SELECT concat(topic, '/', toString(partition)) AS at, toFloat64(argMax(next_offset, (epoch, next_offset))) AS next
FROM progress
WHERE topic IN {topics:Array(String)}
GROUP BY topic, partition`;

export type LiveListener = (events: readonly LiveEvent[]) => void;

export type LiveFeedDependencies = Pick<
  ConsoleDependencies,
  "sql" | "log" | "codec" | "names" | "clock" | "logger" | "signal"
>;

interface Held extends LiveEvent {
  readonly at: string;
  readonly offset: number;
}

export class LiveFeed {
  readonly #deps: LiveFeedDependencies;
  readonly #kinds: ReadonlyMap<string, readonly [TopicName, LiveKind]>;
  readonly #listeners = new Set<LiveListener>();
  #running = false;
  #held: Held[] = [];

  constructor(deps: LiveFeedDependencies) {
    this.#deps = deps;
    this.#kinds = new Map(KINDS.map((kind) => [deps.names.full(kind[0]), kind]));
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  /** Tells what is new from about now on; the function that is returned ends it. */
  listen(listener: LiveListener): () => void {
    this.#listeners.add(listener);
    if (!this.#running) {
      this.#running = true;
      void this.#follow().finally(() => {
        this.#running = false;
      });
    }
    return () => this.#listeners.delete(listener);
  }

  get #wanted(): boolean {
    return this.#listeners.size > 0 && !this.#deps.signal.aborted;
  }

  async #follow(): Promise<void> {
    const { clock, logger } = this.#deps;
    while (this.#wanted) {
      try {
        await this.#read();
      } catch (error) {
        logger.warn({ error: String(error) }, "live events pause: log or history did not answer");
        this.#held = [];
        await clock.sleep(AGAIN_MS);
        // What happened meanwhile is not known.
        this.#tell([{ kind: "all", lane: "" }]);
      }
    }
  }

  async #read(): Promise<void> {
    const reader: Reader = await this.#deps.log.reader({ fetchAheadBytesMax: 4 * 1024 * 1024 });
    try {
      await reader.assign(await this.#ends());
      while (this.#wanted) {
        for (const record of await reader.poll(POLL_RECORDS_MAX, POLL_MS_MAX)) this.#hold(record);
        if (this.#held.length > 0) await this.#release();
      }
    } finally {
      await reader.close();
      this.#held = [];
    }
  }

  async #ends(): Promise<readonly TopicOffset[]> {
    const { log } = this.#deps;
    const partitions: TopicPartition[] = [];
    for (const topic of this.#kinds.keys()) {
      const count = await log.partitionCount(topic);
      for (let partition = 0; partition < count; partition += 1) partitions.push({ topic, partition });
    }
    const marks = await log.watermarks(partitions);
    return marks.map(({ topic, partition, high }) => ({ topic, partition, offset: high }));
  }

  #hold(record: LogRecord): void {
    const kind = this.#kinds.get(record.topic);
    // Ticks and cuts have no value.
    if (kind === undefined || record.value === null) return;
    const decoded = this.#deps.codec.decodeGeneric(kind[0], record.value);
    if (!decoded.ok) return;
    const { lane } = decoded.record as { readonly lane?: unknown };
    this.#held.push({
      kind: kind[1],
      lane: typeof lane === "string" ? lane : "",
      at: `${record.topic}/${record.partition}`,
      offset: record.offset,
    });
    if (this.#held.length > HELD_EVENTS_MAX) {
      const last = this.#held.at(-1)!;
      this.#held = [{ ...last, kind: "all", lane: "" }];
    }
  }

  async #release(): Promise<void> {
    const { sql } = this.#deps;
    const rows = await sql.rows<{ readonly at: string; readonly next: number }>(PROGRESS_SQL, {
      topics: [...this.#kinds.keys()],
    });
    const next = new Map(rows.map((row) => [row.at, row.next]));
    const due = this.#held.filter(({ at, offset }) => (next.get(at) ?? 0) > offset);
    if (due.length === 0) return;
    this.#held = this.#held.filter(({ at, offset }) => (next.get(at) ?? 0) <= offset);
    // A window of many rows is many records, and one piece of news.
    const news = new Map(due.map(({ kind, lane }) => [`${kind} ${lane}`, { kind, lane }]));
    this.#tell([...news.values()]);
  }

  #tell(events: readonly LiveEvent[]): void {
    for (const listener of this.#listeners) listener(events);
  }
}
