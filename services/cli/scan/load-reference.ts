/** A reference for a command: a file of real texts, built now, or a file that `reference build` wrote. */
import { closeSync, openSync, readFileSync, readSync, statSync } from "node:fs";
import type { Catalogue } from "../../core/catalogue.ts";
import { rankOfId } from "../../core/hash.ts";
import type { LanePolicy } from "../../core/policy.ts";
import {
  buildReference,
  ReferenceBuildError,
  type ReferenceText,
} from "../../core/reference/build-reference.ts";
import { decodeReference, REFERENCE_BYTES_MAX } from "../../core/reference/reference-codec.ts";
import { ReferenceFormatError } from "../../core/reference/reference-format-error.ts";
import type { Reference } from "../../core/reference.ts";
import { CliError } from "../io.ts";
import { type BadLineCount, BadLines } from "../lines/bad-lines.ts";
import { readLinesSync, unreadable } from "../lines/read-lines.ts";
import { TextIds } from "../lines/text-ids.ts";
import { parseTextLine, type TextFields } from "../lines/text-line.ts";
import type { Progress } from "../progress.ts";

/** Ids of a file of real texts that are checked for repetition. */
export const REFERENCE_IDS_MAX = 1_000_000;
const MAGIC = "PLRF";
const REAL_DEFAULT = "human_direct";

export interface BuildFromFile {
  readonly path: string;
  /** The path as the user wrote it. */
  readonly shownPath: string;
  readonly policy: LanePolicy;
  readonly catalogue: Catalogue;
  readonly fields: TextFields;
  readonly seed: number;
  readonly nullDraws: number;
  readonly progress: Progress;
}

export interface LoadedReference {
  readonly reference: Reference;
  /** Of a file of texts; null for a reference file. */
  readonly lines: {
    readonly used: number;
    readonly repeated: number;
    readonly bad: Readonly<Record<string, BadLineCount>>;
    readonly notes: readonly string[];
  } | null;
}

/** Reads a `.plr` file, or builds from lines of text. Throws `CliError` where neither works. */
export function loadReference(options: BuildFromFile): LoadedReference {
  if (isReferenceFile(options.path)) {
    return { reference: readReferenceFile(options.path, options.shownPath), lines: null };
  }
  return buildFromFile(options);
}

/** Reads what `reference build` wrote. */
export function readReferenceFile(path: string, shownPath: string): Reference {
  try {
    const { size } = statSync(path);
    if (size > REFERENCE_BYTES_MAX) {
      throw new CliError(
        `${shownPath} has ${size} bytes; a reference file has at most ${REFERENCE_BYTES_MAX}`,
      );
    }
    return decodeReference(readFileSync(path));
  } catch (error) {
    if (error instanceof ReferenceFormatError) {
      throw new CliError(`${shownPath} is not a usable reference: ${error.message}; build it again`);
    }
    throw unreadable(shownPath, error);
  }
}

/** Builds from lines; the same texts, seed and draws give the same version, in any order of lines. */
export function buildFromFile(options: BuildFromFile): LoadedReference {
  const { path, shownPath, policy, catalogue, fields, seed, nullDraws, progress } = options;
  const badLines = new BadLines(shownPath);
  const seen = new Set<number>();
  const ids = new TextIds();
  let used = 0;
  let repeated = 0;

  function* texts(): Generator<ReferenceText> {
    for (const line of readLinesSync(path)) {
      const parsed = parseTextLine(line, fields);
      if (!parsed.ok) {
        badLines.bad(line.number, parsed.bad);
        continue;
      }
      const { text, id, bucket, cluster, origin } = parsed.value;
      if (!policy.realOrigins.includes(origin ?? REAL_DEFAULT)) {
        badLines.bad(line.number, { code: "origin_not_real", detail: `origin ${origin} is not real text` });
        continue;
      }
      badLines.good();
      const name = id ?? ids.idOf(text, line.number);
      const rank = rankOfId(name);
      if (seen.has(rank)) {
        repeated += 1;
        continue;
      }
      if (seen.size < REFERENCE_IDS_MAX) seen.add(rank);
      used += 1;
      progress.update(() => `reference: ${progress.rate(used, "texts")}`);
      // Equal texts without ids share a cluster: one in each half would make the null too narrow.
      const group = cluster === "" ? (id ?? name.split("#", 1)[0]!) : cluster;
      yield { id: name, text, bucket, cluster: group };
    }
    badLines.finish();
    progress.show(`reference: ${used} texts read, measuring what real windows look like …`);
  }

  try {
    const reference = buildReference({
      lane: policy.lane,
      texts: texts(),
      seed,
      nullDraws,
      metrics: catalogue.metrics,
    });
    return { reference, lines: { used, repeated, bad: badLines.counts(), notes: badLines.lines() } };
  } catch (error) {
    if (error instanceof ReferenceBuildError) {
      throw new CliError(`${shownPath} (${used} texts) makes no reference: ${error.message}`);
    }
    throw error;
  } finally {
    progress.done();
  }
}

function isReferenceFile(path: string): boolean {
  const head = Buffer.alloc(MAGIC.length);
  try {
    // A pipe can be read once only, and then by whoever wants its lines.
    if (!statSync(path).isFile()) return false;
    const file = openSync(path, "r");
    try {
      readSync(file, head, 0, MAGIC.length, 0);
    } finally {
      closeSync(file);
    }
  } catch {
    // Whoever reads it next says why it cannot be read.
    return false;
  }
  return head.toString("latin1") === MAGIC;
}
