import { type Counters, counters } from "../counters.ts";
import { defineCountsMetric, type PaneIndex } from "../metric.ts";
import { rateResult } from "../rate-result.ts";
import { okResult } from "../result.ts";
import { type NearDuplicateIndex, NearDuplicates } from "../sketches/near-duplicates.ts";

const sums = counters(["texts", "participants", "near"]);

/**
 * Near-duplicates: share of texts that have a neighbour in their pane, earlier or later, with Jaccard similarity >= .8 of
 * their sets of 5-token shingles. Exact copies are neighbours; both texts of a pair count.
 *
 * Input   N1 tokens of the whole text; texts without tokens are left out. Neighbours are sought in the text's own lane and
 *         segment. At most 200,000 texts (or 16.8 M shingles) of a pane of all lanes together take part, those of smallest
 *         event-id hash, and beyond them 512 of each lane's segment, of all segments together at most 65,536 (or 4.2 M shingles). A
 *         text is counted in its own cell, whichever cell its neighbour is in.
 * Value   ratio 0..1 of the participants, with the Wilson interval of as many independent texts; n = participants.
 *         `insufficient` under 30. Second result, bucket `coverage`: participants / texts; below 1 the share is too low, since
 *         neighbours may be among those left out.
 * State   three integers a cell; an index while the pane is open (near-duplicates.ts). Precision 1, recall above .99.
 * Source  Broder 1997 Golden: D, where d0 = d3, gives 2/5; J(d0, d1) is below .8.
 */
export const nearDuplicateShare = defineCountsMetric({
  kind: "counts",
  id: "near_duplicate_share",
  title: "Near-duplicates",
  why: "Rises when texts differ from each other in a few words only, as those filled into one template do.",
  unit: "ratio",
  better: "lower",
  family: "repetition",
  basis: "texts",
  stages: ["candidate", "admitted", "reply"],
  source: "Broder 1997",
  input: "text",
  ...sums,
  add(state, { text }) {
    if (text.tokenCount > 0) state.texts += 1;
  },
  openPane() {
    const pane = new NearDuplicates();
    return { open: () => openSegment(pane.open()) };
  },
  value({ texts, participants, near }) {
    const share = rateResult("near_duplicate_share", near, participants, "");
    if (texts === 0) return [share];
    return [share, okResult("near_duplicate_share", texts, participants / texts, null, "coverage")];
  },
});

function openSegment(index: NearDuplicateIndex): PaneIndex<Counters<"texts" | "participants" | "near">> {
  return {
    add: (stages, rank, cell, text) => index.add(stages, rank, cell, text),
    close(stage) {
      const counts = [...index.close(stage)];
      return new Map(counts.map(([cell, found]) => [cell, { texts: 0, ...found }]));
    },
  };
}
