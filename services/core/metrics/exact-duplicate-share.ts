import { type Counters, counters } from "../counters.ts";
import { defineCountsMetric, type PaneIndex } from "../metric.ts";
import { rateResult } from "../rate-result.ts";
import { DistinctContents } from "../sketches/distinct-contents.ts";

const sums = counters(["texts", "firsts"]);

/**
 * Exact duplicates: 1 - distinct contents / texts, within panes.
 *
 * Input   64-bit hash of the N1 tokens (case, spacing and compatibility forms do not matter); texts without tokens are left
 *         out. Of the texts of one content in a pane, the one of smallest event-id hash is the first, the others repeat it; a
 *         text is counted in its own cell, so a cell left out takes its repeats along, also those of other cells' texts.
 * Value   ratio 0..1 with the Wilson interval of as many independent texts; n = texts. `insufficient` under 30 texts.
 *         Repeats across the panes of a longer window are not seen.
 * State   two integers a cell; an index of at most 524,288 contents while the pane is open (distinct-contents.ts), from which
 *         on the distinct ones are estimated to 0.2 %: then, and only then, the value may be off by that much.
 * Golden : the five toy documents give 0.2.
 */
export const exactDuplicateShare = defineCountsMetric({
  kind: "counts",
  id: "exact_duplicate_share",
  title: "Exact duplicates",
  why: "Rises when the same text is made or sent again: it teaches nothing new and is learnt by heart.",
  unit: "ratio",
  better: "lower",
  family: "repetition",
  basis: "texts",
  stages: ["candidate", "admitted", "reply"],
  source: "Flajolet 1990, adaptive sampling",
  input: "text",
  ...sums,
  add(state, { text }) {
    if (text.tokenCount > 0) state.texts += 1;
  },
  openPane() {
    return { open: openContents };
  },
  value({ texts, firsts }) {
    // An estimated number of distinct contents may exceed the texts, and a cell left out may leave more firsts than texts.
    return [rateResult("exact_duplicate_share", Math.max(0, texts - firsts), texts, "")];
  },
});

function openContents(): PaneIndex<Counters<"texts" | "firsts">> {
  const contents = new DistinctContents();
  return {
    add(stages, rank, cell, text) {
      if (text.tokenCount > 0) contents.add(stages, rank, cell, text.contentHi, text.contentLo);
    },
    close(stage) {
      const counts = [...contents.byCell(stage)];
      return new Map(counts.map(([cell, firsts]) => [cell, { texts: 0, firsts }]));
    },
  };
}
