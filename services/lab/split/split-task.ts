/**
 * The task of the split lab: real questions with the answers that a model gives them before it narrows, after it has narrowed,
 * and that people give. All rates of a run follow from it, so that what is planted is known exactly.
 */
import { Random } from "../../core/random.ts";
import type { Corpus } from "../corpus.ts";
import type { LabSizes, RealPiece } from "../pools.ts";
import { type PreparedLab, prepareLab } from "../prepare-lab.ts";
import { hasStandardAnswer, type Item, itemsOf, SUITE_ITEMS_MAX } from "../suites.ts";
import { GENERAL_BUCKET, isTailBucket, SCARCE_BUCKET } from "../topic-words.ts";
import { TrigramModel } from "../trigram.ts";
import { textOf } from "../words.ts";
import { SPLIT_SIZES, type SplitSizes } from "./split-plan.ts";

/** One lane, one generation; nothing is fed back. 9,001 pieces. */
const SPLIT_POOLS: LabSizes = {
  generations: 1,
  training: 2_500,
  referenceHalf: 2_500,
  onlinePerGeneration: 1_500,
  freshPerGeneration: 1,
  trialBatch: 1,
};
/** So often is the model retrained on its own output: tail topics fall from .37 to .05, all held-out text from .36 to .22. */
const NARROWING_GENERATIONS = 4;
const NARROWING_TEMPERATURE = 0.7;
const BUCKET_ITEMS_MAX = 2_500;
/** Fewer questions make no bucket of its own. */
const NAMED_ITEMS_MIN = 60;
const NAMED_BUCKETS_MAX = 4;
/** The first tenth of the corpus: another century's language where it is in order of time. */
const OTHER_DOMAIN_SHARE = 0.1;

type BucketKind = "general" | "tail" | "named" | "scarce";
/** Shares of the traffic by kind of bucket, spread equally within. `scarce` is the hardest: half the success of the others. */
const USUAL_MIX: Readonly<Record<BucketKind, number>> = {
  general: 0.38,
  tail: 0.32,
  named: 0.15,
  scarce: 0.15,
};
const HARD_MIX: Readonly<Record<BucketKind, number>> = {
  general: 0.18,
  tail: 0.18,
  named: 0.04,
  scarce: 0.6,
};

/** Place of the right answer among a solver's five, 1..5; 0 where it is not there. */
export type Rank = number;

/** A question with what each solver makes of it; `hard` is the same question without its last word. */
export interface SplitItem {
  readonly item: Item;
  readonly healthy: Rank;
  readonly narrowed: Rank;
  readonly people: Rank;
  readonly healthyHard: Rank;
  readonly peopleHard: Rank;
}
export const SOLVERS = ["healthy", "narrowed", "people", "healthyHard", "peopleHard"] as const;
export type Solver = (typeof SOLVERS)[number];

export interface SplitBucket {
  readonly name: string;
  /** Questions are drawn from these with repetition: they are the population. Never empty. */
  readonly items: readonly SplitItem[];
  readonly usualShare: number;
  readonly hardShare: number;
  /** Success of each solver over `items`. */
  readonly rates: Readonly<Record<Solver, number>>;
}

export const SPLIT_SUITES = ["main", "long_tail", "cross_domain"] as const;
export type SplitSuiteName = (typeof SPLIT_SUITES)[number];

export interface SuiteItem {
  readonly bucket: string;
  readonly healthy: Rank;
  readonly narrowed: Rank;
}

export interface SplitTask {
  readonly lab: PreparedLab;
  readonly sizes: SplitSizes;
  /** Writes the lane's candidates, in every scenario: what narrows is the model that users meet. */
  readonly healthy: TrigramModel;
  /** Shares of each mix add up to 1. */
  readonly buckets: readonly SplitBucket[];
  readonly suites: Readonly<Record<SplitSuiteName, readonly SuiteItem[]>>;
  readonly replies: { readonly healthy: readonly string[]; readonly narrowed: readonly string[] };
}

