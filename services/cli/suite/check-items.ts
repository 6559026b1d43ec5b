/** The items of a suite held against training texts, and against real ones: copied word for word, or alike in style. */
import { TextAnalyser } from "../../core/analysis.ts";
import { rankOfId } from "../../core/hash.ts";
import { type Interval, wilson } from "../../core/statistics/intervals.ts";
import {
  STYLE_TEXTS_MAX,
  type StyleConvergence,
  type StyleText,
  styleConvergence,
  styleText,
} from "../../core/suite/style-convergence.ts";
import { type ItemOverlap, OVERLAP_NGRAMS_MAX, VerbatimOverlap } from "../../core/suite/verbatim-overlap.ts";
import { CliError, EXIT, type ExitCode } from "../io.ts";

/** Items that a report names, those covered most first. */
export const ITEMS_NAMED_MAX = 100;

export type CheckVerdict = "pass" | "breach" | "inconclusive";

export interface OverlapReport {
  readonly verdict: "pass" | "breach";
  readonly order: number;
  /** Items with words of their own: what only repeats real texts can be found nowhere. */
  readonly items: number;
  /** Items of which at least one n-gram stands in a training text. */
  readonly found: number;
  readonly share: number;
  /** Of the share, 95 %: for the suite that these items were drawn from. */
  readonly interval: Interval;
  readonly shareMax: number;
  readonly named: readonly ItemOverlap[];
}

export interface CheckReport {
  readonly verdict: CheckVerdict;
  readonly items: number;
  readonly trainingTexts: number;
  /** null where no real texts were given: style is not judged then. */
  readonly realTexts: number | null;
  readonly overlap: OverlapReport;
  readonly style: StyleConvergence | null;
}

/** Items come first, then texts in any order, then the report. Memory does not grow with the texts. */
export class ItemCheck {
  readonly #analyser = new TextAnalyser();
  readonly #order: number;
  readonly #overlap: VerbatimOverlap;
  readonly #items = new StyleSample();
  readonly #training = new StyleSample();
  readonly #real = new StyleSample();

  constructor(order: number) {
    this.#order = order;
    this.#overlap = new VerbatimOverlap(order);
  }

  /** Throws `CliError` where the suite is larger than can be held. */
  addItem(id: string, text: string): void {
    const analysis = this.#analyser.analyseString(text);
    if (!this.#overlap.addItem(id, analysis)) {
      throw new CliError(
        `the suite has more than ${OVERLAP_NGRAMS_MAX.toLocaleString("en")} n-grams; split it and check its parts`,
      );
    }
    this.#items.offer(() => styleText(analysis));
  }

  addTraining(text: string): void {
    const analysis = this.#analyser.analyseString(text);
    this.#overlap.see(analysis);
    this.#training.offer(() => styleText(analysis));
  }

  addReal(text: string): void {
    const analysis = this.#analyser.analyseString(text);
    this.#overlap.seeReal(analysis);
    this.#real.offer(() => styleText(analysis));
  }

  get trainingTexts(): number {
    return this.#training.offered;
  }

  report(shareMax: number): CheckReport {
    const real = this.#real.offered;
    const overlap = overlapReport(this.#overlap.items(), this.#order, shareMax);
    const style =
      real === 0 ? null : styleConvergence(this.#items.texts(), this.#training.texts(), this.#real.texts());
    return {
      verdict: verdictOf(overlap, style),
      items: this.#items.offered,
      trainingTexts: this.#training.offered,
      realTexts: real === 0 ? null : real,
      overlap,
      style,
    };
  }
}

export function checkExitCode({ verdict }: CheckReport): ExitCode {
  return EXIT[verdict];
}

function verdictOf(overlap: OverlapReport, style: StyleConvergence | null): CheckVerdict {
  if (overlap.verdict === "breach" || style?.converged === true) return "breach";
  return overlap.items === 0 || style?.status === "insufficient" ? "inconclusive" : "pass";
}

function overlapReport(all: readonly ItemOverlap[], order: number, shareMax: number): OverlapReport {
  const own = all.filter(({ ngrams }) => ngrams > 0);
  const hit = own.filter(({ found }) => found > 0);
  const share = own.length === 0 ? 0 : hit.length / own.length;
  return {
    verdict: share > shareMax ? "breach" : "pass",
    order,
    items: own.length,
    found: hit.length,
    share,
    interval: wilson(hit.length, own.length),
    shareMax,
    named: hit.sort((a, b) => b.coverage - a.coverage || (a.id < b.id ? -1 : 1)).slice(0, ITEMS_NAMED_MAX),
  };
}

/** At most `STYLE_TEXTS_MAX` of the texts offered: those whose place in the file has the smallest hash. */
class StyleSample {
  #kept: { readonly rank: number; readonly text: StyleText }[] = [];
  #rankMax = Number.POSITIVE_INFINITY;
  offered = 0;

  /** `read` is called for texts that are kept. */
  offer(read: () => StyleText): void {
    this.offered += 1;
    const rank = rankOfId(String(this.offered));
    if (rank >= this.#rankMax) return;
    this.#kept.push({ rank, text: read() });
    if (this.#kept.length >= 2 * STYLE_TEXTS_MAX) this.#cut();
  }

  texts(): readonly StyleText[] {
    this.#cut();
    return this.#kept.map(({ text }) => text);
  }

  #cut(): void {
    this.#kept = this.#kept.sort((a, b) => a.rank - b.rank).slice(0, STYLE_TEXTS_MAX);
    if (this.#kept.length === STYLE_TEXTS_MAX) this.#rankMax = this.#kept.at(-1)!.rank;
  }
}
