/** Compares rows of a replay with recorded ones: equal as multisets, whatever order they came in. */

/** Differences kept to show; all are counted. */
export const DIFFERENCES_MAX = 5;

export interface Comparison {
  readonly what: string;
  readonly recorded: number;
  readonly replayed: number;
  /** Rows only one side has. */
  readonly onlyRecorded: number;
  readonly onlyReplayed: number;
  /** A few of them, as JSON, `-` recorded and `+` replayed. */
  readonly examples: readonly string[];
}

export class RowSet {
  readonly #what: string;
  readonly #balance = new Map<string, number>();
  #recorded = 0;
  #replayed = 0;

  constructor(what: string) {
    this.#what = what;
  }

  recorded(row: unknown): void {
    this.#recorded += 1;
    this.#add(row, -1);
  }

  replayed(row: unknown): void {
    this.#replayed += 1;
    this.#add(row, 1);
  }

  compare(): Comparison {
    let onlyRecorded = 0;
    let onlyReplayed = 0;
    const examples: string[] = [];
    for (const [row, balance] of [...this.#balance].sort(([a], [b]) => (a < b ? -1 : 1))) {
      if (balance < 0) onlyRecorded -= balance;
      else onlyReplayed += balance;
      if (examples.length < DIFFERENCES_MAX) examples.push(`${balance < 0 ? "-" : "+"} ${row}`);
    }
    return {
      what: this.#what,
      recorded: this.#recorded,
      replayed: this.#replayed,
      onlyRecorded,
      onlyReplayed,
      examples,
    };
  }

  /** Rows both sides have cancel out, so memory holds the difference, not the stream. */
  #add(row: unknown, by: number): void {
    const key = canonicalJson(row);
    const balance = (this.#balance.get(key) ?? 0) + by;
    if (balance === 0) this.#balance.delete(key);
    else this.#balance.set(key, balance);
  }
}

export function equal(comparison: Comparison): boolean {
  return comparison.onlyRecorded === 0 && comparison.onlyReplayed === 0;
}

/** JSON with the keys of every object sorted. Numbers print alike after a round trip through Avro's double. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, held: unknown) => {
    if (held instanceof Uint8Array) return Buffer.from(held).toString("base64");
    if (held === null || typeof held !== "object" || Array.isArray(held)) return held;
    return Object.fromEntries(Object.entries(held).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
