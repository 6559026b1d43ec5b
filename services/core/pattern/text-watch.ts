/** Reads off a text which declared error patterns are in it, and which facts it cites out of their scope. */
import type { TextAnalysis } from "../analysis.ts";
import type { TextScope } from "../sample.ts";
import { type PatternRegistry, registryOf, type ScopedFact } from "./pattern-registry.ts";
import { PhraseTrie } from "./phrase-trie.ts";

/** What was found in one text of a lane that watches for something. Shared where it is empty; not to be changed. */
export interface WatchFindings {
  /** Names of the error patterns in it, as declared; null where the lane declares none. */
  readonly patterns: readonly string[] | null;
  /** Names of the facts it cites of which it can be told whether they hold here, … */
  readonly cited: readonly string[];
  /** … and those of them that do not. */
  readonly outOfScope: readonly string[];
}

const NO_SCOPE: TextScope = { product: "", region: "", channel: "" };

/** The watch of one lane. Not shared between threads. */
export class TextWatch {
  readonly #trie = new PhraseTrie();
  readonly #patterns: readonly string[];
  readonly #facts: readonly FactCheck[];
  /** By number of a pattern, then of a fact, then of a fact's condition: whether it is in the text being read. */
  readonly #seen: Uint8Array;
  readonly #nothing: WatchFindings;

  /** Throws RangeError for a phrase without tokens. */
  constructor({ patterns, facts }: PatternRegistry) {
    this.#patterns = patterns.map(({ name }) => name);
    this.#facts = facts.map((fact) => new FactCheck(fact));
    this.#nothing = { patterns: patterns.length === 0 ? null : [], cited: [], outOfScope: [] };
    this.#seen = new Uint8Array(patterns.length + 2 * facts.length);
    patterns.forEach(({ phrases }, i) => {
      for (const phrase of phrases) this.#trie.add(phrase, i);
    });
    facts.forEach(({ phrases, conditions }, i) => {
      const at = patterns.length + i;
      for (const phrase of phrases) this.#trie.add(phrase, at);
      for (const phrase of conditions) this.#trie.add(phrase, at + facts.length);
    });
  }

  /** One pass over the tokens. `eventMs`: when the text was made; null where that is not known. `scope` is null where nothing is known of it. */
  read(text: TextAnalysis, eventMs: number | null, scope: TextScope | null = null): WatchFindings {
    if (!this.#look(text)) return this.#nothing;
    const seen = this.#seen;
    const count = this.#patterns.length;
    const cited: string[] = [];
    const outOfScope: string[] = [];
    this.#facts.forEach((fact, i) => {
      if (seen[count + i] === 0) return;
      const holds = fact.holds(eventMs, scope ?? NO_SCOPE, seen[count + this.#facts.length + i] === 1);
      if (holds === null) return;
      cited.push(fact.name);
      if (!holds) outOfScope.push(fact.name);
    });
    const patterns = count === 0 ? null : this.#patterns.filter((_name, i) => seen[i] === 1);
    return { patterns, cited, outOfScope };
  }

  #look({ tokens, tokenCount }: TextAnalysis): boolean {
    const trie = this.#trie;
    let any = false;
    for (let i = 0; i < tokenCount; i += 1) {
      if (!trie.mayBegin(tokens, i, tokenCount)) continue;
      for (const id of trie.at(tokens, i, tokenCount)) {
        if (!any) this.#seen.fill(0);
        any = true;
        this.#seen[id] = 1;
      }
    }
    return any;
  }
}

class FactCheck {
  readonly name: string;
  readonly #fact: ScopedFact;
  readonly #products: ReadonlySet<string>;
  readonly #regions: ReadonlySet<string>;
  readonly #channels: ReadonlySet<string>;

  constructor(fact: ScopedFact) {
    this.name = fact.name;
    this.#fact = fact;
    this.#products = lowered(fact.products);
    this.#regions = lowered(fact.regions);
    this.#channels = lowered(fact.channels);
  }

  /** Whether the fact holds where and when it is cited; null where nobody said enough of the text to tell. */
  holds(eventMs: number | null, scope: TextScope, hasCondition: boolean): boolean | null {
    if (this.#fact.conditions.length > 0 && !hasCondition) return false;
    const dimensions = [
      this.#isInTime(eventMs),
      within(this.#products, scope.product),
      within(this.#regions, scope.region),
      within(this.#channels, scope.channel),
    ];
    if (dimensions.includes(false)) return false;
    return dimensions.includes(null) ? null : true;
  }

  #isInTime(eventMs: number | null): boolean | null {
    const { fromMs, untilMs } = this.#fact;
    if (fromMs === null && untilMs === null) return true;
    if (eventMs === null) return null;
    return (fromMs === null || eventMs >= fromMs) && (untilMs === null || eventMs < untilMs);
  }
}

function lowered(values: readonly string[]): ReadonlySet<string> {
  return new Set(values.map((value) => value.toLowerCase()));
}

function within(values: ReadonlySet<string>, value: string): boolean | null {
  if (values.size === 0) return true;
  return value === "" ? null : values.has(value.toLowerCase());
}

/** The watches of a partition's lanes; lanes that no entry names share one. */
export class TextWatches {
  readonly #byLane = new Map<string, TextWatch>();
  readonly #others: TextWatch | null;

  constructor(registry: PatternRegistry) {
    const named = [...registry.patterns, ...registry.facts].flatMap(({ lane }) =>
      lane === null ? [] : [lane],
    );
    for (const lane of named) this.#byLane.set(lane, new TextWatch(registryOf(registry, lane)));
    // No lane is called "".
    const others = registryOf(registry, "");
    this.#others = others.patterns.length + others.facts.length === 0 ? null : new TextWatch(others);
  }

  /** null where the lane watches for nothing. */
  of(lane: string): TextWatch | null {
    return this.#byLane.get(lane) ?? this.#others;
  }
}
