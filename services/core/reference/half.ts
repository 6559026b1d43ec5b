/** One half of a reference's texts: bounded, in an order that does not depend on that of arrival. */
import { rankOfId } from "../hash.ts";
import type { SampledText } from "../sketches/text-sample.ts";

/** Texts a half keeps; of more, those whose clusters have the smallest hashes. */
export const HALF_TEXTS_MAX = 20_000;

interface Entry {
  readonly clusterRank: number;
  readonly cluster: string;
  readonly text: SampledText;
}

/** Collects a half. Ids are taken to be unique: equal ids keep their order of arrival. */
export class Half {
  #entries: Entry[] = [];
  /** Largest cluster rank that can still enter, once the half is full. */
  #limit = Number.POSITIVE_INFINITY;

  /** False where a text of this cluster would not be kept: it need not be analysed. */
  wants(cluster: string): boolean {
    return rankOfId(cluster) <= this.#limit;
  }

  add(cluster: string, text: SampledText): void {
    this.#entries.push({ clusterRank: rankOfId(cluster), cluster, text });
    // Twice the bound between prunings: each text is sorted a bounded number of times.
    if (this.#entries.length >= 2 * HALF_TEXTS_MAX) this.#prune();
  }

  /** The kept texts by cluster, ascending by the clusters' hashes; within a cluster by (rank, id). */
  clusters(): SampledText[][] {
    this.#prune();
    const clusters: SampledText[][] = [];
    let last: string | null = null;
    for (const { cluster, text } of this.#entries) {
      if (cluster !== last) clusters.push([]);
      clusters.at(-1)!.push(text);
      last = cluster;
    }
    return clusters;
  }

  #prune(): void {
    this.#entries.sort(
      (x, y) =>
        x.clusterRank - y.clusterRank ||
        compare(x.cluster, y.cluster) ||
        x.text.rank - y.text.rank ||
        compare(x.text.id, y.text.id),
    );
    if (this.#entries.length <= HALF_TEXTS_MAX) return;
    this.#entries.length = HALF_TEXTS_MAX;
    this.#limit = this.#entries.at(-1)!.clusterRank;
  }
}

function compare(x: string, y: string): number {
  return x < y ? -1 : x > y ? 1 : 0;
}
