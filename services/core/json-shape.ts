/** Reads parsed JSON field by field: a state written by us may come back cut, altered, or from another release. */

export type Fields = Readonly<Record<string, unknown>>;

/** One kind of document; every method throws what `fail` makes, naming the field, where a value is not as asked for. */
export class JsonShape {
  readonly #fail: (message: string) => Error;

  constructor(fail: (message: string) => Error) {
    this.#fail = fail;
  }

  /** Parses text; what is no JSON is refused in words of our own. */
  parse(text: string, name: string): unknown {
    try {
      return JSON.parse(text);
    } catch {
      throw this.#fail(`${name} is not JSON`);
    }
  }

  object(value: unknown, name: string): Fields {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw this.#fail(`${name} must be an object`);
    }
    return value as Fields;
  }

  array<T>(value: unknown, name: string, item: (value: unknown, name: string) => T): T[] {
    if (!Array.isArray(value)) throw this.#fail(`${name} must be an array`);
    return value.map((entry: unknown, i) => item(entry, `${name}[${i}]`));
  }

  /** An array of exactly this length, its entries unread. */
  tuple(value: unknown, name: string, length: number): readonly unknown[] {
    if (!Array.isArray(value) || value.length !== length) {
      throw this.#fail(`${name} must be an array of ${length}`);
    }
    return value;
  }

  string(value: unknown, name: string): string {
    if (typeof value !== "string") throw this.#fail(`${name} must be a string`);
    return value;
  }

  oneOf<T extends string>(value: unknown, name: string, words: readonly T[]): T {
    const found = words.find((word) => word === value);
    if (found === undefined) throw this.#fail(`${name} must be one of ${words.join(", ")}`);
    return found;
  }

  finite(value: unknown, name: string): number {
    if (typeof value !== "number" || !Number.isFinite(value))
      throw this.#fail(`${name} must be a finite number`);
    return value;
  }

  finiteOrNull(value: unknown, name: string): number | null {
    return value === null ? null : this.finite(value, name);
  }

  /** A finite number, 0 or more. */
  amount(value: unknown, name: string): number {
    const amount = this.finite(value, name);
    if (amount < 0) throw this.#fail(`${name} must not be negative`);
    return amount;
  }

  /** 0 to 1. */
  share(value: unknown, name: string): number {
    const share = this.amount(value, name);
    if (share > 1) throw this.#fail(`${name} must be at most 1`);
    return share;
  }

  /** An integer that is exact, 0 or more. */
  count(value: unknown, name: string): number {
    const count = this.amount(value, name);
    if (!Number.isSafeInteger(count)) throw this.#fail(`${name} must be an integer`);
    return count;
  }
}
