/** One exported name with its label sets, bounded. */
import type { SeriesSpec } from "./metric-spec.ts";

export type Labels = Readonly<Record<string, string>>;

interface Entry {
  readonly labels: Labels;
  value: number;
}

/** A gauge or counter as prom-client's registry reads it. */
export class BoundedSeries {
  readonly name: string;
  readonly help: string;
  readonly type: "gauge" | "counter";
  readonly aggregator = "sum";
  readonly spec: SeriesSpec;
  readonly #entries = new Map<string, Entry>();

  constructor(spec: SeriesSpec & { readonly type: "gauge" | "counter" }) {
    this.name = spec.name;
    this.help = spec.help;
    this.type = spec.type;
    this.spec = spec;
    // A series without labels exists from the start, so that its absence means that the process is gone.
    if (spec.type === "counter" && spec.labels.length === 0) this.#entries.set("", { labels: {}, value: 0 });
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Sets a label set that is held; false where it is not. */
  update(labels: Labels, value: number): boolean {
    const entry = this.#entries.get(this.#key(labels));
    if (entry === undefined) return false;
    entry.value = value;
    return true;
  }

  /** False where the label set would be one too many. Not a number makes no new series. */
  set(labels: Labels, value: number): boolean {
    const entry = this.#entry(labels, Number.isNaN(value));
    if (entry === "none") return true;
    if (entry === "full") return false;
    entry.value = value;
    return true;
  }

  /** Adds; `always` takes one more label set even when full: those of `__other__`. */
  add(labels: Labels, by: number, always: boolean): boolean {
    const entry = this.#entry(labels, false, always);
    if (typeof entry === "string") return false;
    entry.value += by;
    return true;
  }

  /** Ends the label sets that have all of these labels. */
  drop(labels: Labels): void {
    const wanted = Object.entries(labels);
    for (const [key, entry] of this.#entries) {
      if (wanted.every(([name, value]) => entry.labels[name] === value)) this.#entries.delete(key);
    }
  }

  /** What prom-client asks of a metric at a scrape. */
  get(): Promise<{
    name: string;
    help: string;
    type: "gauge" | "counter";
    aggregator: "sum";
    values: readonly Entry[];
  }> {
    const { name, help, type, aggregator } = this;
    return Promise.resolve({ name, help, type, aggregator, values: [...this.#entries.values()] });
  }

  #entry(labels: Labels, onlyKnown: boolean, always = false): Entry | "none" | "full" {
    const key = this.#key(labels);
    const known = this.#entries.get(key);
    if (known !== undefined) return known;
    if (onlyKnown) return "none";
    if (this.#entries.size >= this.spec.seriesMax && !always) return "full";
    const entry: Entry = {
      labels: Object.fromEntries(this.spec.labels.map((name) => [name, labels[name]!])),
      value: 0,
    };
    this.#entries.set(key, entry);
    return entry;
  }

  /**
   * Says unambiguously which label set it is: values that are held have no control characters, so one with a line break has more
   * parts than any key.
   */
  #key(labels: Labels): string {
    const names = this.spec.labels;
    let key = "";
    for (let i = 0; i < names.length; i += 1) key += i === 0 ? labels[names[i]!]! : `\n${labels[names[i]!]!}`;
    return key;
  }
}
