import { TableBlock, type Tables } from "./table-block.ts";

interface OpenBlock {
  readonly block: TableBlock;
  readonly day: number;
  /** What it holds, about: never less than a look at its columns would tell. */
  bytes: number;
  /** Nothing more is added. */
  full: boolean;
}

export interface BlockLimits {
  readonly insertBytesMax: number;
  readonly insertRowsMax: number;
}

/** Rows between two looks at how large a block has become, which cost as much as a row; in between it is estimated. */
const SIZE_EVERY_ROWS = 64;
/** Of one row beside the record's own bytes. */
const ROW_BYTES = 512;

/**
 * The blocks of one batch: by table and day, cut between records. One block is one insert into one table partition (law 3).
 * Blocks are used again from batch to batch.
 */
export class OpenBlocks {
  readonly #tables: Tables;
  readonly #limits: BlockLimits;
  /** In the order they were begun. */
  #used: OpenBlock[] = [];
  /** The block of each table that was added to last. */
  readonly #latest = new Map<string, OpenBlock>();
  readonly #free = new Map<string, TableBlock[]>();

  constructor(tables: Tables, limits: BlockLimits) {
    this.#tables = tables;
    this.#limits = limits;
  }

  /** An empty block of a table, for the caller to keep. Throws for a table that is not there. */
  blockOf(table: string): TableBlock {
    const columns = this.#tables.get(table);
    if (columns === undefined) throw new Error(`the store has no table ${table}`);
    return new TableBlock(table, columns);
  }

  /** The block that `rows` rows of a record of `recordBytes` go into, which the caller then adds. */
  open(table: string, day: number, rows: number, recordBytes: number): TableBlock {
    const { insertBytesMax, insertRowsMax } = this.#limits;
    const bytes = recordBytes + rows * ROW_BYTES;
    let own = this.#latest.get(table);
    if (own === undefined || own.day !== day || own.full) {
      own = this.#used.find((other) => !other.full && other.day === day && other.block.table === table);
    }
    if (own !== undefined) {
      const { block } = own;
      if (rows > 1 || block.rows % SIZE_EVERY_ROWS === 0) own.bytes = block.size();
      if (own.bytes + bytes > insertBytesMax || block.rows + rows > insertRowsMax) {
        own.full = true;
        own = undefined;
      }
    }
    if (own === undefined) {
      own = { block: this.#free.get(table)?.pop() ?? this.blockOf(table), day, bytes: 0, full: false };
      this.#used.push(own);
    }
    own.bytes += bytes;
    this.#latest.set(table, own);
    return own.block;
  }

  /**
   * What was filled, in the order it is to be inserted: days never fall within a topic-partition, and of one day the full
   * blocks were begun first, so each table sees ascending offsets.
   */
  inOrder(): readonly TableBlock[] {
    return [...this.#used].sort((a, b) => a.day - b.day).map((own) => own.block);
  }

  /** Forgets every row. */
  clear(): void {
    for (const { block } of this.#used) {
      block.clear();
      const free = this.#free.get(block.table);
      if (free === undefined) this.#free.set(block.table, [block]);
      else free.push(block);
    }
    this.#used = [];
    this.#latest.clear();
  }
}
