/** Which offline series stand for which online problem: what people accepted, as part of the policy. */

/** Entries of a map. */
export const PROXY_ENTRIES_MAX = 256;
/** Offline series of one entry. */
export const PROXIES_MAX = 16;
/** Windows before an alarm that may be looked back on: as many as are kept leave enough before them to say what was usual. */
export const PROXY_LAG_MAX = 100;

export type Move = "up" | "down";

/** One offline series that should have moved before the alarm. */
export interface ProxySeries {
  /** `<stage>/<segment>/<metric>`, as in rows of drift. */
  readonly series: string;
  /** Which way it goes when the problem comes. */
  readonly moves: Move;
  /** Decision windows before the alarm, both inclusive, in which it moves. The alarm's own delay is part of it. */
  readonly lagMin: number;
  readonly lagMax: number;
}

export interface ProxyEntry {
  /** null: every lane. */
  readonly lane: string | null;
  /** The online series that gets worse, `<stage>/<segment>/<metric>`. */
  readonly symptom: string;
  /** null: the whole, and every bucket. "" is the whole alone. */
  readonly bucket: string | null;
  readonly proxies: readonly ProxySeries[];
}

export type ProxyMap = readonly ProxyEntry[];

/** What users get, and of which kind of request; "" for all of them. */
export interface Symptom {
  readonly series: string;
  readonly bucket: string;
}

/** `<series>`, or `<series>[<bucket>]`. */
export function symptomName({ series, bucket }: Symptom): string {
  return bucket === "" ? series : `${series}[${bucket}]`;
}

/** Everything that is mapped to a symptom in a lane, each series once: what names the lane, then the bucket, counts before what does not. */
export function proxiesOf(map: ProxyMap, lane: string, { series, bucket }: Symptom): readonly ProxySeries[] {
  const found = new Map<string, ProxySeries>();
  const names = ({ lane: own, bucket: kind }: ProxyEntry): number =>
    (own === null ? 0 : 2) + (kind === null ? 0 : 1);
  for (const entry of map.toSorted((a, b) => names(b) - names(a))) {
    if (entry.symptom !== series) continue;
    if (entry.lane !== null && entry.lane !== lane) continue;
    if (entry.bucket !== null && entry.bucket !== bucket) continue;
    for (const proxy of entry.proxies) if (!found.has(proxy.series)) found.set(proxy.series, proxy);
  }
  return [...found.values()];
}