/** Draws the pools, fits and narrows the model, asks it everything. About 5 s. Throws CorpusError for a corpus too small. */
export function prepareSplit(corpus: Corpus, seed: number, sizes: SplitSizes = SPLIT_SIZES): SplitTask {
  const lab = prepareLab(corpus, seed, SPLIT_POOLS);
  const { pools, topics } = lab;
  const { vocabulary } = pools;
  const modelOf = (pieces: readonly RealPiece[]): TrigramModel =>
    new TrigramModel(
      pieces.map((piece) => piece.tokens),
      vocabulary,
    );
  const healthy = modelOf(pools.training);
  const narrowed = narrow(healthy, lab);
  // A reader of twice as much text, who never changes: stands for people.
  const people = modelOf([...pools.referenceA, ...pools.referenceB]);
  const random = new Random(`lab/split/items/${seed}`);
  const suiteItems = random.shuffle(itemsOf(pools.referenceB, topics));
  const modelA = modelOf(pools.referenceA);
  const suite = (accepts: (item: Item) => boolean): SuiteItem[] => {
    const taken: SuiteItem[] = [];
    for (const item of suiteItems) {
      if (taken.length === SUITE_ITEMS_MAX) break;
      if (!accepts(item)) continue;
      taken.push({
        bucket: item.bucket,
        healthy: rankOf(healthy, item),
        narrowed: rankOf(narrowed, item),
      });
    }
    return taken;
  };
  const otherDomain = corpus.pieces.length * OTHER_DOMAIN_SHARE;
  const text = (model: TrigramModel, temperature: number, name: string): string[] =>
    model
      .sample(sizes.replyTexts, temperature, new Random(`lab/split/replies/${seed}/${name}`))
      .map((tokens) => textOf(Array.from(tokens, (token) => vocabulary.words[token] ?? "")));
  return {
    lab,
    sizes,
    healthy,
    buckets: bucketsOf(random.shuffle(itemsOf(pools.online[0] ?? [], topics)), { healthy, narrowed, people }),
    suites: {
      // Standard answers that the narrowing leaves alone: flat by construction, like a benchmark of what every model knows.
      main: suite(
        (item) => hasStandardAnswer(item, modelA) && rankOf(healthy, item) > 0 === rankOf(narrowed, item) > 0,
      ),
      long_tail: suite((item) => isTailBucket(item.bucket)),
      cross_domain: suite((item) => item.piece.index < otherDomain),
    },
    replies: {
      healthy: text(healthy, 1, "healthy"),
      narrowed: text(narrowed, NARROWING_TEMPERATURE, "narrowed"),
    },
  };
}

function narrow(first: TrigramModel, lab: PreparedLab): TrigramModel {
  const { pools, sizes, seed } = lab;
  let model = first;
  for (let generation = 1; generation <= NARROWING_GENERATIONS; generation += 1) {
    const random = new Random(`lab/split/narrow/${seed}/${generation}`);
    model = new TrigramModel(model.sample(sizes.training, NARROWING_TEMPERATURE, random), pools.vocabulary);
  }
  return model;
}

function rankOf(model: TrigramModel, { piece, position }: Item, skipped = 0): Rank {
  const { tokens } = piece;
  const last = position - 1 - skipped;
  return model.predict(tokens[last - 1]!, tokens[last]!).indexOf(tokens[position]!) + 1;
}

interface Solvers {
  readonly healthy: TrigramModel;
  readonly narrowed: TrigramModel;
  readonly people: TrigramModel;
}

function bucketsOf(items: readonly Item[], { healthy, narrowed, people }: Solvers): SplitBucket[] {
  const byBucket = new Map<string, Item[]>();
  for (const item of items) {
    // A hard question has its last word left out, and still two to go by.
    if (item.position < 3) continue;
    const known = byBucket.get(item.bucket);
    if (known === undefined) byBucket.set(item.bucket, [item]);
    else if (known.length < BUCKET_ITEMS_MAX) known.push(item);
  }
  const kinds = kindsOf(byBucket);
  const total = (mix: Readonly<Record<BucketKind, number>>): number =>
    [...kinds].reduce((sum, [kind, names]) => sum + (names.length > 0 ? mix[kind] : 0), 0);
  const [usual, hard] = [total(USUAL_MIX), total(HARD_MIX)];
  return [...kinds].flatMap(([kind, names]) =>
    names.map((name) => {
      const asked = byBucket.get(name)!.map(
        (item): SplitItem => ({
          item,
          healthy: rankOf(healthy, item),
          narrowed: rankOf(narrowed, item),
          people: rankOf(people, item),
          healthyHard: rankOf(healthy, item, 1),
          peopleHard: rankOf(people, item, 1),
        }),
      );
      return {
        name,
        items: asked,
        usualShare: USUAL_MIX[kind] / usual / names.length,
        hardShare: HARD_MIX[kind] / hard / names.length,
        rates: ratesOf(asked),
      };
    }),
  );
}

/** Bucket names by kind, sorted; of the named ones those with most questions. */
function kindsOf(byBucket: ReadonlyMap<string, readonly Item[]>): ReadonlyMap<BucketKind, readonly string[]> {
  const names = [...byBucket.keys()].sort();
  const named = names
    .filter((name) => name !== GENERAL_BUCKET && name !== SCARCE_BUCKET && !isTailBucket(name))
    .filter((name) => byBucket.get(name)!.length >= NAMED_ITEMS_MIN)
    .sort((a, b) => byBucket.get(b)!.length - byBucket.get(a)!.length || (a < b ? -1 : 1))
    .slice(0, NAMED_BUCKETS_MAX);
  return new Map([
    ["general", names.filter((name) => name === GENERAL_BUCKET)],
    ["tail", names.filter(isTailBucket)],
    ["named", named],
    ["scarce", names.filter((name) => name === SCARCE_BUCKET)],
  ]);
}

function ratesOf(items: readonly SplitItem[]): Readonly<Record<Solver, number>> {
  const rate = (solver: Solver): number =>
    items.reduce((sum, item) => sum + (item[solver] > 0 ? 1 : 0), 0) / items.length;
  return {
    healthy: rate("healthy"),
    narrowed: rate("narrowed"),
    people: rate("people"),
    healthyHard: rate("healthyHard"),
    peopleHard: rate("peopleHard"),
  };
}
