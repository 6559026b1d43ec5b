/** Documents of the topic `references`, put together from their chunks in log order. */
import type { ReferenceRecord } from "../core/records.ts";
import { joinReference } from "../core/reference/reference-codec.ts";
import { DEFAULT_LANE } from "./read-lanes.ts";

export type DocumentKind = ReferenceRecord["kind"];

/** Lanes with a reference of their own. All are held in memory, up to 8 MB each. */
export const REFERENCES_MAX = 256;
/** Versions of one document that are begun but not complete; the oldest is given up. */
const INCOMPLETE_VERSIONS_MAX = 4;
/** Complete versions of the rules that a policy may name. */
const RULES_KEPT_MAX = 64;
/**
 * Documents held where every version is kept. A replay cannot know which ones the cuts name before it reads them, and they name them in
 * any order. A publication is two small ones, lanes and rules: 2,048 publications are five a day for a year, which is as long as
 * decisions' inputs are retained.
 */
const VERSIONS_KEPT_MAX = 4_096;
/** Bytes of them: references are up to 8 MB each, and nothing but this bounds their versions. */
const VERSIONS_KEPT_BYTES_MAX = 512 * 2 ** 20;

export interface Document {
  readonly version: string;
  readonly bytes: Uint8Array;
}

export function documentName(kind: DocumentKind, lane: string): string {
  return `${kind}/${lane}`;
}

/** Keeps the version completed last of each document, but rules by version; or, for replays, every version of all. */
export class Documents {
  readonly #keeps: "latest" | "every";
  /** By `<kind>/<lane>`, where versions are kept with `@<version>`: the one completed last. */
  readonly #complete = new Map<string, Document & { readonly lane: string; readonly kind: DocumentKind }>();
  /** By the same name, then by version. */
  readonly #begun = new Map<string, Map<string, (Uint8Array | undefined)[]>>();
  readonly #bytesMax: number;
  /** Of complete documents. */
  #bytes = 0;

  constructor(keeps: "latest" | "every", bytesMax = VERSIONS_KEPT_BYTES_MAX) {
    this.#keeps = keeps;
    this.#bytesMax = bytesMax;
  }

  add(record: ReferenceRecord): void {
    const { kind, lane, version, chunk, chunks } = record;
    const everyVersion = kind === "rules" || this.#keeps === "every";
    const name = everyVersion ? `${documentName(kind, lane)}@${version}` : documentName(kind, lane);
    let versions = this.#begun.get(name);
    if (versions === undefined) {
      versions = new Map();
      this.#begun.set(name, versions);
    }
    let pieces = versions.get(version);
    if (pieces === undefined || pieces.length !== chunks) {
      pieces = new Array<Uint8Array | undefined>(chunks).fill(undefined);
      versions.set(version, pieces);
      if (versions.size > INCOMPLETE_VERSIONS_MAX) versions.delete(versions.keys().next().value!);
    }
    pieces[chunk] = record.body;
    if (pieces.includes(undefined)) return;
    this.#begun.delete(name);
    // Anew at the end: maps keep the order in which documents were completed.
    this.#forget(name);
    const bytes = joinReference(pieces);
    this.#bytes += bytes.length;
    this.#complete.set(name, { kind, lane, version, bytes });
    this.#bound(kind);
  }

  /** A removed key takes its version out. */
  remove(key: string): void {
    for (const [name, { kind, lane, version }] of this.#complete) {
      if (key.startsWith(`${documentName(kind, lane)}@${version}/`)) this.#forget(name);
    }
  }

  /** Of `new Documents("latest")`. */
  latest(kind: Exclude<DocumentKind, "rules">, lane: string): Document | null {
    return this.#complete.get(documentName(kind, lane)) ?? null;
  }

  rules(version: string): Document | null {
    return this.version("rules", DEFAULT_LANE, version);
  }

  /** Rules, or any document of `new Documents("every")`. */
  version(kind: DocumentKind, lane: string, version: string): Document | null {
    return this.#complete.get(`${documentName(kind, lane)}@${version}`) ?? null;
  }

  /** Versions of a document, the one completed last at the end. */
  versions(kind: DocumentKind, lane: string): readonly string[] {
    const found = [...this.#complete.values()].filter((own) => own.kind === kind && own.lane === lane);
    return found.map(({ version }) => version);
  }

  references(): readonly (readonly [string, Uint8Array])[] {
    const found = [...this.#complete.values()].filter(({ kind }) => kind === "reference");
    return found.map(({ lane, bytes }) => [lane, bytes] as const);
  }

  #forget(name: string): void {
    this.#bytes -= this.#complete.get(name)?.bytes.length ?? 0;
    this.#complete.delete(name);
  }

  #bound(kind: DocumentKind): void {
    if (this.#keeps === "every") {
      const holds =
        this.#complete.size > VERSIONS_KEPT_MAX
          ? `${VERSIONS_KEPT_MAX} versions`
          : this.#bytes > this.#bytesMax
            ? `${this.#bytesMax} bytes in versions`
            : null;
      if (holds === null) return;
      throw new Error(
        `the topic \`references\` holds more than ${holds} of documents, and a replay keeps them all`,
      );
    }
    const names = [...this.#complete].filter(([, document]) => document.kind === kind).map(([name]) => name);
    if (kind === "rules" && names.length > RULES_KEPT_MAX) this.#forget(names[0]!);
    if (kind === "reference" && names.length > REFERENCES_MAX) {
      throw new Error(
        `more than ${REFERENCES_MAX} lanes have a reference of their own: publish one for lane "*"`,
      );
    }
  }
}
