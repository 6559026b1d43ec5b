/**
 * The `Store` port over tables in memory. It understands exactly what the recorder asks: an insert is one block of one
 * table partition or nothing, a token is taken once, and two questions are answered: progress, and a table's largest offset.
 */
import { type Block, type Row, type Store, StoreError } from "../../services/ports.ts";
import { ORIGIN_COLUMNS } from "../../services/recorder/row-origin.ts";
import { RECORDED_TOPICS, recordedTopic } from "../../services/recorder/rows-by-topic.ts";
import type { Tables } from "../../services/recorder/table-block.ts";
import { MIGRATED_TABLES, rowsOf } from "../support/table-rows.ts";
import { InjectedError, type SimProcess } from "./sim-process.ts";

export type StoreFault = "none" | "refused" | "stored but refused" | "late";

/** What is kept of a row: where it comes from. These columns come first in a table here, so that no others need be read. */
const KEPT = ["_topic", "_epoch", "_partition", "_offset", "_append_time", "_day"] as const;

/**
 * The tables of the simulated store. Of flat tables only the columns that the recorder names and those that say where a row
 * comes from: the others are copied field by field, which the recorder's own tests show.
 */
export const SIM_TABLES: Tables = slimTables();

function slimTables(): Tables {
  const named = new Map<string, Set<string>>();
  for (const topic of RECORDED_TOPICS) {
    const recorded = recordedTopic(topic);
    if (recorded.rows !== "flat") continue;
    for (const [table, sources] of Object.entries(recorded.tables)) {
      const columns = named.get(table) ?? new Set<string>(ORIGIN_COLUMNS);
      for (const column of Object.keys(sources)) columns.add(column);
      named.set(table, columns);
    }
  }
  // What the recorder itself sets aside is written value by value.
  named.delete("rejected");
  const rank = (name: string): number => (KEPT as readonly string[]).indexOf(name) >>> 0;
  return new Map(
    [...MIGRATED_TABLES].map(([table, columns]) => {
      const slim = columns.filter(({ name }) => named.get(table)?.has(name) ?? true);
      return [table, slim.sort((a, b) => rank(a.name) - rank(b.name))];
    }),
  );
}

/** What is kept of a block's rows; those of `progress` are kept whole. */
function keptOf(table: string, block: Block): readonly Row[] {
  return table === "progress" ? rowsOf(block) : rowsOf(block, KEPT.length);
}

/** What a store holds after every client died. */
export class SimTables {
  readonly #tables = new Map<string, Row[]>();
  readonly #tokens = new Map<string, { readonly table: string; readonly bytes: Uint8Array }>();
  downUntilMs = 0;
  /** Told of every block that was stored, in order. */
  onBlock: (table: string, rows: readonly Row[]) => void = () => {};
  /** Told of what a real store would take and nobody should send. */
  onMisuse: (what: string) => void = () => {};

  rows(table: string): readonly Row[] {
    return this.#tables.get(table) ?? [];
  }

  /** Keeps the block's bytes. */
  insert(table: string, block: Block, token: string | undefined): void {
    if (token !== undefined) {
      const known = this.#tokens.get(token);
      if (known !== undefined) {
        const same = known.table === table && Buffer.compare(known.bytes, block.bytes) === 0;
        if (!same) this.onMisuse(`token ${token} was used for other rows`);
        return;
      }
      this.#tokens.set(token, { table, bytes: block.bytes });
    }
    const rows = keptOf(table, block);
    if (rows.some((row) => row._day !== rows[0]!._day)) this.onMisuse(`a block of ${table} spans days`);
    const held = this.#tables.get(table);
    if (held === undefined) this.#tables.set(table, [...rows]);
    else for (const row of rows) held.push(row);
    this.onBlock(table, rows);
  }

  progress(topics: readonly string[]): Row[] {
    const latest = new Map<string, Row>();
    for (const row of this.rows("progress")) {
      if (!topics.includes(String(row.topic))) continue;
      const key = `${row.topic}/${row.partition}/${row.epoch}`;
      const known = latest.get(key);
      const newest = known === undefined || Number(row.next_offset) > Number(known.next_offset) ? row : known;
      latest.set(key, {
        ...newest,
        next: newest.next_offset,
        append_max_ms: Math.max(Number(known?.append_max_ms ?? 0), Number(row.append_max)),
      });
    }
    return [...latest.values()];
  }

  largest(table: string, topic: string, epoch: number, day: string): Row[] {
    const found = new Map<number, { next: number; append_max_ms: number }>();
    for (const row of this.rows(table)) {
      if (row._topic !== topic || row._epoch !== epoch || String(row._day) < day) continue;
      const known = found.get(Number(row._partition));
      found.set(Number(row._partition), {
        next: Math.max(known?.next ?? 0, Number(row._offset) + 1),
        append_max_ms: Math.max(known?.append_max_ms ?? 0, Number(row._append_time)),
      });
    }
    return [...found].map(([partition, values]) => ({ partition, ...values }));
  }
}

export class SimStore implements Store {
  readonly #tables: SimTables;
  readonly #process: SimProcess;
  readonly #fault: () => StoreFault;

  constructor(tables: SimTables, process: SimProcess, fault: () => StoreFault) {
    this.#tables = tables;
    this.#process = process;
    this.#fault = fault;
  }

  async command(sql: string): Promise<void> {
    throw new Error(`the simulated store takes no commands: ${sql.slice(0, 80)}`);
  }

  query(sql: string, parameters: Readonly<Record<string, unknown>> = {}): Promise<readonly Row[]> {
    return this.#process.call(
      "query",
      () => {
        this.#throwIfDown();
        const table = /\bFROM (\w+)/.exec(sql)?.[1];
        if (table === "progress") return this.#tables.progress(parameters.topics as readonly string[]);
        if (table === undefined || parameters.topic === undefined) {
          throw new Error(`the simulated store does not understand: ${sql}`);
        }
        const { topic, epoch, day } = parameters;
        return this.#tables.largest(table, String(topic), Number(epoch), String(day));
      },
      { orphan: "dropped" },
    );
  }

  async insert(table: string, block: Block, token?: string): Promise<void> {
    const fault = this.#fault();
    // The block is valid until the recorder's next one: the engine has its bytes before the call returns.
    const sent = { rows: block.rows, bytes: block.bytes.slice() };
    await this.#process.call(
      `insert ${table}`,
      () => {
        this.#throwIfDown();
        if (fault === "refused") throw new StoreError("the store is overloaded", 202, true);
        this.#tables.insert(table, sent, token);
        if (fault === "stored but refused") throw new StoreError("the connection broke", null, true);
      },
      // The embedded engine lives in the recorder's process: what it has not stored when that dies, it never does.
      { orphan: "dropped", sure: true, ...(fault === "late" ? { delayMs: 2_000 } : {}) },
    );
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #throwIfDown(): void {
    if (this.#tables.downUntilMs > this.#process.scheduler.nowMs) {
      throw new StoreError("the store is not reachable", null, true, new InjectedError("down"));
    }
  }
}
