/**
 * Compares rows of a replay with recorded ones: equal as multisets, whatever order they came in. Rows that both sides have
 * cancel out, so memory holds what is not matched yet, 128 bits a row.
 */
import { hash } from "node:crypto";
import { canonicalJson } from "../canonical-json.ts";

/** Differences kept to show; all are counted. */
export const DIFFERENCES_MAX = 5;
/** Unmatched rows whose text is kept: the first ones, where a difference begins. */
const TEXTS_MAX = 1_000;
/** Unmatched rows. Beyond it the two sides are of different histories and counting on tells nothing. */
export const UNMATCHED_ROWS_MAX = 2_000_000;

export interface Comparison {
  readonly what: string;
  readonly recorded: number;
  readonly replayed: number;
  /** Rows only one side has. */
  readonly onlyRecorded: number;
  readonly onlyReplayed: number;
  /** The first few of them, as text, `-` recorded and `+` replayed. */
  readonly examples: readonly string[];
}

/** How often a row was replayed more than recorded, and its text where it is kept. */
interface Unmatched {
  balance: number;
  readonly text: string | null;
}

export class RowSet {
  readonly #what: string;
  /** In order of arrival, by digest. */
  readonly #unmatched = new Map<string, Unmatched>();
  #texts = 0;
  #recorded = 0;
  #replayed = 0;

  constructor(what: string) {
    this.#what = what;
  }

  /** @throws Error beyond `UNMATCHED_ROWS_MAX`. */
  recorded(row: unknown): void {
    this.#recorded += 1;
    this.#add(textOf(row), -1);
  }

  /** @throws Error beyond `UNMATCHED_ROWS_MAX`. */
  replayed(row: unknown): void {
    this.#replayed += 1;
    this.#add(textOf(row), 1);
  }

  /** Takes a recorded row where the replay waits for one like it; false, and nothing else, where it does not. */
  recordedIfAwaited(row: unknown): boolean {
    const text = textOf(row);
    if ((this.#unmatched.get(digestOf(text))?.balance ?? 0) <= 0) return false;
    this.#recorded += 1;
    this.#add(text, -1);
    return true;
  }

  /** Whether the replay made rows that were not found recorded so far. */
  get awaits(): boolean {
    for (const { balance } of this.#unmatched.values()) if (balance > 0) return true;
    return false;
  }

  compare(): Comparison {
    let onlyRecorded = 0;
    let onlyReplayed = 0;
    const examples: string[] = [];
    for (const { balance, text } of this.#unmatched.values()) {
      if (balance < 0) onlyRecorded -= balance;
      else onlyReplayed += balance;
      if (text !== null && examples.length < DIFFERENCES_MAX) {
        examples.push(`${balance < 0 ? "-" : "+"} ${text}`);
      }
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

  #add(text: string, by: number): void {
    const digest = digestOf(text);
    const held = this.#unmatched.get(digest);
    if (held !== undefined) {
      held.balance += by;
      if (held.balance !== 0) return;
      this.#unmatched.delete(digest);
      if (held.text !== null) this.#texts -= 1;
      return;
    }
    if (this.#unmatched.size >= UNMATCHED_ROWS_MAX) {
      throw new Error(`${this.#what}: more than ${UNMATCHED_ROWS_MAX} rows have no like on the other side`);
    }
    const keeps = this.#texts < TEXTS_MAX;
    if (keeps) this.#texts += 1;
    this.#unmatched.set(digest, { balance: by, text: keeps ? text : null });
  }
}

export function equal(comparison: Comparison): boolean {
  return comparison.onlyRecorded === 0 && comparison.onlyReplayed === 0;
}

/** A row that is text already is its own form: the caller made it canonical. */
function textOf(row: unknown): string {
  return typeof row === "string" ? row : canonicalJson(row);
}

/** 128 bits: among a billion rows the chance of two alike by accident is below 10^-20. */
export function digestOf(data: string | Uint8Array): string {
  return hash("sha256", data, "base64url").slice(0, 22);
}
