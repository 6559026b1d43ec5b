import type { TextAnalysis } from "../analysis.ts";

const ROWS_MIN = 256;
const POOL_MIN = 16_384;
/** Words from which on the pool grows by half, not to twice its size: half empty it would be tens of megabytes too large. */
const DOUBLED_MAX = 4_194_304;

/**
 * The texts of one pane that may have near-duplicates, in columns, in order of arrival. Each row's shingles are
 * `pool[start, end)` and its keys follow them in `pool[end, keyEnd)`.
 */
export class NearDuplicateRows {
  count = 0;
  poolEnd = 0;
  pool: Uint32Array<ArrayBufferLike> = new Uint32Array(POOL_MIN);
  rank: Float64Array<ArrayBufferLike> = new Float64Array(ROWS_MIN);
  contentHi: Uint32Array<ArrayBufferLike> = new Uint32Array(ROWS_MIN);
  contentLo: Uint32Array<ArrayBufferLike> = new Uint32Array(ROWS_MIN);
  /** Number of the cell's name. */
  cell: Int32Array<ArrayBufferLike> = new Int32Array(ROWS_MIN);
  /** Number of the lane's segment. */
  owner: Int32Array<ArrayBufferLike> = new Int32Array(ROWS_MIN);
  /** Bits of the stages in which the text takes part. */
  stages: Uint8Array<ArrayBufferLike> = new Uint8Array(ROWS_MIN);
  start: Uint32Array<ArrayBufferLike> = new Uint32Array(ROWS_MIN);
  end: Uint32Array<ArrayBufferLike> = new Uint32Array(ROWS_MIN);
  keyEnd: Uint32Array<ArrayBufferLike> = new Uint32Array(ROWS_MIN);

  /** Makes room for one more row and for `words` more in the pool. */
  reserve(words: number): void {
    if (this.poolEnd + words > this.pool.length) {
      const grown = new Uint32Array(Math.max(this.poolEnd + words, this.#grownLength()));
      grown.set(this.pool.subarray(0, this.poolEnd));
      this.pool = grown;
    }
    if (this.count < this.rank.length) return;
    const rows = this.rank.length * 2;
    const grownRank = new Float64Array(rows);
    grownRank.set(this.rank);
    this.rank = grownRank;
    this.contentHi = doubled(this.contentHi);
    this.contentLo = doubled(this.contentLo);
    this.start = doubled(this.start);
    this.end = doubled(this.end);
    this.keyEnd = doubled(this.keyEnd);
    const cell = new Int32Array(rows);
    cell.set(this.cell);
    this.cell = cell;
    const owner = new Int32Array(rows);
    owner.set(this.owner);
    this.owner = owner;
    const stages = new Uint8Array(rows);
    stages.set(this.stages);
    this.stages = stages;
  }

  #grownLength(): number {
    const { length } = this.pool;
    return length < DOUBLED_MAX ? length * 2 : length + (length >>> 1);
  }

  /** Adds the row whose shingles and keys were written to the pool from `poolEnd` on. */
  append(
    owner: number,
    stages: number,
    rank: number,
    cell: number,
    text: TextAnalysis,
    end: number,
    keyEnd: number,
  ): void {
    const row = this.count;
    this.rank[row] = rank;
    this.contentHi[row] = text.contentHi;
    this.contentLo[row] = text.contentLo;
    this.cell[row] = cell;
    this.owner[row] = owner;
    this.stages[row] = stages;
    this.start[row] = this.poolEnd;
    this.end[row] = end;
    this.keyEnd[row] = keyEnd;
    this.poolEnd = keyEnd;
    this.count += 1;
  }

  /** Keeps the rows that take part in any stage, in their order, and packs the pool in place. */
  pack(): void {
    let kept = 0;
    let poolEnd = 0;
    for (let row = 0; row < this.count; row += 1) {
      if (this.stages[row] === 0) continue;
      const start = this.start[row]!;
      const shift = start - poolEnd;
      const keyEnd = this.keyEnd[row]!;
      this.pool.copyWithin(poolEnd, start, keyEnd);
      this.rank[kept] = this.rank[row]!;
      this.contentHi[kept] = this.contentHi[row]!;
      this.contentLo[kept] = this.contentLo[row]!;
      this.cell[kept] = this.cell[row]!;
      this.owner[kept] = this.owner[row]!;
      this.stages[kept] = this.stages[row]!;
      this.start[kept] = poolEnd;
      this.end[kept] = this.end[row]! - shift;
      this.keyEnd[kept] = keyEnd - shift;
      poolEnd = keyEnd - shift;
      kept += 1;
    }
    this.count = kept;
    this.poolEnd = poolEnd;
  }
}

function doubled(column: Uint32Array): Uint32Array {
  const grown = new Uint32Array(column.length * 2);
  grown.set(column);
  return grown;
}
